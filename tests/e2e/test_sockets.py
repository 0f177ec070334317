"""Real handshakes with a real server: its own page, another port of the same computer, and frames out of protocol."""

import http.client
import http.server
import threading

import pytest

HANDSHAKE = """
<script>
const socket = new WebSocket("ws://localhost:%d/_stcore/stream", ["streamlit"])
socket.onopen = () => { document.title = "open" }
socket.onclose = (event) => { document.title = document.title === "open" ? "open" : "refused" }
</script>
"""


class Elsewhere(http.server.BaseHTTPRequestHandler):
    """A page on another port of localhost."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write((HANDSHAKE % self.server.target).encode())

    def log_message(self, *_):
        pass


@pytest.fixture
def elsewhere(shared_server):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere)
    server.target = shared_server.port
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.e2e
def test_a_page_of_another_port_opens_no_session(page, elsewhere):
    page.goto(elsewhere)
    page.wait_for_function("document.title !== ''")
    assert page.title() == "refused"


@pytest.mark.e2e
def test_the_app_s_own_page_connects_and_may_talk_to_nobody_else(page, shared_server):
    page.goto(shared_server.url)
    page.get_by_role("link", name="Data", exact=True).wait_for()  # the app is there, with a data set or without
    tried = page.evaluate(
        """() => new Promise((told) => {
            document.addEventListener("securitypolicyviolation", (event) => told(event.effectiveDirective))
            try { new WebSocket("ws://localhost:1/away").onerror = () => setTimeout(told, 2000, "no violation") }
            catch (error) { told(String(error)) }
        })"""
    )
    assert tried == "connect-src"


def connection(server, origin):
    client = pytest.importorskip("websockets.sync.client", reason="the server's own websockets package is missing")
    address = f"ws://localhost:{server.port}/_stcore/stream"
    return client.connect(address, origin=origin, subprotocols=["streamlit"], open_timeout=20)


@pytest.mark.e2e
@pytest.mark.parametrize(
    "origin", ["http://localhost:9", "http://127.0.0.1:9", "http://localhost", "https://evil.example", "null"]
)
def test_a_handshake_with_another_origin_is_refused(shared_server, origin):
    exceptions = pytest.importorskip("websockets.exceptions")
    with pytest.raises(exceptions.InvalidStatus) as refused, connection(shared_server, origin):
        pass
    assert refused.value.response.status_code == 403


@pytest.mark.e2e
@pytest.mark.parametrize("frame", ["text", b"\xff" * 40, b"\x00", b"", b"\n\x02\x08\x01", b"\xa2" * 5000])
def test_a_garbage_frame_ends_its_own_connection_at_most(shared_server, frame):
    exceptions = pytest.importorskip("websockets.exceptions")
    log = shared_server.workspace / "server.log"
    before = log.stat().st_size
    with connection(shared_server, shared_server.url) as socket:
        socket.send(frame)
        try:
            while True:
                assert b"Traceback" not in bytes(socket.recv(timeout=1))
        except (TimeoutError, exceptions.ConnectionClosed):
            pass
    assert b"Exception in ASGI" not in log.read_bytes()[before:]
    with connection(shared_server, shared_server.url):
        pass  # and the next one is let in


@pytest.mark.e2e
@pytest.mark.parametrize("digits", [10, 4301, 20_000])
def test_a_long_number_is_a_plain_answer_of_the_server(shared_server, digits):
    asked = http.client.HTTPConnection("localhost", shared_server.port, timeout=20)
    asked.request("GET", f"/faces/image/1.A/abc/{'9' * digits}/96")
    answer = asked.getresponse()
    assert answer.status < 500  # no address of ours: Streamlit answers with its page, or 404
    assert answer.headers["x-content-type-options"] == "nosniff"
    asked.close()
