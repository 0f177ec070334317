"""Words for the screens: percentages and names of choices that can be told apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import PurePath

import numpy as np

from auditor.store.datasets import DatasetRecord


def percent(share: float) -> str:
    """A share in words that never claim nothing or all: 'under 1 %', '42 %', 'over 99 %'."""
    if not np.isfinite(share):
        return "unknown"
    if share < 0.01:
        return "under 1 %"
    return "over 99 %" if share > 0.99 else f"{share:.0%}".replace("%", " %")


def distinct(names: Mapping[str, str], more: Mapping[str, str]) -> dict[str, str]:
    """The names by key, with `more` behind those that would not be told apart, and the key where that is not enough.

    Args:
        names: what each key is called.
        more: what tells keys of one name apart, for people.

    Returns:
        No two values are equal (keys are unique).
    """
    told = _longer(names, more)
    return _longer(told, {key: key for key in told})


def titles_of(records: Sequence[DatasetRecord]) -> dict[str, str]:
    """Titles of data sets by key; those of one title with the folder that theirs lies in."""
    titles = {record.key: record.title for record in records}
    return distinct(titles, {record.key: f"in {PurePath(record.root).parent}" for record in records})


def _longer(names: Mapping[str, str], more: Mapping[str, str]) -> dict[str, str]:
    count = Counter(names.values())
    return {key: f"{name} · {more[key]}" if count[name] > 1 else name for key, name in names.items()}
