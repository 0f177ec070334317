"""What there is to share out: the faces that nobody reviewed yet, the most suspicious first, and known answers."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from auditor.config import Workspace
from auditor.data.dataset import Dataset
from auditor.data.files.sheet import read_head, read_sheet
from auditor.data.formats.classes import label_key
from auditor.data.problems import Problems, printable
from auditor.errors import DataError
from auditor.evidence import choice, schema
from auditor.evidence.alignment import aligned
from auditor.evidence.versions import EvidenceVersion
from auditor.plural import counted
from auditor.store import counts
from auditor.store.naming import class_numbers
from auditor.store.state import DecisionState

NAMED = 3


def waiting(dataset: Dataset, state: DecisionState, version: EvidenceVersion | None) -> list[str]:
    """Return the names of the faces that are not reviewed, the most suspicious first; without evidence in file order.

    Args:
        dataset: The data set.
        state: Its decisions.
        version: The evidence in use, or None.
    """
    rows = counts.audited(dataset)
    suspicion = np.full(len(dataset), -np.inf)
    if version is not None:
        table = aligned(version, dataset).table
        values = table[schema.P_MISLABELLED].to_numpy(np.float64)
        suspicion[table[schema.ROW].to_numpy(np.int64)] = np.where(np.isnan(values), -np.inf, values)
    ordered = rows[np.argsort(-suspicion[rows], kind="stable")]
    done = {name for name, held in state.on(dataset).items() if held.action not in (None, "skip")}
    return [name for name in map(str, dataset.names[ordered]) if name not in done]


def waiting_in(workspace: Workspace, dataset: Dataset, state: DecisionState) -> list[str]:
    """Return what `waiting` does, by the evidence that is in use in a workspace."""
    return waiting(dataset, state, choice.in_use(workspace, dataset.key))


def known_answers(file: Path, dataset: Dataset) -> dict[str, str]:
    """Read the right labels of some images from a table with the columns image (or name) and label.

    Args:
        file: CSV, TSV, or another table that can be read.
        dataset: The data set.

    Returns:
        The class by the image's name in the data set.

    Raises:
        DataError: It cannot be read, or a line names no image or no class of the data set.
    """
    columns = {column.strip().casefold(): column for column in read_head(file).columns}
    image = columns.get("image") or columns.get("name")
    label = columns.get("label")
    if image is None or label is None:
        raise DataError(f"The file {file} has no column image or no column label; expected a first line 'image,label'.")
    listed = Problems()
    sheet = read_sheet(file, file.name, [image, label], listed)
    answers, problems = dict[str, str](), [(each.line or 1, each.message) for each in listed.freeze()]
    for name, text, line in zip(sheet.cells[image], sheet.cells[label], sheet.lines, strict=True):
        try:
            row = dataset.index_of(name)
            answers[str(dataset.names[row])] = class_numbers(dataset).names[_class(dataset, text)]
        except KeyError as error:
            problems.append((line, f"{printable(str(error.args[0]))} is not in the data set"))
    if problems:
        described = "; ".join(f"line {line}: {message}" for line, message in sorted(problems)[:NAMED])
        raise DataError(
            f"The file {file} has {counted(len(problems), 'line')} that cannot be used ({described}); correct the file."
        )
    if not answers:
        raise DataError(f"The file {file} names no image; give one line for each image whose answer is known.")
    return answers


def _class(dataset: Dataset, text: str) -> int:
    for spelled in (dataset.codes, dataset.classes):
        keys = [label_key(each) for each in spelled]
        if label_key(text) in keys:
            return keys.index(label_key(text))
    raise KeyError(text)
