"""What every errand's handler checks first: which faces are meant, and whether labels may be shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditor.data.dataset import Dataset
from auditor.errors import RefusedError
from auditor.evidence.versions import EvidenceVersion
from auditor.ui.screens.review.payload import ReviewData
from auditor.ui.state import library, session

MOST_NAMES = 500
Answer = dict[str, Any]
Errand = Mapping[str, Any]


def rows_of(errand: Errand, room: ReviewData) -> NDArray[np.int32]:
    """The rows of the images that an errand names; see `rows_named`."""
    return rows_named(errand.get("names"), room.dataset)


def rows_named(names: Any, dataset: Dataset) -> NDArray[np.int32]:
    """The rows of some images by name.

    Raises:
        RefusedError: There are none, too many, or one that is not there.
    """
    if not isinstance(names, list) or not 0 < len(names) <= MOST_NAMES:
        raise RefusedError(f"This works on 1 to {MOST_NAMES} faces; select that many and try again.")
    rows = dataset.rows_of([str(name) for name in names])
    if (rows < 0).any():
        raise RefusedError("One of these images is not in this data set any more; reload the page.")
    return rows.astype(np.int32)


def open_eyes(room: ReviewData) -> None:
    """Refuse what would tell a label in blind mode.

    Raises:
        RefusedError: The labels are hidden.
    """
    if room.filters.blind:
        raise RefusedError("Blind: this would show labels; leave blind mode first.")


def evidence(room: ReviewData) -> EvidenceVersion:
    """The evidence on the screen.

    Raises:
        RefusedError: There is none yet.
    """
    version = library.evidence(session.workspace(), room.dataset, room.evidence) if room.evidence else None
    if version is None:
        raise RefusedError("No method has judged these faces yet; train one first.")
    return version
