"""The kinds of export, and the one function that writes any of them, for the command line and the Export page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from auditor.data.dataset import Dataset
from auditor.data.problems import printable
from auditor.errors import ExportError
from auditor.exports import excluded, foretell, ledger, soft, source, table, tree
from auditor.exports.exchange import kinds as exchange
from auditor.exports.exchange.material import Material
from auditor.exports.preview import Preview
from auditor.plural import counted
from auditor.store import counts

if TYPE_CHECKING:
    from auditor.evidence.versions import EvidenceVersion

Progress = Callable[[int, int, str], None]

KINDS = {
    "source": "The label file in its own format: the same bytes except for changed labels and excluded images",
    "table": "One row per image: given label, decision, tags, note, evidence (CSV, TSV or Parquet by the file's name)",
    "soft": "A distribution over the classes for every image (CSV)",
    "excluded": "The names of the excluded images, one per line",
    "ledger": "The corrections, tags and notes with the images' hashes, to share without the images (JSON lines)",
    "folder": "A new folder of the images by class, as copies or links",
    **{kind: each.text for kind, each in exchange.KINDS.items()},
}
SUFFIXES = {
    "table": ".csv", "soft": ".csv", "excluded": ".txt", "ledger": ".jsonl", "folder": "",
    **{kind: each.suffix for kind, each in exchange.KINDS.items()},
}  # fmt: skip
"""The usual ending of each export's file, '' for a folder; a label file has its own."""


@dataclass(frozen=True)
class Written:
    """The result of an export.

    Attributes:
        paths: The files written, or the folder.
        sentence: A sentence on their content.
    """

    paths: tuple[Path, ...]
    sentence: str


def kinds(dataset: Dataset) -> dict[str, str]:
    """Return the exports of a data set, with a sentence each; image folders have no label file to export."""
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
    """Write one export, completely or not at all, never over the data set's own files.

    Args:
        dataset: The source.
        decisions: The result of `preview.preview(dataset, state)`.
        out: The file; a new folder for the kinds without a suffix, and for 'source' where `source.writes_folder`.
        kind: One of `KINDS`.
        evidence: The version for 'table', 'soft' and the exports for other tools, or None.
        votes: For FER+: 'replace' a corrected image's votes, or 'keep' them and add a column with the label.
        keep_excluded: For 'source': whether excluded images stay in the file; where its format cannot leave them out
            they stay in any case, as `foretell.sentences` and the returned sentence state.
        link: For 'folder': 'copy', 'symlink' or 'hardlink'.
        progress: Called as `progress(done, total, text)`.

    Raises:
        ExportError: It cannot be written, or would not be faithful.
    """
    if kind in exchange.KINDS:
        material = Material(dataset, decisions, evidence, progress)
        return Written(*exchange.write(kind, material, Path(out).expanduser().absolute()))
    if kind == "source":
        return _source(dataset, decisions, out, votes, keep_excluded)
    if kind == "ledger":
        return _ledger(dataset, decisions, out)
    left, changes = len(dataset) - len(decisions.excluded), len(decisions.changes)
    if kind == "table":
        path, sentence = (
            table.write(dataset, decisions, evidence, out),
            f"{counted(len(dataset), 'image')}, {changes:,} changed",
        )
    elif kind == "soft":
        path, sentence = soft.write(dataset, decisions, evidence, out), counted(left, "distribution")
    elif kind == "excluded":
        path, sentence = excluded.write(dataset, decisions, out), counted(len(decisions.excluded), "name")
    elif kind == "folder":
        path = tree.write(dataset, decisions, out, link=link, progress=progress)
        sentence = f"{counted(left, 'image')}, {changes:,} in another class"
    else:
        raise ExportError(f"There is no export {kind!r}; choose one of {', '.join(KINDS)}.")
    return Written((path,), sentence)


def _source(dataset: Dataset, decisions: Preview, out: str | Path, votes: str, keep_excluded: bool) -> Written:
    paths = source.write(foretell.request(dataset, decisions, keep_excluded, votes), out)
    sentence = counts.changes(dataset, [change.row for change in decisions.changes]).sentence
    if decisions.excluded:
        sentence += f". {foretell.excluded_sentence(dataset, len(decisions.excluded), keep_excluded)}".removesuffix(".")
    return Written(tuple(paths), sentence)


def _ledger(dataset: Dataset, decisions: Preview, out: str | Path) -> Written:
    path, unreadable = ledger.write(dataset, decisions, out)
    written = f"{counted(len(decisions.changes), 'changed label')}, {counted(len(decisions.excluded), 'exclusion')}"
    if decisions.marked:
        written += f", tags or notes of {counted(len(decisions.marked), 'image')}"
    if decisions.lapsed:
        written += f", {counted(len(decisions.lapsed), 'decision')} no longer applicable"
    if unreadable:
        more = f" and {len(unreadable) - 1:,} more" if len(unreadable) > 1 else ""
        written += f"; left out because they cannot be read: {printable(unreadable[0])}{more}"
    return Written((path,), written)
