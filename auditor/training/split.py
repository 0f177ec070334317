"""Which training images a network does not see: a held-out share, or folds. Stratified by given label and seeded.

The given label decides, also in a run on corrected labels, so that two runs are compared on the same images.
"""

import numpy as np
from numpy.typing import NDArray

from auditor.errors import TrainingError
from auditor.training import seeds


def held_out(labels: NDArray[np.int16], share: float, seed: int) -> NDArray[np.bool_]:
    """Bool [N], the images to keep from the training: about `share` of every class.

    A class keeps at least one image in the training; a share of 0 holds nothing out.
    """
    mask = np.zeros(len(labels), dtype=bool)
    if share <= 0:
        return mask
    draw = np.random.default_rng(seeds.mix(seeds.SPLIT, seed))
    owed = 0.0
    for label in np.unique(labels):
        members = draw.permutation(np.flatnonzero(labels == label))
        owed += share * len(members)
        count = min(round(owed), len(members) - 1)
        owed -= count
        mask[members[:count]] = True
    return mask


def folds(labels: NDArray[np.int16], count: int, seed: int) -> NDArray[np.int8]:
    """The fold 0..count-1 of every image, int8 [N]; folds differ by at most one image, in every class and in all.

    Raises:
        TrainingError: There are fewer images than folds.
    """
    if len(labels) < count:
        raise TrainingError(f"{len(labels)} training images cannot make {count} folds; ask for fewer folds.")
    draw = np.random.default_rng(seeds.mix(seeds.SPLIT, seed, count))
    order = np.concatenate([draw.permutation(np.flatnonzero(labels == label)) for label in np.unique(labels)])
    fold = np.empty(len(labels), dtype=np.int8)
    fold[order] = np.arange(len(labels)) % count
    return fold
