"""Write a run's progress to the database and read requests to stop from it, in a thread beside the work. No torch.

The work only sets attributes and reads a flag, so a slow or locked database never delays it.
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
    """Reports a run's progress to the database, and to a watcher in the foreground."""

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
        """Ask the work to stop at its next step; safe in a signal handler."""
        self._stop.set()

    def stopping(self) -> bool:
        """Whether the run was asked to stop."""
        return self._stop.is_set()

    def report(self, **fields: Any) -> None:
        """Set columns of the run, by name, from now on."""
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
    """Do a run's work under its heartbeat, and write to the database how it ended, whatever happens.

    Args:
        store: The open store; this process has claimed the run.
        run_id: The run.
        folder: Its folder, for the log.
        heart: Not yet entered.
        work: Does the work; returns a message for the finished run or None, raises `CancelledError` where it stopped.

    Returns:
        The final state: 'done' or 'cancelled'.

    Raises:
        AuditorError: It failed; the reason is in the database too.
    """
    with heart, _signals(heart), _log(folder):
        try:
            state, message = "done", work()
        except CancelledError:
            state, message = "cancelled", "Stopped on request; resume it to continue."
        except AuditorError as error:
            store.runs.update(run_id, state="failed", message=str(error), eta_seconds=None)
            logger.error("%s", error)
            raise
        except Exception as error:
            # The boundary of the process: whatever happened, the database must hold that the run ended, and why.
            text = f"{type(error).__name__}: {error}".splitlines()[0][:300]
            message = f"The run failed with an unexpected error ({text}); see its log."
            store.runs.update(run_id, state="failed", message=message, eta_seconds=None)
            logger.exception("the run failed")
            raise
        logger.info("run %s is %s", run_id, state)
    done: dict[str, Any] = {"progress": 1.0} if state == "done" else {}
    store.runs.update(run_id, state=state, message=message, phase=None, eta_seconds=None, **done)
    return state


def exit_code(work: Callable[[], str]) -> int:
    """Do a background process's work, and return its exit code: 0 done, 1 failed (error on stderr), 3 cancelled."""
    try:
        state = work()
    except AuditorError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0 if state == "done" else 3


class CancelledError(Exception):
    """The work stopped on request."""


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
    """Write the program's log to the run's folder."""
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
