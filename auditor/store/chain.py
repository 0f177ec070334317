"""The hash chain of the log: every operation carries the digest of the one before it in its data set.

A record that was changed, removed or put in between breaks the chain from there on, and the table `chain` holds each
data set's length and last digest, so that a log that lost its end is found as well. What is found is damage and quiet
edits. It is no seal against somebody who can write to the database and computes every digest anew; a copy of the last
digest kept elsewhere (`verify` prints it) is.

Names of images and people enter the chain as salted digests. Erasing one deletes its salt and what it held, and the
chain still holds.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from auditor.errors import UnavailableError
from auditor.plural import counted

ERASED, REMOVED = "erased", "removed"
"""The actions of an item whose image was erased: one that History still counts, and one that it leaves out.

`ERASED` is also the first word of the name that an erased annotator is given."""

RESTORE = "Restore a backup (python -m auditor restore FILE)."

_ITEM_FIELDS = ("image", "row_number", "action", "from_class", "to_class", "soft", "note", "shown_at")
_OPERATION_FIELDS = ("op_id", "dataset", "kind", "target", "evidence", "mode", "session", "at")


class BrokenChainError(UnavailableError):
    """The log of decisions was changed, or lost records, after they were saved.

    Nothing is read from it or written behind it; what a browser has not saved yet it keeps until a backup is restored.
    """


@dataclass(frozen=True)
class Link:
    """Where a chain has got to.

    Attributes:
        length: Operations so far.
        digest: SHA-256 of the last one and all before it, 64 hex digits; empty at the start.
        last: The last operation's number in the log, the time it was saved and who saved it; None at the start.
    """

    length: int = 0
    digest: str = ""
    last: tuple[int, float, str] | None = None

    def __str__(self) -> str:
        """The last good operation, as a sentence names it."""
        if self.last is None:
            return "no operation before it is good"
        seq, at, annotator = self.last
        when = datetime.fromtimestamp(at).strftime("%Y-%m-%d %H:%M:%S")
        return f"the last good one is operation {seq} of {when} by {annotator}"


START = Link()


class Row(Protocol):
    """A row of a table, by column name."""

    def __getitem__(self, column: str, /) -> Any:
        """A column's value."""


def seal_item(values: Mapping[str, Any]) -> dict[str, Any]:
    """A row of the table `items` with its salt and digest."""
    salt = secrets.token_hex(8)
    return {**values, "salt": salt, "digest": _digest(salt, [values[name] for name in _ITEM_FIELDS])}


def seal_operation(previous: str, values: Mapping[str, Any], items: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A row of the table `operations` with its salt, its annotator's digest and its own.

    Args:
        previous: The digest of the data set's operation before it; empty for the first.
        values: The row without them.
        items: Its rows of `items`, sealed, in order.
    """
    salt = secrets.token_hex(8)
    who = _digest(salt, values["annotator"])
    return {**values, "salt": salt, "who": who, "digest": _operation_digest(previous, values, who, items)}


def follow(link: Link, operation: Row, items: Sequence[Row]) -> Link:
    """Check one more operation against the chain.

    Args:
        link: Where the chain has got to.
        operation: The data set's next row of `operations`.
        items: Its rows of `items`, in the order they were saved.

    Raises:
        BrokenChainError: It is not what was saved there, or one before it is missing.
    """
    whole = (
        _holds(operation, "who", [operation["annotator"]], single=True)
        and all(_holds(item, "digest", [item[name] for name in _ITEM_FIELDS]) for item in items)
        and operation["digest"] == _operation_digest(link.digest, operation, operation["who"], items)
    )
    if not whole:
        raise BrokenChainError(
            f"Operation {operation['seq']} of the data set {operation['dataset']} was changed after it was saved, or "
            f"one before it is missing; {link}. {RESTORE}"
        )
    return Link(link.length + 1, operation["digest"], (operation["seq"], operation["at"], operation["annotator"]))


def expect(dataset: str, links: Iterable[Link], length: int, digest: str) -> None:
    """Check that a chain reaches a recorded end.

    Args:
        dataset: The data set's key.
        links: The chain so far, from where it was known before to its end.
        length: The recorded number of operations.
        digest: The recorded digest of the last of them.

    Raises:
        BrokenChainError: It ends before, or has another operation there.
    """
    end = START
    for end in links:
        if end.length == length > 0 and end.digest == digest:
            return
    raise BrokenChainError(
        f"The log of the data set {dataset} holds {counted(end.length, 'operation')}, but its recorded end is another "
        f"one (after {length:,}), so some are missing or its end was changed; {end}. {RESTORE}"
    )


def _operation_digest(previous: str, values: Row, who: str, items: Iterable[Row]) -> str:
    fields = [float(values[name]) if name == "at" else values[name] for name in _OPERATION_FIELDS]
    return _digest(previous, [*fields, who, [item["digest"] for item in items]])


def _holds(row: Row, column: str, content: list[Any], *, single: bool = False) -> bool:
    """Whether a row is what its digest says, or was erased as a whole."""
    if row["salt"] is not None:
        return bool(row[column] == _digest(row["salt"], content[0] if single else content))
    if single:
        return str(content[0]).startswith(f"{ERASED} ")
    return row["action"] in (ERASED, REMOVED) and not any(row[name] for name in _ITEM_FIELDS if name != "action")


def _digest(salt: str, content: Any) -> str:
    text = json.dumps([salt, content], ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()
