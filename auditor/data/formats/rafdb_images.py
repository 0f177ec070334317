"""The images of RAF-DB's lists: which folder holds them, and which file a name means.

A face of `train_00001.jpg` is called `train_00001_aligned.jpg`, and is a PNG in some copies. Names that are no file so
are matched as those of every table (`locate_images.py`), and these matches are listed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from posixpath import normpath
from typing import Final

import numpy as np
from numpy.typing import NDArray

from auditor.data.files.listing import Listing, join, leaves_root, list_folder, split_suffix
from auditor.data.formats.locate_images import Finder, Match
from auditor.data.formats.one_row import OTHER_NAME, Rows
from auditor.data.formats.reading import Reading
from auditor.data.problems import printable

IMAGE_FOLDERS: Final = (
    "Image/aligned", "Image/myaligned/imgs", "Image/original/imgs", "Image/myaligned", "Image/original", "Image",
    "aligned", "images", "imgs", "original", "",
)  # fmt: skip
"""The possible image folders; of those that hold most of the named images the first is taken."""

SAMPLE: Final = 200
"""Names by which a folder is chosen for those that are no file as written."""


def find_images(reading: Reading, rows: Rows) -> NDArray[np.object_]:
    """The image of every row: str [N], '' where it has none: then it is listed."""
    names = np.asarray(rows.names, dtype=object)
    paths, folder, listing = _in_one_folder(reading, names)
    missing = np.flatnonzero(paths == "")
    if len(missing):
        rest, home = _match(reading, rows, paths, folder, missing)
        _list_missing(reading, rows, rest, folder, listing)
        folder = home if home is not None and len(missing) == len(paths) else folder
    reading.watched.append(folder)
    reading.notes.append(f"The images come from {folder or 'its own folder'}.")
    return paths


def _in_one_folder(reading: Reading, names: NDArray[np.object_]) -> tuple[NDArray[np.object_], str, Listing]:
    """The images in the folder that holds most of them as RAF-DB calls them, that folder, and what is in it."""
    best, folder, of_best = np.full(len(names), "", dtype=object), "", Listing()
    for candidate in _folders():
        problems = reading.problems if candidate in IMAGE_FOLDERS else None
        listing = list_folder(reading.root, candidate, problems)
        if folder and not listing.files and not listing.folders:
            continue
        paths = find_all(reading.root, candidate, names, listing)
        if (paths != "").sum() > (best != "").sum() or not folder:
            best, folder, of_best = paths, candidate, listing
        if (best != "").all():
            break
    return best, folder, of_best


def _folders() -> Iterator[str]:
    """The possible folders, and those that come of unpacking an archive into a folder of its name (Image/Image)."""
    for folder in IMAGE_FOLDERS[:-1]:
        parts = folder.split("/")
        yield folder
        yield from ("/".join([*parts[: place + 1], *parts[place:]]) for place in range(len(parts)))
    yield IMAGE_FOLDERS[-1]


def _match(
    reading: Reading, rows: Rows, paths: NDArray[np.object_], folder: str, missing: NDArray[np.intp]
) -> tuple[list[int], str | None]:
    """Match the names that are no file as written; list the matches, and why another name's is none.

    Returns:
        The rows that nothing was found for, and the folder that most of the matches are in.
    """
    finder, exact = Finder(reading.root, "", reading.problems), {path: row for row, path in enumerate(paths) if path}
    finder.scope = folder if len(missing) * 2 <= len(paths) else _scope(finder, rows, missing)
    rest, homes = [], Counter[str]()
    for row in missing.tolist():
        name, split = rows.names[row], int(rows.split[row])
        kind, match = "matched-image", finder.matched(name, split, exact.keys())
        if match is None:
            kind, match = OTHER_NAME, finder.matched(name, split, frozenset())
        if match is None:
            rest.append(row)
            continue
        path = printable(match.path, 200)
        if match.rivals:
            kind, message = "ambiguous-image", f"may be {printable(' and '.join(match.rivals[:2]), 200)}"
        elif kind == OTHER_NAME:
            before = exact[match.path]
            where = f"{rows.lines[before]} of {rows.files[rows.source[before]]}"
            message = f"means {path}, which line {where} names already"
        else:
            message = f"was matched by its {_how(name, match)}: {path}"
            paths[row] = match.path
            homes[match.path.rpartition("/")[0]] += 1
        message += "" if paths[row] else ": the row is left out"
        reading.problems.add(rows.files[rows.source[row]], int(rows.lines[row]), kind, f"{printable(name)!r} {message}")
    reading.watched += homes
    return rest, max(homes, key=homes.__getitem__, default=None)


def _scope(finder: Finder, rows: Rows, missing: NDArray[np.intp]) -> str:
    """The folder in which names are matched: the faces are there in several forms, aligned and original."""
    sample = [(rows.names[row], int(rows.split[row])) for row in missing[:SAMPLE]]
    most, scope = 0, ""
    for folder in _folders():
        listing = list_folder(finder.root, folder)
        if listing.files or listing.folders:
            finder.scope = folder
            matches = [finder.matched(name, split, frozenset()) for name, split in sample]
            hits = sum(match is not None and match.path != "" for match in matches)
            most, scope = (hits, folder) if hits > most else (most, scope)
    return scope


def _how(name: str, match: Match) -> str:
    """How a name was matched; `_aligned` at the end of the file's is no other case."""
    own, theirs = (split_suffix(path.replace("\\", "/").rpartition("/")[2]) for path in (name, match.path))
    same = own[0] == theirs[0].removesuffix("_aligned") and own[1] == theirs[1]
    return "end of the path" if match.how == "case" and same else match.how


def _list_missing(reading: Reading, rows: Rows, missing: list[int], folder: str, listing: Listing) -> None:
    where = folder or "the data set's folder"
    for row in missing:
        name, kind = rows.names[row], "outside-root"
        if leaves_root(name):
            message = f"{printable(name)!r} leads out of the data set's folder"
        elif listing.outside and any(choice in listing.outside for choice in choices(name)):
            message = f"{printable(name)} is a link that leads out of the data set's folder"
        else:
            kind, message = "missing-image", f"{printable(name)} is not in {where}"
        file, line = rows.files[rows.source[row]], int(rows.lines[row])
        reading.problems.add(file, line, kind, f"{message}: the row is left out")


def choices(name: str) -> tuple[str, ...]:
    """File names an image may have: with `_aligned` or without, and as jpg or png."""
    stem, suffix = split_suffix(name)
    return tuple(
        dict.fromkeys(
            (
                f"{stem}_aligned{suffix}",
                name,
                *(f"{stem}{end}{s}" for end in ("_aligned", "") for s in (".jpg", ".png")),
            )
        )
    )


def find_all(root: Path, folder: str, names: NDArray[np.object_], listing: Listing) -> NDArray[np.object_]:
    """The image of every name in one folder, or below it where the name says so: str [N], '' where it has none."""
    files, stems = listing.files, None
    homes: dict[str, tuple[str, Listing]] = {}
    paths = np.empty(len(names), dtype=object)
    for row, name in enumerate(names):
        usual = _usual(name)
        if usual in files or (usual and name in files):
            paths[row] = join(folder, usual if usual in files else name)
            continue
        home, mark, last = name.rpartition("/")
        if mark:
            if home not in homes:
                homes[home] = _home(root, folder, home)
            below, inner = homes[home]
            paths[row] = _find(below, last, inner) if inner.files else ""
            continue
        stems = {_stem(file) for file in files} if stems is None else stems
        paths[row] = _find(folder, name, listing) if _stem(name) in stems else ""
    return paths


def _home(root: Path, folder: str, home: str) -> tuple[str, Listing]:
    """The folder that a name's own folder means in another one, and what is in it; nothing where it leads out."""
    if leaves_root(f"{home}/x"):
        return "", Listing()
    below = normpath(join(folder, home))
    below = "" if below == "." else below
    return below, list_folder(root, below)


def _find(folder: str, name: str, listing: Listing) -> str:
    return next((join(folder, choice) for choice in choices(name) if choice in listing.files), "")


def _usual(name: str) -> str:
    """The name of an aligned face, '' for a name without a usual ending."""
    return f"{name[:-4]}_aligned{name[-4:]}" if name[-4:-3] == "." and len(name) > 4 else ""


def _stem(name: str) -> str:
    stem = name.rpartition(".")[0] or name
    return stem.removesuffix("_aligned") or name
