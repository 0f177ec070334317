"""One table of a data set: its columns and their roles."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from auditor.data.files.sheet import Sheet
from auditor.data.formats.hot_columns import votes_of
from auditor.data.formats.roles import ONE_HOT, ColumnRoles


@dataclass
class Part:
    """One table of a data set.

    Attributes:
        file: The table, relative to the root.
        home: The folder that its image paths are probably relative to.
        sheet: Its columns.
        roles: The roles of its columns.
        split: The split of all its rows, or None where a column gives it or it is unknown.
        prefix: What is put before its image names, where other tables may use the same ones.
        scope: The folder in which alone an image is matched by the end of its path.
        unsplit: Whether a person said that all rows are training rows, whatever the folders say.
    """

    file: str
    home: str
    sheet: Sheet
    roles: ColumnRoles
    split: int | None = None
    prefix: str = ""
    scope: str = ""
    unsplit: bool = False
    opinions: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.roles.who is not None:
            self.sheet, self.opinions = _one_row_each(self.sheet, self.roles)

    @property
    def names(self) -> list[str]:
        """The image of every row, as written."""
        return self.sheet.cells[self.roles.image]

    def labels(self, column: str) -> list[str]:
        """The label of every row; of columns of votes the name of the one with the most, '' where it is not one."""
        if column != ONE_HOT:
            return self.sheet.cells[column]
        columns = self.roles.one_hot
        votes = [[votes_of(cell) for cell in self.sheet.cells[name]] for name in columns]
        rows = zip(*votes, strict=True)
        return [columns[row.index(max(row))] if max(row) > 0 and row.count(max(row)) == 1 else "" for row in rows]


def _one_row_each(sheet: Sheet, roles: ColumnRoles) -> tuple[Sheet, dict[str, list[str]]]:
    """Split a table with one row per image and annotator into the audited rows and each annotator's labels."""
    names, who = sheet.cells[roles.image], sheet.cells[str(roles.who)]
    audited: dict[str, int] = {}
    for row, (name, by) in enumerate(zip(names, who, strict=True)):
        if name not in audited or (by == roles.truth and who[audited[name]] != roles.truth):
            audited[name] = row
    rows = sorted(audited.values())
    place = {names[row]: at for at, row in enumerate(rows)}
    opinions = {by: [""] * len(rows) for by in dict.fromkeys(who) if by and by != roles.truth}
    for name, by, label in zip(names, who, sheet.cells[roles.label], strict=True):
        if by in opinions and not opinions[by][place[name]]:
            opinions[by][place[name]] = label
    cells = {column: [values[row] for row in rows] for column, values in sheet.cells.items()}
    return replace(sheet, cells=cells, lines=[sheet.lines[row] for row in rows]), opinions
