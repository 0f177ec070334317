"""Draw and save a face for every label with a method's decoder, for the screen.

Only for a method that can draw (`faces_for_labels`, see models/noisyfer). It draws the images of every given class
whose label has the lowest probability, because drawn faces help most there.

    faces.npy        uint8 [K, 1 + C, S, S, 3]: the image itself, then its face for each label
    faces_rows.npy   int32 [K], the rows of the run; `reader.drawn_faces` gives those of the data set in hand
"""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from auditor.training.augment import Augmenter
from auditor.training.data import TrainingData
from auditor.training.disk import room
from auditor.training.dynamics import Dynamics
from auditor.training.reader import FACES, FACES_ROWS
from models.base import Method

PER_CLASS = 6
MOST = 64


def doubtful(data: TrainingData, probs: NDArray[Any], per_class: int = PER_CLASS) -> NDArray[np.int64]:
    """Return the positions of the images of every class whose label has the lowest p, class by class, at most MOST.

    Args:
        data: The N images of the training.
        probs: p(y|x) [N, C].
        per_class: Number of images per class.
    """
    trained = data.trained
    p_label = np.asarray(probs)[trained, data.labels[trained]].astype(np.float64)
    order = np.lexsort((p_label, data.labels[trained]))
    labels = data.labels[trained[order]]
    starts = np.searchsorted(labels, np.arange(data.classes))
    place = np.arange(len(order)) - starts[labels]
    lowest: NDArray[np.int64] = trained[order[place < per_class]][:MOST]
    return lowest


def draw(method: Method, data: TrainingData, augmenter: Augmenter, folder: Path, device: torch.device) -> bool:
    """Draw and save the faces of a finished training; return False for a method that cannot draw.

    Raises:
        TrainingError: The disk is full.
    """
    drawer = getattr(method, "faces_for_labels", None)
    if drawer is None:
        return False
    record = Dynamics.open(folder / "dynamics")
    positions = doubtful(data, record.probs_after(-1))
    images = torch.from_numpy(np.ascontiguousarray(data.images[data.rows[positions]])).to(device)
    drawn = augmenter.picture(drawer(augmenter.plain(images)["plain"]))
    with room(folder):
        np.save(folder / FACES, torch.cat([augmenter.resized(images)[:, None], drawn], dim=1).cpu().numpy())
        np.save(folder / FACES_ROWS, data.rows[positions].astype(np.int32))
    return True
