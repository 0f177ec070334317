"""Serve columns for the map's canvas from memory, behind the same signed tokens as the faces.

A page publishes bytes and gives their address to the browser; the address holds the content's digest, so that a column
that did not change is not fetched twice. A column evicted from memory is published again by the next run of the page.
"""

import hashlib
from typing import Any

import numpy as np
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from auditor.config import Workspace
from auditor.errors import AuditorError
from auditor.recent import Recent
from auditor.ui.state import library
from auditor.ui.state.base_address import base
from auditor.ui.web import addresses, detail, identity, numbers, tokens

MEMORY = 128 * 2**20

_columns: Recent[str, bytes] = Recent(MEMORY, len)


def publish(content: bytes) -> str:
    """Keep a column in memory.

    Returns:
        Its digest, 32 hex digits, for `addresses.column_url`.
    """
    digest = hashlib.sha256(content).hexdigest()[:32]
    _columns.put(digest, content)
    return digest


def find(digest: str) -> bytes | None:
    """Return a published column, or None where it was evicted from memory."""
    return _columns.get(digest)


def routes() -> list[BaseRoute]:
    """Return the routes that streamlit_app.py adds to Streamlit's."""
    prefix = base()
    return [
        Route(prefix + "/faces/map/{token}/{dataset}/{digest}", _column, methods=["GET"]),
        Route(
            f"{prefix}/faces/map-card/{{token}}/{{dataset}}/{{version}}/{{digest}}/{{point:{numbers.NAME}}}",
            _card,
            methods=["GET"],
        ),
    ]


async def _refusal(request: Request) -> str:
    """Return why a request is refused; '' where its token is valid and its person may look."""
    token, key = request.path_params["token"], request.path_params["dataset"]
    if not tokens.valid(Workspace.default(), token, addresses.MAP, key):
        return "This address has expired; reload the page."
    return (await identity.may_look(request))[1]


async def _column(request: Request) -> Response:
    refusal = await _refusal(request)
    if refusal:
        return PlainTextResponse(refusal, status_code=403)
    content = find(request.path_params["digest"])
    if content is None:
        return PlainTextResponse("Not found.", status_code=404)
    headers = {"cache-control": "private, max-age=3600, immutable"}
    return Response(content, media_type="application/octet-stream", headers=headers)


async def _card(request: Request) -> Response:
    refusal = await _refusal(request)
    if refusal:
        return PlainTextResponse(refusal, status_code=403)
    rows = np.frombuffer(find(request.path_params["digest"]) or b"", dtype="<i4")
    point = request.path_params["point"]
    if point >= len(rows):
        return PlainTextResponse("Not found.", status_code=404)
    key, version = request.path_params["dataset"], request.path_params["version"]
    try:
        facts = await run_in_threadpool(_facts, key, version, int(rows[point]))
    except AuditorError as error:
        return PlainTextResponse(str(error), status_code=404)
    return JSONResponse(facts, headers={"cache-control": "private, max-age=60"})


def _facts(key: str, version: str, row: int) -> dict[str, Any]:
    """Return a face's address and its facts as short lines."""
    workspace = Workspace.default()
    dataset = library.find(workspace, key)
    if dataset is None or row >= len(dataset):
        return {"face": None, "lines": ["no longer there"]}
    evidence = library.evidence(workspace, dataset, version)
    state = library.store(workspace).decisions.state(key).standing(dataset, str(dataset.names[row]))
    lines = detail.card_lines(dataset, evidence, row, state)
    return {"face": addresses.face_url(dataset, row, 112), "lines": lines}
