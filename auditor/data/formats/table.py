"""A table of images and labels (CSV, TSV, Parquet, JSON or a text list) beside or above its images.

Which column is what is guessed and can be chosen in the label file's name: `labels.csv?label=annotator_2` audits that
column; `image=`, `split=`, `valence=` and `arousal=` name the others, `numbering=` what numbers mean. Several label
columns are several label sets. Lists that differ in nothing but the split they are called after are opened together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from auditor.data.dataset import Dataset
from auditor.data.files.listing import is_image, is_leftover, join, list_folder
from auditor.data.files.sheet import Sheet, is_list, is_table, read_head, read_sheet
from auditor.data.formats import mirrors, splits
from auditor.data.formats.assemble import Assembly, Part
from auditor.data.formats.base import Format, Likeness, register
from auditor.data.formats.class_list import is_class_list
from auditor.data.formats.correction import CorrectionRequest
from auditor.data.formats.edits import Edits
from auditor.data.formats.locate_images import Finder
from auditor.data.formats.roles import ONE_HOT, ColumnRoles, guess
from auditor.data.formats.selection import NONE, Selection
from auditor.data.problems import Problems, printable
from auditor.errors import DataError

COLUMNS = ("image", "label", "split", "valence", "arousal")
CORRUPTED = ("path", "label", "flipped")
"""The first columns of the table that `corrupt` writes."""

_LABEL_NAMES = ("label", "train", "annotation", "list", "data", "classes")


class Table(Format):
    """A file with an image column and one or more label columns."""

    name: ClassVar[str] = "table"
    title: ClassVar[str] = "Table or list of images and labels"
    roles: ClassVar[tuple[str, ...]] = (*COLUMNS, "numbering")

    def recognise(self, root: Path) -> Likeness:
        """Return 0.5 for a table here or one folder below with images and labels, 0.25 without any image file."""
        tables = usable(root)
        if not tables:
            return self._nearest(root)
        file, roles = tables[0]
        if _counted(root, file, roles) or _matches(root, file, roles):
            return Likeness(0.5, f"{file} has images in {roles.image} and labels in {roles.label}")
        return Likeness(0.25, f"{file} has images in {roles.image} and labels in {roles.label}", "its images")

    def _nearest(self, root: Path) -> Likeness:
        """Return what a table that cannot be used lacks."""
        for file in _tables(root)[:3]:
            try:
                head = read_head(root / file)
            except DataError:
                continue
            if head.has_header and is_table(file) and _is_ours(head.columns):
                return Likeness(0.0, f"{file} has the columns of a table that this program wrote", "labels of its own")
            if head.has_header and is_table(file):
                names = ", ".join(map(printable, head.columns[:8]))
                return Likeness(
                    0.0, f"{file} has the columns {names}", "a column of images and one of labels among them"
                )
        return Likeness(0.0, "", "")

    def label_files(self, root: Path) -> list[str]:
        """Every usable table, and for each further label column the same table with that column chosen."""
        tables = usable(root)
        files = [file for file, _ in tables]
        for file, roles in tables:
            files += [str(Selection(file, {"label": label})) for label in roles.labels if label != roles.label]
        return files

    def locate(self, file: Path) -> Path | None:
        """The table's own folder, or the one above where its images are relative to that."""
        roles = _guess(file.parent, file.name) if is_table(file.name) or is_list(file.name) else None
        if roles is None:
            return None
        names = read_head(file).cells[roles.image]
        for root in file.parents[:3]:
            finder = Finder(root, file.parent.relative_to(root).as_posix().removeprefix("."), Problems())
            if finder.knows(finder.base(names), names):
                return root
        above = file.parent.parent  # not further up: all that is below is looked through
        beside = _sounds_right(file.parent.name) and _matches(above, file.relative_to(above).as_posix(), roles)
        return above if beside else file.parent

    def load(self, root: Path, label_file: str) -> Dataset:
        """Read a table, and the lists of the other splits beside it."""
        selection = Selection.parse(label_file, root).allow(self.roles)
        assembly = Assembly(root, label_file, format=self.name)
        parts: list[Part] = []
        unsplit = selection.get("split") == NONE
        lists = [(selection.file, splits.TRAIN)] if unsplit else with_siblings(root, selection.file)
        for file, split in lists:
            roles = self._roles(root, file, selection, parts[0].roles if parts else None)
            if roles is None:
                assembly.problems.add(file, None, "bad-table", "it has no such columns: its rows are left out")
                continue
            sheet = read_sheet(root / file, file, roles.columns, assembly.problems, roles.needed)
            parts.append(Part(file, _home(file), sheet, roles, split, unsplit=unsplit))
        return assembly.dataset(parts)

    def edits(self, request: CorrectionRequest, source: int) -> Edits:
        """The label column, and the columns that repeat it."""
        return mirrors.of_table(request.dataset, source, audited(request.dataset, source), request.targets)

    def _roles(self, root: Path, file: str, selection: Selection, first: ColumnRoles | None) -> ColumnRoles | None:
        """The roles of a table's columns: the first table's for those beside it, None where it cannot be read alike."""
        if first is None:
            return choose(root, file, selection.chosen)
        try:
            return alike(root, file, selection.chosen, first)
        except DataError:
            return None


def choose(root: Path, file: str, wanted: Mapping[str, str] | None = None) -> ColumnRoles:
    """Find the role of each column of a table; `wanted` holds columns chosen by a person, by role.

    Raises:
        DataError: A chosen column is not there, or none can be guessed.
    """
    head = read_head(root / file)
    finder = Finder(root, "" if Path(file).is_absolute() else _home(file), Problems())
    of_columns = {role: column for role, column in (wanted or {}).items() if role in COLUMNS}
    roles = guess(head, existing(head, file, of_columns), finder.count)
    if roles is None:
        columns = ", ".join(map(printable, head.columns[:20]))
        raise DataError(
            f"The file {file} has no columns of image paths and labels that can be guessed among {columns}; choose "
            "them with --image-column and --label-column."
        )
    return roles


def audited(dataset: Dataset, source: int, **fixed: str) -> ColumnRoles:
    """Which column is what in one source file, as when it was opened; `fixed` for columns that the format names."""
    wanted = {**fixed, **Selection.parse(dataset.label_file, dataset.root).chosen}
    if not source:
        return choose(dataset.root, dataset.sources[0], wanted)
    return alike(dataset.root, dataset.sources[source], wanted, audited(dataset, 0, **fixed))


def alike(root: Path, file: str, wanted: Mapping[str, str], first: ColumnRoles) -> ColumnRoles:
    """Find the role of each column of a table beside the first one: its image and label are called the same.

    Raises:
        DataError: It has no such columns.
    """
    roles = choose(root, file, {"image": first.image, "label": first.label, **wanted})
    return replace(roles, one_hot=first.one_hot) if first.label == ONE_HOT else roles


def existing(head: Sheet, file: str, wanted: Mapping[str, str]) -> Mapping[str, str]:
    """Return the chosen columns if all of them exist.

    Raises:
        DataError: One is not.
    """
    for role, column in wanted.items():
        if column not in head.columns and not (role == "split" and column == NONE) and column != ONE_HOT:
            choices = ", ".join(map(printable, head.columns[:20]))
            raise DataError(
                f"The file {file} has no column {printable(column)!r} to take as {role}; choose one of {choices}."
            )
    return wanted


def with_siblings(root: Path, file: str) -> list[tuple[str, int | None]]:
    """A table and the lists of other splits beside it, with the split each is called after.

    Those that differ in nothing else in their name are taken; for a split that has none of these, a list in the same
    folder with the same columns.
    """
    own = split_of_list(file)
    lists: dict[int, str] = {}
    if not Path(file).is_absolute():
        others = [other for other in _tables(root) if other != file and split_of_list(other) not in (None, own)]
        pattern = splits.pattern_of(file)
        others.sort(key=lambda other: splits.pattern_of(other) != pattern)
        columns = _columns(root, file)
        for other in others:
            alike = splits.pattern_of(other) == pattern
            beside = _home(other) == _home(file) and _columns(root, other) == columns and columns is not None
            if (alike and own is not None) or beside:
                lists.setdefault(int(split_of_list(other) or 0), other)
    if own is None:
        lists.pop(splits.TRAIN, None)  # what is chosen without a split's name may be all of it
    order = sorted(lists.items())
    return [(file, own), *((other, split) for split, other in order)]


def split_of_list(file: str) -> int | None:
    """The split that a list is called after: by its own name, else by its folder's."""
    own = splits.split_of(Path(file).name)
    return own if own is not None else splits.split_of_path(file)


def _columns(root: Path, file: str) -> list[str] | None:
    try:
        return read_head(root / file).columns
    except DataError:
        return None


def _home(file: str) -> str:
    return "" if Path(file).is_absolute() else Path(file).parent.as_posix().removeprefix(".")


def columns(root: Path, file: str) -> list[str]:
    """Return the names of a table's columns as options for a screen."""
    return read_head(root / file).columns


def usable(root: Path) -> list[tuple[str, ColumnRoles]]:
    """Find tables with images and labels that this program did not write, the most likely first."""
    tables = [(file, roles) for file in _tables(root) if (roles := _guess(root, file)) is not None]
    tables = [(file, roles) for file, roles in tables if not _is_ours(columns(root, file))]
    tables = [(file, roles) for file, roles in tables if is_table(file) or _is_a_list(root, file, roles)]
    tables.sort(key=lambda entry: _names_classes(root, *entry))
    first = next((entry for entry in tables if _counted(root, *entry)), None) if len(tables) > 1 else None
    if first is None and len(tables) > 1:
        first = next((entry for entry in tables if _matches(root, *entry)), None)
    return tables if first is None else [first, *(entry for entry in tables if entry is not first)]


def _names_classes(root: Path, file: str, roles: ColumnRoles) -> bool:
    """Whether a table may only say what numbers mean ('0,angry'): such numbers may be the names of images, too."""
    if not is_class_list(Path(file).name) or roles.label == ONE_HOT:
        return False
    cells = read_head(root / file).cells
    labels = [label for label in cells[roles.label] if label]
    return len(set(labels)) == len(labels) and not any(map(is_image, cells[roles.image]))


def _counted(root: Path, file: str, roles: ColumnRoles) -> int:
    """Count the first images of a table that are files as written."""
    return Finder(root, _home(file), Problems()).count(read_head(root / file).cells[roles.image][:50])


def _is_a_list(root: Path, file: str, roles: ColumnRoles) -> bool:
    """Whether a text file is a list of images: prose has words that repeat, too, but no images."""
    names = read_head(root / file).cells[roles.image][:50]
    return _counted(root, file, roles) * 2 > len(names) or _matches(root, file, roles)


def _matches(root: Path, file: str, roles: ColumnRoles) -> bool:
    """Whether images are there that a table's first names mean, called otherwise."""
    finder = Finder(root, _home(file), Problems())
    names = read_head(root / file).cells[roles.image][:20]
    return any(name and finder.matched(name, None, frozenset()) is not None for name in names)


def _guess(root: Path, file: str) -> ColumnRoles | None:
    try:
        return choose(root, file)
    except DataError:
        return None


def _tables(root: Path) -> list[str]:
    """Tables and lists in the root and in its folders, those that sound like labels first."""
    top = list_folder(root, "")
    files = [name for name in top.files if _may_be(name)]
    for folder in sorted(name for name in top.folders if not is_leftover(name))[:50]:
        files += [join(folder, name) for name in list_folder(root, folder).files if _may_be(name)]
    return sorted(files, key=_preference)[:50]


def _may_be(name: str) -> bool:
    return (is_table(name) or is_list(name)) and not is_leftover(name)


def _preference(file: str) -> tuple[int, bool, bool, int, str]:
    split = splits.split_of(Path(file).name)
    held_out = splits.TRAIN if split is None else split
    return file.count("/"), is_list(file), not _sounds_right(file), held_out, file


def _is_ours(names: Sequence[str]) -> bool:
    """Whether these are the columns of evidence or of a corrupted table: put beside the images it does not become their
    labels, but can be opened by its own name.
    """
    return "p_mislabelled" in names or tuple(names[: len(CORRUPTED)]) == CORRUPTED


def _sounds_right(file: str) -> bool:
    return any(name in Path(file).name.lower() for name in _LABEL_NAMES)


register(Table())
