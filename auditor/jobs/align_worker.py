"""The alignment worker: `python -m auditor.jobs.align_worker --workspace DIR --run ID`. No torch.

It can be stopped at any time and resumed: auditor/data/align/run.py keeps the faces that are already aligned.
"""

import argparse
import logging
import socket
import sys
import time
from collections import deque
from pathlib import Path

from auditor.config import RunConfig, Workspace
from auditor.custody import private
from auditor.data.align.choices import NONE
from auditor.data.align.run import align
from auditor.data.opening import reopen
from auditor.errors import JobError
from auditor.jobs import processes
from auditor.jobs.alignment import KIND, out_folder
from auditor.jobs.heart import CancelledError, Heart, exit_code, lead
from auditor.plural import counted
from auditor.store.store import Store

logger = logging.getLogger("auditor")

LISTED = 1000  # most left-out faces that the log names
RECENT = 15.0  # seconds over which the pace is measured, because faces that are already aligned are skipped quickly


class AlignmentPace:
    """Estimates the seconds left from the recent pace."""

    def __init__(self) -> None:
        self._marks: deque[tuple[float, int]] = deque()

    def left(self, done: int, total: int, now: float | None = None) -> float | None:
        """Return the seconds left when `done` of `total` are done now; None while unknown."""
        moment = time.monotonic() if now is None else now
        self._marks.append((moment, done))
        while len(self._marks) > 2 and moment - self._marks[0][0] > RECENT:
            self._marks.popleft()
        began, before = self._marks[0]
        if done <= before or moment <= began:
            return None
        return (moment - began) / (done - before) * (total - done)


def work(workspace: Workspace, run_id: str) -> str:
    """Align the remaining faces of a run, and return its final state, 'done' or 'cancelled'.

    Raises:
        JobError: Another process is working on this run.
        AuditorError: It failed; the reason is in the database too.
    """
    folder = workspace.run(run_id)
    config = RunConfig.from_json((folder / "config.json").read_text(encoding="utf-8"))
    with Store.opened(workspace) as store:
        pid, start = processes.own()
        if not store.runs.claim(run_id, host=socket.gethostname(), pid=pid, pid_started=start):
            raise JobError(f"Run {run_id} is running in another process; cancel it first.")
        heart = Heart(store, run_id)
        return lead(store, run_id, folder, heart, lambda: _align(workspace, config, heart))


def _align(workspace: Workspace, config: RunConfig, heart: Heart) -> str:
    """Align the faces, and return a sentence on the result."""
    heart.report(phase="reading the labels")
    dataset = reopen(config.dataset, workspace.cache)
    pace = AlignmentPace()

    def progress(done: int, total: int, text: str) -> None:
        heart.report(
            phase=text, step=done, steps=total, progress=done / max(total, 1), eta_seconds=pace.left(done, total)
        )

    heart.report(phase="finding the eyes")
    options = config.options[KIND]
    out = out_folder(workspace, dataset.key)
    which = str(options.get("detector", NONE))  # absent in runs of before there was a detector
    result = align(
        dataset, out, size=int(options["size"]), eye=float(options["eye"]), which=which, progress=progress,
        cancelled=heart.stopping,
    )  # fmt: skip
    for problem in result.problems[:LISTED]:
        logger.warning("%s:%s %s", problem.file, problem.line or "", problem.message)
    if not result.finished:
        raise CancelledError
    left_out = sum(problem.count for problem in result.problems)
    message = f"{counted(result.made + result.kept, 'face is', 'faces are')} aligned"
    return (
        f"{message}; {left_out:,} left out, because they have no eyes, cannot be read, or show no face or several (the "
        "log names them)."
        if left_out
        else f"{message}."
    )


def main() -> int:
    """Run the background process, and return its exit code, see `heart.exit_code`."""
    parser = argparse.ArgumentParser(description="Align the faces of a data set.")
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument("--run", required=True)
    args = parser.parse_args()
    private.begin()
    return exit_code(lambda: work(Workspace(args.workspace), args.run))


if __name__ == "__main__":
    sys.exit(main())
