"""The records of each method in the order of the evidence table, for the Methods page."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from auditor.config import Workspace
from auditor.data.dataset import Dataset
from auditor.errors import AuditorError, ChangedDataError
from auditor.evidence import schema
from auditor.evidence.gather import Strand, gather
from auditor.evidence.versions import EvidenceVersion
from auditor.training.reader import Faces, drawn_faces
from models import titles

if TYPE_CHECKING:
    import pandas as pd

COMPARE = "compare"
STAGES = 6
BINS = 8
PER_BIN = 5


def tab_titles(networks: Sequence[str] = ()) -> dict[str, str]:
    """Return the titles by tab: every method that learns from the labels, in colour order, then the comparison.

    Args:
        networks: The methods of the evidence; models of the user's own among them come after the methods.
    """
    names = sorted(titles.judges(), key=titles.colour)
    names += [name for name in networks if name not in titles.descriptions()]
    return {**{name: titles.title(name) for name in names}, COMPARE: "Comparison"}


def tab_of(requested: str | None, trained: Sequence[str]) -> str:
    """Return the tab to open: the requested one where it exists, else the first method that was trained."""
    tabs = tab_titles(trained)
    return requested if requested in tabs else next((name for name in tabs if name in trained), next(iter(tabs)))


@dataclass(frozen=True)
class Left:
    """What the runs that evidence was built from have left.

    Attributes:
        strands: The first training of every method, in the table's order.
        misfits: A sentence for each run whose images or classes cannot be found in the data set any more.
    """

    strands: Mapping[str, Strand]
    misfits: tuple[str, ...]


def left(workspace: Workspace, evidence: EvidenceVersion, dataset: Dataset) -> Left:
    """What the runs have left for the images of the evidence; runs that were deleted are left out.

    Args:
        workspace: Where the runs are.
        evidence: In the rows of the data set (`alignment.aligned`).
        dataset: The data set in hand.
    """
    folders = [workspace.run(str(name)) for name in evidence.summary["runs"]]
    strands: dict[str, Strand] = {}
    misfits = []
    for folder in folders:
        if not folder.is_dir():
            continue
        try:
            gathered = gather([folder], dataset, evidence.rows.astype(np.intp))
        except ChangedDataError as error:
            misfits.append(str(error))
            continue
        except AuditorError:  # a run without a finished epoch has no records
            continue
        for strand in gathered:
            strands.setdefault(strand.method, strand)
    return Left(strands, tuple(misfits))


def stages(epochs: int, most: int = STAGES) -> list[int]:
    """Return the epochs to show as steps of a flow: evenly spread, including the first and the last."""
    return sorted({round(float(at)) for at in np.linspace(0, epochs - 1, min(most, epochs))})


def divisions(strand: Strand) -> NDArray[np.int8]:
    """Return MAN's assignments after every epoch: int8 [E, M], -1 where an image was not scored."""
    return np.stack(
        [np.nan_to_num(strand.column("assignment", epoch), nan=-1).astype(np.int8) for epoch in range(strand.epochs)]
    )


def shares(division: NDArray[np.int8]) -> NDArray[np.float64]:
    """Return the share of clean, ambiguous and noisy after every epoch: float64 [E, 3]."""
    counts = np.stack([(division == code).sum(axis=1) for code in range(3)], axis=1).astype(np.float64)
    divided: NDArray[np.float64] = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    return divided


def flow(before: NDArray[np.int8], after: NDArray[np.int8]) -> NDArray[np.int64]:
    """Return the number of images by assignment in two epochs: int64 [3, 3], rows before."""
    counts = np.zeros((3, 3), dtype=np.int64)
    scored = (before >= 0) & (after >= 0)
    np.add.at(counts, (before[scored], after[scored]), 1)
    return counts


def changes(division: NDArray[np.int8]) -> NDArray[np.int64]:
    """Return how often each image's assignment changed: int64 [M]."""
    often: NDArray[np.int64] = (division[1:] != division[:-1]).sum(axis=0)
    return often


def quantile_bins(values: NDArray[np.floating[Any]], mask: NDArray[np.bool_], bins: int = BINS) -> NDArray[np.int64]:
    """Return equal-sized bins by rank of the images in a mask: int64 [M], -1 for the others and for NaN."""
    usable = np.flatnonzero(mask & np.isfinite(values))
    places = np.full(len(values), -1, dtype=np.int64)
    order = np.argsort(values[usable], kind="stable")
    places[usable[order]] = np.arange(len(usable)) * bins // max(len(usable), 1)
    return places


def examples(
    places: NDArray[np.int64], values: NDArray[np.floating[Any]], bins: int = BINS, each: int = PER_BIN
) -> NDArray[np.int64]:
    """Return some images of every bin, spread over its range: int64 [each, bins], -1 where a bin has too few."""
    grid = np.full((each, bins), -1, dtype=np.int64)
    for place in range(bins):
        members = np.flatnonzero(places == place)
        members = members[np.argsort(values[members], kind="stable")]
        take = members[np.linspace(0, len(members) - 1, min(each, len(members))).round().astype(int)]
        grid[: len(take), place] = take
    return grid


def decoded_faces(workspace: Workspace, evidence: EvidenceVersion, dataset: Dataset, method: str) -> Faces | None:
    """Return the faces that a method's decoder drew, of the first of the evidence's runs that has any.

    Args:
        workspace: Where the runs are.
        evidence: What names the runs.
        dataset: The data set in hand.
        method: The method's name.

    Returns:
        None where no run has, or none whose images and classes are found in the data set; `Left.misfits` names those.
    """
    for name in evidence.summary["runs"]:
        try:
            faces = drawn_faces(workspace.run(str(name)), method, dataset)
        except AuditorError:
            continue
        if faces is not None and len(faces.rows):
            return faces
    return None


def posterior_columns(names: Sequence[str], classes: int, method: str) -> list[list[str]]:
    """Return the names of a method's posterior columns, one list of C names for each label set."""
    posteriors = [name for name in names if name.startswith(schema.own(method, "posterior"))]
    posteriors.sort(key=lambda name: [int(part) for part in name.split("_") if part.isdigit()])
    return [posteriors[start : start + classes] for start in range(0, len(posteriors) - classes + 1, classes)]


def mean_by_class(table: pd.DataFrame, columns: Sequence[str], classes: int) -> NDArray[np.float64]:
    """Return the mean of columns over the images of each given class: float64 [C, len(columns)], NaN where empty."""
    grouped = table.groupby(schema.GIVEN)[list(columns)].mean()
    means: NDArray[np.float64] = grouped.reindex(range(classes)).to_numpy(np.float64)
    return means


def accuracy(run: Path) -> dict[str, list[tuple[int, float]]]:
    """Return the held-out agreement with the labels trained on, by method: (epoch, share) pairs, without torn lines."""
    curves: dict[str, list[tuple[int, float]]] = {}
    try:
        lines = (run / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    except OSError:
        return curves
    for line in lines:
        try:
            entry: Mapping[str, Any] = json.loads(line)
        except ValueError:
            continue
        value = entry.get("held_out_accuracy")
        if isinstance(value, int | float) and not entry.get("fold"):
            curves.setdefault(str(entry["method"]), []).append((int(entry["epoch"]) + 1, float(value)))
    return curves
