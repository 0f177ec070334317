"""GET routes in addition to Streamlit's: faces behind signed, expiring tokens, and the components' files.

A face needs a token (tokens.py) that only a page issues and, where people log in, a request of somebody with a role;
every other parameter is an integer or the data set's hexadecimal key; nothing here writes.
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
from auditor.ui.state.base_address import base
from auditor.ui.web import assets, changes, identity, map_feed, numbers, thumbnails, tokens

KEY = re.compile(r"[0-9a-f]{1,32}")
PRIVATE = {"cache-control": "private, max-age=3600"}


def routes() -> list[BaseRoute]:
    """Return the routes that streamlit_app.py adds to Streamlit's."""
    n = numbers.NAME
    return [
        Route(f"{base()}/faces/image/{{token}}/{{dataset}}/{{row:{n}}}/{{size:{n}}}", _image, methods=["GET"]),
        Route(f"{base()}/faces/sprite/{{token}}/{{dataset}}/{{size:{n}}}/{{rows}}", _sprite, methods=["GET"]),
        Route(f"{base()}/faces/detail/{{token}}/{{dataset}}/{{version:{n}}}/{{row:{n}}}", _detail, methods=["GET"]),
        Route(f"{base()}/faces/changes/{{token}}/{{dataset}}/{{seq:{n}}}/{{rows}}", _changes, methods=["GET"]),
        *assets.routes(),
        *map_feed.routes(),
    ]


async def _guarded(request: Request, purpose: str, answer: Callable[[Dataset], Response]) -> Response:
    """Check the token, find the data set and answer from a thread; with a bad token, reveal nothing."""
    token, key = request.path_params["token"], request.path_params["dataset"]
    workspace = Workspace.default()
    if not KEY.fullmatch(key) or not tokens.valid(workspace, token, purpose, key):
        return PlainTextResponse("This address has expired; reload the page.", status_code=403)
    _, refusal = await identity.may_look(request)
    if refusal:
        return PlainTextResponse(refusal, status_code=403)

    def work() -> Response:
        try:
            dataset = library.find(workspace, key)
            if dataset is None:
                return PlainTextResponse("Not found.", status_code=404)
            return answer(dataset)
        except AuditorError as error:
            return PlainTextResponse(str(error), status_code=404)

    return await run_in_threadpool(work)


async def _image(request: Request) -> Response:
    row, size = request.path_params["row"], request.path_params["size"]

    def answer(dataset: Dataset) -> Response:
        if row >= len(dataset) or size not in thumbnails.SIZES:
            return PlainTextResponse("Not found.", status_code=404)
        return _picture(thumbnails.face(dataset, row, size))

    return await _guarded(request, "image", answer)


async def _sprite(request: Request) -> Response:
    size, listed = request.path_params["size"], request.path_params["rows"]

    def answer(dataset: Dataset) -> Response:
        rows = _rows(listed, thumbnails.SPRITE_LIMIT, dataset)
        if rows is None or size not in thumbnails.SIZES:
            return PlainTextResponse("Not found.", status_code=404)
        return _picture(thumbnails.sprite(dataset, rows, size))

    return await _guarded(request, "sprite", answer)


def _rows(listed: str, limit: int, dataset: Dataset) -> list[int] | None:
    """Parse the rows of an address such as '3-17-4'; None where the list is invalid, too long or out of range."""
    if not re.fullmatch(r"\d{1,9}(-\d{1,9})*", listed):
        return None
    rows = [int(row) for row in listed.split("-")]
    return rows if len(rows) <= limit and max(rows) < len(dataset) else None


def _picture(picture: thumbnails.Face) -> Response:
    return Response(thumbnails.jpeg(picture), media_type="image/jpeg", headers=PRIVATE)


async def _detail(request: Request) -> Response:
    from auditor.ui.web import detail

    version, row = request.path_params["version"], request.path_params["row"]

    def answer(dataset: Dataset) -> Response:
        if row >= len(dataset):
            return PlainTextResponse("Not found.", status_code=404)
        facts = detail.describe(Workspace.default(), dataset, version, row)
        return JSONResponse(facts, headers={"cache-control": "private, no-cache"})

    return await _guarded(request, "detail", answer)


async def _changes(request: Request) -> Response:
    seq, listed = request.path_params["seq"], request.path_params["rows"]

    def answer(dataset: Dataset) -> Response:
        rows = _rows(listed, changes.ROWS_LIMIT, dataset)
        if rows is None:
            return PlainTextResponse("Not found.", status_code=404)
        state = library.store(Workspace.default()).decisions.state(dataset.key)
        return JSONResponse(changes.since(dataset, state, seq, rows), headers={"cache-control": "private, no-store"})

    return await _guarded(request, "changes", answer)
