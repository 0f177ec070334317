"""The exports for other tools by name, for the catalogue."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from auditor.exports.exchange import coco, fiftyone, hub, issues, labelstudio
from auditor.exports.exchange.material import Material
from auditor.plural import counted


@dataclass(frozen=True)
class Kind:
    """One export for another tool.

    Attributes:
        text: What it is, a sentence without its full stop.
        suffix: The ending of its file; '' for a folder.
        write: Writes it and returns what was written.
    """

    text: str
    suffix: str
    write: Callable[[Material, Path], Path | tuple[Path, ...]]


KINDS = {
    "hf-disk": Kind("A folder with the images inside and a card, for datasets.load_from_disk", "", hub.write_disk),
    "hf-parquet": Kind(
        "Parquet files with the images inside, a card and Croissant metadata, for the Hugging Face hub", "",
        hub.write_parquet,
    ),
    "label-studio": Kind(
        "Tasks for Label Studio with the suggestions as predictions, and its labelling interface", ".json",
        labelstudio.write,
    ),
    "fiftyone": Kind("The labels for FiftyOne, by the images' paths (JSON)", ".json", fiftyone.write),
    "coco": Kind("The labels as COCO-style classification JSON", ".json", coco.write),
    "issues": Kind("The label issues as cleanlab's Datalab lists them (CSV)", ".csv", issues.write),
}  # fmt: skip
"""The exports for other tools."""


def write(kind: str, material: Material, out: Path) -> tuple[tuple[Path, ...], str]:
    """Write one of them.

    Returns:
        What was written, and a sentence on it without its full stop.

    Raises:
        ExportError: It cannot be written, or would not be faithful.
    """
    paths = KINDS[kind].write(material, out)
    rows = int(material.included.sum())
    if kind == "issues":
        table = issues.table(material)
        return _all(paths), f"{counted(len(table), 'training image')}, {int(table[issues.ISSUE].sum()):,} issues"
    return _all(paths), f"{counted(rows, 'image')}, {counted(len(material.decisions.changes), 'label')} changed"


def _all(paths: Path | tuple[Path, ...]) -> tuple[Path, ...]:
    return paths if isinstance(paths, tuple) else (paths,)
