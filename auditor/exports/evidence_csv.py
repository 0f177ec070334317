"""The evidence as a CSV file for scripts: the contract of `python -m auditor evidence`.

First `name,given,suggested,p_mislabelled,ambiguity,assignment`, then `scored,stability,votes_noisy,votes_total`, each
method's columns (`man_assignment, man_p_given, man_pred_net1, ...`) and the student's, then the peers'. Labels are in
the source's own spelling, assignments are words.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from auditor.data.dataset import Dataset
from auditor.evidence import schema, student
from auditor.evidence.alignment import aligned
from auditor.evidence.versions import ASSIGNMENTS, EvidenceVersion
from auditor.exports.atomic import check_target, write_file
from auditor.exports.spreadsheet import csv_bytes

if TYPE_CHECKING:
    import pandas as pd

FIRST = (schema.NAME, schema.GIVEN, schema.SUGGESTED, schema.P_MISLABELLED, schema.AMBIGUITY, schema.ASSIGNMENT)
GENERAL = (schema.SCORED, schema.STABILITY, schema.VOTES_NOISY, schema.VOTES_TOTAL)
PEERS = (
    schema.CL_SUSPICION, schema.AUM, schema.CARTO_CONFIDENCE, schema.CARTO_VARIABILITY, schema.CARTO_CORRECTNESS,
    schema.CARTO_FORGETTING, schema.KNN_DISAGREEMENT, schema.DUPLICATE_GROUP,
)  # fmt: skip


def write(version: EvidenceVersion, dataset: Dataset, out: Path) -> int:
    """Write the file, completely or not at all; return the number of rows.

    Raises:
        ExportError: The file cannot be written, or is one of the data set's own.
    """
    table = readable(version, dataset)
    write_file(check_target(dataset, out), csv_bytes(table))
    return len(table)


def readable(version: EvidenceVersion, dataset: Dataset) -> pd.DataFrame:
    """Return the table with class names as the source spells them and assignments in words, in the documented order."""
    version = aligned(version, dataset)
    table = version.table
    prefixes = tuple(f"{name}_" for name in student.networks(version))
    method_columns = [name for name in table.columns if name.startswith(prefixes)]
    method_columns.sort(
        key=lambda name: (not name.endswith(f"_{schema.ASSIGNMENT}"), not name.endswith(f"_{schema.P_GIVEN}"))
    )
    method_columns.sort(key=lambda name: next(i for i, prefix in enumerate(prefixes) if name.startswith(prefix)))
    selected = table[[*FIRST, *GENERAL, *method_columns, *PEERS]].copy()
    spelling = np.array([*dataset.codes, ""], dtype=object)  # -1, not scored or a class that is gone, takes the last
    words = np.array([*ASSIGNMENTS, ""], dtype=object)
    for name in selected.columns:
        if name in {schema.GIVEN, schema.SUGGESTED} or f"_{schema.PRED}" in name:
            selected[name] = spelling[selected[name].to_numpy()]
        elif name.endswith(schema.ASSIGNMENT):
            selected[name] = words[selected[name].to_numpy()]
    return selected
