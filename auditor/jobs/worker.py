"""The process that trains: `python -m auditor.jobs.worker --workspace DIR --run ID`.

The command line's `train` calls `work` too, in its own process, so that both run the same code.
"""

import argparse
import contextlib
import logging
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from accelerate import Accelerator

from auditor.config import RunConfig, Workspace
from auditor.errors import AuditorError, JobError
from auditor.jobs import processes
from auditor.jobs.aftermath import Aftermath
from auditor.jobs.reporter import Reporter, Watcher
from auditor.store.store import Store
from auditor.training import plan
from auditor.training.run import Run
from auditor.training.scoring import Stopped

logger = logging.getLogger("auditor")

FAILED, CANCELLED = 1, 3


def work(
    workspace: Workspace,
    run_id: str,
    accelerator: Accelerator | None = None,
    watcher: Watcher | None = None,
    with_map: bool = True,
) -> str:
    """Do a run from where it stands to its end; the state that it ends in.

    The first process writes; the others (under `accelerate launch`) only compute.

    Raises:
        JobError: Another process works on this run.
        AuditorError: The run failed; the reason is in the database too.
    """
    config = RunConfig.from_json((workspace.run(run_id) / "config.json").read_text(encoding="utf-8"))
    machine = accelerator or plan.accelerator(config)
    if not machine.is_main_process:
        return _follow(workspace, run_id, config, machine)
    store = Store.open(workspace)
    try:
        pid, start = processes.own()
        if not store.runs.claim(run_id, host=socket.gethostname(), pid=pid, pid_started=start):
            raise JobError(f"Run {run_id} is at work in another process; cancel it first.")
        return _lead(Run(workspace, run_id, config, machine, store, after=Aftermath(with_map)), watcher)
    finally:
        store.close()


def _lead(run: Run, watcher: Watcher | None) -> str:
    """Work on a run as the process that writes; tells the database how it ended, whatever happens."""
    store, run_id, machine = run.store, run.run_id, run.accelerator
    assert store is not None
    message: str | None = None
    with Reporter(store, run_id, watcher) as reporter, _signals(reporter), _log(run.folder):
        logger.info("run %s on %s, %d process(es)", run_id, machine.device, machine.num_processes)
        run.listener = reporter
        try:
            run.execute()
        except Stopped:
            state, message = "cancelled", "Stopped on request; resume it to go on from its last checkpoint."
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
        else:
            state = "done"
        logger.info("run %s is %s", run_id, state)
    done: dict[str, Any] = {"progress": 1.0} if state == "done" else {}
    store.runs.update(run_id, state=state, message=message, phase=None, eta_seconds=None, **done)
    return state


def _follow(workspace: Workspace, run_id: str, config: RunConfig, machine: Accelerator) -> str:
    """A process that only computes: it stops when the first one says so, not when it is told itself."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    try:
        Run(workspace, run_id, config, machine, None).execute()
    except Stopped:
        return "cancelled"
    return "done"


@contextlib.contextmanager
def _signals(reporter: Reporter) -> Iterator[None]:
    """SIGTERM and Ctrl-C ask the training to stop; a second Ctrl-C interrupts at once."""

    def handle(number: int, frame: object) -> None:
        del frame
        if reporter.stopping() and number == signal.SIGINT:
            raise KeyboardInterrupt
        reporter.stop()

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


def main() -> int:
    """The background process; the exit code tells nothing that the database does not."""
    parser = argparse.ArgumentParser(description="Work on a run of the label auditor.")
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument("--run", required=True)
    parser.add_argument("--no-map", action="store_true", help="leave out the UMAP")
    args = parser.parse_args()
    try:
        state = work(Workspace(args.workspace), args.run, with_map=not args.no_map)
    except AuditorError as error:
        sys.stderr.write(f"error: {error}\n")
        return FAILED
    return 0 if state == "done" else CANCELLED


if __name__ == "__main__":
    sys.exit(main())
