"""A reverse proxy as teams have one: it knows who is logged in, and says so in a header that it alone writes."""

import socket
import socketserver
import threading

AT = "127.0.0.2"
"""The proxy's own address, so that a test's own connections, from 127.0.0.1, are not the proxy's."""


class _Connection(socketserver.BaseRequestHandler):
    """One request, or one WebSocket: its head is rewritten, the rest passed on both ways as it is."""

    def handle(self):
        head, rest = _head(self.request)
        if not head:
            return
        with socket.create_connection(("127.0.0.1", self.server.target), source_address=(AT, 0)) as app:
            app.sendall(self._rewritten(head) + rest)
            there = threading.Thread(target=_pump, args=(self.request, app), daemon=True)
            there.start()
            _pump(app, self.request)

    def _rewritten(self, head):
        first, *lines = head.decode("latin-1").split("\r\n")
        upgrade = any(line.lower().startswith("upgrade:") for line in lines)
        dropped = ("x-remote-user:", *(() if upgrade else ("connection:",)))
        kept = [line for line in lines if not line.lower().startswith(dropped)]
        own = [f"X-Remote-User: {self.server.person}", f"X-Forwarded-For: {self.client_address[0]}"]
        return "\r\n".join([first, *own, *(() if upgrade else ("Connection: close",)), *kept, "", ""]).encode("latin-1")


def _head(connection):
    data = b""
    while b"\r\n\r\n" not in data:
        part = connection.recv(65_536)
        if not part:
            return b"", b""
        data += part
    head, _, rest = data.partition(b"\r\n\r\n")
    return head, rest


def _pump(source, target):
    try:
        while part := source.recv(65_536):
            target.sendall(part)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # the other end has gone: so does this one


class Proxy(socketserver.ThreadingTCPServer):
    """A proxy in front of the app on which one person is logged in."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, target, person):
        super().__init__(("127.0.0.1", 0), _Connection)
        self.target, self.person = target, person
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self):
        return f"http://localhost:{self.server_address[1]}"

    def stop(self):
        self.shutdown()
        self.server_close()
