"""Who a connection comes from: believe the identity header of a trusted proxy, and nothing that others write.

For the header: a connection from another address than the proxy's, without the header, or with two of them, is
refused whole, a WebSocket before it is accepted. For OIDC the pages are open to everybody, because they lead to the
login; faces and downloads are not.
"""

from __future__ import annotations

import json
import logging
from typing import Any
from urllib.parse import quote

from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit.auth_util import get_origin_from_redirect_uri
from streamlit.web.server.server_util import AUTH_COOKIE_NAME
from streamlit.web.server.starlette import starlette_websocket

from auditor.custody import access, login
from auditor.custody.login import Login
from auditor.ui.state import access as session_access
from auditor.ui.state.base_address import base

LOGGER = logging.getLogger("auditor.ui")
HEALTH = "/_stcore/health"
PRIVATE = ("/faces/", "/media/")
POLICY_VIOLATION = 1008
ELSEWHERE = "This server is reached through its proxy only; open the address that your team was given."
NOBODY = "The proxy did not identify you; log in, or ask the operator to check its settings."


class Identified:
    """ASGI middleware that hands on who a connection comes from, and refuses those from nobody."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a connection of somebody known, under the headers that only this process can write."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        way = session_access.configured()
        path = scope["path"].removeprefix(base())
        if way.typed or path == HEALTH:
            await self.app(scope, receive, send)
            return
        if way.way == login.HEADER:
            refusal = believe(way, scope)
        else:
            refusal = await self._logged_in(way, scope, path)
        if not refusal:
            await self.app(scope, receive, send)
            return
        LOGGER.warning("A connection was refused: %s", refusal)
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": POLICY_VIOLATION})
        else:
            await PlainTextResponse(refusal, status_code=403)(scope, receive, send)

    async def _logged_in(self, way: Login, scope: Scope, path: str) -> str:
        """Return why a request for faces or a download is refused; '' where its cookie names somebody."""
        if not path.startswith(PRIVATE):
            return ""
        claimed = session_access.from_claims(way, cookie_claims(HTTPConnection(scope)))
        return "" if claimed else "You are not logged in; open the app's first page to log in."


def believe(way: Login, scope: Scope) -> str:
    """Hand on the person that the proxy names, as headers of the scope.

    Returns:
        Why the connection is refused; '' where it comes from a trusted proxy and names one person.
    """
    peer = scope.get("client")
    # Port 0: the server in front of this took the address from X-Forwarded-For, which anybody writes.
    if peer is None or not peer[1] or not way.trusts(peer[0]):
        return ELSEWHERE
    names = _values(scope, way.name_from)
    name = session_access.usable(names[0]) if len(names) == 1 else None
    if name is None:
        return NOBODY
    groups = [part.strip() for each in _values(scope, way.roles_from) for part in each.split(",")]
    scope["headers"] = [
        *scope["headers"],
        (session_access.NAME.encode(), quote(name).encode()),
        (session_access.GROUPS.encode(), quote("\n".join(groups)).encode()),
    ]
    return ""


def _values(scope: Scope, header: str) -> list[str]:
    """Return the values of a header, as many as there are; proxies write UTF-8, the older ones Latin-1."""
    raw = [value for name, value in scope["headers"] if header and name == header.encode()]
    return [_decoded(value) for value in raw]


def _decoded(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


def cookie_claims(connection: HTTPConnection) -> dict[str, Any]:
    """Return the claims in the signed cookie of Streamlit's login; empty where it is not valid here."""
    signed = starlette_websocket._get_signed_cookie_with_chunks(dict(connection.cookies), AUTH_COOKIE_NAME)
    try:
        claims = json.loads(signed or b"{}")
    except ValueError:
        return {}
    usable = isinstance(claims, dict) and claims.get("origin") == get_origin_from_redirect_uri()
    return dict(claims) if usable else {}


def refusal(connection: HTTPConnection) -> Response | None:
    """Return the answer to somebody who may not see a face or its facts; None where they may.

    Raises:
        UnavailableError: The database with the roles is away.
    """
    way = session_access.configured()
    if way.typed:
        return None
    claimed = (
        session_access.from_headers(connection.headers)
        if way.way == login.HEADER
        else session_access.from_claims(way, cookie_claims(connection))
    )
    if claimed is None:
        return PlainTextResponse("You are not logged in; reload the page to log in.", status_code=403)
    sentence = access.refusal(session_access.with_role(way, *claimed), "look")
    return PlainTextResponse(sentence, status_code=403) if sentence else None
