"""A slow connection to the app: a TCP proxy that delays the server's answers by a given time."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from types import TracebackType
from typing import Self

CHUNK = 65_536


class SlowLine:
    """A TCP proxy in a thread of its own.

    Attributes:
        delay: Seconds by which every answer of the server is delayed, in order; may change at any time.
        port: The port on this machine.
    """

    def __init__(self, target: int, delay: float = 0.0) -> None:
        self.delay = delay
        self.port = 0
        self._target = target
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def url(self) -> str:
        """The app's address through this proxy."""
        return f"http://localhost:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._connected, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        left = asyncio.all_tasks(self._loop)
        for task in left:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        self._loop.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.close()
            return
        answers: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        ways = (self._forward(reader, back), self._collect(there, answers), self._release(answers, writer))
        try:
            await asyncio.gather(*ways, return_exceptions=True)
        finally:
            for end in (writer, back):
                end.close()

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
        with contextlib.suppress(OSError):
            writer.close()

    async def _collect(self, reader: asyncio.StreamReader, answers: asyncio.Queue[tuple[float, bytes]]) -> None:
        with contextlib.suppress(OSError):  # a server that was killed resets the line
            while data := await reader.read(CHUNK):
                answers.put_nowait((self._loop.time() + self.delay, data))
        answers.put_nowait((self._loop.time() + self.delay, b""))

    async def _release(self, answers: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter) -> None:
        data = b"begin"
        while data:
            due, data = await answers.get()
            await asyncio.sleep(max(0.0, due - self._loop.time()))
            writer.write(data)
            await writer.drain()
        with contextlib.suppress(OSError):
            writer.close()
