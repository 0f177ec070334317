"""Find the rows of images by their names, without listing a million names for the few that a page asks for."""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

LONG = 100_000
"""Names from which a first few are searched for: to list a million takes half a second, one search 30 ms."""

SEARCHES = 8
"""Searches before all names are listed."""

SHARE = 20
"""Names for each one that is looked up together, at least; for more of them all names are listed."""


BLOCK = 20_000
"""Names that are listed together, in some milliseconds."""


class NameIndex:
    """Rows by name, letter by letter.

    Args:
        names: str [N], unique.
    """

    def __init__(self, names: NDArray[np.object_]) -> None:
        self._names = names
        self._found: dict[str, int] = {}
        self._sought: set[str] = set()
        self._searches = 0

    @cached_property
    def rows(self) -> dict[str, int]:
        """The row of every name."""
        rows: dict[str, int] = {}
        for start in range(0, len(self._names), BLOCK):  # between two blocks other threads may answer their pages
            some = self._names[start : start + BLOCK].tolist()
            rows.update(zip(some, range(start, start + len(some)), strict=True))
        return rows

    def get(self, name: str) -> int | None:
        """Return the row of a name, None where there is none."""
        if not self._listed and name not in self._sought:
            self._search({name})
        return self.rows.get(name) if self._listed else self._found.get(name)

    def look_up(self, names: Collection[str]) -> None:
        """Find the rows of some names in one pass, for `get` to know them; where they are many, list all names."""
        if self._listed:
            return
        if len(names) * SHARE > len(self._names):
            self.list_all()
        else:
            self._search(set(names) - self._sought)

    def list_all(self) -> None:
        """List all names, so that nothing has to be searched for any more."""
        _ = self.rows

    @property
    def _listed(self) -> bool:
        return len(self._names) < LONG or "rows" in self.__dict__

    def _search(self, wanted: set[str]) -> None:
        if wanted and self._searches >= SEARCHES:
            self.list_all()
        elif wanted:
            self._searches += 1
            self._found.update({name: row for row, name in enumerate(self._names.tolist()) if name in wanted})
            self._sought |= wanted  # also those that are not there
