"""The faces most like some others, by one matrix product on the evidence's embedding."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditor.errors import EvidenceError
from auditor.evidence.versions import EvidenceVersion

MOST = 60


def similar(
    version: EvidenceVersion, rows: Sequence[int] | NDArray[np.integer[Any]], most: int = MOST
) -> NDArray[np.int32]:
    """Return the faces nearest to some faces, nearest first, without these themselves.

    Nearness is the mean cosine to the faces named, in the joint embedding reduced to its main axes (the map's input).

    Args:
        version: Evidence in the rows of the data set in hand.
        rows: Rows of the data set, one or more.
        most: At most so many are returned.

    Returns:
        int32 [K], rows of the data set.

    Raises:
        EvidenceError: None of the faces has evidence, or this version keeps no embedding.
    """
    places = np.array([place for row in rows if (place := version.place(int(row))) >= 0], dtype=np.int64)
    if not len(places):
        raise EvidenceError("No method has scored this face, so similar faces cannot be found; choose another one.")
    directions = version.directions
    nearness = directions @ directions[places].mean(axis=0)
    nearness[places] = -np.inf
    most = min(most, len(nearness) - len(np.unique(places)))
    top = np.argpartition(-nearness, max(most - 1, 0))[:most]
    ordered: NDArray[np.int32] = version.rows[top[np.lexsort((top, -nearness[top]))]].astype(np.int32)
    return ordered
