"""Lists of a split's images beside folders of images: `train.txt` and `test.txt`, or a table with a column of splits.

The folders say the labels, the lists who is held out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from auditor.data.files.listing import is_leftover, join, list_folder, split_suffix
from auditor.data.files.sheet import Sheet, is_list, is_table, read_head, read_sheet
from auditor.data.formats import splits
from auditor.data.problems import Problems, printable
from auditor.errors import DataError

MOST_FILES: Final = 30
MOST_FOLDERS: Final = 30
ENOUGH: Final = 0.5
"""Share of a column's values that must be images of the data set."""


@dataclass(frozen=True)
class SplitLists:
    """The splits that lists say.

    Attributes:
        splits: The split by an image's path; of two that name it the one that is held out.
        files: The lists, relative to the root.
        why: What shows the split, half a sentence.
        close: Whether the numbers of a column may as well mean something else.
    """

    splits: dict[str, int]
    files: list[str]
    why: str
    close: bool = False


class _Images:
    """The paths of a data set, found by the longest end that they share with a name."""

    def __init__(self, paths: Sequence[str]) -> None:
        self._whole = {path: path for path in paths} | {split_suffix(path)[0]: path for path in paths}
        names = Counter(path.rpartition("/")[2] for path in paths)
        stems = Counter(split_suffix(name)[0] for name in names.elements())
        self._bare = {stem: path for path in paths if stems[stem := split_suffix(path.rpartition("/")[2])[0]] == 1}
        self._bare |= {name: path for path in paths if names[name := path.rpartition("/")[2]] == 1}
        self._folders = {folder for path in paths for folder in path.split("/")[:-1]}

    def find(self, name: str) -> str | None:
        """The path that a name means, None where there is none or several are equally near."""
        rest = name.strip().replace("\\", "/").removeprefix("./")
        home, _, last = rest.rpartition("/")
        if home.rpartition("/")[2] in self._folders:  # the folder that it names is there: no other's image is meant
            last = ""
        while rest:
            if rest in self._whole:
                return self._whole[rest]
            rest = rest.partition("/")[2]
        return self._bare.get(last)


def beside(root: Path, paths: Sequence[str], problems: Problems) -> SplitLists | None:
    """Find the lists that say which of some images are held out, None where there are none.

    Args:
        root: The data set's root.
        paths: Its images, relative to it.
        problems: Where to list what is wrong with the lists that are used.
    """
    candidates = list(_files(root))
    if not candidates:
        return None
    images = _Images(paths)
    split_of: dict[str, int] = {}
    used, columns, close, wrong = [], False, False, Problems()
    for file in candidates:
        splits_by_path, doubtful = _read(root, file, images, wrong)
        if splits_by_path:
            used.append(file)
            close = close or doubtful
            columns = columns or splits.split_of(Path(file).name) is None
            for path, split in splits_by_path.items():
                split_of[path] = max(split, split_of.get(path, split))
    if not used or not any(split != splits.TRAIN for split in split_of.values()):
        return None
    problems.extend(problem for problem in wrong.freeze() if problem.file in {printable(file, 400) for file in used})
    return SplitLists(split_of, used, "a column says the split" if columns else "their names show it", close)


def _files(root: Path) -> Iterator[str]:
    top = list_folder(root, "")
    folders = sorted(name for name in top.folders if not is_leftover(name))[:MOST_FOLDERS]
    for folder, files in (("", top.files), *((each, list_folder(root, each).files) for each in folders)):
        names = sorted(name for name in files if (is_table(name) or is_list(name)) and not is_leftover(name))
        yield from (join(folder, name) for name in names[:MOST_FILES])


def _read(root: Path, file: str, images: _Images, problems: Problems) -> tuple[dict[str, int], bool]:
    """The split of each image that one list names, and whether that is doubtful; nothing where it is no such list."""
    try:
        head = read_head(root / file)
        column = _image_column(head, images)
        if column is None:
            return {}, False
        own = splits.split_of(Path(file).name)
        split_column = next((name for name in head.columns if name != column and _reading(head, name)), None)
        if own is None and split_column is None:
            return {}, False
        wanted = [column] if split_column is None or own is not None else [column, split_column]
        sheet = read_sheet(root / file, file, wanted, problems, [column])
    except DataError:
        return {}, False
    codes, doubtful = dict[str, int](), False
    if own is None and split_column is not None:
        reading = splits.reading_of(split_column, sheet.cells[split_column])
        codes, doubtful = ({}, True) if reading is None else reading
    splits_by_path: dict[str, int] = {}
    for row, name in enumerate(sheet.cells[column]):
        path = images.find(name)
        if path is not None:
            cell = "" if split_column is None or own is not None else sheet.cells[split_column][row].casefold()
            splits_by_path[path] = own if own is not None else codes.get(cell, splits.TEST if cell else splits.TRAIN)
        elif name:
            message = f"{printable(name)!r} is no image of the data set, or several have this name: it is ignored"
            problems.add(file, sheet.lines[row], "missing-image", message)
    first = images.find(column)  # a list of names without endings looks as if its first line named a column
    if own is not None and first is not None:
        splits_by_path[first] = own
    return splits_by_path, doubtful


def _reading(head: Sheet, name: str) -> bool:
    reading = splits.reading_of(name, head.cells[name])
    return reading is not None and (splits.is_named(name) or not reading[1])


def _image_column(head: Sheet, images: _Images) -> str | None:
    for name in head.columns:
        cells = [cell for cell in head.cells[name] if cell][:100]
        if cells and sum(images.find(cell) is not None for cell in cells) > ENOUGH * len(cells):
            return name
    return None
