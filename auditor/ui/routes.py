"""GET routes beside Streamlit's own: faces behind signed, expiring tokens, and the components' scripts and styles.

Custom routes know no login. So a face needs a token (tokens.py) that only a page hands out; every other parameter is
an integer or the data set's hexadecimal key; nothing here writes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from auditor.config import Workspace
from auditor.data.dataset import Dataset
from auditor.errors import AuditorError
from auditor.ui import assets, library, thumbnails, tokens
from auditor.ui.assets import base
from auditor.ui.components.map import feed

KEY = re.compile(r"[0-9a-f]{1,32}")
PRIVATE = {"cache-control": "private, max-age=3600"}


def face_url(dataset: Dataset, row: int, size: int) -> str:
    """The address of one face, `size` pixels square (thumbnails.SIZES; the next larger one is taken)."""
    token = tokens.issue(Workspace.default(), "image", dataset.key)
    return f"{base()}/faces/image/{token}/{dataset.key}/{int(row)}/{_size(size)}"


def face_prefix(dataset: Dataset) -> str:
    """The start of every face's address: append `<row>/<size>`. For components that show many."""
    token = tokens.issue(Workspace.default(), "image", dataset.key)
    return f"{base()}/faces/image/{token}/{dataset.key}/"


def sprite_url(dataset: Dataset, rows: Sequence[int], size: int) -> str:
    """The address of one picture with up to 64 faces, eight a line in the order of `rows`."""
    if len(rows) > thumbnails.SPRITE_LIMIT:
        raise ValueError(f"{len(rows)} faces on a sprite, expected at most {thumbnails.SPRITE_LIMIT}")
    token = tokens.issue(Workspace.default(), "sprite", dataset.key)
    listed = "-".join(str(int(row)) for row in rows)
    return f"{base()}/faces/sprite/{token}/{dataset.key}/{_size(size)}/{listed}"


def detail_prefix(dataset: Dataset, version: int) -> str:
    """The start of the address of what is known of an image (JSON): append `<row>`."""
    token = tokens.issue(Workspace.default(), "detail", dataset.key)
    return f"{base()}/faces/detail/{token}/{dataset.key}/{int(version)}/"


def routes() -> list[BaseRoute]:
    """What streamlit_app.py mounts beside Streamlit's routes."""
    return [
        Route(base() + "/faces/image/{token}/{dataset}/{row:int}/{size:int}", _image, methods=["GET"]),
        Route(base() + "/faces/sprite/{token}/{dataset}/{size:int}/{rows}", _sprite, methods=["GET"]),
        Route(base() + "/faces/detail/{token}/{dataset}/{version:int}/{row:int}", _detail, methods=["GET"]),
        *assets.routes(),
        *feed.routes(),
    ]


def _size(size: int) -> int:
    return next((known for known in thumbnails.SIZES if known >= size), thumbnails.SIZES[-1])


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
    from auditor.ui import detail

    version, row = request.path_params["version"], request.path_params["row"]

    def answer(dataset: Dataset) -> Response:
        if row >= len(dataset):
            return PlainTextResponse("Nothing here.", status_code=404)
        facts = detail.describe(Workspace.default(), dataset, version, row)
        return JSONResponse(facts, headers={"cache-control": "private, no-cache"})

    return await _guarded(request, "detail", answer)
