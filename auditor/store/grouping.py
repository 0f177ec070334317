"""What arrives together is saved together: one transaction, one wait for the disk, for many callers.

The first caller saves whatever is waiting, its own job among it. Callers that come meanwhile wait; when it is done, the
first of them saves for all of those. Nobody waits for more than the save in progress and the next one.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from auditor.errors import UnavailableError

Job = TypeVar("Job")
Result = TypeVar("Result")


@dataclass
class _Ticket(Generic[Job, Result]):
    job: Job
    woken: threading.Event = field(default_factory=threading.Event)
    outcome: Result | Exception | None = None
    finished: bool = False


class Grouped(Generic[Job, Result]):
    """Hands jobs from many threads to one function, as many at a time as are waiting."""

    def __init__(self, save: Callable[[Sequence[Job]], Sequence[Result | Exception]], largest: int = 200) -> None:
        """Take the function.

        Args:
            save: Saves jobs; returns a result or an error for each. An error it raises goes to every job.
            largest: Jobs at a time.
        """
        self._save = save
        self._largest = largest
        self._waiting: deque[_Ticket[Job, Result]] = deque()
        self._lock = threading.Lock()
        self._busy = False

    def run(self, job: Job) -> Result:
        """Have a job saved; returns or raises when that is done.

        Raises:
            Exception: What `save` raised or returned for it.
        """
        ticket = _Ticket[Job, Result](job)
        with self._lock:
            self._waiting.append(ticket)
            leads = not self._busy
            self._busy = True
        if not leads:
            ticket.woken.wait()
        if not ticket.finished:
            self._lead()
        if isinstance(ticket.outcome, Exception):
            raise ticket.outcome
        return ticket.outcome  # type: ignore[return-value]  # finished without an error

    def _lead(self) -> None:
        with self._lock:
            batch = [self._waiting.popleft() for _ in range(min(self._largest, len(self._waiting)))]
        try:
            outcomes = self._save([ticket.job for ticket in batch])
            for ticket, outcome in zip(batch, outcomes, strict=True):
                ticket.outcome = outcome
        except BaseException as error:
            stopped = UnavailableError("Saving was interrupted, so this step may not be saved yet; try again.")
            for ticket in batch:
                ticket.outcome = error if isinstance(error, Exception) else stopped
            if not isinstance(error, Exception):
                raise
        finally:
            for ticket in batch:
                ticket.finished = True
            with self._lock:
                heir = self._waiting[0] if self._waiting else None
                self._busy = heir is not None
            for ticket in batch:
                ticket.woken.set()
            if heir is not None:
                heir.woken.set()
