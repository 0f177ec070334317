"""The demo's training, which the app and the command line begin alike. No torch."""

from __future__ import annotations

from typing import Final

from auditor.config import RunConfig, Workspace
from auditor.data.dataset import Dataset
from auditor.jobs import manager
from auditor.store.runs import LEARNING
from auditor.store.store import Store

IMAGES: Final = 1200
METHOD: Final = "nla"
"""Of the four the quickest, and the one that finds most of what is planted in the drawn faces (benchmarks/demo.py)."""


def train(workspace: Workspace, dataset: Dataset, store: Store) -> str:
    """Begin a training on the demo in the background, unless it was trained or is being trained; the run's id.

    Raises:
        JobError: The process cannot be started.
    """
    runs = store.runs.list(dataset=dataset.key, kinds=LEARNING)
    if runs and (runs[0].state == "done" or not runs[0].ended):
        return runs[0].id
    config = RunConfig(dataset=dataset.reference, methods=(METHOD,), preset="demo")
    return manager.start(workspace, config, store=store)
