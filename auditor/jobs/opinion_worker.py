"""The worker of a model of the user's own: `python -m auditor.jobs.opinion_worker --workspace DIR --run ID`.

The command line's `opinion` and `first-look`, and `Audit.add_opinion`, call `work` in their own process.
"""

import argparse
import logging
import socket
import sys
from pathlib import Path

from auditor.config import RunConfig, Workspace
from auditor.custody import private
from auditor.data.dataset import Dataset
from auditor.data.opening import reopen
from auditor.errors import AuditorError, JobError
from auditor.evidence import build, choice, projection
from auditor.jobs import manager, opinions, processes
from auditor.jobs.environment import prepare
from auditor.jobs.heart import CancelledError, Heart, Watcher, exit_code, lead
from auditor.store.runs import RunRecord
from auditor.store.store import Store
from auditor.training.ownmodel import opine
from auditor.training.ownmodel.given import OwnModel
from auditor.training.ownmodel.request import FIRST_LOOK, ModelRequest, checked_name

logger = logging.getLogger("auditor")


def work(
    workspace: Workspace,
    run_id: str,
    watcher: Watcher | None = None,
    with_map: bool = True,
    store: Store | None = None,
) -> str:
    """Make the opinion of a run and the evidence with it, and return the final state, 'done' or 'cancelled'.

    Args:
        workspace: Where the run is.
        run_id: The run.
        watcher: Called with the run's fields whenever they change.
        with_map: Whether the UMAP is computed afterwards.
        store: The open database, which the caller closes; opened here where None.

    Raises:
        JobError: Another process is working on this run.
        AuditorError: It failed; the reason is in the database too.
    """
    folder = workspace.run(run_id)
    config = RunConfig.from_json((folder / "config.json").read_text(encoding="utf-8"))
    open_store = store or Store.open(workspace)
    try:
        pid, start = processes.own()
        if not open_store.runs.claim(run_id, host=socket.gethostname(), pid=pid, pid_started=start):
            raise JobError(f"Run {run_id} is running in another process; cancel it first.")
        heart = Heart(open_store, run_id, watcher)
        return lead(open_store, run_id, folder, heart, lambda: _opine(workspace, config, folder, heart, with_map))
    finally:
        if store is None:
            open_store.close()


def _opine(workspace: Workspace, config: RunConfig, folder: Path, heart: Heart, with_map: bool) -> str:
    (name,) = config.methods
    heart.report(phase="reading the labels", method=name, epoch=0, epochs=1)
    dataset = reopen(config.dataset, workspace.cache)

    def progress(done: int, total: int, text: str) -> None:
        share = 0.9 * done / max(total, 1) if text in ("features", "running the network") else None
        fields = {} if share is None else {"progress": share}
        heart.report(phase=text, step=done, steps=total, **fields)

    done = opine.Work(workspace, progress, heart.stopping, config.device)
    try:
        brought = opine.from_request(_request(name, config), dataset, done)
        sentence = opine.opine(brought, dataset, folder, name, done)
    except _stopped() as stopped:
        raise CancelledError from stopped
    for note in (sentence, *brought.notes):
        logger.info("%s", note)
    _evidence(workspace, dataset, heart, with_map)
    return " ".join([sentence, *brought.notes])


def _stopped() -> type[Exception]:
    from auditor.training.scoring import Stopped  # with torch, which probabilities in a file do not need

    return Stopped


def _request(name: str, config: RunConfig) -> ModelRequest:
    """What the run asks for; a first look without a model takes the best that this computer has.

    Raises:
        ConfigError: An option is unknown, or there is nothing for a first look.
    """
    options = config.options.get(name, {})
    if name == FIRST_LOOK and not options:
        from auditor.training.ownmodel import backbones

        return backbones.first_look()
    return ModelRequest.of(options)


def _evidence(workspace: Workspace, dataset: Dataset, heart: Heart, with_map: bool) -> None:
    """Build the evidence from all runs, this one among them; what hinders it goes to the log, the opinion stays."""

    def built(done: int, total: int, text: str) -> None:
        heart.report(phase=f"evidence: {text}", step=done, steps=total)

    def drawn(done: int, total: int, text: str) -> None:
        if done < total and heart.stopping():
            raise CancelledError
        heart.report(phase=f"map: {text}", step=done, steps=total)

    version = build.build(workspace, dataset, progress=built)
    logger.info("evidence: %s", version.folder.name)
    waits = choice.standing(workspace, dataset.key).sentence
    if waits:
        logger.info("evidence: %s", waits)
    if not with_map:
        return
    try:
        projection.add_umap(version, drawn)
    except AuditorError as error:
        logger.warning("map: %s", error)


def from_script(
    workspace: Workspace,
    dataset: Dataset,
    store: Store,
    name: str,
    model: OwnModel,
    *,
    with_map: bool,
) -> RunRecord:
    """Add the opinion of a script's model in this process, and return its run.

    Args:
        workspace: Where it goes.
        dataset: The data set that it is on.
        store: The workspace's open store.
        name: What the model is called.
        model: What the script gives of it.
        with_map: Whether the UMAP is drawn too.

    Raises:
        AuditorError: It does not fit, or the evidence cannot be built.
    """
    called = checked_name(name)
    request = model.request(called, workspace.path / "opinions")
    run_id = manager.create(store, workspace, opinions.configured(dataset, called, request), opinions.KIND)
    work(workspace, run_id, with_map=with_map, store=store)
    return store.runs.get(run_id)


def main() -> int:
    """Run the background process, and return its exit code, see `heart.exit_code`."""
    parser = argparse.ArgumentParser(description="Add the opinion of a model to the label auditor's evidence.")
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument("--run", required=True)
    args = parser.parse_args()
    private.begin()
    prepare()
    return exit_code(lambda: work(Workspace(args.workspace), args.run))


if __name__ == "__main__":
    sys.exit(main())
