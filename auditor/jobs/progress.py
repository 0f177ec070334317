"""A run's progress: its share and time left from epochs and steps, its metrics and log for the screens. No torch."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from auditor.config import Workspace
from auditor.errors import JobError
from auditor.store.runs import RunRecord
from auditor.store.store import Store

SEEN = 0.02  # epochs of a training that must be done before its pace is believed
SCORING = 0.15  # approximate share of an epoch that the scoring pass takes, for the progress bar


@dataclass(frozen=True)
class Cost:
    """How long a method's epochs take, by its own probe or relative to those of other methods.

    Attributes:
        seconds: Of an epoch, its scoring included.
        late: Of an epoch after the first `turn`; NoisyFER's adversarial part makes them longer.
        turn: Epochs before the late ones.
    """

    seconds: float = 1.0
    late: float = 0.0
    turn: float = float("inf")

    def between(self, first: float, last: float) -> float:
        """Return the seconds from one place of a training to another, in epochs."""
        early = max(0.0, min(last, self.turn) - min(first, self.turn))
        return early * self.seconds + (last - first - early) * (self.late or self.seconds)


@dataclass
class Clock:
    """Turns 'epoch 3, step 10 of 94' into the share of the run that is done and the seconds left.

    Attributes:
        trainings: (method, epochs) of every training of the run, one for each fold, in order.
        costs: What each method's epochs take, by its probe; methods without one are taken to cost what the others do
            on average, and without any, all epochs are taken to cost the same.
    """

    trainings: Sequence[tuple[str, int]]
    costs: Mapping[str, Cost] = field(default_factory=dict)
    _current: int = -1
    _began: float = 0.0
    _began_at: float = -1.0
    _now: float = 0.0
    _at: float = 0.0
    _ended: list[tuple[float, float]] = field(default_factory=list)

    def begin(self, number: int) -> None:
        """Start the training of this number."""
        if self._began_at >= 0 and self._at > self._began_at:
            self._ended.append((self._now - self._began, self._cost().between(self._began_at, self._at)))
        self._current = number
        self._began_at = -1.0

    def share(self, epochs: float) -> float:
        """Return the share of the run that is done, in [0, 1], by the epochs done of the current training."""
        total = sum(self._whole(number) for number in range(len(self.trainings)))
        before = sum(self._whole(number) for number in range(max(0, self._current)))
        return min(1.0, (before + self._cost().between(0, epochs)) / total) if total else 1.0

    def left(self, epochs: float, now: float | None = None) -> float | None:
        """Return the seconds left; None where nothing is known of them.

        What the current training takes in fact corrects the probe of it, and what all trainings took corrects the
        probes of those that are still to come.
        """
        moment = time.monotonic() if now is None else now
        if self._began_at < 0:
            self._began, self._began_at = moment, epochs
        self._now, self._at = moment, epochs
        expected = self._cost().between(self._began_at, epochs)
        measured = epochs - self._began_at >= SEEN
        if not measured and not self.costs:
            return None
        spans = [*self._ended, *([(moment - self._began, expected)] if measured else [])]
        overall = sum(took for took, _ in spans) / sum(planned for _, planned in spans) if spans else 1.0
        pace = (moment - self._began) / expected if measured else overall
        if not self.costs:
            overall = pace  # nothing sets later methods apart from this one
        here = self._cost().between(epochs, self._epochs(self._current)) if self._current >= 0 else 0.0
        later = sum(self._whole(number) for number in range(self._current + 1, len(self.trainings)))
        return pace * here + overall * later

    def expected(self) -> float | None:
        """Return the seconds left before the first step of the current training, by the probes; None without any."""
        if not self.costs:
            return None
        left = self.left(0.0)
        self._began_at = -1.0  # its pace is measured from its first step, which may be in a later epoch
        return left

    def _cost(self, number: int | None = None) -> Cost:
        place = self._current if number is None else number
        if not 0 <= place < len(self.trainings):
            return Cost()
        own = self.costs.get(self.trainings[place][0])
        if own is None and self.costs:
            return Cost(sum(cost.seconds for cost in self.costs.values()) / len(self.costs))
        return own or Cost()

    def _epochs(self, number: int) -> int:
        return self.trainings[number][1]

    def _whole(self, number: int) -> float:
        return self._cost(number).between(0, self._epochs(number))


def epochs_done(epoch: int, step: int, steps: int, scoring: bool) -> float:
    """Return the epochs done, with the fraction of the unfinished one."""
    within = 1 - SCORING if scoring else (1 - SCORING) * step / max(1, steps)
    return epoch + within


@dataclass(frozen=True)
class Progress:
    """A run's record, metrics and log, for a screen.

    Attributes:
        record: The run's record in the database.
        metrics: One mapping for each finished epoch, in order: method, fold, epoch, losses, accuracies, seconds.
        log: The last lines of the run's log.
    """

    record: RunRecord
    metrics: list[dict[str, Any]] = field(default_factory=list)
    log: str = ""


def read_metrics(file: Path) -> list[dict[str, Any]]:
    """Return the epochs in a metrics file, without a last line that is half written."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    epochs: dict[tuple[Any, Any, Any], dict[str, Any]] = {}
    for line in lines:
        try:
            entry: Mapping[str, Any] = json.loads(line)
        except ValueError:
            continue
        epochs[entry["method"], entry["fold"], entry["epoch"]] = dict(entry)
    return list(epochs.values())


def tail(file: Path, lines: int = 200, most: int = 64_000) -> str:
    """Return the last lines of a log; of a long one only the end is read."""
    try:
        with file.open("rb") as log:
            log.seek(0, 2)
            log.seek(max(0, log.tell() - most))
            text = log.read().decode("utf-8", "replace")
    except FileNotFoundError:
        return ""
    return "\n".join(text.splitlines()[-lines:])


def progress(workspace: Workspace, run_id: str, store: Store | None = None) -> Progress:
    """Return a run's record, metrics and the end of its log.

    Raises:
        JobError: There is no such run.
    """
    with Store.opened(workspace, store) as open_store:
        record = open_store.runs.get(run_id)
    folder = workspace.run(run_id)
    if not folder.is_dir():
        raise JobError(f"The folder of run {run_id} is gone from {workspace.runs}; start a new run.")
    return Progress(record, read_metrics(folder / "metrics.jsonl"), tail(folder / "run.log"))
