"""Give each image of a data set its row of a model's numbers, and each class its column."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import PurePosixPath

import numpy as np
from numpy.typing import NDArray

from auditor.data.dataset import Dataset
from auditor.errors import DataError
from auditor.plural import agreeing, counted
from auditor.store.naming import class_numbers
from auditor.training.classorder import standard
from auditor.training.ownmodel.values import FloatArray, Values

ROW_SUM = 0.02
"""How far the probabilities of an image may add up to another sum than 1."""

GAINED = 0.1
"""Mean recall that another order of the classes must gain before the order given is refused."""


def on_images(values: Values, dataset: Dataset) -> tuple[FloatArray, list[str]]:
    """Return the numbers of every image of a data set, and sentences on what did not fit.

    Rows are matched by the images' names where they are named, else by their number: one row for every image, or one
    for every training image, in the data set's order.

    Returns:
        float32 [R, K]; NaN for an image without a row.

    Raises:
        DataError: Nothing matches, or an image has two rows; the message shows both sides.
    """
    out = np.full((len(dataset), values.array.shape[1]), np.nan, np.float32)
    if values.names is None:
        out[_by_count(values, dataset)] = values.array
        return out, []
    rows = _by_name(values.names, dataset)
    present = rows >= 0
    if not present.any():
        raise DataError(
            f"The images in {values.source} have names such as {values.names[0]}, and those of the data set such as "
            f"{dataset.names[0]}, and none is the same; name the images as the data set does."
        )
    twice = [row for row, count in Counter(rows[present].tolist()).items() if count > 1]
    if twice:
        raise DataError(
            f"There are two rows of the image {dataset.names[twice[0]]} in {values.source}; give each image one."
        )
    out[rows[present]] = values.array[present]
    return out, _left_over(values, dataset, rows)


def _by_count(values: Values, dataset: Dataset) -> NDArray[np.intp]:
    train = dataset.rows("train")
    for rows in (np.arange(len(dataset)), train):
        if len(values.array) == len(rows):
            return rows
    shape = " × ".join(map(str, values.array.shape))
    raise DataError(
        f"There are {shape} numbers without names of images in {values.source}, and the data set has "
        f"{counted(len(dataset), 'image')}, {len(train):,} of them for training; give one row for each of either, in "
        "the order of its label file, or name the images."
    )


def _by_name(names: Sequence[str], dataset: Dataset) -> NDArray[np.int64]:
    """Return rows by name; else by path; else by the last part of the name, where only one image has it."""
    rows = dataset.rows_of(names)
    for spelt, wanted_names in (
        ([str(path) for path in dataset.paths], list(names)),
        ([_last(str(name)) for name in dataset.names], [_last(name) for name in names]),
    ):
        if (rows >= 0).all():
            break
        shared = Counter(spelt)
        wanted = Counter(wanted_names)
        index = {name: row for row, name in enumerate(spelt) if name and shared[name] == 1}
        for place in np.flatnonzero(rows < 0):
            if wanted[wanted_names[place]] == 1:
                rows[place] = index.get(wanted_names[place], -1)
    return rows


def _last(name: str) -> str:
    return PurePosixPath(name.replace("\\", "/")).name


def _left_over(values: Values, dataset: Dataset, rows: NDArray[np.int64]) -> list[str]:
    sentences = []
    unknown = np.flatnonzero(rows < 0)
    if len(unknown):
        assert values.names is not None
        example = values.names[int(unknown[0])]
        sentences.append(
            f"{len(unknown):,} of {counted(len(rows), 'row')} of {values.source} "
            f"{agreeing(len(unknown), 'names an image', 'name images')} that the data set does not have, "
            f"such as {example}; {agreeing(len(unknown), 'it is', 'they are')} left out."
        )
    missing = len(np.setdiff1d(dataset.rows("train"), rows))
    if missing:
        sentences.append(
            f"{counted(missing, 'training image has', 'training images have')} no row in {values.source}, so the model "
            "has no opinion there."
        )
    return sentences


def class_columns(columns: Sequence[str], dataset: Dataset, source: str) -> list[int]:
    """Return the column of each class of the data set.

    Args:
        columns: The classes' names in the order of the columns: as the data set names or spells them, or a synonym.
        dataset: The data set.
        source: The file's name, for the error.

    Raises:
        DataError: The two lists differ; the message shows both.
    """
    numbers_of, codes = class_numbers(dataset), {code: number for number, code in enumerate(dataset.codes)}
    synonyms = {standard(name): number for number, name in enumerate(dataset.classes)}
    numbers: list[int | None] = [numbers_of.number(name.strip()) for name in columns]
    if None in numbers:
        numbers = [synonyms.get(standard(name)) for name in columns]
    if None in numbers:
        numbers = [codes.get(name.strip()) for name in columns]
    if sorted(-1 if number is None else number for number in numbers) != list(range(dataset.num_classes)):
        raise DataError(
            f"The classes of {source} are {', '.join(columns)}, and those of the data set "
            f"{', '.join(dataset.classes)}; give one column for each class, by its name, or name them with --classes."
        )
    return [numbers.index(number) for number in range(dataset.num_classes)]


def probabilities(array: FloatArray, names: NDArray[np.object_], source: str, *, logits: bool) -> FloatArray:
    """Return p(y|x), float32 [R, C], rows sum to 1; NaN rows stay.

    Raises:
        DataError: A row is no distribution; the message names its image and its sum.
    """
    finite = np.isfinite(array).all(axis=1)
    out = np.full_like(array, np.nan)
    if logits:
        shares = np.exp(array[finite] - array[finite].max(axis=1, keepdims=True))
        out[finite] = shares / shares.sum(axis=1, keepdims=True)
        return out
    sums = array[finite].sum(axis=1)
    wrong = np.flatnonzero((np.abs(sums - 1) > ROW_SUM) | (array[finite].min(axis=1) < -1e-6))
    if len(wrong):
        place = int(np.flatnonzero(finite)[wrong[0]])
        raise DataError(
            f"The numbers of {names[place]} in {source} go from {array[place].min():.3g} to {array[place].max():.3g} "
            f"and add up to {array[place].sum():.3g}, expected probabilities that add up to 1; pass --logits if they "
            "are logits."
        )
    shares = np.clip(array[finite], 0, None)
    out[finite] = shares / shares.sum(axis=1, keepdims=True)
    return out


def check_order(probs: FloatArray, labels: NDArray[np.integer], dataset: Dataset, source: str) -> None:
    """Refuse unnamed classes whose order is not the data set's, by how the predictions meet the given labels.

    Args:
        probs: float32 [M, C] of images with a given label.
        labels: [M] given classes.
        dataset: The data set, whose class names the error lists.
        source: The file's name.

    Raises:
        DataError: Another order of the classes meets the labels far better; the message shows it.
    """
    from scipy.optimize import linear_sum_assignment

    classes = probs.shape[1]
    counts = np.zeros((classes, classes))
    np.add.at(counts, (labels, probs.argmax(axis=1)), 1)
    recall = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    _, better = linear_sum_assignment(-recall)
    present = counts.sum(axis=1) > 0
    gained = float((recall[np.arange(classes), better] - np.diag(recall))[present].mean())
    if gained > GAINED:
        order = ", ".join(dataset.classes[int(number)] for number in np.argsort(better))
        raise DataError(
            f"The columns of {source} are not named, and in the data set's order ({', '.join(dataset.classes)}) they "
            f"meet the given labels far less often than in the order {order}; name the classes of the columns with "
            "--classes."
        )


def beyond_chance(probs: FloatArray, labels: NDArray[np.integer]) -> bool:
    """Whether predictions [M, C] name the given labels [M] more often than the commonest class by two standard errors.

    Rows in another order than the images' do not.
    """
    chance = float(np.bincount(labels).max()) / len(labels)
    right = float((probs.argmax(axis=1) == labels).mean())
    return bool(right > chance + 2 * np.sqrt(chance * (1 - chance) / len(labels)))


def mixed_up(source: str) -> DataError:
    """Return the error for rows that were matched by number and agree with the labels no more than by chance."""
    return DataError(
        f"What {source} says agrees with the given labels no more often than chance does, so its rows are probably in "
        "another order than the images; name the image of each row."
    )
