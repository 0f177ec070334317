"""Sentences on what an export will do, before anything is written: for the Export page and `export --preview`."""

from __future__ import annotations

from pathlib import Path

from auditor.data.dataset import Dataset
from auditor.data.formats.base import get_format
from auditor.data.formats.one_row import OTHER_NAME
from auditor.data.problems import printable
from auditor.exports import source
from auditor.exports.preview import Preview
from auditor.plural import agreeing, counted
from auditor.store.state import Lapsed

MARKS_TRAVEL = ("table", "ledger")
NAMED = 3
"""The number of images that a sentence names; the others are only counted."""


def sentences(
    dataset: Dataset, decisions: Preview, kind: str = "source", *, keep_excluded: bool = False, votes: str = "replace"
) -> list[str]:
    """Return everything that the user should know before this export is written.

    Args:
        dataset: The source.
        decisions: The result of `preview.preview(dataset, state)`.
        kind: One of `catalogue.KINDS`.
        keep_excluded: Whether excluded images stay in the label file.
        votes: For FER+, see `catalogue.export`.

    Raises:
        ExportError: The label file has changed since the data set was read from it.
    """
    parts = []
    if decisions.excluded:
        parts.append(_excluded(dataset, len(decisions.excluded), kind, keep_excluded, votes))
    if kind == "source" and decisions.decided and source.has_form(dataset):
        doubled = source.doubled(request(dataset, decisions, keep_excluded, votes))
        if doubled:
            parts.append(
                f"{counted(doubled, 'more line names', 'more lines name')} an image a second time; "
                f"{agreeing(doubled, 'it is', 'they are')} changed with the first."
            )
        parts += _left_as_they_are(dataset)
    parts += _people(decisions)
    if decisions.marked and kind not in MARKS_TRAVEL:
        number = counted(len(decisions.marked), "image has tags or a note", "images have tags or a note")
        parts.append(f"{number}, which this format cannot hold; the table and the ledger can.")
    if decisions.lapsed:
        parts.append(lapsed_sentence(decisions.lapsed, kind))
    return parts


def request(dataset: Dataset, decisions: Preview, keep_excluded: bool, votes: str) -> source.CorrectionRequest:
    """Return the changes that the decisions require of the source's own format."""
    dropped = not keep_excluded and source.leaving_out(dataset).how != "kept"
    return source.CorrectionRequest(
        dataset,
        decisions.labels,
        decisions.soft if get_format(dataset.format).holds_votes else {},
        votes,
        decided=tuple(change.row for change in decisions.decided if change.action != "exclude"),
        excluded=tuple(change.row for change in decisions.excluded) if dropped else (),
    )


def lapsed_sentence(lapsed: tuple[Lapsed, ...], kind: str = "source") -> str:
    """Return a sentence on the decisions that are no longer applicable, and how they are exported."""
    named = "; ".join(f"{printable(each.image)}: {printable(each.reason, 120)}" for each in lapsed[:NAMED])
    more = f"; and {len(lapsed) - NAMED:,} more" if len(lapsed) > NAMED else ""
    result = "listed in the ledger and applied nowhere" if kind == "ledger" else "left out of the file"
    return f"{counted(len(lapsed), 'decision is', 'decisions are')} no longer applicable ({named}{more}), and {result}."


def excluded_sentence(dataset: Dataset, excluded: int, keep_excluded: bool) -> str:
    """Return a sentence on how excluded images appear in the corrected label file."""
    faces, leaving = counted(excluded, "excluded image", "excluded images"), source.leaving_out(dataset)
    stay = agreeing(excluded, "stays", "stay")
    if keep_excluded:
        return f"{faces} {stay} in the file, with the given label, as you chose."
    if leaving.how == "kept":
        return f"{faces} {stay} in the file, because {leaving.reason}; export their names as 'excluded' too."
    if leaving.how == "marked":
        return f"{faces} {stay} as {agreeing(excluded, 'a line', 'lines')}, because {leaving.reason}."
    return (
        f"{faces} {agreeing(excluded, 'is', 'are')} left out of the file, every line of "
        f"{agreeing(excluded, 'it', 'them')}."
    )


def _excluded(dataset: Dataset, excluded: int, kind: str, keep_excluded: bool, votes: str) -> str:
    if kind == "source":
        sentence = excluded_sentence(dataset, excluded, keep_excluded)
        if votes == "keep" and not keep_excluded and source.leaving_out(dataset).how == "marked":
            file = Path(dataset.sources[0]).name
            return f"{counted(excluded, 'excluded image has', 'excluded images have')} NF as its label in {file}."
        return sentence
    faces = counted(excluded, "excluded image is", "excluded images are")
    return {
        "table": f"{faces} in the table with the action 'exclude' and no label.",
        "excluded": f"{faces} listed.",
        "ledger": f"{faces} in the ledger as an exclusion.",
        "issues": f"{faces} in the list of issues like every other; it holds evidence and no decisions.",
    }.get(kind, f"{faces} left out.")


def _left_as_they_are(dataset: Dataset) -> list[str]:
    """Return a sentence on lines that name an image otherwise than its own line, which no decision corrects."""
    more = sum(problem.count for problem in dataset.problems if problem.kind == OTHER_NAME)
    if not more:
        return []
    lines = counted(more, "line whose image has", "lines whose images have")
    return [f"{lines} another line stay{agreeing(more, 's', '')} as {agreeing(more, 'it is', 'they are')}."]


def _people(decisions: Preview) -> list[str]:
    if not decisions.contested:
        return []
    final = sum(change.final for change in decisions.contested)
    latest = len(decisions.contested) - final
    resolved = [f"{final:,} by the final decision"] if final else []
    resolved += [f"{latest:,} by the latest"] if latest else []
    faces = counted(len(decisions.contested), "face")
    return [f"People differ on {faces}: {', '.join(resolved)}."]
