"""Open a data set: recognise what a path is, and read it through its format; a doubtful guess is noted as a choice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np

from auditor.config import DatasetRef
from auditor.data import content
from auditor.data.dataset import Choice, Dataset
from auditor.data.files.listing import is_image, is_inside, is_leftover, one_look
from auditor.data.formats.base import UNLIKE, Format, Likeness, formats, get_format
from auditor.data.formats.emotions import is_emotion
from auditor.data.formats.selection import OPTIONS, Selection
from auditor.data.formats.splits import split_of
from auditor.data.problems import printable
from auditor.errors import DataError
from auditor.plural import counted

SURE = 0.2
"""The least confidence at which a format is taken without being named."""

LIKELY = 0.4
"""The least confidence at which a folder below the one that was named is taken for it."""

CERTAIN = 0.9
"""The confidence of a format that cannot be mistaken."""

NEAR = 0.15
"""A second format whose confidence is less than this below the first one's is about as likely."""

DEEPEST = 2
"""Levels below the named folder at which a data set is looked for."""

MOST_FOLDERS = 40
"""Folders of one level that are looked into."""


@dataclass(frozen=True)
class Candidate:
    """A format that a folder may be of."""

    format: Format
    likeness: Likeness

    @property
    def confidence(self) -> float:
        """In (0, 1]."""
        return self.likeness.confidence


@one_look()
def recognise(root: Path) -> list[Candidate]:
    """The formats a folder may be of, the most likely first."""
    candidates = [Candidate(format, _likeness(format, root)) for format in formats()]
    return sorted(
        (each for each in candidates if each.confidence > 0), key=lambda each: (-each.confidence, each.format.name)
    )


def _likeness(format: Format, root: Path) -> Likeness:
    """Return how likely a folder is of a format; 0 for one that cannot be read (opening it gives the reason)."""
    try:
        return format.recognise(root)
    except (DataError, OSError):
        return UNLIKE


@one_look()
def locate(path: str | Path, format: str | None = None) -> tuple[Path, Format, str | None]:
    """Find the root, the format and the label file of a path.

    Args:
        path: A folder or a label file.
        format: Its format's name, where the user knows better.

    Returns:
        The resolved root, the format, and the label file where `path` is one.

    Raises:
        DataError: There is nothing, or nothing that is recognised.
    """
    try:
        where = Path(path).expanduser().resolve()
        exists, is_folder = where.exists(), where.is_dir()
    except (OSError, RuntimeError, ValueError) as error:
        raise DataError(f"The path {path} cannot be opened ({error}); give a folder or a label file.") from error
    if not exists:
        raise DataError(f"The path {where} does not exist; give the folder of a data set or one of its label files.")
    return _locate_folder(where, format) if is_folder else _locate_file(where, format)


def _locate_folder(root: Path, format: str | None) -> tuple[Path, Format, str | None]:
    if format is not None:
        reader = get_format(format)
        below = None if _likeness(reader, root).confidence else _below(root, [reader])
        return below or root, reader, None
    candidates = recognise(root)
    if candidates and candidates[0].likeness.lacks and (above := _above(root)) is not None:
        return *above, None  # a folder of lists, whose images are beside it
    if candidates and candidates[0].confidence >= SURE:
        inner = _surer_below(root) if candidates[0].format.name == "folder" else None
        return (inner, recognise(inner)[0].format, None) if inner is not None else (root, candidates[0].format, None)
    linked = _linked(root)
    if linked is not None:
        return _locate_folder(linked, None)
    below = _below(root, formats())
    if below is not None:
        return below, recognise(below)[0].format, None
    above = _above(root)
    if above is not None:
        return *above, None
    raise DataError(_refusal(root))


def _above(root: Path) -> tuple[Path, Format] | None:
    """The data set that a folder belongs to, also where an archive was unpacked into a folder of its name."""
    for inner in (root, root.parent):
        if inner.name != root.name:
            break
        known = [format for format in formats() if inner.name in format.folders]
        rated = [(_likeness(format, inner.parent).confidence, format) for format in known]
        confidence, format = max(rated, key=lambda pair: pair[0], default=(0.0, None))
        if format is not None and confidence >= CERTAIN:
            return inner.parent, format
    return None


def _below(root: Path, readers: Sequence[Format]) -> Path | None:
    """Return the only data set one or two folders below `root`.

    Raises:
        DataError: Several lie there, or the folder cannot be read.
    """
    level = [root]
    for _ in range(DEEPEST):
        level = [folder for each in level for folder in _folders(each)][:MOST_FOLDERS]
        rated = [
            (max((_likeness(format, folder).confidence for format in readers), default=0.0), folder) for folder in level
        ]
        best = max((confidence for confidence, _ in rated), default=0.0)
        folders = [folder for confidence, folder in rated if confidence == best]
        if best >= LIKELY and len(folders) == 1:
            return folders[0]
        if best >= LIKELY:
            named = ", ".join(printable(str(folder.relative_to(root))) for folder in folders[:6])
            raise DataError(f"The folder {root} holds {counted(len(folders), 'data set')} ({named}); open one of them.")
    return None


def _surer_below(root: Path) -> Path | None:
    """The one data set in a folder of a folder whose folders look like classes, where it is beyond doubt.

    Raises:
        DataError: Several lie there.
    """
    folders = [folder for folder in _folders(root) if not folder.name.isdecimal()][:MOST_FOLDERS]
    if any(is_emotion(folder.name) or split_of(folder.name) is not None for folder in folders):
        return None
    certain = [format for format in formats() if format.name not in ("folder", "filenames", "table")]
    inner = [folder for folder in folders if any(_likeness(format, folder).confidence >= CERTAIN for format in certain)]
    if len(inner) > 1:
        named = ", ".join(printable(folder.name) for folder in inner[:6])
        raise DataError(f"The folder {root} holds {counted(len(inner), 'data set')} ({named}); open one of them.")
    return inner[0] if inner else None


def _folders(root: Path) -> list[Path]:
    try:
        entries = sorted(root.iterdir())
    except OSError as error:
        raise DataError(f"The folder {root} cannot be read ({error.strerror}); check that you may read it.") from error
    return [entry for entry in entries if entry.is_dir() and not entry.is_symlink() and not is_leftover(entry.name)]


def _linked(root: Path) -> Path | None:
    """Return the folder that a folder of links stands for: its entries link to all of that folder's folders.

    Links that were copied as text (Git does so where links are not allowed) count as links.
    """
    targets = {}
    for entry in sorted(root.iterdir())[:1000]:
        target = None if is_leftover(entry.name) else _target(entry)
        if target is not None:
            targets[entry.name] = target
        elif not is_leftover(entry.name) and (entry.is_dir() or is_image(entry.name)):
            return None
    homes = {target.parent for target in targets.values()}
    if len(targets) < 2 or len(homes) != 1:
        return None
    home = homes.pop()
    same = all(name == target.name for name, target in targets.items())
    return home if same and {folder.name for folder in _folders(home)} == set(targets) else None


def _target(entry: Path) -> Path | None:
    """The folder that a link leads to, be it one that was copied as a line of text."""
    try:
        if entry.is_symlink():
            target = entry.resolve()
        elif entry.is_file() and entry.stat().st_size < 1024:
            text = entry.read_text("utf-8").strip()
            if "/" not in text or "\n" in text or "\0" in text:
                return None
            target = (entry.parent / text).resolve()
        else:
            return None
        return target if target.is_dir() else None
    except (OSError, ValueError, RuntimeError):
        return None


def _refusal(root: Path) -> str:
    """Why a folder is no data set: what is in it, which format came nearest and what it lacks, and what to do."""
    holds = _holds(root)
    near = [Candidate(format, _likeness(format, root)) for format in formats()]
    near = [each for each in near if each.likeness.lacks or each.likeness.reason]
    near.sort(key=lambda each: (each.confidence, bool(each.likeness.lacks)), reverse=True)
    advice = "expected a folder of images for each class, a table with an image and a label column, or a known data set"
    if near:
        forms = [
            f"{each.format.name!r}: {each.likeness.reason}"
            + (f", and lacks {lacks}" if (lacks := each.likeness.lacks) else "")
            for each in near[:2]
        ]
        advice = f"it is nearest to {'; and to '.join(forms)}; 'inspect --help' names the options that choose"
    return f"Nothing in {root} is a known data set: it holds {holds}; {advice}{_first_do(root)}."


_TO_DO: Final = {
    "unpack it": (".zip", ".tar", ".tgz", ".tar.gz", ".7z", ".rar", ".bz2", ".xz", ".zst"),
    "save its sheet as CSV": (".xlsx", ".xls", ".xlsm", ".ods", ".numbers"),
    "write its images as files and its labels as CSV": (
        ".npy", ".npz", ".mat", ".h5", ".hdf5", ".tfrecord", ".tfrecords", ".mdb", ".pkl", ".pickle", ".pt", ".xml",
    ),
}  # fmt: skip
"""What makes a file readable that no format reads, by the endings of such files."""


def _first_do(root: Path) -> str:
    """What to do first with a file that may be the data set in a form that is not read; '' where there is none."""
    names = sorted(entry.name for entry in islice(root.iterdir(), 5000) if not is_leftover(entry.name))
    for what, endings in _TO_DO.items():
        file = next((name for name in names if name.lower().endswith(endings)), None)
        if file is not None:
            return f"; {printable(file)} is not read as it is: {what} first"
    return ""


def _holds(root: Path) -> str:
    """What is in a folder, in words: '3 images, 2 tables and 2 folders (train, test)'."""
    try:
        entries = [entry for entry in sorted(root.iterdir()) if not is_leftover(entry.name)][:5000]
    except OSError as error:
        raise DataError(f"The folder {root} cannot be read ({error.strerror}); check that you may read it.") from error
    folders = [entry.name for entry in entries if entry.is_dir()]
    links = [entry.name for entry in entries if entry.is_symlink() and not is_inside(entry, root)]
    links += [entry.name for entry in entries if not entry.is_dir() and _target(entry) is not None]
    images = sum(is_image(entry.name) for entry in entries)
    others = [entry.name for entry in entries if entry.name not in folders and not is_image(entry.name)]
    words = [counted(images, "image")] if images else []
    words += [_named([name for name in others if name not in links], "other file")] if others else []
    words += [_named(folders, "folder")] if folders else []
    words += (
        [_named(links, "link that leads out of it or nowhere", "links that lead out of it or nowhere")] if links else []
    )
    return ", ".join(word for word in words if word) or "nothing"


def _named(names: Sequence[str], what: str, more: str = "") -> str:
    if not names:
        return ""
    examples = ", ".join(printable(name) for name in names[:3]) + (", …" if len(names) > 3 else "")
    return f"{counted(len(names), what, more)} ({examples})"


def _locate_file(file: Path, format: str | None) -> tuple[Path, Format, str | None]:
    candidates = [get_format(format)] if format is not None else list(formats())
    fitting = []
    for candidate in candidates:
        root = candidate.locate(file)
        if root is not None:
            fitting.append((_likeness(candidate, root).confidence, candidate, root))
    if not fitting:
        raise DataError(
            f"The file {file} is not a label file of a known format: expected a list of names and labels, or a table "
            "with an image and a label column; give the data set's folder, or name the format."
        )
    _, best, root = max(fitting, key=lambda entry: entry[0])
    return root, best, file.relative_to(root).as_posix()


def list_label_files(path: str | Path, format: str | None = None) -> list[str]:
    """The label files of a data set that can be audited; the first is the default."""
    root, reader, label_file = locate(path, format)
    files = reader.label_files(root)
    if label_file is None:
        return files
    return [label_file, *(name for name in files if name != label_file)]


def open_dataset(
    path: str | Path,
    *,
    label_file: str | None = None,
    format: str | None = None,
    cache: Path | None = None,
    chosen: Mapping[str, str] | None = None,
) -> Dataset:
    """Open a data set.

    Args:
        path: Its folder, or one of its label files.
        label_file: Which labels are audited, where the data set has several; the default is the first of
            `list_label_files`.
        format: A format's name, where the recognised one is wrong.
        cache: The workspace's cache folder: a data set that was opened before and has not changed since is taken
            from its index there.
        chosen: What a person chose by role, such as label -> the label column; see `Format.roles`.

    Raises:
        DataError: Nothing can be used.
    """
    root, reader, located = locate(path, format)
    if label_file is None:
        files = reader.label_files(root)
        if located is None and not files:
            raise DataError(
                f"The folder {root} has no label file as {reader.title} has; name the label file or the format."
            )
        label_file = located or files[0]
    elif label_file:
        label_file = reader.resolve_label_file(root, label_file)
    if chosen:
        label_file = _choosing(reader, root, label_file, chosen)
    if cache is None:
        return _read(reader, root, label_file)
    from auditor.data import index

    return index.load(cache, root, reader.name, label_file, lambda: _read(reader, root, label_file))


def reopen(reference: DatasetRef, cache: Path | None = None) -> Dataset:
    """Open the data set of a run again, under the key that it had when the run was made.

    Raises:
        DataError: Nothing can be used.
    """
    label_file = reference.label_file or None
    dataset = open_dataset(reference.root, label_file=label_file, format=reference.format, cache=cache)
    return replace(dataset, key=reference.key)


def _choosing(format: Format, root: Path, label_file: str, chosen: Mapping[str, str]) -> str:
    """A label file with what a person chose.

    Raises:
        DataError: The format has no such choice.
    """
    for role in chosen:
        if role not in format.roles:
            options = ", ".join(OPTIONS[each] for each in format.roles if each in OPTIONS) or "none of these options"
            raise DataError(
                f"The option {OPTIONS.get(role, role)} does not go with the format {format.name!r}; it has {options}."
            )
    return str(Selection.parse(label_file, root).choosing(**chosen))


@one_look(anew=True)  # an index counts from the moment that reading began
def _read(format: Format, root: Path, label_file: str) -> Dataset:
    """Read a data set, and note which other formats it might be of."""
    dataset = format.load(root, label_file)
    candidates = recognise(root)
    own = next((each.likeness for each in candidates if each.format.name == format.name), UNLIKE)
    others = [each for each in candidates if each.format.name != format.name and each.confidence >= SURE]
    close = bool(others) and others[0].confidence > own.confidence - NEAR and not _agrees(dataset)
    names = tuple(each.format.name for each in others)
    choice = Choice("format", format.name, own.reason or "it was named", names, close, "format")
    return content.indexed(replace(dataset, choices=(choice, *dataset.choices)))


def _agrees(dataset: Dataset) -> bool:
    """Whether every image is in a folder named after its label: table and folders agree."""
    names = np.array([name.casefold() for name in dataset.codes], dtype=object)[dataset.labels]
    folders = (path.rpartition("/")[0].rpartition("/")[2].casefold() for path in dataset.paths)
    return all(folder == name for folder, name in zip(folders, names, strict=True))
