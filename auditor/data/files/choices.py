"""Cells with a list of labels, as Label Studio (`{"choices": ["Happy"]}`), VIA and pandas (`['happy']`) write them."""

from __future__ import annotations

import ast
import json
from typing import Any, Final

BETWEEN: Final = "\x1f"
"""What stands between the labels in the key of a cell with several."""

LONGEST: Final = 2000
"""Characters of the longest cell that is read as a list."""


def labels_in(cell: str) -> list[str] | None:
    """The labels of a cell that holds a list of texts, each once; None where the cell is a label itself."""
    parsed = _parsed(cell)
    return None if parsed is None else list(dict.fromkeys(each.strip() for each in _texts(parsed)))


def labels_of(value: Any) -> list[str] | None:
    """The labels of a parsed value: a list of texts, or an object of one such list or text; None for another."""
    if isinstance(value, dict) and len(value) == 1:
        (value,) = value.values()
        value = [value] if isinstance(value, str) else value
    return list(value) if isinstance(value, list) and value and all(isinstance(each, str) for each in value) else None


def written_like(label: str, cell: str) -> str:
    """A new label as the cell holds its own one: alone, or in the same list."""
    if _parsed(cell) is None or _parsed(label) is not None:
        return label
    if "[" in cell:
        begin, end = cell.find("["), cell.rfind("]")
    else:  # {"emotion": "happy"}
        begin, end = cell.find(":"), cell.rfind("}")
        begin += len(cell[begin + 1 : end]) - len(cell[begin + 1 : end].lstrip())
    inner = repr(label) if "'" in cell[begin:end] and '"' not in cell[begin:end] else json.dumps(label)
    return f"{cell[: begin + 1]}{inner}{cell[end:]}"


def _parsed(cell: str) -> Any:
    """The list or the object that a cell holds, None where it holds none of these forms."""
    if not cell or cell[0] not in "[{" or cell[-1] not in "]}" or len(cell) > LONGEST:
        return None
    try:
        value = json.loads(cell)
    except (ValueError, RecursionError):
        try:
            value = ast.literal_eval(cell)
        except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
            return None
    inner = value if isinstance(value, list) else [value]
    return value if value == [] or all(isinstance(each, str) or labels_of(each) is not None for each in inner) else None


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for each in value.values() for text in _texts(each)]
    return [text for each in value for text in _texts(each)]
