"""at_once.py: no answer waits for the acknowledgement of what was sent before it."""

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from auditor.ui.web.at_once import AtOnce


@pytest.fixture
def listening():
    # As Streamlit makes it: without naming TCP, so that asyncio leaves it alone.
    with socket.socket(socket.AF_INET) as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server


def run(coroutine):
    """Run it in a thread of its own: a browser's tests leave a running loop in this one."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, coroutine).result(30)


def accepted(listening):
    """Whether a new connection sends at once."""
    with socket.create_connection(listening.getsockname()):
        connection, _ = listening.accept()
        with connection:
            return bool(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))


def test_connections_send_at_once_from_the_server_s_start(listening):
    passed = []

    async def app(scope, receive, send):
        passed.append(scope["type"])

    at_once = AtOnce(app)
    run(at_once({"type": "http"}, None, None))
    assert not accepted(listening)  # it is set once, not at every request
    run(at_once({"type": "lifespan"}, None, None))
    assert accepted(listening)
    assert passed == ["http", "lifespan"]


def test_sockets_that_do_not_listen_or_are_closed_are_left_alone(listening):
    async def app(scope, receive, send):
        pass

    closed = socket.socket()
    closed.close()
    with socket.socket() as other, socket.socket(socket.AF_UNIX) as local:
        run(AtOnce(app)({"type": "lifespan"}, None, None))
        assert not other.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert local.fileno() >= 0
