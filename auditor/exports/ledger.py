"""Corrections without faces: a list of what changed that anybody with the same data set can apply.

A ledger is JSON lines, one object an image: `image, sha256, action, from, to, soft, who, when, evidence, final,
people, tags, note, promise` (what was promised of many suggestions that were accepted at once). Labels are spelled as
in the source; `sha256` is of the image file's bytes (of the pixels, inside an archive), so that a correction never
lands on another picture. `people` holds each one's decision where they differ. An image with tags or a note and no
correction has the action 'mark'. A decision that was no longer applicable when the ledger was written has the action
'lapsed', the reason, and the class by name; it is never applied.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditor.data.dataset import Dataset
from auditor.data.files.textfile import LARGEST_TEXT, read_bytes
from auditor.data.images.cache import decode, read_encoded
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
    """One line of a ledger, checked.

    Attributes:
        line: its 1-based line.
        image: the image's name.
        sha256: of its content, 64 hexadecimal digits.
        action: one of `ACTIONS`.
        given: the label before, as the source spells it.
        to: the label after, or None for an excluded image.
        soft: shares by class name, or None.
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
    """A line that was not applied, and why."""

    line: int
    image: str
    reason: str


@dataclass(frozen=True, eq=False)
class Applied:
    """A ledger held against a data set.

    Attributes:
        labels: int16 [N], the labels after it.
        soft: shares of the classes by row.
        applied: rows whose label it changed or softened.
        excluded: rows it says to leave out.
        marked: lines that hold only tags or a note.
        refused: lines that were not applied.
    """

    labels: NDArray[np.int16]
    soft: dict[int, tuple[float, ...]]
    applied: tuple[int, ...]
    excluded: tuple[int, ...]
    marked: tuple[int, ...]
    refused: tuple[Refusal, ...]


def content_hash(dataset: Dataset, row: int) -> str:
    """SHA-256 of an image's file, or of its pixels and their shape where it lives inside an archive.

    Raises:
        ImageError: where it cannot be read.
    """
    if dataset.paths[row]:
        return hashlib.sha256(read_encoded(dataset, row)).hexdigest()
    pixels = decode(dataset, row)
    return hashlib.sha256(f"{pixels.shape}".encode() + pixels.tobytes()).hexdigest()


def text(dataset: Dataset, decisions: Preview) -> tuple[str, list[str]]:
    """The ledger of every standing correction, tag and note, in row order; then what is no longer applicable.

    Returns:
        Its lines, and the names of images that are left out: an image that cannot be read could never be told from
        another.
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
        # A kept label with an older given label is a correction as any other.
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
    """Write the ledger; its path, and the names of images that are left out (see `text`).

    Raises:
        ExportError: It cannot be written there.
    """
    lines, unreadable = text(dataset, decisions)
    return write_file(check_target(dataset, out), lines.encode("utf-8", "backslashreplace")), unreadable


def read(path: str | Path) -> tuple[list[Entry], list[Refusal]]:
    """The entries of a ledger, and the lines that are none.

    Raises:
        ExportError: It cannot be read, or holds no entry but has lines.
    """
    try:
        content = read_bytes(Path(path), LARGEST_TEXT).decode("utf-8-sig")
    except (DataError, UnicodeDecodeError) as error:
        raise ExportError(f"{path} is no readable ledger ({finding(error)}); export one with --as ledger.") from error
    entries, refused = [], []
    for number, line in enumerate(content.split("\n"), 1):
        if not line.strip():
            continue
        try:
            said = json.loads(line) if len(line) < LONGEST_LINE else None
            if isinstance(said, dict) and said.get("action") == LAPSED:
                reason = (
                    f"it was no longer applicable when the ledger was written: {printable(str(said.get('reason')))}"
                )
                refused.append(Refusal(number, str(said.get("image")), reason))
            else:
                entries.append(_entry(number, said))
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            refused.append(Refusal(number, "", f"the line is no correction ({printable(str(error), 80)})"))
    if refused and not entries and not any(refusal.image for refusal in refused):
        raise ExportError(f"{path} has no line that is a correction; export a ledger with --as ledger.")
    return entries, refused


def _entry(number: int, said: Any) -> Entry:
    if not isinstance(said, dict):
        raise ValueError("expected an object")
    image, digest, given, to = said["image"], said["sha256"], said["from"], said["to"]
    action = said.get("action") or ("exclude" if to is None else "relabel")
    if not isinstance(image, str) or not isinstance(digest, str) or not re.fullmatch("[0-9a-f]{64}", digest.lower()):
        raise ValueError("expected an image's name and 64 hexadecimal digits")
    if action not in ACTIONS or (to is None) != (action == "exclude"):
        raise ValueError(f"expected an action of {', '.join(ACTIONS)} and a label")
    soft = said.get("soft")
    if soft is not None:
        soft = {str(name): float(share) for name, share in soft.items()}
        if abs(sum(soft.values()) - 1) > 1e-3 or not all(0 <= share <= 1 for share in soft.values()):
            raise ValueError("expected shares that add up to 1")
    return Entry(number, image, digest.lower(), action, str(given), None if to is None else str(to), soft)


def apply(entries: Sequence[Entry], dataset: Dataset) -> Applied:
    """Hold a ledger against a data set; nothing is written.

    Refused, with the reason: an image that is not there, whose content differs or whose given label is another, a label
    the data set has not got, and a second line on the same image.
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
                raise ValueError(f"line {seen[row]} is on this image already")
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
    """The new label (None: excluded) and shares of an entry that may be applied."""
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
            raise ValueError("its shares name classes that the data set has not got")
        shares = tuple(entry.soft.get(name, 0.0) for name in dataset.classes)
    return None if entry.to is None else dataset.codes.index(entry.to), shares
