"""Names for choices. Streamlit sends the words of a choice, not its value: two choices of the same words are one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import PurePath

from auditor.store.datasets import DatasetRecord


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


def datasets(records: Sequence[DatasetRecord]) -> dict[str, str]:
    """Titles of data sets by key; those of one title with the folder that theirs lies in."""
    titles = {record.key: record.title for record in records}
    return distinct(titles, {record.key: f"in {PurePath(record.root).parent}" for record in records})


def _longer(names: Mapping[str, str], more: Mapping[str, str]) -> dict[str, str]:
    count = Counter(names.values())
    return {key: f"{name} · {more[key]}" if count[name] > 1 else name for key, name in names.items()}
