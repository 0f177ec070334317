"""The table of runs: their configuration, process, state and progress."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import RowMapping, delete, insert, or_, select, update

from auditor.config import RunConfig
from auditor.errors import JobError
from auditor.store.database import Database
from auditor.store.tables import RUNS

ENDED = ("done", "failed", "cancelled", "lost")
KINDS = ("train", "score", "opinion", "align", "map")
LEARNING = ("train", "score", "opinion")  # kinds that leave evidence


@dataclass(frozen=True)
class RunRecord:
    """One run in its current state.

    Attributes:
        id: Its name, which is also its folder's.
        dataset: The data set's key.
        kind: 'train', 'score', 'opinion', 'align' or 'map'.
        state: 'queued', 'running', 'done', 'failed', 'cancelled' or 'lost'.
        config: Its configuration.
        created_at: When it was requested; like all times here, seconds since 1970.
        started_at: When its process last began, or None.
        ended_at: When it ended, or None.
        host: The machine its process runs on.
        pid: The process's id.
        pid_started: When that process started, so that another process with the same id is not mistaken for it.
        heartbeat: When the process last reported that it is alive.
        cancel_requested: Whether somebody asked it to stop.
        method: The method that is being trained.
        fold: The fold that is being trained, or None.
        epoch: Epochs finished of this method.
        epochs: Epochs in total.
        step: Steps finished of this epoch.
        steps: Steps in total.
        progress: Share of the whole run that is finished, in [0, 1].
        eta_seconds: Time left, or None while unknown.
        phase: The current phase in a word or two: 'decoding images', 'training'.
        message: A sentence for the user, such as the reason of a failure.
        metrics: The last epoch's numbers.
        started_by: Who started it; None for runs of earlier versions.
    """

    id: str
    dataset: str
    kind: str
    state: str
    config: RunConfig
    created_at: float
    started_at: float | None = None
    ended_at: float | None = None
    host: str | None = None
    pid: int | None = None
    pid_started: str | None = None
    heartbeat: float | None = None
    cancel_requested: bool = False
    method: str | None = None
    fold: int | None = None
    epoch: int | None = None
    epochs: int | None = None
    step: int | None = None
    steps: int | None = None
    progress: float = 0.0
    eta_seconds: float | None = None
    phase: str | None = None
    message: str | None = None
    metrics: Mapping[str, Any] | None = None
    started_by: str | None = None

    @property
    def ended(self) -> bool:
        """Whether it has ended, so that no process works on it."""
        return self.state in ENDED


class Runs:
    """The one writer of the table `runs`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, run_id: str, config: RunConfig, kind: str = "train", by: str | None = None) -> RunRecord:
        """Insert a run that is about to be started.

        Args:
            run_id: Its name.
            config: What it does.
            kind: One of `KINDS`.
            by: Who starts it.

        Raises:
            StoreError: A run of that name exists already, or the data set is not registered.
        """
        values = {
            "id": run_id,
            "dataset": config.dataset.key,
            "kind": kind,
            "state": "queued",
            "config": config.to_json(),
            "created_at": time.time(),
            "started_by": by,
        }
        with self._database.write() as connection:
            connection.execute(insert(RUNS).values(**values))
        return self.get(run_id)

    def get(self, run_id: str) -> RunRecord:
        """Return one run.

        Raises:
            JobError: There is no run of that name.
        """
        with self._database.read() as connection:
            row = connection.execute(select(RUNS).where(RUNS.c.id == run_id)).mappings().first()
        if row is None:
            raise JobError(f"There is no run {run_id} in this workspace; the Runs page lists every run.")
        return _record(row)

    def list(
        self,
        dataset: str | None = None,
        states: tuple[str, ...] | None = None,
        kinds: tuple[str, ...] | None = None,
    ) -> list[RunRecord]:
        """Return runs, newest first; only those of the data set, the states and the kinds that are given."""
        query = select(RUNS).order_by(RUNS.c.created_at.desc(), RUNS.c.id)
        if dataset is not None:
            query = query.where(RUNS.c.dataset == dataset)
        if states is not None:
            query = query.where(RUNS.c.state.in_(states))
        if kinds is not None:
            query = query.where(RUNS.c.kind.in_(kinds))
        with self._database.read() as connection:
            return [_record(row) for row in connection.execute(query).mappings()]

    def claim(self, run_id: str, *, host: str, pid: int, pid_started: str) -> bool:
        """Make this process the one that works on the run.

        Returns:
            False where another process works on it; then leave it alone.
        """
        values = {
            "state": "running",
            "host": host,
            "pid": pid,
            "pid_started": pid_started,
            "started_at": time.time(),
            "ended_at": None,
            "heartbeat": time.time(),
            "message": None,
        }
        this_process = (RUNS.c.host == host) & (RUNS.c.pid == pid) & (RUNS.c.pid_started == pid_started)
        free = (RUNS.c.id == run_id) & or_(RUNS.c.state.in_(("queued", *ENDED)), this_process)
        with self._database.write() as connection:
            return connection.execute(update(RUNS).where(free).values(**values)).rowcount == 1

    def update(self, run_id: str, *, expected: tuple[str, ...] | None = None, **fields: Any) -> bool:
        """Update columns of a run.

        Args:
            run_id: The run.
            expected: Only where it is in one of these states, so that two writers cannot contradict each other.
            fields: Columns by name; `metrics` as a mapping.

        Returns:
            Whether the run was changed.
        """
        if "metrics" in fields and fields["metrics"] is not None:
            fields["metrics"] = json.dumps(fields["metrics"])
        if fields.get("state") in ENDED:
            fields.setdefault("ended_at", time.time())
        query = update(RUNS).where(RUNS.c.id == run_id).values(**fields)
        if expected is not None:
            query = query.where(RUNS.c.state.in_(expected))
        with self._database.write() as connection:
            return connection.execute(query).rowcount == 1

    def delete(self, run_id: str, then: Callable[[], None]) -> bool:
        """Delete the entry of a run that has ended.

        Args:
            run_id: The run.
            then: Called before the deletion is final, with the entry locked: no process can claim the run any more.
                Where it raises an error, the entry stays.

        Returns:
            False where the run does not exist or has not ended; then nothing was done.
        """
        gone = delete(RUNS).where((RUNS.c.id == run_id) & RUNS.c.state.in_(ENDED))
        with self._database.write() as connection:
            if connection.execute(gone).rowcount != 1:
                return False
            then()
            return True

    def heartbeat(self, run_id: str, **fields: Any) -> None:
        """Record that the run's process is alive, and its progress."""
        self.update(run_id, expected=("running",), heartbeat=time.time(), **fields)

    def request_cancel(self, run_id: str) -> None:
        """Ask the run to stop at its next step."""
        self.update(run_id, cancel_requested=1)

    def cancel_requested(self, run_id: str) -> bool:
        """Return whether somebody asked the run to stop."""
        with self._database.read() as connection:
            flag = connection.execute(select(RUNS.c.cancel_requested).where(RUNS.c.id == run_id)).scalar_one_or_none()
        return bool(flag)


def _record(row: RowMapping) -> RunRecord:
    values = dict(row)
    values["config"] = RunConfig.from_json(values["config"])
    values["cancel_requested"] = bool(values["cancel_requested"])
    values["metrics"] = json.loads(values["metrics"]) if values["metrics"] else None
    return RunRecord(**values)
