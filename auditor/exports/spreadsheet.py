"""The one writer of tables that a spreadsheet may open: no cell and no heading of them can act.

A spreadsheet runs a cell that begins with '=', '+', '-' or '@'. Such texts (names of images, classes, annotators,
notes) get an apostrophe in front, which a spreadsheet hides and `decide` takes off again. Files that must stay as their
source has them (label files, ledgers, Parquet) do not go through here.
"""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

# The wide forms act in East Asian versions; a tab or a line end in front is skipped by some programs.
_ACTIVE = re.compile(r"[=+\-@\t\r\n＝＋－＠]")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]*)?(e[+-]?[0-9]+)?", re.I)
# What ends a cell in a spreadsheet of another country, or a line: a text that holds one is quoted.
_ENDS = re.compile(r"[;,\t\r]")


def csv_bytes(table: pd.DataFrame, delimiter: str = ",") -> bytes:
    """A table as UTF-8 text in which no cell and no heading can act.

    Args:
        table: What is written, without its index; numbers get six significant digits.
        delimiter: ',' or a tab.
    """
    safe = table.copy()
    safe.columns = safe.columns.map(_cell)
    texts = [name for name in range(safe.shape[1]) if safe.dtypes.iloc[name].kind not in "biuf"]
    for place in texts:
        safe.isetitem(place, [_cell(value) for value in safe.iloc[:, place]])
    held = [value for place in texts for value in safe.iloc[:, place] if isinstance(value, str)]
    ends = any(_ENDS.search(value) for value in (*held, *map(str, safe.columns)))
    quoting = csv.QUOTE_NONNUMERIC if ends else csv.QUOTE_MINIMAL
    text: str = safe.to_csv(index=False, sep=delimiter, float_format="%.6g", lineterminator="\n", quoting=quoting)
    return text.encode("utf-8", "backslashreplace")


def _cell(value: Any) -> Any:
    return inert(value) if isinstance(value, str) else value


def inert(text: str) -> str:
    """A text that no spreadsheet runs: an apostrophe before one that begins like a formula and is no number.

    A text that has apostrophes there already gets one more, so that `original` knows its own.
    """
    bare = text.lstrip("'")
    return f"'{text}" if _ACTIVE.match(bare) and not _NUMBER.fullmatch(bare) else text


def original(text: str) -> str:
    """What `inert` was given."""
    return text[1:] if text.startswith("'") and inert(text[1:]) == text else text
