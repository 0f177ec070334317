"""Columns that repeat the label: its number beside its name, or a one-hot code over the columns of the classes.

A corrected row must not contradict itself, so these columns change with the label.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from auditor.data.dataset import Dataset
from auditor.data.files.sheet import Sheet, read_head, read_sheet
from auditor.data.formats.assemble import Part
from auditor.data.formats.classes import label_key
from auditor.data.formats.edits import Edits, Targets, of_lines
from auditor.data.formats.hot_columns import votes_of
from auditor.data.formats.roles import ONE_HOT, SAID, ColumnRoles, label_score
from auditor.data.problems import Problems, printable
from auditor.errors import ExportError


def of_table(dataset: Dataset, source: int, roles: ColumnRoles, wanted: Targets, prefix: str = "") -> Edits:
    """Return the edits of a table: the label of every line that names an image, and the columns that repeat it.

    Args:
        dataset: The data set.
        source: The number of its file.
        roles: The role of each column.
        wanted: See `Targets`.
        prefix: The prefix that the data set adds to the names in the table.

    Raises:
        ExportError: The file has changed since the data set was read from it, or a column that repeats the label has
            no word for a new one.
    """
    if not wanted:
        return Edits(roles.label)
    file = dataset.sources[source]
    path = dataset.root / file
    columns = tuple(dict.fromkeys((*roles.columns, *roles.one_hot, *_likely(read_head(path), roles))))
    sheet = read_sheet(path, file, columns, Problems(), roles.needed)
    part = Part(file, "", sheet, replace(roles, who=None))
    labels = part.labels(roles.label)
    lines = [
        (number, prefix + name, label) for number, name, label in zip(sheet.lines, part.names, labels, strict=True)
    ]
    if roles.who is not None:  # an image has a row for everyone who labelled it: only the audited one changes
        rows = [row for row in wanted if dataset.source_of(row) == file]
        own = {int(dataset.lines[row]): row for row in rows}
        gone = {
            name for number, name, _ in lines if number in own and wanted[own[number]] is None
        }  # everyone's rows go
        lines = [line for line in lines if line[0] in own or line[1] in gone]
    edits = of_lines(dataset, source, lines, wanted, roles.label)
    pairs = {name: words for name in _likely(sheet, roles) if (words := _pairs(labels, sheet.cells[name])) is not None}
    place = {number: row for row, number in enumerate(sheet.lines)}
    for number, new in edits.cells.items():
        cells = {name: _word(file, name, words, new) for name, words in pairs.items()}
        edits.also[number] = cells | _swapped(sheet, place[number], roles, labels[place[number]], new)
    return edits


def _likely(sheet: Sheet, roles: ColumnRoles) -> list[str]:
    """Return the columns that look like labels by their name or their words, without the audited one."""
    used = {roles.image, roles.label, roles.split, roles.who, roles.valence, roles.arousal, *roles.one_hot}
    likely = []
    for name in sheet.columns:
        cells = sheet.cells.get(name)
        score = label_score(name, cells[:200], sheet.has_header) if cells and name not in used else None
        if score is not None and score[0] >= SAID:
            likely.append(name)
    return likely


def _pairs(labels: Sequence[str], cells: Sequence[str]) -> Mapping[str, str] | None:
    """Map each label to its cell, where each label has exactly one and the two columns use different words."""
    cells_of: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for label, cell in zip(labels, cells, strict=True):
        if label_key(label):
            cells_of[label_key(label)][cell] += 1
    words = {key: {label_key(cell) for cell in counts} for key, counts in cells_of.items()}
    if any(len(kinds) != 1 or "" in kinds for kinds in words.values()):
        return None
    flat = [next(iter(kinds)) for kinds in words.values()]
    if len(flat) < 2 or len(set(flat)) < len(flat) or set(flat) & set(words):
        return None
    return {key: counts.most_common(1)[0][0] for key, counts in cells_of.items()}


def _word(file: str, column: str, cell_of: Mapping[str, str], new: str) -> str:
    if label_key(new) not in cell_of:
        raise ExportError(
            f"The column {printable(column)!r} of {file} has no word for the label {printable(new)!r}; add a "
            "row of that class, or export the labels as a table."
        )
    return cell_of[label_key(new)]


def _swapped(sheet: Sheet, row: int, roles: ColumnRoles, old: str, new: str) -> dict[str, str]:
    """Return the one-hot columns after the change: the 1 moves from the old class's column to the new one's."""
    columns = {label_key(name): name for name in roles.one_hot}
    before, after = columns.get(label_key(old)), columns.get(label_key(new))
    if before is None or after is None:
        if roles.label == ONE_HOT:
            raise ExportError(f"There is no column for the label {printable(new)!r}; open the data set again.")
        return {}
    cells = sheet.cells
    if before == after or votes_of(cells[before][row]) <= votes_of(cells[after][row]):
        return {}
    crossed = not cells[before][row].replace(".", "").isdecimal()  # 'x', beside which the others are empty
    return {before: cells[after][row] or ("" if crossed else "0"), after: cells[before][row]}
