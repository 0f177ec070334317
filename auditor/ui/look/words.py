"""Wording for the screens: percentages, and distinct names for choices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import PurePath

import numpy as np

from auditor.store.datasets import DatasetRecord


def percent(share: float) -> str:
    """Return a share as a percentage that never claims none or all: 'under 1 %', '42 %', 'over 99 %'."""
    if not np.isfinite(share):
        return "unknown"
    if share < 0.01:
        return "under 1 %"
    return "over 99 %" if share > 0.99 else f"{share:.0%}".replace("%", " %")


def distinct(names: Mapping[str, str], more: Mapping[str, str]) -> dict[str, str]:
    """Return a distinct name per key: equal names get `more` appended, and the key where that is not enough.

    Args:
        names: The name of each key.
        more: A text per key that distinguishes keys of the same name.

    Returns:
        No two values are equal (keys are unique).
    """
    extended = _longer(names, more)
    return _longer(extended, {key: key for key in extended})


def titles_of(records: Sequence[DatasetRecord]) -> dict[str, str]:
    """Return titles of data sets by key; equal titles get the parent folder appended."""
    titles = {record.key: record.title for record in records}
    return distinct(titles, {record.key: f"in {PurePath(record.root).parent}" for record in records})


def _longer(names: Mapping[str, str], more: Mapping[str, str]) -> dict[str, str]:
    count = Counter(names.values())
    return {key: f"{name} · {more[key]}" if count[name] > 1 else name for key, name in names.items()}
