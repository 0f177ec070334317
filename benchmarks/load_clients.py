"""Annotators without a browser: each speaks the app's own WebSocket protocol and keeps an outbox as the browser does.

An annotator opens Review, sends operations until the server acknowledges them, sends again what is not acknowledged,
and connects anew when the connection breaks.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

RESEND = 1.5
"""Seconds without an answer until what is not acknowledged is sent again, as in the browser."""

OPENS_WITHIN = 60.0


@dataclass
class Annotator:
    """One person with one tab.

    Attributes:
        url: The app's address.
        dataset: The data set's key.
        name: Who decides.
        faces: Names of the images that this person decides on, in order and again from the start.
        label: The class that is given.
        latencies: Seconds from each operation to its acknowledgement.
        acknowledged: The ids of the operations that the server said it saved.
        problems: How often the server said that the database is away.
    """

    url: str
    dataset: str
    name: str
    faces: list[str]
    label: str
    latencies: list[float] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)
    problems: int = 0

    def __post_init__(self) -> None:
        self.client = uuid.uuid4().hex[:12]
        self._n = 0
        self._waiting: dict[int, tuple[dict[str, Any], float]] = {}
        self._socket: ClientConnection | None = None
        self._component = self._fragment = self._script = ""
        self._ready = asyncio.Event()
        self._answered = asyncio.Event()

    @property
    def waiting(self) -> int:
        """Operations that are not acknowledged."""
        return len(self._waiting)

    async def stay(self) -> None:
        """Be connected until cancelled: open Review, take answers, and come back after a break."""
        while True:
            with contextlib.suppress(OSError, WebSocketException, TimeoutError, asyncio.IncompleteReadError):
                address = self.url.replace("http", "ws", 1) + "/_stcore/stream"
                protocol: Any = ["streamlit"]
                async with connect(address, origin=self.url, subprotocols=protocol, max_size=None) as socket:  # type: ignore[arg-type]
                    self._socket = socket
                    await self._ask(first=True)
                    async for message in socket:
                        self._take(message if isinstance(message, bytes) else message.encode())
            self._socket = None
            self._ready.clear()
            await asyncio.sleep(0.5)

    async def ready(self) -> None:
        """Wait until Review is there.

        Raises:
            TimeoutError: It is not.
        """
        await asyncio.wait_for(self._ready.wait(), OPENS_WITHIN)

    async def decide(self, faces: int = 1) -> None:
        """Decide on the next faces, one operation each, and send them together; returns before the answer."""
        for _ in range(faces):
            self._n += 1
            face = self.faces[self._n % len(self.faces)]
            operation = {
                "n": self._n, "id": f"{self.client}-{self._n}-load", "ds": self.dataset, "kind": "decide",
                "action": "relabel", "to": self.label, "names": [face], "mode": "open", "who": self.name, "seen": 2**40,
            }  # fmt: skip
            self._waiting[self._n] = (operation, time.perf_counter())
        await self._ask()

    async def settle(self, within: float) -> bool:
        """Send again until everything is acknowledged; return whether that came about in time."""
        end = time.perf_counter() + within
        while self._waiting and time.perf_counter() < end:
            self._answered.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._answered.wait(), min(RESEND, max(0.01, end - time.perf_counter())))
                continue
            await self._ask()
        return not self._waiting

    async def _ask(self, *, first: bool = False) -> None:
        if self._socket is None or not (first or self._ready.is_set()):
            return
        message = BackMsg()
        state = message.rerun_script
        state.query_string = f"ds={self.dataset}"
        if first:
            state.page_name = "review"
        else:
            state.page_script_hash, state.fragment_id = self._script, self._fragment
            widget = state.widget_states.widgets.add()
            widget.id = self._component
            room = {
                "client": self.client, "ds": self.dataset, "ev": None, "have": self._page, "view": self._view,
                "beat": self._n, "ops": [operation for operation, _ in self._waiting.values()],
            }  # fmt: skip
            widget.json_value = json.dumps({"room": room})
        with contextlib.suppress(WebSocketException, OSError):
            await self._socket.send(message.SerializeToString())

    def _take(self, content: bytes) -> None:
        message = ForwardMsg()
        message.ParseFromString(content)
        kind = message.WhichOneof("type")
        if kind == "new_session" and message.new_session.page_script_hash:
            self._script = message.new_session.page_script_hash
        if kind != "delta" or message.delta.WhichOneof("type") != "new_element":
            return
        element = message.delta.new_element
        if element.WhichOneof("type") == "bidi_component" and "review" in element.bidi_component.component_name:
            self._component, self._fragment = element.bidi_component.id, message.delta.fragment_id
            self._answer(json.loads(element.bidi_component.json or element.bidi_component.mixed.json))

    def _answer(self, data: dict[str, Any]) -> None:
        self._page = data["page"]
        self._view = {"room": self.client, "n": 0, "params": data["params"]}
        self.problems += bool(data["problem"])
        acknowledged = data["ack"]["n"] if data["ack"]["client"] == self.client else 0
        now = time.perf_counter()
        for number in [number for number in self._waiting if number <= acknowledged]:
            operation, sent = self._waiting.pop(number)
            self.latencies.append(now - sent)
            self.acknowledged.append(operation["id"])
        self._ready.set()
        self._answered.set()
