"""Choose, save and load the labels that a run learns: given, corrected by the decisions, or a random control."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from auditor import writing
from auditor.data.dataset import Dataset
from auditor.data.problems import printable
from auditor.errors import TrainingError
from auditor.plural import counted
from auditor.store.state import Lapsed
from auditor.store.store import Store
from auditor.training import identity, seeds

EXCLUDED = -1
SHARES = "shares.npy"  # beside the labels, where any image is learnt as shares of classes
KEPT = "kept.npy"  # beside the labels, rows whose given label a reviewer confirmed


@dataclass(frozen=True, eq=False)
class Labels:
    """The labels that a run learns.

    Attributes:
        labels: int16 [R] class of every data set row.
        excluded: bool [R], training images that an annotator excluded.
        note: One sentence on how the labels were chosen.
        soft: float32 [R, C] shares of the classes of faces that were judged ambiguous, NaN rows for all others, or
            None. Every method's cross-entropy learns these shares. What needs one class (MAN's division, NLA's
            weight, NoisyFER's discriminators) uses the label.
        kept: int32 [K], rows whose given label a reviewer confirmed; None where there are none.
    """

    labels: NDArray[np.int16]
    excluded: NDArray[np.bool_]
    note: str
    soft: NDArray[np.float32] | None = None
    kept: NDArray[np.int32] | None = None


def choose(dataset: Dataset, which: str, store: Store | None, seed: int) -> Labels:
    """Return the 'given', 'corrected' or 'control' labels; a control repeats the corrections at random images.

    Raises:
        TrainingError: Corrected labels or a control are requested, but no label was corrected yet.
    """
    none_excluded = np.zeros(len(dataset), dtype=bool)
    if which == "given" or store is None:
        return Labels(dataset.labels, none_excluded, "Trained on the labels as given.")
    corrections = store.decisions.state(dataset.key).apply(dataset)
    corrected = np.asarray(corrections.labels, dtype=np.int16)
    excluded = np.asarray(corrections.excluded, dtype=bool)
    changed = np.flatnonzero(corrected != dataset.labels)
    if not len(changed) and not excluded.any() and not corrections.soft:
        message = f"No label of {dataset.title} was corrected yet; review some images, or train on the given labels."
        raise TrainingError(message + _lapsed(corrections.lapsed))
    if which == "control":
        return _control(dataset, changed, corrected, int(excluded.sum()), seed)
    note = (
        f"Trained on {counted(len(changed), 'corrected label')}; "
        f"{counted(int(excluded.sum()), 'excluded image was', 'excluded images were')} not used."
    )
    note += _lapsed(corrections.lapsed)
    confirmed = corrections.kept if len(corrections.kept) else None
    if not corrections.soft:
        return Labels(corrected, excluded, note, kept=confirmed)
    soft = np.full((len(dataset), dataset.num_classes), np.nan, dtype=np.float32)
    for row, shares in corrections.soft.items():
        soft[row] = shares
    note += (
        f" {counted(len(corrections.soft), 'ambiguous image was', 'ambiguous images were')} learnt as shares of "
        "several classes."
    )
    return Labels(corrected, excluded, note, soft, confirmed)


def _lapsed(lapsed: Sequence[Lapsed]) -> str:
    """Return a sentence on decisions that no longer apply, or ''."""
    if not lapsed:
        return ""
    more = f" and {len(lapsed) - 1:,} more" if len(lapsed) > 1 else ""
    return f" Left out because it no longer applies: {printable(lapsed[0].image)} ({lapsed[0].reason}){more}."


def _control(
    dataset: Dataset, changed: NDArray[np.intp], corrected: NDArray[np.int16], excluded: int, seed: int
) -> Labels:
    """Repeat every change (from one class to another) at a training image drawn at random from its first class."""
    draw = np.random.default_rng(seeds.mix(seeds.LABELS, seed))
    labels = dataset.labels.copy()
    train = dataset.rows("train")
    for label in np.unique(dataset.labels[changed]):
        members = changed[dataset.labels[changed] == label]
        drawn = draw.permutation(train[dataset.labels[train] == label])[: len(members)]
        labels[drawn] = corrected[members[: len(drawn)]]
    left_out = np.zeros(len(dataset), dtype=bool)
    left_out[draw.permutation(train)[:excluded]] = True
    note = f"Control: {counted(len(changed), 'label')} changed and {counted(excluded, 'image')} left out at random."
    return Labels(labels, left_out, note)


def save(file: Path, labels: Labels) -> None:
    """Save a run's labels for a resume: int16 [R], EXCLUDED for excluded images; shares and kept rows go beside."""
    for name, array in ((SHARES, labels.soft), (KEPT, labels.kept)):
        if array is not None:
            with writing.replacing(file.with_name(name)) as aside:
                np.save(aside, array)
    with writing.replacing(file) as aside:
        np.save(aside, np.where(labels.excluded, EXCLUDED, labels.labels).astype(np.int16))


def load(file: Path, dataset: Dataset) -> Labels:
    """Load the labels that a run started with; later decisions do not change them.

    Args:
        file: `labels.npy` in the run's folder.
        dataset: The data set in hand.

    Raises:
        ChangedDataError: The data set has changed since the run started.
        TrainingError: The file is damaged.
    """
    identity.require_same(file.parent, dataset)
    try:
        saved = np.load(file)
        soft, confirmed = (
            np.load(file.with_name(name)) if file.with_name(name).exists() else None for name in (SHARES, KEPT)
        )
    except (OSError, ValueError, EOFError) as error:
        raise TrainingError(
            f"The labels of the run in {file.parent} cannot be read ({error}); start a new run."
        ) from error
    if len(saved) != len(dataset):
        raise TrainingError(
            f"The run in {file.parent} has {counted(len(saved), 'label')} for {counted(len(dataset), 'image')}; start "
            "a new run."
        )
    excluded = saved == EXCLUDED
    labels = np.where(excluded, dataset.labels, saved)
    return Labels(labels, excluded, "Trained on the labels that the run started with.", soft, confirmed)
