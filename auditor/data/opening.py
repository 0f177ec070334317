"""Open a data set: recognise what a path is, and read it through its format."""

from __future__ import annotations

from pathlib import Path

from auditor.data.dataset import Dataset
from auditor.data.formats.base import Format, formats, get_format
from auditor.errors import DataError

SURE = 0.2
"""The least confidence at which a format is taken without being named."""


def recognise(root: Path) -> list[tuple[float, Format]]:
    """The formats a folder may be of, the most likely first, with their confidence in (0, 1]."""
    found = [(_confidence(format, root), format) for format in formats()]
    return sorted((pair for pair in found if pair[0] > 0), key=lambda pair: (-pair[0], pair[1].name))


def _confidence(format: Format, root: Path) -> float:
    """A folder that cannot be looked into is of no kind; opening it says why."""
    try:
        return format.recognise(root)
    except (DataError, OSError):
        return 0.0


def locate(path: str | Path, format: str | None = None) -> tuple[Path, Format, str | None]:
    """Find out what a path is.

    Args:
        path: a folder or a label file.
        format: its format's name, where the user knows better.

    Returns:
        The resolved root, the format, and the label file where `path` is one.

    Raises:
        DataError: where there is nothing, or nothing that is recognised.
    """
    try:
        where = Path(path).expanduser().resolve()
        exists, is_folder = where.exists(), where.is_dir()
    except (OSError, RuntimeError, ValueError) as error:
        raise DataError(f"{path} cannot be opened ({error}): give a folder or a label file") from error
    if not exists:
        raise DataError(f"{where} does not exist: give the folder of a data set or one of its label files")
    return _locate_folder(where, format) if is_folder else _locate_file(where, format)


def _locate_folder(root: Path, format: str | None) -> tuple[Path, Format, str | None]:
    if format is not None:
        return root, get_format(format), None
    found = recognise(root)
    if not found or found[0][0] < SURE:
        nested = _nested(root)
        if nested is not None:
            return nested
        raise DataError(
            f"nothing in {root} is a data set that is known: expected a folder with label files (RAF-DB, AffectNet, "
            "FER+, CIFAR-10), a table with an image column, or one folder of images a class"
        )
    return root, found[0][1], None


def _nested(root: Path) -> tuple[Path, Format, str | None] | None:
    """The data set a folder just above or just below the real root means ('basic/', 'EmoLabel/')."""
    try:
        below = [entry for entry in sorted(root.iterdir()) if entry.is_dir() and not entry.is_symlink()][:20]
    except OSError as error:
        raise DataError(f"{root} cannot be read ({error.strerror}): check that you may read it") from error
    for candidate in (*below, root.parent):
        found = recognise(candidate)
        if found and found[0][0] >= 0.9:
            return candidate, found[0][1], None
    return None


def _locate_file(file: Path, format: str | None) -> tuple[Path, Format, str | None]:
    candidates = [get_format(format)] if format is not None else list(formats())
    found = []
    for candidate in candidates:
        root = candidate.locate(file)
        if root is not None:
            found.append((_confidence(candidate, root), candidate, root))
    if not found:
        raise DataError(
            f"{file} is not a label file that is known: expected a list of names and labels or a table with an image "
            "and a label column; give the data set's folder, or name the format"
        )
    _, best, root = max(found, key=lambda entry: entry[0])
    return root, best, str(file.relative_to(root))


def list_label_files(path: str | Path, format: str | None = None) -> list[str]:
    """The label files of a data set that can be audited; the first is the default."""
    root, found, label_file = locate(path, format)
    files = found.label_files(root)
    if label_file is None:
        return files
    return [label_file, *(name for name in files if name != label_file)]


def open_dataset(
    path: str | Path, *, label_file: str | None = None, format: str | None = None, cache: Path | None = None
) -> Dataset:
    """Open a data set.

    Args:
        path: its folder, or one of its label files.
        label_file: which labels are audited, where the data set has several; the default is the first of
            `list_label_files`.
        format: a format's name, where the recognised one is wrong.
        cache: the workspace's cache folder: a data set that was opened before and has not changed since is taken
            from its index there.

    Raises:
        DataError: one sentence, where nothing can be used.
    """
    root, found, located = locate(path, format)
    if label_file is None:
        files = found.label_files(root)
        if located is None and not files:
            raise DataError(f"{root} has no label file of the form {found.title} expects")
        label_file = located or files[0]
    elif label_file:
        label_file = found.resolve_label_file(root, label_file)
    if cache is None:
        return found.load(root, label_file)
    from auditor.data import index

    return index.load(cache, root, found.name, label_file, lambda: found.load(root, label_file))
