"""Security headers of every response, and the origins that may connect: other sites cannot read faces."""

from __future__ import annotations

import logging
from collections.abc import MutableMapping
from typing import Any

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from auditor.ui.web import answers, origin
from auditor.ui.web.at_once import AtOnce
from auditor.ui.web.identity import Identified

LOGGER = logging.getLogger("auditor.ui")

# Streamlit's own front end evaluates blob: modules and inline styles; nothing may come from, or go to, another site.
CONTENT_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self' data: blob:{sockets}",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    )
)
HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "SAMEORIGIN",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}
READING = ("GET", "HEAD", "OPTIONS")
SHARING = ("access-control-allow-origin", "access-control-allow-credentials")
NOT_OURS = "This request comes from a page of another site and is refused; open the app at its own address."
POLICY_VIOLATION, UNSUPPORTED, INTERNAL_ERROR = 1008, 1003, 1011


class SecurityHeaders:
    """ASGI middleware that adds the headers to every HTTP response, including errors.

    A page of another origin cannot read a response or change anything.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and add the headers to the start of its answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        sent = Headers(scope=scope)
        own = _is_own(sent)
        started = False
        added = HEADERS | {"content-security-policy": content_policy(sent.get("host"))}

        async def send_with_headers(message: MutableMapping[str, Any]) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                headers.update(added)
                for name in () if own else SHARING:
                    del headers[name]
            await send(message)

        if not own and scope["method"] not in READING:
            await PlainTextResponse(NOT_OURS, status_code=403)(scope, receive, send_with_headers)
            return
        try:
            await self.app(scope, receive, send_with_headers)
        except Exception as error:
            answers.log(error)
            if started:
                raise
            await PlainTextResponse(answers.FAULT, status_code=500)(scope, receive, send_with_headers)


class OwnSockets:
    """ASGI middleware for WebSockets: only from the app's own pages, and only in Streamlit's protocol."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a connection from another origin before it is accepted; close one that breaks the protocol."""
        if scope["type"] != "websocket":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if not _is_own(headers):
            LOGGER.warning("A connection from a page of another origin was refused.")
            await send({"type": "websocket.close", "code": POLICY_VIOLATION})
            return
        closed = False

        async def receive_binary() -> MutableMapping[str, Any]:
            nonlocal closed
            message = await receive()
            if message["type"] == "websocket.receive" and message.get("bytes") is None:
                LOGGER.warning("A connection sent text, which the app's pages never do, and was closed.")
                closed = True
                await send({"type": "websocket.close", "code": UNSUPPORTED})
                return {"type": "websocket.disconnect", "code": UNSUPPORTED}
            return message

        async def send_open(message: MutableMapping[str, Any]) -> None:
            if not closed:
                await send(message)

        try:
            await self.app(scope, receive_binary, send_open)
        except Exception as error:  # noqa: BLE001 - whatever a frame did to it, the other connections go on
            answers.log(error)
            if not closed:
                await send({"type": "websocket.close", "code": INTERNAL_ERROR})


def content_policy(host: str | None) -> str:
    """Return the content security policy for a host: connections may go only to it."""
    sockets = origin.socket_sources(host)
    return CONTENT_POLICY.replace("{sockets}", f" {sockets}" if sockets else "")


def _is_own(headers: Headers) -> bool:
    allowed = [str(each) for each in st.get_option("server.corsAllowedOrigins") or []]
    return origin.is_own(headers.get("origin"), headers.get("host"), allowed)


def middleware() -> list[Middleware]:
    """Return the app's middleware: answers at once, headers, connections only from its own pages, host names."""
    stack = [Middleware(AtOnce), Middleware(SecurityHeaders), Middleware(OwnSockets)]
    hosts = list(st.get_option("server.allowedHosts") or [])
    if hosts:
        # Starlette compares without brackets or port; an IPv6 address is written with brackets in Streamlit's list.
        stack.append(Middleware(TrustedHostMiddleware, allowed_hosts=hosts, www_redirect=False))
    return [*stack, Middleware(Identified)]
