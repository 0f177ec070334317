"""What arrives together is saved together: one transaction, one wait for the disk, for many callers.

The first caller saves whatever is waiting, its own jobs among it. Callers that come meanwhile wait; when it is done,
the first of them saves for all of those. Nobody waits for more than the save in progress and the next one.
"""

from __future__ import annotations

import itertools
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
    jobs: Sequence[Job]
    woken: threading.Event = field(default_factory=threading.Event)
    outcomes: Sequence[Result | Exception] = ()
    finished: bool = False


class Grouped(Generic[Job, Result]):
    """Hands jobs from many threads to one function, as many at a time as are waiting."""

    def __init__(self, save: Callable[[Sequence[Job]], Sequence[Result | Exception]], largest: int = 200) -> None:
        """Take the function.

        Args:
            save: Saves jobs; returns a result or an error for each. An error it raises goes to every job.
            largest: Jobs at a time; those of one caller are never parted.
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
        (outcome,) = self.run_each([job])
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def run_each(self, jobs: Sequence[Job]) -> Sequence[Result | Exception]:
        """Have a caller's jobs saved in their order; returns a result or an error for each when that is done."""
        if not jobs:
            return []
        ticket = _Ticket[Job, Result](jobs)
        with self._lock:
            self._waiting.append(ticket)
            leads = not self._busy
            self._busy = True
        if not leads:
            ticket.woken.wait()
        if not ticket.finished:
            self._lead()
        return ticket.outcomes

    def _next(self) -> tuple[list[_Ticket[Job, Result]], list[Job]]:
        """Take who waited longest: at least one caller, and no more than `largest` jobs beside the first one's."""
        batch: list[_Ticket[Job, Result]] = []
        jobs: list[Job] = []
        with self._lock:
            while self._waiting and (not batch or len(jobs) + len(self._waiting[0].jobs) <= self._largest):
                batch.append(self._waiting.popleft())
                jobs += batch[-1].jobs
        return batch, jobs

    def _lead(self) -> None:
        batch, jobs = self._next()
        try:
            outcomes = iter(self._save(jobs))
            for ticket in batch:
                ticket.outcomes = list(itertools.islice(outcomes, len(ticket.jobs)))
        except BaseException as error:
            stopped = UnavailableError("Saving was interrupted, so this step may not be saved yet; try again.")
            for ticket in batch:
                ticket.outcomes = [error if isinstance(error, Exception) else stopped] * len(ticket.jobs)
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
