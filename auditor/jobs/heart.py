"""Carries a run's progress into the database and the wish to stop out of it, in a thread beside the work. No torch.

The work only sets attributes and reads a flag; a slow or locked database never holds it up.
"""

import contextlib
import logging
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

from auditor.errors import AuditorError
from auditor.store.store import Store

logger = logging.getLogger("auditor")

EVERY = 1.0  # seconds between two heartbeats
Watcher = Callable[[dict[str, Any]], None]


class Heart:
    """Keeps the database told of a run, and whoever watches in the foreground."""

    def __init__(self, store: Store, run_id: str, watcher: Watcher | None = None) -> None:
        self._store, self._run_id, self._watcher = store, run_id, watcher
        self._stop = threading.Event()  # the run shall stop
        self._over = threading.Event()  # the run has ended
        self._fields: dict[str, Any] = {"phase": "starting"}
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def stop(self) -> None:
        """Ask the work to stop at its next step (also from a signal handler)."""
        self._stop.set()

    def stopping(self) -> bool:
        """Whether the run shall stop."""
        return self._stop.is_set()

    def tell(self, **fields: Any) -> None:
        """Columns of the run, by name, that are so from now on."""
        finished = fields.pop("epoch_line", False)
        self._fields = {**self._fields, **fields}
        if self._watcher is not None:
            self._watcher({**self._fields, "epoch_line": finished})

    def _beat(self) -> None:
        while not self._over.is_set():
            started = time.monotonic()
            try:
                self._store.runs.heartbeat(self._run_id, **self._fields)
                if self._store.runs.cancel_requested(self._run_id):
                    self._stop.set()
            except AuditorError as error:
                logger.warning("progress could not be written: %s", error)
            self._over.wait(max(0.1, EVERY - (time.monotonic() - started)))


def lead(store: Store, run_id: str, folder: Path, heart: Heart, work: Callable[[], str | None]) -> str:
    """Do a run's work under its heartbeat and tell the database how it ended, whatever happens.

    Args:
        store: the open store; this process has claimed the run.
        run_id: the run.
        folder: its folder, for the log.
        heart: not yet entered.
        work: does it; returns what to say of it when done (None for nothing), and raises `Cancelled` where it stopped.

    Returns:
        The state it ends in: 'done' or 'cancelled'.

    Raises:
        AuditorError: It failed; the reason is in the database too.
    """
    with heart, _signals(heart), _log(folder):
        try:
            state, message = "done", work()
        except CancelledError:
            state, message = "cancelled", "Stopped on request; resume it to go on from where it was."
        except AuditorError as error:
            store.runs.update(run_id, state="failed", message=str(error), eta_seconds=None)
            logger.error("%s", error)
            raise
        except Exception as error:
            # The boundary of the process: whatever it was, the database must say that the run is over and why.
            text = f"{type(error).__name__}: {error}".splitlines()[0][:300]
            message = f"The run failed for a reason it did not expect ({text}); its log says more."
            store.runs.update(run_id, state="failed", message=message, eta_seconds=None)
            logger.exception("the run failed")
            raise
        logger.info("run %s is %s", run_id, state)
    done: dict[str, Any] = {"progress": 1.0} if state == "done" else {}
    store.runs.update(run_id, state=state, message=message, phase=None, eta_seconds=None, **done)
    return state


def exit_code(work: Callable[[], str]) -> int:
    """Do a background process's work; 0 done, 1 failed (said on stderr), 3 cancelled. The database knows more."""
    try:
        state = work()
    except AuditorError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0 if state == "done" else 3


class CancelledError(Exception):
    """The work stopped because it was asked to."""


@contextlib.contextmanager
def _signals(heart: Heart) -> Iterator[None]:
    """SIGTERM and Ctrl-C ask the work to stop; a second Ctrl-C interrupts at once."""

    def handle(number: int, frame: object) -> None:
        del frame
        if heart.stopping() and number == signal.SIGINT:
            raise KeyboardInterrupt
        heart.stop()

    before = {number: signal.signal(number, handle) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def _log(folder: Path) -> Iterator[None]:
    """Write the program's log into the run's folder."""
    handler = logging.FileHandler(folder / "run.log", encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s", "%Y-%m-%d %H:%M:%S"))
    logger.addHandler(handler)
    level = logger.level
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.setLevel(level)
        logger.removeHandler(handler)
        handler.close()
