"""A table of images and labels (CSV, TSV, Parquet) beside or above its images.

Which column is what is guessed and can be chosen in the label file's name: `labels.csv?label=annotator_2` audits that
column; `image=`, `split=`, `valence=` and `arousal=` name the others. Several label columns are several label sets.
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar
from urllib.parse import parse_qsl, urlencode

from auditor.data.dataset import Dataset
from auditor.data.files.listing import join, list_folder
from auditor.data.files.sheet import Choice, Sheet, guess_columns, is_table, read_head, read_sheet
from auditor.data.formats.assemble import Assembly, Part
from auditor.data.formats.base import Format, register
from auditor.data.formats.locate_images import Finder
from auditor.data.problems import Problems
from auditor.errors import DataError

ROLES = ("image", "label", "split", "valence", "arousal")
CORRUPTED = ("path", "label", "flipped")
"""The first columns of the table that `corrupt` writes."""

_LABEL_NAMES = ("label", "train", "annotation", "list", "data")


class Table(Format):
    """CSV, TSV or Parquet with an image column and one or more label columns."""

    name: ClassVar[str] = "table"
    title: ClassVar[str] = "Table of images and labels"

    def recognise(self, root: Path) -> float:
        """0.5 where a table beside or one folder below has an image and a label column."""
        return 0.5 if self.label_files(root) else 0.0

    def label_files(self, root: Path) -> list[str]:
        """Every usable table, and for each further label column the same table with that column chosen."""
        tables = [(file, choice) for file in _tables(root) if (choice := _guess(root, file)) is not None]
        tables = [(file, choice) for file, choice in tables if not _is_ours(columns(root, file))]
        files = [file for file, _ in tables]
        for file, choice in tables:
            files += [with_columns(file, label=label) for label in choice.labels if label != choice.label]
        return files

    def locate(self, file: Path) -> Path | None:
        """The table's own folder, or the one above where its images are relative to that."""
        choice = _guess(file.parent, file.name) if is_table(file.name) else None
        if choice is None:
            return None
        names = read_head(file).cells[choice.image]
        for root in file.parents[:3]:
            finder = Finder(root, file.parent.relative_to(root).as_posix().removeprefix("."), Problems())
            if finder.knows(finder.base(names), names):
                return root
        return file.parent

    def resolve_label_file(self, root: Path, label_file: str) -> str:
        """As everywhere, and the choice of columns after a question mark stays."""
        file, mark, query = label_file.rpartition("?")
        if not mark or (root / label_file).is_file():
            return super().resolve_label_file(root, label_file)
        return f"{super().resolve_label_file(root, file)}?{query}"

    def load(self, root: Path, label_file: str) -> Dataset:
        """Read one table."""
        file, chosen = columns_of(root, label_file)
        choice = choose(root, file, chosen)
        assembly = Assembly(root, label_file, format=self.name)
        sheet = read_sheet(root / file, file, choice.columns, assembly.problems)
        home = "" if Path(file).is_absolute() else Path(file).parent.as_posix().removeprefix(".")
        return assembly.dataset([Part(file, home, sheet, choice)])


def with_columns(file: str, **columns: str) -> str:
    """The label file's name for a table with chosen columns: 'labels.csv?label=annotator_2'."""
    return f"{file}?{urlencode(columns)}" if columns else file


def columns_of(root: Path, label_file: str) -> tuple[str, dict[str, str]]:
    """The table and the chosen columns that a label file's name says.

    Raises:
        DataError: where it chooses something that is not known.
    """
    file, mark, query = label_file.rpartition("?")
    if not mark or (root / label_file).is_file():
        return label_file, {}
    chosen = dict(parse_qsl(query))
    unknown = sorted(set(chosen) - set(ROLES))
    if unknown or not chosen:
        raise DataError(
            f"{label_file!r} chooses {unknown or 'nothing'}: after the question mark choose {', '.join(ROLES)}"
        )
    return file, chosen


def choose(root: Path, file: str, chosen: dict[str, str] | None = None) -> Choice:
    """Which column of a table is what.

    Raises:
        DataError: where a chosen column is not there, or none can be guessed.
    """
    head = read_head(root / file)
    choice = guess_columns(head, _existing(head, file, chosen or {}))
    if choice is None:
        columns = ", ".join(head.columns[:20])
        raise DataError(
            f"{file} has no column of image paths and labels that can be guessed among {columns}: choose them"
        )
    return choice


def columns(root: Path, file: str) -> list[str]:
    """The names of a table's columns, for a screen to choose from."""
    return read_head(root / file).columns


def _existing(head: Sheet, file: str, chosen: dict[str, str]) -> dict[str, str]:
    for role, column in chosen.items():
        if column not in head.columns:
            known = ", ".join(head.columns[:20])
            raise DataError(f"{file} has no column {column!r} to take as {role}: choose one of {known}")
    return chosen


def _guess(root: Path, file: str) -> Choice | None:
    try:
        return choose(root, file)
    except DataError:
        return None


def _tables(root: Path) -> list[str]:
    """Tables in the root and in its folders, those that sound like labels first."""
    top = list_folder(root, "")
    found = [name for name in top.files if is_table(name)]
    for folder in sorted(top.folders)[:50]:
        found += [join(folder, name) for name in list_folder(root, folder).files if is_table(name)]
    return sorted(found, key=lambda file: (file.count("/"), not _sounds_right(file), file))[:50]


def _is_ours(found: list[str]) -> bool:
    """Whether these are the columns of evidence or of a corrupted table: put beside the images it does not become their
    labels, but can be opened by its own name.
    """
    return "p_mislabelled" in found or tuple(found[: len(CORRUPTED)]) == CORRUPTED


def _sounds_right(file: str) -> bool:
    return any(name in Path(file).name.lower() for name in _LABEL_NAMES)


register(Table())
