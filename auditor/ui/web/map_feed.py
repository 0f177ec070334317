"""Serve columns for the map's canvas from memory, behind the same signed tokens as the faces.

A page publishes bytes and gives their address to the browser; the address holds the content's digest, so that a column
that did not change is not fetched twice. A column evicted from memory is published again by the next run of the page.
"""

import hashlib
from typing import Any

import numpy as np
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from auditor.config import Workspace
from auditor.data.dataset import Dataset
from auditor.recent import Recent
from auditor.ui.state import face_ids, library
from auditor.ui.state.base_address import base
from auditor.ui.web import addresses, answers, detail, identity, numbers, tokens

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
            f"{prefix}/faces/map-card/{{token}}/{{dataset}}/{{edition}}/{{version}}/{{digest}}/{{point:{numbers.NAME}}}",
            _card,
            methods=["GET"],
        ),
    ]


def _refusal(request: Request) -> Response | None:
    """Return the answer to a request without a valid token, or of somebody who may not look; else None."""
    token, key = request.path_params["token"], request.path_params["dataset"]
    if not tokens.valid(Workspace.default(), token, addresses.MAP, key):
        return answers.expired()
    return identity.refusal(request)


async def _column(request: Request) -> Response:
    def answer() -> Response:
        refusal = _refusal(request)
        if refusal is not None:
            return refusal
        content = find(request.path_params["digest"])
        if content is None:
            return answers.nothing()
        headers = {"cache-control": "private, max-age=3600, immutable"}
        return Response(content, media_type="application/octet-stream", headers=headers)

    return await answers.from_thread(answer)


async def _card(request: Request) -> Response:
    def answer() -> Response:
        refusal = _refusal(request)
        if refusal is not None:
            return refusal
        content = find(request.path_params["digest"]) or b""
        point = request.path_params["point"]
        if len(content) % 4 or point >= len(content) // 4:
            return answers.nothing()
        dataset = library.find(Workspace.default(), request.path_params["dataset"])
        if dataset is None:
            return answers.nothing()
        if request.path_params["edition"] != face_ids.edition(dataset):
            return answers.changed()
        row = int(np.frombuffer(content, dtype="<i4")[point])
        if not 0 <= row < len(dataset):
            return answers.nothing()
        facts = _facts(dataset, request.path_params["version"], row)
        return answers.json_of(facts, {"cache-control": "private, max-age=60"})

    return await answers.from_thread(answer)


def _facts(dataset: Dataset, version: str, row: int) -> dict[str, Any]:
    """Return a face's address and its facts as short lines."""
    workspace = Workspace.default()
    evidence = library.named_evidence(workspace, dataset, version)
    state = library.store(workspace).decisions.state(dataset.key).standing(dataset, str(dataset.names[row]))
    lines = detail.card_lines(dataset, evidence, row, state)
    return {"face": addresses.face_url(dataset, row, 112), "lines": lines}
