"""The training worker: `python -m auditor.jobs.worker --workspace DIR --run ID`.

The command line's `train` also calls `work`, in its own process, so both run the same code.
"""

import argparse
import logging
import signal
import socket
import sys
from pathlib import Path

from accelerate import Accelerator

from auditor.config import RunConfig, Workspace
from auditor.custody import private
from auditor.errors import JobError
from auditor.jobs import processes
from auditor.jobs.aftermath import Aftermath
from auditor.jobs.heart import CancelledError, Watcher, exit_code, lead
from auditor.jobs.reporter import Reporter
from auditor.store.store import Store
from auditor.training import plan
from auditor.training.run import Run
from auditor.training.scoring import Stopped

logger = logging.getLogger("auditor")


def work(
    workspace: Workspace,
    run_id: str,
    accelerator: Accelerator | None = None,
    watcher: Watcher | None = None,
    with_map: bool = True,
    store: Store | None = None,
) -> str:
    """Do what is left of a run, and return its final state, 'done' or 'cancelled'.

    The first process writes; the others (under `accelerate launch`) only compute.

    Args:
        workspace: Where the run is.
        run_id: The run.
        accelerator: Device and processes; made from the run's configuration where None.
        watcher: Called with the run's fields whenever they change.
        with_map: Whether the UMAP is computed afterwards.
        store: The open database, which the caller closes; opened here where None.

    Raises:
        JobError: Another process is working on this run.
        AuditorError: The run failed; the reason is in the database too.
    """
    config = RunConfig.from_json((workspace.run(run_id) / "config.json").read_text(encoding="utf-8"))
    accelerator = accelerator or plan.accelerator(config)
    if not accelerator.is_main_process:
        return _follow(workspace, run_id, config, accelerator)
    with Store.opened(workspace, store) as open_store:
        pid, start = processes.own()
        if not open_store.runs.claim(run_id, host=socket.gethostname(), pid=pid, pid_started=start):
            raise JobError(f"Run {run_id} is running in another process; cancel it first.")
        return _lead(Run(workspace, run_id, config, accelerator, open_store, after=Aftermath(with_map)), watcher)


def _lead(run: Run, watcher: Watcher | None) -> str:
    """Work on a run as the process that writes its results."""
    assert run.store is not None
    reporter = Reporter(run.store, run.run_id, watcher)

    def execute() -> None:
        logger.info("run %s on %s, %d process(es)", run.run_id, run.accelerator.device, run.accelerator.num_processes)
        run.listener = reporter
        try:
            run.execute()
        except Stopped as stopped:
            raise CancelledError from stopped

    return lead(run.store, run.run_id, run.folder, reporter, execute)


def _follow(workspace: Workspace, run_id: str, config: RunConfig, accelerator: Accelerator) -> str:
    """Work as a process that only computes: it stops with the first process and ignores signals of its own."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    try:
        Run(workspace, run_id, config, accelerator, None).execute()
    except Stopped:
        return "cancelled"
    return "done"


def main() -> int:
    """Run the background process, and return its exit code, see `heart.exit_code`."""
    parser = argparse.ArgumentParser(description="Work on a run of the label auditor.")
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument("--run", required=True)
    parser.add_argument("--no-map", action="store_true", help="leave out the UMAP")
    args = parser.parse_args()
    private.begin()
    return exit_code(lambda: work(Workspace(args.workspace), args.run, with_map=not args.no_map))


if __name__ == "__main__":
    sys.exit(main())
