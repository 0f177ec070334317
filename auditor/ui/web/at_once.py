"""Send every answer at once.

Streamlit binds its socket without naming a protocol, so that asyncio leaves Nagle's algorithm on: the second part of an
answer (the body behind the headers, the next message of a page) waits until the browser has acknowledged the first,
which it delays by up to 40 ms.
"""

from __future__ import annotations

import gc
import socket

from starlette.types import ASGIApp, Receive, Scope, Send


class AtOnce:
    """ASGI middleware that takes the waiting off the server's listening sockets before the first connection."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Set the sockets when the server starts; pass everything on."""
        if scope["type"] == "lifespan":
            for listening in _listening():
                listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # its connections inherit it
        await self.app(scope, receive, send)


def _listening() -> list[socket.socket]:
    """This process's listening TCP sockets. The server hands its own to nobody, so they are looked for."""
    sockets = [each for each in gc.get_objects() if type(each) is socket.socket]
    return [each for each in sockets if _listens(each)]


def _listens(candidate: socket.socket) -> bool:
    if candidate.fileno() < 0 or candidate.family not in (socket.AF_INET, socket.AF_INET6):
        return False
    return bool(candidate.type == socket.SOCK_STREAM and candidate.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))
