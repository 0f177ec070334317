"""GET routes in addition to Streamlit's: faces behind signed, expiring tokens, and the components' files.

A face needs a token (tokens.py) that only a page hands out and, where people log in, a request of somebody with a role;
every other parameter is a whole number or hexadecimal; nothing here writes. A face is named by an id made from its
name, and what a page was told in numbers of rows or classes is answered for the same edition of the data set alone
(state/face_ids.py): after the label file was edited, no address leads to another face.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from auditor.config import Workspace
from auditor.data.dataset import Dataset
from auditor.ui.state import face_ids, library
from auditor.ui.state.base_address import base
from auditor.ui.web import answers, assets, changes, identity, map_feed, numbers, stint, thumbnails, tokens

KEY = re.compile(r"[0-9a-f]{1,32}")
FACES = re.compile(r"[0-9a-f]{16}(-[0-9a-f]{16})*")
ROWS = re.compile(r"\d{1,9}(-\d{1,9})*")
PRIVATE = {"cache-control": "private, max-age=3600"}


def routes() -> list[BaseRoute]:
    """Return the routes that streamlit_app.py adds to Streamlit's."""
    n = numbers.NAME
    facts = "{token}/{dataset}/{edition}"
    return [
        Route(f"{base()}/faces/image/{{token}}/{{dataset}}/{{face}}/{{size:{n}}}", _image, methods=["GET"]),
        Route(f"{base()}/faces/sprite/{{token}}/{{dataset}}/{{size:{n}}}/{{faces}}", _sprite, methods=["GET"]),
        Route(f"{base()}/faces/detail/{facts}/{{version:{n}}}/{{face}}", _detail, methods=["GET"]),
        Route(f"{base()}/faces/changes/{facts}/{{seq:{n}}}/{{rows}}", _changes, methods=["GET"]),
        Route(f"{base()}/faces/stint/{{token}}/{{dataset}}/{{version:{n}}}/{{tab}}", _stint, methods=["GET"]),
        *assets.routes(),
        *map_feed.routes(),
    ]


async def _guarded(request: Request, purpose: str, answer: Callable[[Dataset], Response]) -> Response:
    """Check the token, find the data set and answer from a thread; with a bad token, reveal nothing."""
    token, key = request.path_params["token"], request.path_params["dataset"]

    def work() -> Response:
        workspace = Workspace.default()
        if not KEY.fullmatch(key) or not tokens.valid(workspace, token, purpose, key):
            return answers.expired()
        refusal = identity.refusal(request)
        if refusal is not None:
            return refusal
        dataset = library.find(workspace, key)
        return answers.nothing() if dataset is None else answer(dataset)

    return await answers.from_thread(work)


async def _image(request: Request) -> Response:
    face, size = request.path_params["face"], request.path_params["size"]

    def answer(dataset: Dataset) -> Response:
        if size not in thumbnails.SIZES or not face_ids.FACE_ID.fullmatch(face):
            return answers.nothing()
        row = _row(dataset, face)
        return answers.gone() if row is None else _picture(thumbnails.face(dataset, row, size))

    return await _guarded(request, "image", answer)


def _row(dataset: Dataset, face: str) -> int | None:
    try:
        return face_ids.row_of(dataset, face)
    except KeyError:
        return None


async def _sprite(request: Request) -> Response:
    size, listed = request.path_params["size"], request.path_params["faces"]

    def answer(dataset: Dataset) -> Response:
        faces = listed.split("-")
        if not FACES.fullmatch(listed) or len(faces) > thumbnails.SPRITE_LIMIT or size not in thumbnails.SIZES:
            return answers.nothing()
        # The place of an image that is gone is kept: the next ones must not move into it.
        return _picture(thumbnails.sprite(dataset, [_row(dataset, face) for face in faces], size))

    return await _guarded(request, "sprite", answer)


def _picture(picture: thumbnails.Face) -> Response:
    return Response(thumbnails.jpeg(picture), media_type="image/jpeg", headers=PRIVATE)


async def _detail(request: Request) -> Response:
    version, face = request.path_params["version"], request.path_params["face"]

    def answer(dataset: Dataset) -> Response:
        from auditor.ui.web import detail

        if not face_ids.FACE_ID.fullmatch(face):
            return answers.nothing()
        if request.path_params["edition"] != face_ids.edition(dataset):
            return answers.changed()
        row = _row(dataset, face)
        if row is None:
            return answers.nothing()
        facts = detail.describe(Workspace.default(), dataset, version, row)
        return answers.json_of(facts, {"cache-control": "private, no-cache"})

    return await _guarded(request, "detail", answer)


async def _changes(request: Request) -> Response:
    seq, listed = request.path_params["seq"], request.path_params["rows"]

    def answer(dataset: Dataset) -> Response:
        if not ROWS.fullmatch(listed):
            return answers.nothing()
        if request.path_params["edition"] != face_ids.edition(dataset):
            return answers.changed()
        rows = [int(row) for row in listed.split("-")]
        if len(rows) > changes.ROWS_LIMIT or max(rows) >= len(dataset):
            return answers.nothing()
        state = library.store(Workspace.default()).decisions.state(dataset.key)
        changed = changes.since(dataset, state, seq, rows)
        return answers.json_of(changed, {"cache-control": "private, no-store"})

    return await _guarded(request, "changes", answer)


async def _stint(request: Request) -> Response:
    version, tab = request.path_params["version"], request.path_params["tab"]

    def answer(dataset: Dataset) -> Response:
        if not stint.TAB.fullmatch(tab):
            return answers.nothing()
        workspace = Workspace.default()
        evidence = library.evidence(workspace, dataset, f"v{version:04d}") if version else None
        suggested = None if evidence is None else library.columns(dataset, evidence).suggested
        state = library.store(workspace).decisions.state(dataset.key)
        facts = stint.describe(dataset, state, suggested, tab)
        return answers.json_of(facts, {"cache-control": "private, no-store"})

    return await _guarded(request, "stint", answer)
