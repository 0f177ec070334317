"""Image folders: `<root>/<class>/*` or `<root>/<split>/<class>/*`; classes in alphabetical order."""

from __future__ import annotations

import os
from pathlib import Path
from typing import ClassVar

import numpy as np

from auditor.data.dataset import SPLITS, Dataset, dataset_key
from auditor.data.files.listing import is_image, join, list_folder, list_outside, walk
from auditor.data.formats.assemble import SPLIT_CODES
from auditor.data.formats.base import Format, register
from auditor.data.problems import Problems, printable
from auditor.errors import DataError

MOST_CLASSES = 1000


class Folder(Format):
    """One folder of images a class."""

    name: ClassVar[str] = "folder"
    title: ClassVar[str] = "Image folder"

    def recognise(self, root: Path) -> float:
        """0.4 where at least two class folders hold images; looks at some folders only."""
        splits = _splits(root)
        homes = [folder for folder, _ in splits] or [""]
        classes = {
            name
            for home in homes
            for name in _visible(list_folder(root, home).folders)[:50]
            if _holds(root, home, name)
        }
        return 0.4 if len(classes) >= 2 else 0.0

    def label_files(self, root: Path) -> list[str]:
        """There is none: the folders are the labels."""
        del root
        return [""]

    def locate(self, file: Path) -> Path | None:
        """No file is a label file of this kind."""
        del file
        return None

    def load(self, root: Path, label_file: str) -> Dataset:
        """List the folders."""
        if label_file:
            raise DataError(f"an image folder has no label files: open {root} without {label_file!r}")
        problems = Problems()
        splits = _splits(root) or [("", SPLITS.index("train"))]
        rows: list[tuple[int, str, str]] = []
        watched = [""]
        for home, split in splits:
            listing = list_folder(root, home, problems)
            list_outside(home, listing, problems)
            if home or len(splits) == 1:
                _list_strays(home, listing.files, problems)
            for name in _visible(listing.folders):
                for folder, inside in walk(root, join(home, name), problems):
                    watched.append(folder)
                    rows += [(split, name, join(folder, file)) for file in sorted(inside.files) if is_image(file)]
                    _list_others(folder, inside.files, problems)
        codes = tuple(sorted({name for _, name, _ in rows}))
        if len(codes) < 2 or len(codes) > MOST_CLASSES:
            raise DataError(
                f"{root} has images in {len(codes):,} class folders: expected 2 to {MOST_CLASSES:,}, one a class"
            )
        index = {code: place for place, code in enumerate(codes)}
        paths = np.array([path for _, _, path in rows], dtype=object)
        layout = "<split>/<class>" if _splits(root) else "<class>"
        return Dataset(
            root=root,
            format=self.name,
            label_file="",
            key=dataset_key(root, self.name, ""),
            title=root.name,
            classes=tuple(printable(code.lower()) for code in codes),
            codes=codes,
            names=np.array([encodable(path) for path in paths], dtype=object),
            paths=paths,
            split=np.array([split for split, _, _ in rows], dtype=np.int8),
            labels=np.array([index[name] for _, name, _ in rows], dtype=np.int16),
            lines=np.zeros(len(rows), dtype=np.int32),
            problems=problems.freeze(),
            notes=(f"Images in folders {layout}: {len(codes)} classes in alphabetical order.",),
            watched=tuple(dict.fromkeys((*watched, *(home for home, _ in splits)))),
        )


def encodable(path: str) -> str:
    r"""A path as a name that UTF-8 can hold: bytes that are no text become '\xff'."""
    return path if path.isascii() else os.fsencode(path).decode("utf-8", "backslashreplace")


def _splits(root: Path) -> list[tuple[str, int]]:
    """Folders named after splits that hold folders themselves, train first."""
    found = [
        (name, SPLIT_CODES[name.casefold()]) for name in list_folder(root, "").folders if name.casefold() in SPLIT_CODES
    ]
    found = [(name, split) for name, split in found if not name.isdigit() and list_folder(root, name).folders]
    return sorted(found, key=lambda pair: (pair[1], pair[0]))


def _visible(folders: list[str]) -> list[str]:
    return sorted(name for name in folders if not name.startswith((".", "__")))


def _holds(root: Path, home: str, name: str) -> bool:
    return any(map(is_image, list_folder(root, join(home, name)).files))


def _list_strays(folder: str, files: set[str], problems: Problems) -> None:
    for file in sorted(filter(is_image, files)):
        message = "the image lies beside the class folders and has no label: it is left out"
        problems.add(join(folder, file), None, "stray-image", message)


def _list_others(folder: str, files: set[str], problems: Problems) -> None:
    for file in sorted(files):
        if not is_image(file) and not file.startswith(".") and file not in ("Thumbs.db", "desktop.ini"):
            problems.add(
                join(folder, file), None, "not-an-image", "the file is not an image by its name: it is left out"
            )


register(Folder())
