"""The ledger: a list of corrections without faces that anybody with the same data set can apply.

A ledger is JSON lines, one object per image: `image, sha256, action, from, to, soft, who, when, evidence, final,
people, tags, note, promise` (of many suggestions that were accepted at once). Labels are spelled as in the source;
`sha256` is of the image file's bytes (of the pixels, in an archive), so that a correction is never applied to another
picture. `people` holds everybody's decision where they differ. An image with tags or a note and no correction has the
action 'mark'. A decision that was no longer applicable when the ledger was written has the action 'lapsed', the
reason, and the class by name; it is never applied.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditor.data.content import content_hash
from auditor.data.dataset import Dataset
from auditor.data.files.textfile import LARGEST_TEXT, read_bytes
from auditor.data.problems import printable
from auditor.errors import DataError, ExportError, ImageError, finding
from auditor.exports.atomic import check_target, write_file
from auditor.exports.preview import Change, Preview, moment, spoken
from auditor.store.state import Lapsed

ACTIONS = ("relabel", "ambiguous", "exclude", "mark")
LAPSED = "lapsed"
LONGEST_LINE = 100_000


@dataclass(frozen=True)
class Entry:
    """One checked line of a ledger.

    Attributes:
        line: Its 1-based line.
        image: The image's name.
        sha256: The hash of its content, 64 hexadecimal digits.
        action: One of `ACTIONS`.
        given: The label before, as the source spells it.
        to: The label after, or None for an excluded image.
        soft: Shares by class name, or None.
    """

    line: int
    image: str
    sha256: str
    action: str
    given: str
    to: str | None
    soft: dict[str, float] | None = None


@dataclass(frozen=True)
class Refusal:
    """A line that was not applied, with the reason."""

    line: int
    image: str
    reason: str


@dataclass(frozen=True, eq=False)
class Applied:
    """The result of applying a ledger to a data set.

    Attributes:
        labels: int16 [N], the labels after the ledger.
        soft: Shares of the classes by row.
        applied: Rows whose label was changed or made soft.
        excluded: Rows to leave out.
        marked: Lines that hold only tags or a note.
        refused: Lines that were not applied.
    """

    labels: NDArray[np.int16]
    soft: dict[int, tuple[float, ...]]
    applied: tuple[int, ...]
    excluded: tuple[int, ...]
    marked: tuple[int, ...]
    refused: tuple[Refusal, ...]


def text(dataset: Dataset, decisions: Preview) -> tuple[str, list[str]]:
    """Return the ledger of every valid correction, tag and note, in row order; then decisions no longer applicable.

    Returns:
        Its lines, and the names of images that are left out: without its hash, an image that cannot be read could be
        confused with another.
    """
    corrections = {c.row: c for c in (*decisions.marked, *decisions.changes, *decisions.softened, *decisions.excluded)}
    changed = {c.row for c in (*decisions.changes, *decisions.softened, *decisions.excluded)}
    lines, unreadable = [], []
    for row in sorted(corrections):
        try:
            lines.append(_json(_line(dataset, corrections[row], row in changed)))
        except ImageError:
            unreadable.append(str(dataset.names[row]))
    lines += [_json(_lapsed_line(lapsed)) for lapsed in decisions.lapsed]
    return "".join(lines), unreadable


def _json(line: dict[str, Any]) -> str:
    return json.dumps(line, ensure_ascii=False) + "\n"


def _lapsed_line(lapsed: Lapsed) -> dict[str, Any]:
    state = lapsed.state
    return {
        "image": lapsed.image,
        "action": LAPSED,
        "reason": lapsed.reason,
        "decision": state.action,
        "class": state.label,
        "who": state.annotator,
        "when": moment(state.at or 0.0),
    }


def _line(dataset: Dataset, change: Change, corrected: bool) -> dict[str, Any]:
    soft = None
    if change.soft is not None:
        soft = {name: round(share, 6) for name, share in zip(dataset.classes, change.soft, strict=True) if share}
    return {
        "image": change.name,
        "sha256": content_hash(dataset, change.row),
        # A label kept before the given label was edited is a correction like any other.
        "action": ("relabel" if change.action == "keep" else change.action) if corrected else "mark",
        "from": dataset.codes[change.from_label],
        "to": None if change.to_label is None else dataset.codes[change.to_label],
        "soft": soft,
        "who": change.who,
        "when": moment(change.when) if change.when else None,
        "evidence": change.evidence,
        "final": change.final,
        "people": [spoken(dataset, opinion) for opinion in change.opinions],
        "tags": list(change.tags),
        "note": change.note,
        "promise": change.promise,
    }


def write(dataset: Dataset, decisions: Preview, out: str | Path) -> tuple[Path, list[str]]:
    """Write the ledger; return its path, and the names of images that are left out (see `text`).

    Raises:
        ExportError: It cannot be written there.
    """
    lines, unreadable = text(dataset, decisions)
    return write_file(check_target(dataset, out), lines.encode("utf-8", "backslashreplace")), unreadable


def read(path: str | Path) -> tuple[list[Entry], list[Refusal]]:
    """Read the entries of a ledger, and the lines that are not valid entries.

    Raises:
        ExportError: The file cannot be read, or has lines but no entry.
    """
    try:
        content = read_bytes(Path(path), LARGEST_TEXT).decode("utf-8-sig")
    except (DataError, UnicodeDecodeError) as error:
        raise ExportError(
            f"The file {path} is not a readable ledger ({finding(error)}); export one with --as ledger."
        ) from error
    entries, refused = [], []
    for number, line in enumerate(content.split("\n"), 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line) if len(line) < LONGEST_LINE else None
            if isinstance(record, dict) and record.get("action") == LAPSED:
                reason = (
                    f"it was no longer applicable when the ledger was written: {printable(str(record.get('reason')))}"
                )
                refused.append(Refusal(number, str(record.get("image")), reason))
            else:
                entries.append(_entry(number, record))
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            refused.append(Refusal(number, "", f"the line is not a correction ({printable(str(error), 80)})"))
    if refused and not entries and not any(refusal.image for refusal in refused):
        raise ExportError(f"The file {path} has no line that is a correction; export a ledger with --as ledger.")
    return entries, refused


def _entry(number: int, record: Any) -> Entry:
    if not isinstance(record, dict):
        raise ValueError("expected an object")
    image, digest, given, to = record["image"], record["sha256"], record["from"], record["to"]
    action = record.get("action") or ("exclude" if to is None else "relabel")
    if not isinstance(image, str) or not isinstance(digest, str) or not re.fullmatch("[0-9a-f]{64}", digest.lower()):
        raise ValueError("expected an image's name and 64 hexadecimal digits")
    if action not in ACTIONS or (to is None) != (action == "exclude"):
        raise ValueError(f"expected an action of {', '.join(ACTIONS)} and a label")
    soft = record.get("soft")
    if soft is not None:
        soft = {str(name): float(share) for name, share in soft.items()}
        if abs(sum(soft.values()) - 1) > 1e-3 or not all(0 <= share <= 1 for share in soft.values()):
            raise ValueError("expected shares that add up to 1")
    return Entry(number, image, digest.lower(), action, str(given), None if to is None else str(to), soft)


def apply(entries: Sequence[Entry], dataset: Dataset) -> Applied:
    """Apply a ledger to a data set in memory; nothing is written.

    These are refused, with the reason: an image that does not exist, whose content or given label differs, a label
    that the data set does not have, and a second line on the same image.
    """
    labels, soft = dataset.labels.copy(), dict[int, tuple[float, ...]]()
    applied: list[int] = []
    excluded: list[int] = []
    marked: list[int] = []
    refused: list[Refusal] = []
    seen: dict[int, int] = {}
    for entry in entries:
        try:
            row = dataset.index_of(entry.image)
            if row in seen:
                raise ValueError(f"line {seen[row]} is about this image already")
            label, shares = _checked(entry, dataset, row)
        except KeyError:
            refused.append(Refusal(entry.line, entry.image, "the data set has no such image"))
            continue
        except (ValueError, DataError) as error:
            refused.append(Refusal(entry.line, entry.image, finding(error)))
            continue
        if entry.action == "mark":
            marked.append(row)
            continue
        seen[row] = entry.line
        if label is None:
            excluded.append(row)
            continue
        labels[row] = label
        applied.append(row)
        if shares is not None:
            soft[row] = shares
    return Applied(labels, soft, tuple(sorted(applied)), tuple(sorted(excluded)), tuple(sorted(marked)), tuple(refused))


def _checked(entry: Entry, dataset: Dataset, row: int) -> tuple[int | None, tuple[float, ...] | None]:
    """Return the new label (None: excluded) and the shares of an entry that may be applied."""
    for code in (entry.given, entry.to):
        if code is not None and code not in dataset.codes:
            raise ValueError(f"the data set has no label {printable(code)!r}")
    given = dataset.codes[dataset.labels[row]]
    if given != entry.given:
        raise ValueError(f"the image's label is {given!r} here, and {entry.given!r} was corrected")
    if content_hash(dataset, row) != entry.sha256:
        raise ValueError("the image's content differs from the one that was corrected")
    shares = None
    if entry.soft is not None:
        if not set(entry.soft) <= set(dataset.classes):
            raise ValueError("its shares name classes that the data set does not have")
        shares = tuple(entry.soft.get(name, 0.0) for name in dataset.classes)
    return None if entry.to is None else dataset.codes.index(entry.to), shares
