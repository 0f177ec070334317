"""One row an image: the evidence, the decision, and what came of it, as CSV or Parquet.

CSV files are opened in spreadsheets, and a spreadsheet runs a cell that begins with '=', '+', '-' or '@'. Such texts
(names of images, of annotators, notes) get an apostrophe in front, which a spreadsheet hides and `decide` takes off
again; Parquet has every text as it is.
"""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from auditor.data.dataset import SPLITS, Dataset
from auditor.errors import ExportError
from auditor.evidence import schema
from auditor.evidence.alignment import aligned
from auditor.exports.atomic import check_target, write_file
from auditor.exports.evidence_csv import readable
from auditor.exports.preview import Preview, moment, spoken

if TYPE_CHECKING:
    import pandas as pd

    from auditor.evidence.versions import EvidenceVersion

SUFFIXES = ("", ".csv", ".txt", ".tsv", ".parquet")
"""Endings of the files that a table can be."""

DECISION = ("action", "label", "annotator", "decided_at", "seen_evidence", "final", "people_differ", "tags", "note")

_ACTIVE = re.compile(r"[=+\-@\t\r]")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]*)?(e[+-]?[0-9]+)?", re.I)


def frame(dataset: Dataset, decisions: Preview, evidence: EvidenceVersion | None) -> pd.DataFrame:
    """Every image of every split, train images first, in label-file order.

    Columns: name, split, given; `action, label, annotator, decided_at, seen_evidence, final, people_differ, tags, note`
    and one `soft_<class>` a class where any image has shares; then those of `evidence` (empty for images it does not
    cover). Labels are spelled as in the source; `label` is the label after the decision, '' for an excluded image;
    `final` is 'yes' for a final decision; `people_differ` holds each one's decision where they differ; tags are
    separated by commas.
    """
    import pandas as pd

    codes = np.array([*dataset.codes, ""], dtype=object)
    label = codes[decisions.labels].copy()
    columns = {name: np.full(len(dataset), "", dtype=object) for name in DECISION if name != "label"}
    soft = np.full((len(dataset), dataset.num_classes), np.nan)
    for change in decisions.decided:
        columns["action"][change.row] = change.action
        columns["annotator"][change.row] = change.who
        columns["decided_at"][change.row] = moment(change.when)
        columns["seen_evidence"][change.row] = change.evidence or ""
        columns["final"][change.row] = "yes" if change.final else ""
        columns["people_differ"][change.row] = "; ".join(spoken(dataset, each) for each in change.opinions)
        if change.to_label is None:
            label[change.row] = ""
        if change.soft is not None:
            soft[change.row] = change.soft
    for change in decisions.marked:
        columns["tags"][change.row] = ", ".join(change.tags)
        columns["note"][change.row] = change.note or ""
    found = pd.DataFrame(
        {
            "name": dataset.names,
            "split": np.array(SPLITS, dtype=object)[dataset.split],
            "given": codes[dataset.labels],
            "action": columns.pop("action"),
            "label": label,
            **columns,
        }
    )
    if decisions.softened:
        for index, name in enumerate(dataset.classes):
            found[f"soft_{name}"] = soft[:, index]
    if evidence is not None:
        evidence = aligned(evidence, dataset)
        known = readable(evidence, dataset).drop(columns=[schema.NAME, schema.GIVEN])
        known.index = pd.Index(evidence.rows)
        found = found.join(known[[name for name in known.columns if name not in found.columns]])
    return found


def write(dataset: Dataset, decisions: Preview, evidence: EvidenceVersion | None, out: str | Path) -> Path:
    """Write the table; '.parquet' gives Parquet, '.tsv' tabs, '.csv', '.txt' and no ending CSV.

    Raises:
        ExportError: It cannot be written there.
    """
    target = check_target(dataset, out)
    if target.suffix.lower() not in SUFFIXES:
        raise ExportError(
            f"A table cannot be written as {target.suffix}; choose a name that ends in .csv (for Excel too), .tsv or "
            ".parquet."
        )
    table = frame(dataset, decisions, evidence)
    if target.suffix.lower() == ".parquet":
        buffer = io.BytesIO()
        try:
            table.to_parquet(buffer, index=False)
        except ValueError as error:  # pyarrow's own errors are ValueErrors too
            raise ExportError(
                f"The table cannot be written as Parquet ({error}); choose a name ending in .csv."
            ) from error
        return write_file(target, buffer.getvalue())
    return write_file(target, csv_bytes(table, "\t" if target.suffix.lower() == ".tsv" else ","))


def csv_bytes(table: pd.DataFrame, delimiter: str = ",") -> bytes:
    """A table as UTF-8 text in which no cell can act."""
    safe = table.copy()
    for name in safe.columns:
        if safe[name].dtype.kind not in "biuf":
            safe[name] = [inert(value) if isinstance(value, str) else value for value in safe[name]]
    # A carriage return alone is not quoted by itself, and would begin a line that can act.
    returns = any("\r" in value for name in safe.columns for value in safe[name] if isinstance(value, str))
    quoting = csv.QUOTE_NONNUMERIC if returns else csv.QUOTE_MINIMAL
    text: str = safe.to_csv(index=False, sep=delimiter, float_format="%.6g", lineterminator="\n", quoting=quoting)
    return text.encode("utf-8", "backslashreplace")


def inert(text: str) -> str:
    """A text that no spreadsheet runs: an apostrophe before one that begins like a formula and is no number.

    A text that has apostrophes there already gets one more, so that `original` knows its own.
    """
    bare = text.lstrip("'")
    return f"'{text}" if _ACTIVE.match(bare) and not _NUMBER.fullmatch(bare) else text


def original(text: str) -> str:
    """What `inert` was given."""
    return text[1:] if text.startswith("'") and inert(text[1:]) == text else text
