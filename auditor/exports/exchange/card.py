"""The card of a data set on the Hugging Face hub: what was changed, by whom, and on which evidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from auditor import __version__
from auditor.exports.exchange.material import Material
from auditor.exports.preview import Change, moment
from auditor.plural import counted
from models.titles import title


def text(material: Material, files: Mapping[str, str] | None = None) -> str:
    """Return the card as Markdown with its YAML head.

    Args:
        material: The data of the export.
        files: The pattern of each split's files, for the hub's viewer; None where the folder is not for the hub.
    """
    parts = [_head(files), _what(material), _changes(material), _people(material), _evidence(material), _columns()]
    return "\n".join(part for part in parts if part)


def _head(files: Mapping[str, str] | None) -> str:
    lines = ["---", "task_categories:", "- image-classification", "tags:", "- facial-expression-recognition"]
    lines += ["- label-noise", "- fer-label-auditor"]
    if files:
        lines += ["configs:", "- config_name: default", "  data_files:"]
        for split, pattern in files.items():
            lines += [f"  - split: {split}", f"    path: {pattern}"]
    return "\n".join([*lines, "---", ""])


def _what(material: Material) -> str:
    dataset, decisions = material.dataset, material.decisions
    softened = f" {counted(len(decisions.softened), 'image')} judged ambiguous." if decisions.softened else ""
    return (
        f"# {_plain(dataset.title)}, labels corrected\n\n"
        f"{counted(len(dataset), 'image')} were audited: {counted(len(decisions.changes), 'label')} changed, "
        f"{counted(len(decisions.excluded), 'image')} left out, {counted(len(decisions.decided), 'image')} judged by a "
        f"person.{softened} Written by the FER label auditor {__version__}.\n\n"
        "The images are those of the source, byte for byte; its licence and terms apply to this copy, too.\n"
    )


def _changes(material: Material) -> str:
    classes = material.dataset.classes
    pairs = Counter(
        (classes[each.from_label], "left out" if each.to_label is None else classes[each.to_label])
        for each in (*material.decisions.changes, *material.decisions.excluded)
    )
    if not pairs:
        return "## What was changed\n\nNo label was changed.\n"
    rows = [(given, to, f"{number:,}") for (given, to), number in sorted(pairs.items())]
    return "## What was changed\n\n" + _table(("given", "now", "images"), rows)


def _people(material: Material) -> str:
    decided = material.decisions.decided
    if not decided:
        return ""
    by: dict[str, list[Change]] = {}
    for change in decided:
        by.setdefault(change.who, []).append(change)
    rows = [
        (who, f"{len(changes):,}", f"{_relabelled(changes):,}", moment(min(each.when for each in changes))[:10],
         moment(max(each.when for each in changes))[:10])
        for who, changes in sorted(by.items())
    ]  # fmt: skip
    contested = material.decisions.contested
    note = f"\nPeople differed on {counted(len(contested), 'image')}.\n" if contested else ""
    heads = ("annotator", "images judged", "changed or left out", "first", "last")
    return "## By whom\n\n" + _table(heads, rows) + note


def _relabelled(changes: Sequence[Change]) -> int:
    return sum(each.to_label is None or each.to_label != each.from_label for each in changes)


def _evidence(material: Material) -> str:
    seen = Counter(each.evidence or "none" for each in material.decisions.decided)
    lines = [f"- {name}: on the screen for {counted(number, 'decision')}" for name, number in sorted(seen.items())]
    if material.evidence is not None:
        summary, methods = material.evidence.summary, ", ".join(title(name) for name in material.evidence.methods)
        noise = summary["noise"]
        lines.append(
            f"- {material.evidence.name}, in use when this was written: by {methods}; {100 * noise['overall']:.1f} % "
            f"of the training labels were estimated to be wrong before the decisions (95 % interval "
            f"{100 * noise['low']:.1f} % to {100 * noise['high']:.1f} %)"
        )
    promises = sorted({each.promise for each in material.decisions.decided if each.promise})
    lines += [f"- promised of many decisions at once: {_plain(promise)}" for promise in promises]
    return "## On which evidence\n\n" + "\n".join(lines or ["- none"]) + "\n"


def _columns() -> str:
    return (
        "## Columns\n\n"
        "- `image`: the face, as in the source\n"
        "- `label`: the class after the decisions\n"
        "- `given_label`: the class that the source gives\n"
        "- `name`: the image's name in the source\n"
        "- `action`: keep, relabel, ambiguous, or empty where nobody judged the image\n"
    )


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(_plain(cell) for cell in line)} |" for line in lines) + "\n"


def _plain(text: str) -> str:
    """Return text that stays text in a cell of a Markdown table."""
    return " ".join(text.split()).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
