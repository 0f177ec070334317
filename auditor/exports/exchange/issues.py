"""Label issues as a table like those of cleanlab's Datalab, in and out.

Datalab's `get_issues("label")` has the columns is_label_issue, label_score (in [0, 1]; low for labels that are probably
wrong), given_label and predicted_label, and a row for each image. Ours has the image's name in front, so that rows may
be sorted and left out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from auditor.data.dataset import Dataset, IntArray
from auditor.data.files.sheet import read_head, read_sheet
from auditor.data.formats.classes import label_key
from auditor.data.problems import Problems, printable
from auditor.errors import DataError, ExportError
from auditor.evidence import schema
from auditor.evidence.alignment import aligned
from auditor.evidence.versions import NOISY
from auditor.exports.atomic import check_target, write_file
from auditor.exports.exchange.material import Material
from auditor.exports.spreadsheet import csv_bytes, original
from auditor.plural import counted

if TYPE_CHECKING:
    import pandas as pd

NAME, ISSUE, SCORE, GIVEN, PREDICTED = "name", "is_label_issue", "label_score", "given_label", "predicted_label"
YES: Final = ("true", "1", "yes", "t")
NO: Final = ("false", "0", "no", "f", "")


@dataclass(frozen=True, eq=False)
class Issues:
    """The images whose labels a table reports.

    Attributes:
        rows: Their rows in the data set, the lowest score first: int32 [K].
        read: The number of rows of the table that are images of the data set.
        problems: (line, sentence) for every other row.
    """

    rows: NDArray[np.int32]
    read: int
    problems: list[tuple[int, str]]


def write(material: Material, out: Path) -> Path:
    """Write the evidence on every training image as CSV, '.tsv' with tabs.

    Raises:
        ExportError: There is no evidence, or the file cannot be written.
    """
    target = check_target(material.dataset, out)
    return write_file(target, csv_bytes(table(material), "\t" if target.suffix.lower() == ".tsv" else ","))


def table(material: Material) -> pd.DataFrame:
    """Return one row for each scored training image: name, is_label_issue, label_score, given_label, predicted_label.

    `label_score` is 1 - p_mislabelled; an issue is an image that is assigned to the noisy ones.

    Raises:
        ExportError: There is no evidence.
    """
    import pandas as pd

    dataset = material.dataset
    if material.evidence is None:
        raise ExportError(f"There is no evidence on {dataset.title} to list issues from; train a method first.")
    evidence = aligned(material.evidence, dataset)
    scored = evidence.table[np.isfinite(evidence.table[schema.P_MISLABELLED].to_numpy(dtype=np.float64))]
    codes = np.array([*dataset.codes, ""], dtype=object)  # -1, a class that is gone, takes the last
    return pd.DataFrame({
        NAME: scored[schema.NAME].to_numpy(),
        ISSUE: scored[schema.ASSIGNMENT].to_numpy() == NOISY,
        SCORE: np.round(1 - scored[schema.P_MISLABELLED].to_numpy(dtype=np.float64), 6),
        GIVEN: codes[scored[schema.GIVEN].to_numpy()],
        PREDICTED: codes[scored[schema.SUGGESTED].to_numpy()],
    })  # fmt: skip


def read(path: Path, dataset: Dataset) -> Issues:
    """Read a table of label issues.

    Args:
        path: CSV with the column is_label_issue, and name unless it has a row for each training image (or each image)
            in the order of the data set. Where it has given_label, a row whose given label is another one than the
            data set's is left out: it is about another image, or another state of the labels.
        dataset: The data set.

    Raises:
        DataError: It cannot be read, lacks is_label_issue, or does not fit the data set.
    """
    columns = {column.strip().casefold(): column for column in read_head(path).columns}
    if ISSUE not in columns:
        raise DataError(
            f"The file {path} has no column {ISSUE}; expected a table as Datalab's get_issues('label') gives it."
        )
    wanted = [name for name in (NAME, ISSUE, SCORE, GIVEN) if name in columns]
    listed = Problems()
    sheet = read_sheet(path, path.name, [columns[name] for name in wanted], listed)
    cells = {name: list(sheet.cells[columns[name]]) for name in wanted}
    problems = [(problem.line or 1, problem.message) for problem in listed.freeze()]
    in_order = None if NAME in cells else _in_order(path, dataset, len(cells[ISSUE]))
    scored: list[tuple[float, int]] = []
    read_rows = 0
    for place, line in enumerate(sheet.lines):
        record = {name: values[place].strip() for name, values in cells.items()}
        row = _row(dataset, record[NAME]) if in_order is None else int(in_order[place])
        wrong = _wrong(dataset, row, record)
        if wrong:
            problems.append((int(line), wrong))
            continue
        read_rows += 1
        if record[ISSUE].casefold() in YES:
            scored.append((_score(record.get(SCORE, "")), row))
    if not read_rows:
        raise DataError(
            f"No row of {path} is of {dataset.title} ({problems[0][1] if problems else 'it is empty'}); choose a file "
            "of issues of this data set."
        )
    scored.sort()
    return Issues(np.array([row for _, row in scored], dtype=np.int32), read_rows, sorted(problems))


def _in_order(path: Path, dataset: Dataset, count: int) -> IntArray:
    """Return the rows of a table without names.

    Raises:
        DataError: It has another number of rows than the data set.
    """
    train = dataset.rows("train")
    if count == len(train):
        return train
    if count == len(dataset):
        return np.arange(len(dataset))
    raise DataError(
        f"The file {path} has {counted(count, 'row')} without names, and {dataset.title} has "
        f"{counted(len(train), 'training image')} ({len(dataset):,} in all); add a column {NAME}."
    )


def _row(dataset: Dataset, name: str) -> int:
    for choice in (name, original(name)):
        try:
            return dataset.index_of(choice)
        except KeyError:
            continue
    return -1


def _wrong(dataset: Dataset, row: int, record: dict[str, str]) -> str:
    """Return what is wrong with a row of the table; '' for nothing."""
    if row < 0:
        return f"there is no image {printable(record[NAME])!r} in {dataset.title}"
    if record[ISSUE].casefold() not in (*YES, *NO):
        return f"{ISSUE} is {printable(record[ISSUE])!r}; write True or False"
    given = label_key(record.get(GIVEN, ""))
    label = int(dataset.labels[row])
    own = {label_key(dataset.codes[label]), label_key(dataset.classes[label]), label_key(str(label))}
    if given and given not in own:
        return (
            f"the given label of {printable(str(dataset.names[row]))} is {printable(record[GIVEN])!r} there and "
            f"{dataset.codes[label]!r} in the data set"
        )
    return ""


def _score(text: str) -> float:
    try:
        score = float(text)
    except ValueError:
        return math.inf
    return score if math.isfinite(score) else math.inf
