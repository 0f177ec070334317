"""The kinds of export, and the one door to write any of them, for the command line and the Export page alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from auditor.data.dataset import Dataset
from auditor.data.problems import printable
from auditor.errors import ExportError
from auditor.exports import excluded, foretell, ledger, soft, source, table, tree
from auditor.exports.preview import Preview
from auditor.store import counts

if TYPE_CHECKING:
    from auditor.evidence.versions import EvidenceVersion

Progress = Callable[[int, int, str], None]

KINDS = {
    "source": "The label file in its own form: the same bytes but for changed labels and excluded images",
    "table": "One row an image: given label, decision, tags, note, evidence (CSV, TSV or Parquet by the file's name)",
    "soft": "A distribution over the classes for every image (CSV)",
    "excluded": "The names of the excluded images, one a line",
    "ledger": "The corrections, tags and notes with the images' hashes, to share without the images (JSON lines)",
    "folder": "A new folder tree of the images by class, copies or links",
}


@dataclass(frozen=True)
class Written:
    """What an export wrote.

    Attributes:
        paths: The files, or the folder.
        sentence: What is in them, for a person.
    """

    paths: tuple[Path, ...]
    sentence: str


def kinds(dataset: Dataset) -> dict[str, str]:
    """The exports a data set has, with a sentence each; image folders have no label file of their own."""
    return {kind: text for kind, text in KINDS.items() if kind != "source" or source.has_form(dataset)}


def export(
    dataset: Dataset,
    decisions: Preview,
    out: str | Path,
    kind: str = "source",
    *,
    evidence: EvidenceVersion | None = None,
    votes: str = "replace",
    keep_excluded: bool = False,
    link: str = "copy",
    progress: Progress | None = None,
) -> Written:
    """Write one export, whole or not at all, never over the data set's own files.

    Args:
        dataset: The source.
        decisions: Of `preview.preview(dataset, state)`.
        out: The file; a new folder for 'folder', and for 'source' where `source.writes_folder`.
        kind: One of `KINDS`.
        evidence: The version for 'table' and 'soft', or None for none.
        votes: For FER+: 'replace' a corrected image's votes, or 'keep' them and add a column with the label.
        keep_excluded: For 'source': whether excluded images stay in the file; where its form cannot leave them out
            they stay in any case, and `foretell.sentences` and the sentence of what was written say so.
        link: For 'folder': 'copy', 'symlink' or 'hardlink'.
        progress: Called as `progress(done, total, text)`.

    Raises:
        ExportError: It cannot be written, or would not be faithful.
    """
    changes = len(decisions.changes)
    if kind == "source":
        paths = source.write(foretell.request(dataset, decisions, keep_excluded, votes), out)
        said = counts.changes(dataset, [change.row for change in decisions.changes]).sentence
        if decisions.excluded:
            said += f". {foretell.excluded_sentence(dataset, len(decisions.excluded), keep_excluded)}".removesuffix(".")
        return Written(tuple(paths), said)
    if kind == "table":
        return Written(
            (table.write(dataset, decisions, evidence, out),), f"{len(dataset):,} images, {changes:,} changed"
        )
    if kind == "soft":
        rows = len(dataset) - len(decisions.excluded)
        return Written((soft.write(dataset, decisions, evidence, out),), _many(rows, "distribution"))
    if kind == "excluded":
        return Written((excluded.write(dataset, decisions, out),), _many(len(decisions.excluded), "name"))
    if kind == "ledger":
        return _ledger(dataset, decisions, out)
    if kind == "folder":
        path = tree.write(dataset, decisions, out, link=link, progress=progress)
        return Written((path,), f"{len(dataset) - len(decisions.excluded):,} images, {changes:,} in another class")
    raise ExportError(f"There is no export {kind!r}; choose one of {', '.join(KINDS)}.")


def _ledger(dataset: Dataset, decisions: Preview, out: str | Path) -> Written:
    path, unreadable = ledger.write(dataset, decisions, out)
    written = f"{_many(len(decisions.changes), 'changed label')}, {_many(len(decisions.excluded), 'exclusion')}"
    if decisions.marked:
        written += f", tags or notes of {_many(len(decisions.marked), 'image')}"
    if decisions.lapsed:
        written += f", {_many(len(decisions.lapsed), 'decision')} no longer applicable"
    if unreadable:
        more = f" and {len(unreadable) - 1:,} more" if len(unreadable) > 1 else ""
        written += f"; left out, for they cannot be read: {printable(unreadable[0])}{more}"
    return Written((path,), written)


def _many(count: int, one: str) -> str:
    """How many there are, in words: '1 name', '2 names'."""
    return f"{count:,} {one}{'' if count == 1 else 's'}"
