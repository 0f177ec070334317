"""Serve Streamlit's own HTML page with preloads and settings that it would otherwise fetch one after another.

Streamlit's page tries `<address>/_stcore/health` before `/_stcore/health` (two answers of 404 on every deep link), asks
for the host's settings before it opens its socket, and fetches the parts of the screen one after another, each when the
previous one needs it. Listed here, they load while the main script is still being parsed: 0.3 s of a visit on two
cores. Where a version of Streamlit is built differently, nothing is listed, and the page is Streamlit's own.
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
# Not plotly: preloading its 4.7 MB delays everything else on a page that uses it.
PARTS = ("Html", "PageLink", "TextInput", "Button", "BidiComponent")  # of Streamlit's, on every page of ours
SCRIPTS = {"review": "review", "map": "map", "overview": "matrix"}  # of ours, by page
TABLE = re.compile(r"__vite__mapDeps=\(.{0,80}?(\[\"\./.*?\])")
MAIN = re.compile(r"src=\"\./static/js/(index\.[\w-]+\.js)\"")


def routes(pages: tuple[str, ...]) -> list[BaseRoute]:
    """Return a route for each page, one for the root address, and one for longer addresses below each page."""
    base = base_address()
    page_routes = [Route(f"{base}/{page}", _answer, methods=["GET"]) for page in ("", *pages)]
    return [*page_routes, *(Route(f"{base}/{page}/{{more:path}}", _shorter(f"{base}/{page}")) for page in pages)]


def _shorter(address: str) -> Callable[[Request], Awaitable[Response]]:
    """Redirect '/review/' and '/review/x' to '/review': Streamlit's own page would stay blank there."""

    async def lead(request: Request) -> Response:
        if request.path_params["more"].startswith("_stcore"):  # Streamlit looks for its server here
            return Response(status_code=404)
        return RedirectResponse(address + (f"?{request.url.query}" if request.url.query else ""))

    return lead


async def _answer(request: Request) -> HTMLResponse:
    page = request.url.path.rsplit("/", 1)[-1]
    # The names of the files that it loads change with the program, so the page itself is not cached.
    return HTMLResponse(html(page), headers={"cache-control": "no-cache"})


@cache
def html(page: str) -> str:
    """Return Streamlit's page with the server's address and the list of files to preload.

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
    # The same settings as in /_stcore/host-config, which Streamlit fetches anyway, after opening the socket.
    settings = {"allowedOrigins": list(st.get_option("client.allowedOrigins")), "useExternalAuthToken": False}
    settings_script = (
        f"{{BACKEND_BASE_URL: location.origin + {json.dumps(base + '/')}, HOST_CONFIG: {json.dumps(settings)}}}"
    )
    script = f"<script>window.__streamlit = {settings_script}</script>"
    # Relative addresses of the page start from its base, whatever the deep link is.
    rooted = text.replace('"./', f'"{base}/')
    headed = rooted.replace("</title>", f"</title>\n    {script}", 1).replace(
        "</head>", "\n".join(links) + "</head>", 1
    )
    return headed.replace('<div id="root">', f'{around.before_root()}<div id="root">', 1)


def parts(page: str) -> list[str]:
    """Return Streamlit's scripts that `PARTS` need and that the page does not list, from the build's own table.

    Args:
        page: Streamlit's index.html.

    Returns:
        The scripts in the order of use; empty where the table is not found.
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
    scripts: dict[str, None] = {}
    for part in PARTS:
        needs = re.search(rf"import\(`\./{part}\.[\w-]+\.js`\),__vite__mapDeps\((\[[\d,]*\])\)", script)
        for number in json.loads(needs.group(1)) if needs else ():
            name = names[number].removeprefix("./")
            if name.endswith(".js") and name not in page:
                scripts[name] = None
    return list(scripts)
