"""middleware.py, origin.py and numbers.py: only the app's own pages connect, and no fault leaves without headers."""

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from auditor.ui.web import addresses, answers, middleware, numbers, origin, routes, tokens


async def page(request):
    return PlainTextResponse("faces", headers={"access-control-allow-origin": request.headers.get("origin", "*")})


async def fault(request):
    raise ZeroDivisionError("with /a/secret/path")


async def echo(socket):
    await socket.accept()
    while True:
        data = await socket.receive_bytes()
        if data == b"fault":
            raise ZeroDivisionError
        await socket.send_bytes(data)


@pytest.fixture
def client():
    rows = Route(f"/row/{{row:{numbers.NAME}}}", page)
    app = Starlette(
        routes=[Route("/", page, methods=["GET", "POST"]), Route("/fault", fault), rows, WebSocketRoute("/ws", echo)],
        middleware=middleware.middleware(),
    )
    return TestClient(app, base_url="http://localhost:8501")


@pytest.mark.parametrize(
    ("source", "host", "own"),
    [
        (None, "localhost:8501", True),
        ("http://localhost:8501", "localhost:8501", True),
        ("https://faces.example.org", "faces.example.org", True),  # behind a proxy that ends TLS
        ("https://Faces.example.org:443", "faces.example.org", True),
        ("http://[::1]:8501", "[::1]:8501", True),
        ("http://localhost:9999", "localhost:8501", False),
        ("http://localhost", "localhost:8501", False),
        ("http://127.0.0.1:8501", "localhost:8501", False),
        ("http://localhost:8501.evil.example", "localhost:8501", False),
        ("http://evil.example/localhost:8501", "localhost:8501", False),
        ("http://localhost:8501@evil.example", "localhost:8501", False),
        ("null", "localhost:8501", False),
        ("file://", "localhost:8501", False),
        ("http://localhost:99999999", "localhost:8501", False),
        ("http://localhost:8501", None, False),
        ("http://localhost:8501", "localhost:8501/x", False),
    ],
)
def test_an_origin_is_the_app_s_own_by_host_and_port(source, host, own):
    assert origin.is_own(source, host) is own


def test_an_origin_that_the_operator_names_is_let_in():
    named = ["https://app.example.org"]
    assert origin.is_own("https://app.example.org", "localhost:8501", named)
    assert not origin.is_own("http://app.example.org", "localhost:8501", named)


@pytest.mark.parametrize("source", ["http://localhost:9999", "http://evil.example", "null"])
def test_a_socket_from_elsewhere_is_refused_before_it_is_accepted(client, source):
    with pytest.raises(WebSocketDisconnect) as closed, client.websocket_connect("/ws", headers={"origin": source}):
        pass
    assert closed.value.code == middleware.POLICY_VIOLATION


@pytest.mark.parametrize(
    "send", [lambda socket: socket.send_text("garbage"), lambda socket: socket.send_bytes(b"fault")]
)
def test_a_socket_out_of_the_protocol_is_closed_without_an_exception(client, send):
    host = {"origin": "http://localhost:8501", "host": "localhost:8501"}
    with client.websocket_connect("/ws", headers=host) as socket:
        socket.send_bytes(b"face")
        assert socket.receive_bytes() == b"face"
        send(socket)
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_bytes()
    assert closed.value.code in (middleware.UNSUPPORTED, middleware.INTERNAL_ERROR)


def test_connections_go_to_the_own_host_alone(client):
    policy = client.get("/").headers["content-security-policy"]
    sources = next(part for part in policy.split("; ") if part.startswith("connect-src")).split()[1:]
    assert sources == ["'self'", "data:", "blob:", "ws://localhost:8501", "wss://localhost:8501"]
    # A host that would widen the policy is no host.
    assert "*" not in middleware.content_policy("x; connect-src *")
    assert " ws" not in middleware.content_policy("evil example; script-src *")


def test_a_page_of_another_origin_reads_and_changes_nothing(client):
    own, other = {"origin": "http://localhost:8501"}, {"origin": "http://localhost:9999"}
    assert client.get("/", headers=own).headers["access-control-allow-origin"] == own["origin"]
    assert "access-control-allow-origin" not in client.get("/", headers=other).headers
    assert client.post("/", headers=own).status_code == 200
    refused = client.post("/", headers=other)
    assert refused.status_code == 403 and refused.text == middleware.NOT_OURS


def test_a_fault_is_a_sentence_with_the_headers(client, caplog):
    answer = client.get("/fault")
    assert answer.status_code == 500 and answer.text == answers.FAULT
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'self'" in answer.headers["content-security-policy"]
    assert "ZeroDivisionError" in caplog.text and "secret" not in caplog.text


@pytest.mark.parametrize("digits", [1, 9, 10, 4300, 4301, 20_000])
def test_a_number_of_any_length_is_an_answer(client, digits):
    answer = client.get("/row/" + "9" * digits)
    assert answer.status_code == (200 if digits <= 9 else 404)
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("digits", [10, 4301, 20_000])
def test_every_number_of_our_routes_may_be_too_long(store, dataset, workspace, digits):
    client = TestClient(middleware.SecurityHeaders(Starlette(routes=routes.routes())))
    many = "9" * digits
    card = addresses.card_url(dataset, "v0001", "0" * 32)
    for url in (
        addresses.face_prefix(dataset) + f"{many}/96",
        addresses.face_prefix(dataset) + f"1/{many}",
        addresses.face_prefix(dataset).replace(dataset.key, many) + "1/96",
        addresses.sprite_url(dataset, [1], 96).replace("/96/", f"/{many}/"),
        addresses.detail_prefix(dataset, 0).replace("/0/", f"/{many}/") + "0" * 16,
        f"{card}/{many}",
        f"/faces/image/{many}.AAAA/{dataset.key}/1/96",
    ):
        answer = client.get(url)
        assert answer.status_code in (403, 404)
        assert answer.headers["x-frame-options"] == "SAMEORIGIN"
    assert not tokens.valid(workspace, f"{many}.AAAA", "image", dataset.key)
