"""The corrected data set as a new folder tree, `<out>/<split>/<class>/<image>`, of copies or links.

The user's files are never moved. Excluded images are left out.
"""

from __future__ import annotations

import os
import re
import shutil
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path

import numpy as np

from auditor.data.dataset import SPLITS, Dataset
from auditor.data.formats.base import format_of
from auditor.data.formats.classes import label_key
from auditor.data.images.cache import read_encoded
from auditor.data.problems import printable
from auditor.errors import ExportError, ImageError, finding
from auditor.exports.atomic import new_folder
from auditor.exports.preview import Preview

Progress = Callable[[int, int, str], None]
LINKS = ("copy", "symlink", "hardlink")


def write(
    dataset: Dataset, decisions: Preview, out: str | Path, *, link: str = "copy", progress: Progress | None = None
) -> Path:
    """Write the tree, completely or not at all.

    Args:
        dataset: The source.
        decisions: The annotators' decisions.
        out: A new folder outside the data set's.
        link: 'copy', 'symlink' or 'hardlink' (images inside an archive are always written out).
        progress: Called as `progress(done, total, text)`.

    Raises:
        ExportError: It cannot be written; an image that cannot be read is named.
    """
    if link not in LINKS:
        raise ExportError(f"A folder cannot be made by {link!r}; choose one of {', '.join(LINKS)}.")
    keep = np.ones(len(dataset), dtype=np.bool_)
    keep[[change.row for change in decisions.excluded]] = False
    folders = _Folders(dataset)
    several = len(np.unique(dataset.split)) > 1
    rows = np.flatnonzero(keep)
    target = Path(out).expanduser().absolute()
    with new_folder(dataset, target) as folder:
        used: set[str] = set()
        for done, row in enumerate(rows, 1):
            home = folders.of(int(row), int(decisions.labels[row]))
            home = f"{SPLITS[dataset.split[row]]}/{home}" if several else home
            (folder / home).mkdir(parents=True, exist_ok=True)
            _place(dataset, int(row), folder / home / _free_name(dataset, int(row), home, used), link)
            if progress is not None and (done % 100 == 0 or done == len(rows)):
                progress(done, len(rows), "writing the tree")
    return target


class _Folders:
    """The folder of each class: the source's own, in its spelling, where its labels are folders; else the class name.

    A source may spell a class in several ways ('Happy' in train, 'HAPPY' in test): an image whose label stays keeps its
    folder's spelling, another one gets the usual spelling of its split.
    """

    def __init__(self, dataset: Dataset) -> None:
        form = format_of(dataset.format)
        by_folder = form is not None and form.class_folders
        names = dataset.codes if by_folder else dataset.classes
        safe = [re.sub(r"[/\\:\0]", "_", name).strip(". ") or f"class_{index}" for index, name in enumerate(names)]
        self._names = [name if safe.count(name) == 1 else f"{name}_{index}" for index, name in enumerate(safe)]
        self._dataset = dataset
        self._own: dict[int, str] = {}
        usual: defaultdict[tuple[int, int], Counter[str]] = defaultdict(Counter)
        if by_folder:
            keys = [label_key(code) or code for code in dataset.codes]
            for row, path in enumerate(dataset.paths):
                label = int(dataset.labels[row])
                own = next((part for part in path.split("/")[:-1] if (label_key(part) or part) == keys[label]), None)
                if own is not None:
                    self._own[row] = own
                    usual[int(dataset.split[row]), label][own] += 1
        self._usual = {place: spellings.most_common(1)[0][0] for place, spellings in usual.items()}

    def of(self, row: int, label: int) -> str:
        """Return the folder of an image with this label."""
        if label == int(self._dataset.labels[row]) and row in self._own:
            return self._own[row]
        return self._usual.get((int(self._dataset.split[row]), label), self._names[label])


def _free_name(dataset: Dataset, row: int, home: str, used: set[str]) -> str:
    """Return the image's file name, with its row added where another image of the class has that name already."""
    base = Path(dataset.paths[row] or f"{dataset.names[row]}.png").name.replace("\0", "_")
    if not dataset.paths[row]:
        base = base.replace(".png.png", ".png")
    name = base if f"{home}/{base}".casefold() not in used else f"{Path(base).stem}-{row}{Path(base).suffix}"
    used.add(f"{home}/{name}".casefold())
    return name


def _place(dataset: Dataset, row: int, target: Path, link: str) -> None:
    source = dataset.root / dataset.paths[row]
    if dataset.paths[row] and not source.is_file():
        raise ExportError(
            f"The image {printable(dataset.paths[row])} is not in the data set's folder any more, so the tree was not "
            "written; open the data set again."
        )
    try:
        if not dataset.paths[row]:
            target.write_bytes(read_encoded(dataset, row))
        elif not source.resolve().is_relative_to(dataset.root):
            raise ExportError(
                f"The image {dataset.paths[row]} is a link that leads out of the data set, so the tree was not "
                "written; put the image itself there."
            )
        elif link == "symlink":
            target.symlink_to(source.resolve())
        elif link == "hardlink":
            os.link(source.resolve(), target)
        else:
            shutil.copyfile(source, target)
    except ImageError as error:
        raise ExportError(
            f"The tree was not written, because {finding(error)}; repair the image or leave it out."
        ) from error
