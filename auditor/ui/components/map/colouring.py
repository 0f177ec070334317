"""The colouring of the map's points: one code per point, one colour per code, and the legend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models import titles

TITLES = {
    "given": "Given label",
    "suggested": "Suggested label",
    "assignment": "Assignment",
    "suspicion": "Suspicion",
    "ambiguity": "Ambiguity",
    "reviewed": "Reviewed",
    "current": "Label now",
}


def titles_of_columns() -> dict[str, str]:
    """Return the titles of the colourings: `TITLES`, then the columns that methods offer."""
    own = {
        f"{method.name}_{column}": f"{words} ({method.title})"
        for method in titles.descriptions().values()
        for column, words in method.map_columns.items()
    }
    return TITLES | own


@dataclass(frozen=True)
class Colouring:
    """A colouring of the points.

    Attributes:
        by: A key of `titles_of_columns`.
        codes: One code a point [N].
        groups: Legend entries as (words, codes of the entry).
        colours: For the light and the dark page, one colour a code.
    """

    by: str
    codes: NDArray[np.uint8]
    groups: tuple[tuple[str, tuple[int, ...]], ...]
    colours: Mapping[str, Sequence[str]]

    def legend(self) -> dict[str, Any]:
        """The legend in the form the component takes, with the number of points of each entry."""
        counts = np.bincount(self.codes, minlength=256)
        entries = [
            {"label": label, "codes": list(codes), "count": int(counts[list(codes)].sum())}
            for label, codes in self.groups
        ]
        return {"by": self.by, "title": titles_of_columns()[self.by], "entries": [e for e in entries if e["count"]]}
