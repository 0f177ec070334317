"""A report on an audit as one HTML file: no script, no server, no download, and no face unless requested."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from auditor import __version__
from auditor.data.dataset import Dataset
from auditor.evidence import schema
from auditor.evidence.alignment import aligned, changes
from auditor.exports import faces as pictures
from auditor.exports.atomic import check_target, write_file
from auditor.exports.preview import Preview, moment
from auditor.plural import counted
from auditor.store import counts
from models.titles import title

if TYPE_CHECKING:
    from auditor.evidence.versions import EvidenceVersion
    from auditor.store.state import DecisionState

FACES: Final = ("none", "blurred", "shown")
LISTED = 1000
"""Maximum number of changes listed one by one; the ledger has them all."""
PICTURED = 60
"""Maximum number of faces shown."""

STYLE = """
:root{color-scheme:light}
body{font:15px/1.5 system-ui,sans-serif;color:#1f2328;max-width:60rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.7rem;margin:0}h2{font-size:1.2rem;margin:2rem 0 .5rem}
.big{font-size:2.2rem;font-weight:600}.note{color:#57606a}
table{border-collapse:collapse;font-variant-numeric:tabular-nums;margin:.5rem 0}
th,td{padding:.2rem .6rem;text-align:right;border-bottom:1px solid #d6d9d6}
td{white-space:nowrap}td:first-child,.left td{white-space:normal}
th:first-child,td:first-child,.left td,.left th{text-align:left}
caption{text-align:left;color:#57606a;padding-bottom:.3rem}
@page{margin:18mm}
@media print{body{margin:0;max-width:none;font-size:10pt}h2{break-after:avoid}tr,figure{break-inside:avoid}
thead{display:table-header-group}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
"""


@dataclass(frozen=True, eq=False)
class Audited:
    """The data that a report is made from.

    Attributes:
        dataset: The data set.
        evidence: One version of its evidence, aligned with the data set.
        decisions: People's decisions, applied to the data set.
        state: The same decisions as the store holds them.
    """

    dataset: Dataset
    evidence: EvidenceVersion
    decisions: Preview
    state: DecisionState

    def __post_init__(self) -> None:
        object.__setattr__(self, "evidence", aligned(self.evidence, self.dataset))


def write(audited: Audited, out: str | Path, *, faces: str = "none", now: float | None = None) -> Path:
    """Write the report, completely or not at all.

    Args:
        audited: The data that the report is made from.
        out: The HTML file.
        faces: One of `FACES`: 'none' for no picture, 'blurred' for faces reduced to 9 pixels per side.
        now: The report's date, seconds since 1970; the present by default.

    Raises:
        ExportError: It cannot be written, or is a file of the data set.
    """
    target = check_target(audited.dataset, out)
    return write_file(target, page(audited, faces=faces, now=now).encode("utf-8", "backslashreplace"))


def page(audited: Audited, *, faces: str = "none", now: float | None = None) -> str:
    """Return the report as HTML; see `write`."""
    moment_of = datetime.now(UTC).timestamp() if now is None else now
    parts = [
        _head(audited, moment(moment_of)),
        _noise(audited),
        _classes(audited),
        _transition(audited),
        _agreement(audited),
        _people(audited),
        _changes(audited),
        _faces(audited, faces) if faces != "none" else "",
    ]
    name = html.escape(audited.dataset.title)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Labels of {name}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head>'
        f"<body>{''.join(parts)}</body></html>\n"
    )


def _head(audited: Audited, when: str) -> str:
    dataset, evidence = audited.dataset, audited.evidence
    methods = ", ".join(title(name) for name in evidence.methods)
    methods += " and a student of theirs" if evidence.summary.get("student") else ""
    return (
        f"<h1>Labels of {html.escape(dataset.title)}</h1>"
        f'<p class="note">{counted(len(dataset), "image")}, {counted(dataset.num_classes, "class", "classes")}. '
        f"Evidence {evidence.name} by "
        f"{html.escape(methods)}, {html.escape(str(evidence.summary['evidence']))} scores. "
        f"FER label auditor {__version__}, {when}.</p>"
    )


def _noise(audited: Audited) -> str:
    summary = audited.evidence.summary
    noise = summary["noise"]
    given = audited.evidence.table[schema.GIVEN].to_numpy()
    notes = [str(each) for each in summary["warnings"]]
    changed = changes(audited.evidence, audited.dataset)
    if changed.sentence:
        notes.insert(0, changed.sentence)
    if not changed.relabelled and not np.array_equal(given, audited.dataset.labels[audited.evidence.rows]):
        notes.insert(
            0, "The methods learned from corrected labels, so this is the estimate for those, not the given ones."
        )
    listed = "".join(f"<li>{html.escape(note)}</li>" for note in notes)
    return (
        f'<h2>Wrong labels</h2><p><span class="big">{_percent(noise["overall"])}</span> of the training labels are '
        f"estimated to be wrong (95 % interval {_percent(noise['low'])} to {_percent(noise['high'])}).</p>"
        + (f"<ul>{listed}</ul>" if listed else "")
    )


def _classes(audited: Audited) -> str:
    """Return one line per class: the estimate, and the number of images before and after the decisions."""
    dataset, decisions, noise = audited.dataset, audited.decisions, audited.evidence.summary["noise"]
    excluded = np.zeros(len(dataset), bool)
    excluded[[change.row for change in decisions.excluded]] = True
    before = dataset.counts()
    after = np.bincount(decisions.labels[~excluded], minlength=dataset.num_classes)
    lines = []
    for index, name in enumerate(dataset.classes):
        low, high = noise["by_class_low"][index], noise["by_class_high"][index]
        between = "" if low is None else f"{_percent(low)} to {_percent(high)}"
        rate = noise["by_class"][index]
        lines.append((name, _percent(rate), between, f"{before[index]:,}", f"{after[index]:,}"))
    lines.append(("all", _percent(noise["overall"]), "", f"{before.sum():,}", f"{after.sum():,}"))
    heads = ("given class", "estimated wrong", "95 % interval", "images before", "images after")
    caption = "Wrong labels of the training images; images of every split before and after the decisions"
    return "<h2>By class</h2>" + _table(heads, lines, caption)


def _transition(audited: Audited) -> str:
    """Return how often each given class is estimated to be another class, as shaded cells."""
    names = audited.dataset.classes
    rows = []
    for name, shares in zip(names, audited.evidence.summary["transition"], strict=True):
        cells = "".join(map(_shaded, shares))
        rows.append(f"<tr><th>{html.escape(name)}</th>{cells}</tr>")
    head = "".join(f"<th>{html.escape(name)}</th>" for name in names)
    return (
        "<h2>Confusions between classes</h2><table>"
        "<caption>Percent of each given class (row) by estimated true class (column)</caption>"
        f"<thead><tr><th></th>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )


def _shaded(share: float | None) -> str:
    """Return a cell with a share in percent on a ground as dark as it is large."""
    depth = 0.0 if share is None else 0.75 * share
    number = _percent(share).removesuffix(" %")  # the caption says it: ten classes fit across a page
    return f'<td style="background:rgba(31,111,139,{depth:.3f})">{number}</td>'


def _agreement(audited: Audited) -> str:
    """Return the share of images that two methods assign alike."""
    shares: dict[str, dict[str, float]] = audited.evidence.summary["agreement"]
    if len(shares) < 2:
        return ""
    lines = [(title(first), *(_percent(shares[first][second]) for second in shares)) for first in shares]
    caption = "Share of images with the same assignment (clean, ambiguous or noisy) by two methods"
    return "<h2>Agreement of the methods</h2>" + _table(["", *map(title, shares)], lines, caption)


def _people(audited: Audited) -> str:
    """Return how people decided, and how often they followed the methods' suggestion."""
    table, decisions = audited.evidence.table, audited.decisions
    tally = counts.count(audited.dataset, audited.state)
    suggested = dict(zip(table[schema.ROW], table[schema.SUGGESTED], strict=True))  # -1 is no label that anyone gave
    assigned = dict(zip(table[schema.ROW], table[schema.ASSIGNMENT], strict=True))
    lines = []
    for code, name in enumerate(("clean", "ambiguous", "noisy")):
        judged = [each for each in decisions.decided if assigned.get(each.row) == code and each.to_label is not None]
        unchanged = sum(each.to_label == each.from_label for each in judged)
        alike = sum(each.to_label == suggested[each.row] for each in judged)
        if judged:
            lines.append((name, f"{len(judged):,}", _percent(unchanged / len(judged)), _percent(alike / len(judged))))
    by_person: dict[str, int] = {}
    for each in decisions.decided:
        by_person[each.who] = by_person.get(each.who, 0) + 1
    by = ", ".join(f"{name} {number:,}" for name, number in sorted(by_person.items()))
    text = f"<h2>Decisions of people</h2><p>{html.escape(tally.sentence)}.{f' By {html.escape(by)}.' if by else ''}</p>"
    heads = ("assignment", "judged", "given label kept", "label as suggested")
    return text + (_table(heads, lines, "Excluded images are not counted here") if lines else "")


def _changes(audited: Audited) -> str:
    """Return the changed labels by pair of classes, then one by one."""
    dataset, decisions = audited.dataset, audited.decisions
    changed = [*decisions.changes, *decisions.excluded]
    pairs: dict[tuple[str, str], int] = {}
    lines = []
    for each in changed:
        to = "excluded" if each.to_label is None else dataset.classes[each.to_label]
        given = dataset.classes[each.from_label]
        pairs[given, to] = pairs.get((given, to), 0) + 1
        lines.append((each.name, given, to, each.who, moment(each.when)))
    summary = (
        f"{counted(len(decisions.changes), 'label is', 'labels are')} changed and "
        f"{counted(len(decisions.excluded), 'image')} excluded."
        if changed
        else "No label is changed."
    )
    if len(lines) > LISTED:
        summary += f" The first {LISTED:,} are listed; the ledger (export --as ledger) lists all."
    text = f"<h2>Changes</h2><p>{summary}</p>"
    if not changed:
        return text
    sums = sorted(((given, to, f"{number:,}") for (given, to), number in pairs.items()), key=lambda line: line[:2])
    return (
        text
        + _table(("from", "to", "images"), sums)
        + _table(("image", "from", "to", "by", "when"), lines[:LISTED], left=True)
    )


def _faces(audited: Audited, faces: str) -> str:
    """Return the changed faces, then the most suspect faces without a decision."""
    dataset, decisions, table = audited.dataset, audited.decisions, audited.evidence.table
    changed = [
        (each.row, f"{dataset.classes[each.from_label]} → {dataset.classes[each.to_label]}")
        for each in decisions.changes
        if each.to_label is not None
    ]
    decided = {each.row for each in decisions.decided}
    undecided = table[~table[schema.ROW].isin(decided)].sort_values(
        schema.P_MISLABELLED, ascending=False, kind="stable"
    )
    names = [*dataset.classes, "a class that no longer exists"]  # of number -1
    columns = (
        undecided[name].to_numpy() for name in (schema.ROW, schema.GIVEN, schema.SUGGESTED, schema.P_MISLABELLED)
    )
    suspects = [
        (int(row), f"{dataset.classes[given]} → {names[suggested]}, {_percent(p)}")
        for row, given, suggested, p in zip(*columns, strict=True)
    ]
    text = ""
    for name, cells in (("Changed faces", changed), ("Most suspect faces without a decision", suspects)):
        if cells:
            more = f", the first {PICTURED} of {len(cells):,}" if len(cells) > PICTURED else ""
            pictures_html = pictures.grid(dataset, cells[:PICTURED], blurred=faces == "blurred")
            text += f"<h2>{name}{more}</h2>{pictures_html}"
    return text


def _table(heads: Sequence[str], lines: Iterable[Sequence[str]], caption: str = "", *, left: bool = False) -> str:
    """Return a table; everything in it is escaped."""
    head = "".join(f"<th>{html.escape(text)}</th>" for text in heads)
    body = "".join(f"<tr>{''.join(f'<td>{html.escape(str(text))}</td>' for text in line)}</tr>" for line in lines)
    above = f"<caption>{html.escape(caption)}</caption>" if caption else ""
    return f"<table{' class=left' if left else ''}>{above}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _percent(share: Any) -> str:
    """Return a share in [0, 1] in percent, one decimal; a dash for none."""
    return "–" if share is None else f"{100 * float(share):.1f} %"
