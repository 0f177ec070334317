"""Write tables that are safe to open in a spreadsheet: no cell and no heading is run as a formula.

A spreadsheet runs a cell that begins with '=', '+', '-' or '@'. Such texts (names of images, classes, annotators,
notes) get an apostrophe in front, which a spreadsheet hides and `decide` removes again. Files that must keep the text
of their source (label files, ledgers, Parquet) are not written here.
"""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

# The wide characters start a formula in East Asian versions; some programs skip a tab or a line end in front.
_ACTIVE = re.compile(r"[=+\-@\t\r\n＝＋－＠]")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]*)?(e[+-]?[0-9]+)?", re.I)
# Characters that end a cell in some country's settings, or a line: a text that holds one is quoted.
_ENDS = re.compile(r"[;,\t\r]")


def csv_bytes(table: pd.DataFrame, delimiter: str = ",") -> bytes:
    """Return a table as UTF-8 text in which no cell and no heading can be run as a formula.

    Args:
        table: The table, written without its index; numbers get six significant digits.
        delimiter: ',' or a tab.
    """
    safe = table.copy()
    safe.columns = safe.columns.map(_cell)
    texts = [name for name in range(safe.shape[1]) if safe.dtypes.iloc[name].kind not in "biuf"]
    for place in texts:
        safe.isetitem(place, [_cell(value) for value in safe.iloc[:, place]])
    strings = [value for place in texts for value in safe.iloc[:, place] if isinstance(value, str)]
    ends = any(_ENDS.search(value) for value in (*strings, *map(str, safe.columns)))
    quoting = csv.QUOTE_NONNUMERIC if ends else csv.QUOTE_MINIMAL
    text: str = safe.to_csv(index=False, sep=delimiter, float_format="%.6g", lineterminator="\n", quoting=quoting)
    return text.encode("utf-8", "backslashreplace")


def _cell(value: Any) -> Any:
    return inert(value) if isinstance(value, str) else value


def inert(text: str) -> str:
    """Put an apostrophe before a text that begins like a formula and is not a number.

    A text that already begins with apostrophes gets one more, so that `original` can remove exactly one.
    """
    bare = text.lstrip("'")
    return f"'{text}" if _ACTIVE.match(bare) and not _NUMBER.fullmatch(bare) else text


def original(text: str) -> str:
    """Return the text that `inert` was called with."""
    return text[1:] if text.startswith("'") and inert(text[1:]) == text else text
