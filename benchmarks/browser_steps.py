"""The browser actions that benchmarks/app_latency.py times, headless, against a server of its own."""

from __future__ import annotations

import contextlib
import math
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import numpy as np

REPOSITORY = Path(__file__).resolve().parents[1]
ARGUMENTS = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
FOCUS = ".cell.focus"
MAP = "section.map[data-ready]"
# From a key to the first change of the grid that it causes, and from there to the frame that shows it.
WATCH = """() => {
  const root = [...document.querySelectorAll('*')].map(e => e.shadowRoot).find(r => r?.querySelector('.cell'));
  const grid = (root ?? document).querySelector('.cell').parentElement;
  window.shown = []; let typed = null;
  addEventListener('keydown', () => { typed = performance.now(); }, true);
  new MutationObserver(() => {
    if (typed === null) return;
    const from = typed; typed = null;
    requestAnimationFrame(() => window.shown.push(performance.now() - from));
  }).observe(grid, {subtree: true, attributes: true, childList: true, characterData: true});
}"""
PACE = 150  # milliseconds between keys: a quick reader's
PICTURES = "() => performance.getEntriesByType('resource').some(e => e.name.includes('/faces/') && e.responseEnd > 0)"


def chromium() -> str | None:
    """Return the browser's path, or None."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")


class Server:
    """The app in a process of its own, or another Streamlit script for comparison."""

    def __init__(self, workspace: Path, script: str = "streamlit_app.py") -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.url = f"http://localhost:{self.port}"
        self.database = workspace / "auditor.db"
        self.reader: sqlite3.Connection | None = None
        environment = {**os.environ, "AUDITOR_WORKSPACE": str(workspace), "AUDITOR_ANNOTATOR": "benchmark"}
        environment.pop("AUDITOR_DATABASE_URL", None)
        command = [sys.executable, "-m", "streamlit", "run", script, "--server.port", str(self.port)]
        self.process = subprocess.Popen(
            command, cwd=REPOSITORY, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for _ in range(600):
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=2):
                return
            time.sleep(0.1)
        raise RuntimeError("the app did not start")

    def memory(self) -> float:
        """Resident memory in MB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024

    def has_torch(self) -> bool:
        """Whether the process has torch loaded."""
        return "libtorch" in Path(f"/proc/{self.process.pid}/maps").read_text(encoding="utf-8", errors="replace")

    def operations(self) -> int:
        """Return the number of decisions on the disk."""
        # Asked every other millisecond: a connection each time would cost the app the core that is measured.
        if self.reader is None:
            self.reader = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)
        return int(self.reader.execute("select max(seq) from operations").fetchone()[0] or 0)

    def faces(self, since: int) -> int:
        """How many different faces the operations after one decided."""
        self.operations()
        assert self.reader is not None
        return int(self.reader.execute("select count(distinct image) from items where seq > ?", (since,)).fetchone()[0])

    def stop(self) -> None:
        """End the process."""
        if self.reader is not None:
            self.reader.close()
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:  # it waits for browsers that are still connected
            self.process.kill()
            self.process.wait(20)


class Traffic:
    """Bytes that a page receives and sends, by HTTP and by its websocket."""

    def __init__(self, page: Any) -> None:
        self.http = self.sockets = 0
        client = page.context.new_cdp_session(page)
        client.send("Network.enable")
        client.on("Network.loadingFinished", lambda event: self._add("http", event["encodedDataLength"]))
        for direction in ("Received", "Sent"):
            client.on(f"Network.webSocketFrame{direction}", self._frame)

    def _add(self, kind: str, size: float) -> None:
        setattr(self, kind, getattr(self, kind) + int(size))

    def _frame(self, event: Any) -> None:
        data = event["response"]["payloadData"]
        # Binary frames come in base64: four characters for three bytes.
        self.sockets += len(data) * 3 // 4 if event["response"]["opcode"] == 2 else len(data)

    @property
    def all(self) -> int:
        """Both together."""
        return self.http + self.sockets


def timed(act: Any) -> float:
    """Return the seconds that a call takes."""
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def open_review(page: Any, server: Server, query: str = "") -> None:
    """Wait until a face has the focus and pictures are shown."""
    page.goto(f"{server.url}/review{query}")
    page.locator(FOCUS).wait_for()
    page.wait_for_function(PICTURES)


def go(page: Any, name: str, ready: str) -> None:
    """Open a page through the sidebar, and wait until it is ready."""
    page.get_by_test_id("stSidebar").get_by_role("link", name=name, exact=True).click()
    page.locator(ready).first.wait_for()


def type_keys(page: Any, server: Server, count: int) -> tuple[list[float], list[float]]:
    """Relabel one face after another, `PACE` after the last was saved.

    Returns:
        Milliseconds until each is seen, and until each is on the disk.
    """
    page.evaluate(WATCH)
    saved = []
    for number in range(count):
        before = server.operations()
        start = time.perf_counter()
        page.keyboard.press(str(number % 5 + 1))
        while server.operations() == before and time.perf_counter() - start < 10:
            time.sleep(0.002)
        saved.append(1000 * (time.perf_counter() - start))
        page.wait_for_timeout(PACE)
    return list(page.evaluate("() => window.shown")), saved


def type_without_pause(page: Any, server: Server, count: int) -> tuple[int, float]:
    """Type keys as fast as they can be sent.

    Returns:
        How many different faces they decided, and seconds from the first key until the last is on the disk.
    """
    before = server.operations()
    start = time.perf_counter()
    for number in range(count):
        page.keyboard.press(str(number % 5 + 1))
    while server.operations() - before < count and time.perf_counter() - start < 180:
        time.sleep(0.02)
    return server.faces(before), time.perf_counter() - start


def relabel_all(page: Any, server: Server) -> float:
    """Select all faces of the page and relabel them; return the seconds until that is on the disk."""
    before = server.operations()
    page.keyboard.press("Control+a")
    start = time.perf_counter()
    page.keyboard.press("3")
    while server.operations() == before and time.perf_counter() - start < 60:
        time.sleep(0.005)
    return time.perf_counter() - start


def turn(page: Any, label: str, value: str) -> float:
    """Choose a filter or an order in Review; return the seconds until its first face is shown."""
    first = page.locator(".cell").first
    before = first.get_attribute("title")
    start = time.perf_counter()
    page.get_by_label(label, exact=True).select_option(value)
    page.locator(f".cell:first-child:not([title={before!r}])").first.wait_for()
    page.locator(".room:not(.turning)").wait_for()
    return time.perf_counter() - start


# Counts the pages that were turned, and notes when each was on the screen.
TURNS = """() => {
  const root = [...document.querySelectorAll('*')].map(e => e.shadowRoot).find(r => r?.querySelector('.cell, .empty'));
  const room = root.querySelector('.room');
  window.turned = []; window.typed = [];
  addEventListener('keydown', () => window.typed.push(performance.now()), true);
  let turning = false;
  new MutationObserver(() => {
    const now = room.classList.contains('turning');
    if (turning && !now) requestAnimationFrame(() => window.turned.push(performance.now()));
    turning = now;
  }).observe(room, {attributes: true, attributeFilter: ['class']});
}"""


def _turned(page: Any, act: Any) -> float:
    """Do something that turns the page once; return the milliseconds from its last key until the page is shown."""
    page.evaluate(TURNS)
    act()
    page.wait_for_function("() => window.turned.length > 0")
    return float(page.evaluate("() => window.turned.at(-1) - window.typed.at(-1)"))


def search(page: Any, name: str) -> list[float]:
    """Type a part of a name; return the milliseconds of each letter until the faces that have it are shown."""
    page.keyboard.press("/")
    milliseconds = [_turned(page, lambda letter=letter: page.keyboard.press(letter)) for letter in name]
    page.get_by_label("Part of the image name").fill("")
    page.locator(".room:not(.turning)").wait_for()
    page.wait_for_timeout(PACE)
    page.keyboard.press("Enter")
    return milliseconds


def query(page: Any, text: str) -> float:
    """Ask by the query line; return the milliseconds from Enter until its faces are shown."""
    page.keyboard.press("q")
    page.keyboard.press("Control+a")
    page.keyboard.type(text)
    seconds = _turned(page, lambda: page.keyboard.press("Enter"))
    page.wait_for_timeout(PACE)
    return seconds


def similar(page: Any) -> float:
    """Ask for the faces like the one in focus; return the milliseconds until they are shown."""
    page.wait_for_timeout(PACE)
    page.evaluate(TURNS)
    page.keyboard.press("l")
    page.locator(".chip").wait_for()
    page.wait_for_function("() => window.turned.length > 0")
    return float(page.evaluate("() => window.turned.at(-1) - window.typed.at(-1)"))


def circle(positions: np.ndarray, wanted: int) -> tuple[tuple[float, float], float]:
    """Return the centre and radius, in grid steps, of a circle with that many points around the densest place."""
    middle = np.median(positions, axis=0)
    far = np.sort(np.hypot(*(positions - middle).T))
    return (float(middle[0]), float(middle[1])), float(far[min(wanted, len(far) - 1)])


def lasso(page: Any, positions: np.ndarray, wanted: int) -> tuple[float, int]:
    """Draw a lasso around some points of the map.

    Returns:
        Seconds from lifting the pointer until the faces of the selection are named, and how many were taken.
    """
    box = page.locator("section.map canvas").bounding_box()
    scale = 0.94 * min(box["width"], box["height"]) / 65_535
    (x, y), reach = circle(positions.astype(float), wanted)
    across = box["x"] + box["width"] / 2 + (x - 65_535 / 2) * scale
    up = box["y"] + box["height"] / 2 - (y - 65_535 / 2) * scale
    page.mouse.move(across + reach * scale, up)
    page.mouse.down()
    for step in range(1, 33):
        turned = 2 * math.pi * step / 32
        page.mouse.move(across + reach * scale * math.cos(turned), up + reach * scale * math.sin(turned))
    start = time.perf_counter()
    page.mouse.up()
    page.get_by_text("Given:").wait_for()
    page.locator("section.map[data-queued='0']").wait_for()
    seconds = time.perf_counter() - start
    counts = page.locator("section.map .counts b").all_inner_texts()
    return seconds, int(counts[-1].replace(",", ""))
