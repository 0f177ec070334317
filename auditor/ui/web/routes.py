"""GET routes beside Streamlit's own: faces behind signed, expiring tokens, and the components' scripts and styles.

Custom routes know no login. So a face needs a token (tokens.py) that only a page hands out; every other parameter is
an integer or the data set's hexadecimal key; nothing here writes.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from auditor.config import Workspace
from auditor.data.dataset import Dataset
from auditor.errors import AuditorError
from auditor.ui.state import library
from auditor.ui.web import assets, map_feed, numbers, thumbnails, tokens
from auditor.ui.web.assets import base

KEY = re.compile(r"[0-9a-f]{1,32}")
PRIVATE = {"cache-control": "private, max-age=3600"}


def routes() -> list[BaseRoute]:
    """What streamlit_app.py mounts beside Streamlit's routes."""
    n = numbers.NAME
    return [
        Route(f"{base()}/faces/image/{{token}}/{{dataset}}/{{row:{n}}}/{{size:{n}}}", _image, methods=["GET"]),
        Route(f"{base()}/faces/sprite/{{token}}/{{dataset}}/{{size:{n}}}/{{rows}}", _sprite, methods=["GET"]),
        Route(f"{base()}/faces/detail/{{token}}/{{dataset}}/{{version:{n}}}/{{row:{n}}}", _detail, methods=["GET"]),
        *assets.routes(),
        *map_feed.routes(),
    ]


async def _guarded(request: Request, purpose: str, answer: Callable[[Dataset], Response]) -> Response:
    """Check the token, find the data set and answer from a thread; say nothing about what lies behind a bad token."""
    token, key = request.path_params["token"], request.path_params["dataset"]
    workspace = Workspace.default()
    if not KEY.fullmatch(key) or not tokens.valid(workspace, token, purpose, key):
        return PlainTextResponse("This address has expired; reload the page.", status_code=403)

    def work() -> Response:
        try:
            dataset = library.find(workspace, key)
            if dataset is None:
                return PlainTextResponse("Nothing here.", status_code=404)
            return answer(dataset)
        except AuditorError as error:
            return PlainTextResponse(str(error), status_code=404)

    return await run_in_threadpool(work)


async def _image(request: Request) -> Response:
    row, size = request.path_params["row"], request.path_params["size"]

    def answer(dataset: Dataset) -> Response:
        if row >= len(dataset) or size not in thumbnails.SIZES:
            return PlainTextResponse("Nothing here.", status_code=404)
        return _picture(thumbnails.face(dataset, row, size))

    return await _guarded(request, "image", answer)


async def _sprite(request: Request) -> Response:
    size, listed = request.path_params["size"], request.path_params["rows"]

    def answer(dataset: Dataset) -> Response:
        if not re.fullmatch(r"\d{1,9}(-\d{1,9})*", listed):
            return PlainTextResponse("Nothing here.", status_code=404)
        rows = [int(row) for row in listed.split("-")]
        if len(rows) > thumbnails.SPRITE_LIMIT or max(rows) >= len(dataset) or size not in thumbnails.SIZES:
            return PlainTextResponse("Nothing here.", status_code=404)
        return _picture(thumbnails.sprite(dataset, rows, size))

    return await _guarded(request, "sprite", answer)


def _picture(picture: thumbnails.Face) -> Response:
    return Response(thumbnails.jpeg(picture), media_type="image/jpeg", headers=PRIVATE)


async def _detail(request: Request) -> Response:
    from auditor.ui.web import detail

    version, row = request.path_params["version"], request.path_params["row"]

    def answer(dataset: Dataset) -> Response:
        if row >= len(dataset):
            return PlainTextResponse("Nothing here.", status_code=404)
        facts = detail.describe(Workspace.default(), dataset, version, row)
        return JSONResponse(facts, headers={"cache-control": "private, no-cache"})

    return await _guarded(request, "detail", answer)
