"""Alignment as a job: what it is called, where its result goes, and its start. No torch."""

from pathlib import Path
from typing import Final

from auditor.config import RunConfig, Workspace
from auditor.data.align.run import EYE, SIZE
from auditor.data.dataset import Dataset
from auditor.data.opening import open_dataset
from auditor.jobs import manager
from auditor.store.runs import RunRecord
from auditor.store.store import Store

KIND: Final = "align"


def out_folder(workspace: Workspace, key: str) -> Path:
    """Where the aligned copy of a data set lies."""
    return workspace.path / "aligned" / key


def start(workspace: Workspace, dataset: Dataset, store: Store) -> str:
    """Begin to align a data set in the background, by NoisyFER's protocol; the run's id.

    Raises:
        JobError: The process cannot be started.
    """
    reference = dataset.reference
    options = {KIND: {"size": SIZE, "eye": EYE}}
    return manager.start(workspace, RunConfig(dataset=reference, methods=(KIND,), options=options), KIND, store)


def last(store: Store, key: str) -> RunRecord | None:
    """The newest alignment of a data set, or None."""
    return next(iter(store.runs.list(dataset=key, kinds=(KIND,))), None)


def opened(workspace: Workspace, dataset: Dataset) -> Dataset:
    """The aligned copy of a data set, with the same labels audited.

    Raises:
        DataError: It is not there or cannot be read.
    """
    return open_dataset(
        out_folder(workspace, dataset.key),
        label_file=dataset.label_file or None,
        format=dataset.format,
        cache=workspace.cache,
    )
