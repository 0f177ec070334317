"""Choose the further label sets of methods that learn from several, with a note on their source.

In order of preference ('auto'): the user's own sets; the last epoch's predictions of other methods of the same run;
class prototypes (nearest class mean of small grey images), which the log and the screen always announce.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from auditor.data.dataset import Dataset
from auditor.data.images.cache import ImageCache
from auditor.errors import ConfigError
from auditor.training.dynamics import ROLE_HELD_OUT
from auditor.training.labels import Labels
from auditor.training.plan import Plan, learns_from_others
from auditor.training.reader import open_run

SOURCES = ("auto", "own", "methods", "prototypes", "none")
MOST = 4  # with the given labels: five sets in all


@dataclass(frozen=True, eq=False)
class LabelSets:
    """Label sets beside the given labels.

    Attributes:
        labels: int64 [R, S] by data set row, -1 where a set has no label.
        names: S names.
        classes: Number of classes of each set.
        note: One sentence on their source, for the log and the screen.
        invented: Whether they were made from class prototypes.
    """

    labels: NDArray[np.int64]
    names: tuple[str, ...]
    classes: tuple[int, ...]
    note: str
    invented: bool = False


def choose(plan: Plan, dataset: Dataset, labels: Labels, run_folder: Path, cache: ImageCache) -> LabelSets | None:
    """Return the label sets for a method, or None where its option `label_sets` is missing or 'none'.

    Raises:
        ConfigError: The requested source has no label sets.
    """
    source = getattr(plan.options, "label_sets", None)
    if source is None or source == "none":
        return None
    own = _own(dataset, tuple(getattr(plan.options, "own_sets", ()))) if source in ("auto", "own") else None
    if own is not None:
        return own
    if source == "own":
        raise ConfigError(f"The data set {dataset.title} has no further label sets; use label_sets=auto.")
    if source == "auto" and dataset.valence_arousal is not None:
        return None  # expression and valence/arousal: the multi-task mode needs no second set
    if source in ("auto", "methods"):
        predicted = _predicted(dataset, run_folder, plan.name)
        if predicted is not None:
            return predicted
    if source == "methods":
        raise ConfigError(
            "No other method of this run was trained before this one; name one first, or use label_sets=auto."
        )
    return _prototypes(dataset, labels, cache)


def _own(dataset: Dataset, requested: tuple[str, ...]) -> LabelSets | None:
    """Return the requested sets, else the first ones; None where no set has labels (votes have none)."""
    available = {each.name: each for each in dataset.label_sets if (each.labels >= 0).any()}
    unknown = [name for name in requested if name not in available]
    if unknown:
        choices = ", ".join(available) or "none"
        raise ConfigError(f"The data set {dataset.title} has no label set {unknown[0]!r}; own_sets can name {choices}.")
    sets = [available[name] for name in requested or available][:MOST]
    if not sets:
        return None
    matrix = np.stack([each.labels.astype(np.int64) for each in sets], axis=1)
    names = tuple(each.name for each in sets)
    note = f"The data set's own label sets: {', '.join(names)}."
    return LabelSets(matrix, names, (dataset.num_classes,) * len(sets), note)


def _predicted(dataset: Dataset, run_folder: Path, name: str) -> LabelSets | None:
    """Return the predictions of the methods already trained in this run, out of fold where it trains in folds."""
    columns: list[NDArray[np.int64]] = []
    names: list[str] = []
    for method, records in sorted(open_run(run_folder, dataset).items()):
        if method == name or learns_from_others(method) or len(columns) == MOST:
            continue
        predicted = np.full(len(dataset), -1, dtype=np.int64)
        for record in records:
            best = record.probs_after(-1).astype(np.float32).argmax(1)
            used = (record.role == ROLE_HELD_OUT) if record.fold is not None else np.ones(len(best), dtype=bool)
            predicted[record.rows[used]] = best[used]
        columns.append(predicted)
        names.append(method)
    if not columns:
        return None
    note = f"Machine labels predicted by {', '.join(names)}, trained earlier in this run."
    return LabelSets(np.stack(columns, 1), tuple(names), (dataset.num_classes,) * len(names), note)


def _prototypes(dataset: Dataset, labels: Labels, cache: ImageCache) -> LabelSets:
    """Label each image with the class of the nearest mean image (16x16 grey, centred, cosine similarity)."""
    train = np.flatnonzero((dataset.split == 0) & cache.ok & ~labels.excluded)
    small = np.stack([_thumbnail(cache.array[row]) for row in range(len(dataset))])
    small -= small[train].mean(0)
    small /= np.maximum(np.linalg.norm(small, axis=1, keepdims=True), 1e-6)
    means = np.stack(
        [
            small[train[labels.labels[train] == label]].mean(0)
            if (labels.labels[train] == label).any()
            else 0 * small[0]
            for label in range(dataset.num_classes)
        ]
    )
    nearest = (small @ means.T).argmax(1).astype(np.int64)
    nearest[~cache.ok] = -1
    note = (
        "NO SECOND LABEL SET WAS GIVEN: one was made from class prototypes (the nearest mean image), a rough machine "
        "labelling. For a better one, give annotators' columns or train another method first."
    )
    return LabelSets(nearest[:, None], ("prototypes",), (dataset.num_classes,), note, invented=True)


def _thumbnail(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Reduce a decoded image [S, S, 3] to 256 grey values."""
    side = image.shape[0]
    edges = np.linspace(0, side, 17).astype(int)
    grey = image.mean(2, dtype=np.float32)
    sums = np.add.reduceat(np.add.reduceat(grey, edges[:-1], 0), edges[:-1], 1)
    values: NDArray[np.float32] = sums.reshape(-1) / (side / 16) ** 2
    return values
