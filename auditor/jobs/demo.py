"""Start the demo's training; the app and the command line both call it. No torch."""

from __future__ import annotations

from typing import Final

from auditor.config import RunConfig, Workspace
from auditor.data.dataset import Dataset
from auditor.jobs import manager
from auditor.store.runs import LEARNING
from auditor.store.store import Store
from models import titles

IMAGES: Final = 1200


def train(workspace: Workspace, dataset: Dataset, store: Store, by: str | None = None) -> str:
    """Start a training on the demo in the background, unless there is one, and return the run's id.

    Raises:
        JobError: The process cannot be started.
    """
    runs = store.runs.list(dataset=dataset.key, kinds=LEARNING)
    if runs and (runs[0].state == "done" or not runs[0].ended):
        return runs[0].id
    config = RunConfig(dataset=dataset.reference, methods=(titles.demo_method(),), preset="demo")
    return manager.start(workspace, config, store=store, by=by)
