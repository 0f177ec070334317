"""Start an alignment as a background job, and open its result. No torch."""

from pathlib import Path
from typing import Final

from auditor.config import RunConfig, Workspace
from auditor.data.align.choices import AUTO
from auditor.data.align.run import EYE, SIZE
from auditor.data.dataset import Dataset
from auditor.data.opening import open_dataset
from auditor.jobs import manager
from auditor.store.runs import RunRecord
from auditor.store.store import Store

KIND: Final = "align"


def out_folder(workspace: Workspace, key: str) -> Path:
    """Return the folder of a data set's aligned copy."""
    return workspace.path / "aligned" / key


def start(workspace: Workspace, dataset: Dataset, store: Store, by: str | None = None) -> str:
    """Start aligning a data set in the background, by NoisyFER's protocol, and return the run's id.

    Raises:
        JobError: The process cannot be started.
    """
    reference = dataset.reference
    options = {KIND: {"size": SIZE, "eye": EYE, "detector": AUTO}}
    return manager.start(workspace, RunConfig(dataset=reference, methods=(KIND,), options=options), KIND, store, by=by)


def last(store: Store, key: str) -> RunRecord | None:
    """Return the newest alignment of a data set, or None."""
    return next(iter(store.runs.list(dataset=key, kinds=(KIND,))), None)


def open_aligned(workspace: Workspace, dataset: Dataset) -> Dataset:
    """Open the aligned copy of a data set, with the same labels audited.

    Raises:
        DataError: It does not exist or cannot be read.
    """
    return open_dataset(
        out_folder(workspace, dataset.key),
        label_file=dataset.label_file or None,
        format=dataset.format,
        cache=workspace.cache,
    )
