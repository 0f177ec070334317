"""The table export: one row per image with the evidence, the decision and the resulting label, as CSV or Parquet.

In CSV no cell can be run as a formula (see spreadsheet.py); Parquet has every text unchanged.
"""

from __future__ import annotations

import io
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
from auditor.exports.spreadsheet import csv_bytes

if TYPE_CHECKING:
    import pandas as pd

    from auditor.evidence.versions import EvidenceVersion

OTHERS = (".xlsx", ".xls", ".xlsm", ".ods", ".json", ".jsonl", ".xml", ".html", ".feather", ".pdf", ".db")
"""File endings that a table cannot have: another program would report the file as damaged."""

DECISION = ("action", "label", "annotator", "decided_at", "seen_evidence", "final", "people_differ", "tags", "note")


def frame(dataset: Dataset, decisions: Preview, evidence: EvidenceVersion | None) -> pd.DataFrame:
    """Return every image of every split, train images first, in label-file order.

    Columns: name, split, given; `action, label, annotator, decided_at, seen_evidence, final, people_differ, tags, note`
    and one `soft_<class>` per class where any image has shares; then those of `evidence` (empty for images it does not
    cover). Labels are spelled as in the source; `label` is the label after the decision, '' for an excluded image;
    `final` is 'yes' for a final decision; `people_differ` holds everybody's decision where they differ; tags are
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
    table = pd.DataFrame(
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
            table[f"soft_{name}"] = soft[:, index]
    if evidence is not None:
        evidence = aligned(evidence, dataset)
        evidence_columns = readable(evidence, dataset).drop(columns=[schema.NAME, schema.GIVEN])
        evidence_columns.index = pd.Index(evidence.rows)
        table = table.join(evidence_columns[[name for name in evidence_columns.columns if name not in table.columns]])
    return table


def write(dataset: Dataset, decisions: Preview, evidence: EvidenceVersion | None, out: str | Path) -> Path:
    """Write the table; '.parquet' gives Parquet, '.tsv' tabs, anything else CSV except for the endings of `OTHERS`.

    Raises:
        ExportError: It cannot be written there.
    """
    target = check_target(dataset, out)
    if target.suffix.lower() in OTHERS:
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
