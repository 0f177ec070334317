"""The HTML that every address begins with: Streamlit's own, told at once what it would otherwise find out in steps.

Streamlit's page tries `<address>/_stcore/health` before `/_stcore/health` (two answers of 404 on every deep link), asks
for the host's settings before it opens its socket, and fetches the parts of the screen one after another, each when the
last one asks for it. Named here, they come while the main script is still being read: 0.3 s of a visit on two cores.
Where a version of Streamlit is built otherwise, nothing is named, and the page is Streamlit's own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from functools import cache
from pathlib import Path

import streamlit as st
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from auditor.ui.state.base_address import base as base_address
from auditor.ui.web import around, assets

STATIC = Path(st.__file__).parent / "static"
# Not plotly: its 4.7 MB, named here, hold up everything else on a page that draws with it.
PARTS = ("Html", "PageLink", "TextInput", "Button", "BidiComponent")  # of Streamlit's, on every page of ours
SCRIPTS = {"review": "review", "map": "map", "overview": "matrix"}  # of ours, by page
TABLE = re.compile(r"__vite__mapDeps=\(.{0,80}?(\[\"\./.*?\])")
MAIN = re.compile(r"src=\"\./static/js/(index\.[\w-]+\.js)\"")


def routes(pages: tuple[str, ...]) -> list[BaseRoute]:
    """One route for each page, one for the address without any, and one for what is written behind a page's."""
    base = base_address()
    known = [Route(f"{base}/{page}", _answer, methods=["GET"]) for page in ("", *pages)]
    return [*known, *(Route(f"{base}/{page}/{{more:path}}", _shorter(f"{base}/{page}")) for page in pages)]


def _shorter(address: str) -> Callable[[Request], Awaitable[Response]]:
    """Lead '/review/' and '/review/x' to '/review': below a page Streamlit's own would stay white."""

    async def lead(request: Request) -> Response:
        if request.path_params["more"].startswith("_stcore"):  # Streamlit looks for its server here
            return Response(status_code=404)
        return RedirectResponse(address + (f"?{request.url.query}" if request.url.query else ""))

    return lead


async def _answer(request: Request) -> HTMLResponse:
    page = request.url.path.rsplit("/", 1)[-1]
    # The names of what it loads change with the program, so the page itself is asked for every time.
    return HTMLResponse(html(page), headers={"cache-control": "no-cache"})


@cache
def html(page: str) -> str:
    """Streamlit's page with an address to talk to and a list of what to fetch at once.

    Args:
        page: The address's last part, such as 'review'; '' for the first page.
    """
    text = (STATIC / "index.html").read_text(encoding="utf-8")
    base = base_address()
    links = [f'<link rel="modulepreload" href="{base}/static/js/{name}">' for name in parts(text)]
    folder = SCRIPTS.get(page)
    for path in () if folder is None else assets.paths(folder):
        kind = 'rel="modulepreload"' if path.endswith(".js") else 'rel="preload" as="style"'
        links.append(f'<link {kind} href="{assets.asset_url(path)}">')
    # As Streamlit's own server answers /_stcore/host-config, which it asks all the same, after the socket.
    settings = {"allowedOrigins": list(st.get_option("client.allowedOrigins")), "useExternalAuthToken": False}
    known = f"{{BACKEND_BASE_URL: location.origin + {json.dumps(base + '/')}, HOST_CONFIG: {json.dumps(settings)}}}"
    script = f"<script>window.__streamlit = {known}</script>"
    # Relative addresses of the page are meant from its base, wherever the deep link stands.
    rooted = text.replace('"./', f'"{base}/')
    headed = rooted.replace("</title>", f"</title>\n    {script}", 1).replace(
        "</head>", "\n".join(links) + "</head>", 1
    )
    return headed.replace('<div id="root">', f'{around.before_root()}<div id="root">', 1)


def parts(page: str) -> list[str]:
    """The scripts of Streamlit's that `PARTS` need and the page does not name itself, from its build's own table.

    Args:
        page: Streamlit's index.html.

    Returns:
        In the order of their need; empty where the table is not found.
    """
    main = MAIN.search(page)
    file = STATIC / "static" / "js" / main.group(1) if main else None
    if file is None or not file.is_file():
        return []
    script = file.read_text(encoding="utf-8")
    table = TABLE.search(script)
    if table is None:
        return []
    names: list[str] = json.loads(table.group(1))
    found: dict[str, None] = {}
    for part in PARTS:
        needs = re.search(rf"import\(`\./{part}\.[\w-]+\.js`\),__vite__mapDeps\((\[[\d,]*\])\)", script)
        for number in json.loads(needs.group(1)) if needs else ():
            name = names[number].removeprefix("./")
            if name.endswith(".js") and name not in page:
                found[name] = None
    return list(found)
