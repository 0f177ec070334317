"""Choose the training images that a network does not see: a held-out share, or folds, stratified by the given label.

The given label is used even in a run on corrected labels, so that two runs are compared on the same images.
"""

import numpy as np
from numpy.typing import NDArray

from auditor.errors import TrainingError
from auditor.plural import counted
from auditor.training import seeds


def held_out(labels: NDArray[np.int16], share: float, seed: int) -> NDArray[np.bool_]:
    """Return a mask bool [N] of the images to hold out: about `share` of every class.

    At least one image of each class stays in the training; a share of 0 holds nothing out.
    """
    mask = np.zeros(len(labels), dtype=bool)
    if share <= 0:
        return mask
    draw = np.random.default_rng(seeds.mix(seeds.SPLIT, seed))
    remainder = 0.0  # carried over between classes, so that the total is close to the share
    for label in np.unique(labels):
        members = draw.permutation(np.flatnonzero(labels == label))
        remainder += share * len(members)
        count = min(round(remainder), len(members) - 1)
        remainder -= count
        mask[members[:count]] = True
    return mask


def folds(labels: NDArray[np.int16], count: int, seed: int) -> NDArray[np.int8]:
    """Return the fold 0..count-1 of every image, int8 [N]; fold sizes differ by at most 1, per class and in total.

    Raises:
        TrainingError: There are fewer images than folds.
    """
    if len(labels) < count:
        raise TrainingError(
            f"There are too few images to make {counted(count, 'fold')} of {counted(len(labels), 'training image')}; "
            "choose fewer folds."
        )
    draw = np.random.default_rng(seeds.mix(seeds.SPLIT, seed, count))
    order = np.concatenate([draw.permutation(np.flatnonzero(labels == label)) for label in np.unique(labels)])
    fold = np.empty(len(labels), dtype=np.int8)
    fold[order] = np.arange(len(labels)) % count
    return fold
