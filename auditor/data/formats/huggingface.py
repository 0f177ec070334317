"""Hugging Face image folders: a metadata.csv, .jsonl or .parquet beside the images, one for all or one a split."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from auditor.data.dataset import Dataset
from auditor.data.files.listing import join, list_folder
from auditor.data.files.sheet import Choice, guess_columns, read_head, read_sheet
from auditor.data.formats.assemble import SPLIT_CODES, Assembly, Part
from auditor.data.formats.base import Format, register
from auditor.data.formats.table import columns_of, with_columns
from auditor.errors import DataError

METADATA = ("metadata.csv", "metadata.jsonl", "metadata.parquet")
IMAGE_COLUMN = "file_name"


class HuggingFace(Format):
    """The `imagefolder` layout of the datasets library."""

    name: ClassVar[str] = "huggingface"
    title: ClassVar[str] = "Hugging Face image folder"

    def recognise(self, root: Path) -> float:
        """0.9 where a metadata file has a file_name and a label column."""
        files = _metadata(root)
        return 0.9 if files and _choice(root, files[0], {}) is not None else 0.0

    def label_files(self, root: Path) -> list[str]:
        """The first metadata file (the others are opened with it), and it with each further label column chosen."""
        files = _metadata(root)
        choice = _choice(root, files[0], {}) if files else None
        if choice is None:
            return []
        return [files[0], *(with_columns(files[0], label=label) for label in choice.labels if label != choice.label)]

    def locate(self, file: Path) -> Path | None:
        """The folder of all splits."""
        if file.name not in METADATA:
            return None
        in_split = file.parent.name.casefold() in SPLIT_CODES
        root = file.parent.parent if in_split else file.parent
        return root if _metadata(root) else None

    def load(self, root: Path, label_file: str) -> Dataset:
        """Read the metadata files of all splits."""
        first, chosen = columns_of(root, label_file)
        files = dict.fromkeys((first, *_metadata(root)))
        assembly, parts = Assembly(root, label_file, format=self.name), []
        for file in files:
            choice = _choice(root, file, chosen)
            if choice is None and file == first:
                raise DataError(
                    f"{root / first} has no column {IMAGE_COLUMN} and no label column: choose the format 'table'"
                )
            if choice is None:
                assembly.problems.add(file, None, "bad-table", f"it has no column {IMAGE_COLUMN} and no label column")
                continue
            home = Path(file).parent.as_posix().removeprefix(".")
            sheet = read_sheet(root / file, file, choice.columns, assembly.problems)
            split = SPLIT_CODES.get(Path(home).name.casefold()) if home else None
            parts.append(Part(file, home, sheet, choice, split, f"{home}/" if home else ""))
        return assembly.dataset(parts)


def _metadata(root: Path) -> list[str]:
    """Metadata files: in the root, else in the folders of the splits (under data/ too), train first."""
    for base in ("", "data"):
        listing = list_folder(root, base)
        here = [join(base, name) for name in METADATA if name in listing.files]
        if here:
            return here[:1]
        splits = sorted(
            (f for f in listing.folders if f.casefold() in SPLIT_CODES), key=lambda f: SPLIT_CODES[f.casefold()]
        )
        found = []
        for folder in splits:
            files = list_folder(root, join(base, folder)).files
            found += [join(join(base, folder), name) for name in METADATA if name in files][:1]
        if found:
            return found
    return []


def _choice(root: Path, file: str, chosen: dict[str, str]) -> Choice | None:
    try:
        head = read_head(root / file)
    except DataError:
        return None
    if IMAGE_COLUMN not in head.columns:
        return None
    return guess_columns(head, {"image": IMAGE_COLUMN, **chosen})


register(HuggingFace())
