"""Hugging Face image folders: a metadata.csv, .jsonl or .parquet beside the images, one for all or one a split."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from auditor.data.dataset import Dataset
from auditor.data.files.listing import join, list_folder
from auditor.data.files.sheet import read_head, read_sheet
from auditor.data.formats import mirrors
from auditor.data.formats.assemble import Assembly, Part
from auditor.data.formats.base import UNLIKE, Format, Likeness, register
from auditor.data.formats.correction import CorrectionRequest
from auditor.data.formats.edits import Edits
from auditor.data.formats.roles import ColumnRoles, guess
from auditor.data.formats.selection import Selection
from auditor.data.formats.splits import WORDS
from auditor.data.formats.table import COLUMNS, audited, existing
from auditor.errors import DataError

METADATA = ("metadata.csv", "metadata.jsonl", "metadata.parquet")
IMAGE_COLUMN = "file_name"


class HuggingFace(Format):
    """The `imagefolder` layout of the datasets library."""

    name: ClassVar[str] = "huggingface"
    title: ClassVar[str] = "Hugging Face image folder"
    roles: ClassVar[tuple[str, ...]] = ("label", "split", "valence", "arousal", "numbering")

    def recognise(self, root: Path) -> Likeness:
        """Return 0.9 where a metadata file has a file_name and a label column."""
        files = _metadata(root)
        fits = bool(files) and _roles(root, files[0], {}) is not None
        return Likeness(0.9, f"{files[0]} has a column {IMAGE_COLUMN}") if fits else UNLIKE

    def label_files(self, root: Path) -> list[str]:
        """The first metadata file (the others are opened with it), and it with each further label column chosen."""
        files = _metadata(root)
        roles = _roles(root, files[0], {}) if files else None
        if roles is None:
            return []
        others = [label for label in roles.labels if label != roles.label]
        return [files[0], *(str(Selection(files[0], {"label": label})) for label in others)]

    def locate(self, file: Path) -> Path | None:
        """The folder of all splits."""
        if file.name not in METADATA:
            return None
        root = file.parent if _split_of(file.parent.name) is None else file.parent.parent
        return root if _metadata(root) else None

    def load(self, root: Path, label_file: str) -> Dataset:
        """Read the metadata files of all splits."""
        selection = Selection.parse(label_file, root).allow(self.roles)
        first, wanted = selection.file, selection.chosen
        files = dict.fromkeys((first, *_metadata(root)))
        assembly, parts = Assembly(root, label_file, format=self.name), []
        for file in files:
            roles = _roles(root, file, wanted)
            if roles is None and file == first:
                raise DataError(
                    f"The file {root / first} has no column {IMAGE_COLUMN} and no label column; choose the format "
                    "'table'."
                )
            if roles is None:
                assembly.problems.add(file, None, "bad-table", f"it has no column {IMAGE_COLUMN} and no label column")
                continue
            home = Path(file).parent.as_posix().removeprefix(".")
            sheet = read_sheet(root / file, file, roles.columns, assembly.problems, roles.needed)
            split = _split_of(Path(home).name)
            parts.append(Part(file, home, sheet, roles, split, f"{home}/" if home else "", home))
        return assembly.dataset(parts)

    def edits(self, request: CorrectionRequest, source: int) -> Edits:
        """The label column of a metadata file, and the columns that repeat it."""
        dataset = request.dataset
        roles = audited(dataset, source, image=IMAGE_COLUMN)
        home = Path(dataset.sources[source]).parent.as_posix().removeprefix(".")
        return mirrors.of_table(dataset, source, roles, request.targets, f"{home}/" if home else "")


def _metadata(root: Path) -> list[str]:
    """Metadata files: in the root, else in the folders of the splits (under data/ too), train first.

    Folders that are only numbered are parts, as of a download or of folds: a number is no name of a split.
    """
    for base in ("", "data"):
        listing = list_folder(root, base)
        here = [join(base, name) for name in METADATA if name in listing.files]
        if here:
            return here[:1]
        splits = sorted(
            (name for name in listing.folders if name.casefold() in WORDS), key=lambda name: WORDS[name.casefold()]
        )
        parts = sorted((name for name in listing.folders if name.isdecimal()), key=lambda name: (int(name), name))
        for folders in (splits, parts):
            paths = []
            for folder in folders:
                files = list_folder(root, join(base, folder)).files
                paths += [join(join(base, folder), name) for name in METADATA if name in files][:1]
            if paths:
                return paths
    return []


def _split_of(folder: str) -> int | None:
    """The split that a folder is called after; a number is none, though in a column of splits it is one."""
    return WORDS.get(folder.casefold())


def _roles(root: Path, file: str, wanted_columns: Mapping[str, str]) -> ColumnRoles | None:
    try:
        head = read_head(root / file)
    except DataError:
        return None
    if IMAGE_COLUMN not in head.columns:
        return None
    wanted = {role: column for role, column in wanted_columns.items() if role in COLUMNS}
    return guess(head, {"image": IMAGE_COLUMN, **existing(head, file, wanted)})


register(HuggingFace())
