"""Further label sets for methods that learn from several, and where they come from; never invented silently.

In order of preference ('auto'): the user's own sets; the predictions of other methods of the same run, out of what
they left after their last epoch; class prototypes (nearest class mean of small grey images), which are said out loud.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from auditor.data.dataset import Dataset
from auditor.data.images.cache import ImageCache
from auditor.errors import ConfigError
from auditor.training.dynamics import open_run
from auditor.training.labels import Labels
from auditor.training.plan import Plan, learns_from_others

SOURCES = ("auto", "own", "methods", "prototypes", "none")
MOST = 4  # besides the given labels: five sets in all


@dataclass(frozen=True, eq=False)
class LabelSets:
    """Label sets beside the given labels.

    Attributes:
        labels: int64 [R, S] by data set row, -1 where a set says nothing.
        names: S names.
        classes: Number of classes of each set.
        note: Where they come from, in a sentence for the log and the screen.
        invented: Whether they were made from class prototypes.
    """

    labels: NDArray[np.int64]
    names: tuple[str, ...]
    classes: tuple[int, ...]
    note: str
    invented: bool = False


def choose(plan: Plan, dataset: Dataset, labels: Labels, run_folder: Path, cache: ImageCache) -> LabelSets | None:
    """The label sets for a method, or None for a method that has no option `label_sets`, or says 'none'.

    Raises:
        ConfigError: The source asked for has none.
    """
    source = getattr(plan.options, "label_sets", None)
    if source is None or source == "none":
        return None
    own = _own(dataset, tuple(getattr(plan.options, "own_sets", ()))) if source in ("auto", "own") else None
    if own is not None:
        return own
    if source == "own":
        raise ConfigError(f"{dataset.title} brings no further label sets; use label_sets=auto.")
    if source == "auto" and dataset.valence_arousal is not None:
        return None  # expression and valence/arousal: the multi-task mode needs no second set
    if source in ("auto", "methods"):
        predicted = _predicted(dataset, run_folder, plan.name)
        if predicted is not None:
            return predicted
    if source == "methods":
        raise ConfigError("No other method of this run was trained before; name one first, or use label_sets=auto.")
    return _prototypes(dataset, labels, cache)


def _own(dataset: Dataset, wanted: tuple[str, ...]) -> LabelSets | None:
    """The sets of those names, else the first ones; None where the data set has none with labels (votes have none)."""
    known = {each.name: each for each in dataset.label_sets if (each.labels >= 0).any()}
    strangers = [name for name in wanted if name not in known]
    if strangers:
        said = ", ".join(known) or "none"
        raise ConfigError(f"{dataset.title} has no label set {strangers[0]!r}; own_sets can name {said}.")
    sets = [known[name] for name in wanted or known][:MOST]
    if not sets:
        return None
    matrix = np.stack([each.labels.astype(np.int64) for each in sets], axis=1)
    names = tuple(each.name for each in sets)
    note = f"Label sets of the data set's own: {', '.join(names)}."
    return LabelSets(matrix, names, (dataset.num_classes,) * len(sets), note)


def _predicted(dataset: Dataset, run_folder: Path, name: str) -> LabelSets | None:
    """Predictions of the methods trained before in this run; of folds, the one that did not see the label."""
    columns: list[NDArray[np.int64]] = []
    names: list[str] = []
    for method, records in sorted(open_run(run_folder).items()):
        if method == name or learns_from_others(method) or len(columns) == MOST:
            continue
        predicted = np.full(len(dataset), -1, dtype=np.int64)
        for record in records:
            best = np.asarray(record.probs[-1], dtype=np.float32).argmax(1)
            said = (record.role == 1) if record.fold is not None else np.ones(len(best), dtype=bool)
            predicted[record.rows[said]] = best[said]
        columns.append(predicted)
        names.append(method)
    if not columns:
        return None
    note = f"Machine labels predicted by {', '.join(names)}, trained before in this run."
    return LabelSets(np.stack(columns, 1), tuple(names), (dataset.num_classes,) * len(names), note)


def _prototypes(dataset: Dataset, labels: Labels, cache: ImageCache) -> LabelSets:
    """The class whose mean image is nearest (cosine, after removing the mean of all), by 16x16 grey images."""
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
        "labelling; give annotators' columns or train another method first for a better one."
    )
    return LabelSets(nearest[:, None], ("prototypes",), (dataset.num_classes,), note, invented=True)


def _thumbnail(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """A decoded image [S, S, 3] as 256 grey values."""
    side = image.shape[0]
    edges = np.linspace(0, side, 17).astype(int)
    grey = image.mean(2, dtype=np.float32)
    sums = np.add.reduceat(np.add.reduceat(grey, edges[:-1], 0), edges[:-1], 1)
    values: NDArray[np.float32] = sums.reshape(-1) / (side / 16) ** 2
    return values
