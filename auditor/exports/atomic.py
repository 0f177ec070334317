"""Write files atomically: they appear complete or not at all, and never replace one of the user's own."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from auditor import writing
from auditor.custody import leftovers, private
from auditor.custody.held import held
from auditor.data.dataset import Dataset
from auditor.errors import ExportError
from auditor.exports import places


def check_target(dataset: Dataset, out: str | Path) -> Path:
    """Check that an export may be written here: a new file, or an older export outside the data set's folder.

    Returns:
        The absolute path.

    Raises:
        ExportError: It is one of the data set's own files, or an existing file in a folder of the user.
    """
    path = Path(out).expanduser().absolute()
    own = [dataset.root / source for source in dataset.sources]
    if any(_same(path, source) for source in own):
        raise ExportError(
            f"The file {path} is the data set's own label file, which is never written to; choose another name."
        )
    if os.path.lexists(path) and _real(path.parent).is_relative_to(dataset.root):
        raise ExportError(f"The file {path} exists already and belongs to the data set; choose a new name.")
    return path


def write_file(path: Path, data: bytes) -> Path:
    """Write a temporary file, flush it to the disk, and rename it into place.

    Raises:
        ExportError: It cannot be written, or it would replace somebody's file (see places.py), which stays.
    """
    if path.is_dir():
        raise ExportError(f"The path {path} is a folder; name a file.")
    places.check(path, data)
    try:
        _make_home(path)
        with writing.replacing(path, sync=True) as aside, aside.open("xb") as file, held(aside):
            file.write(data)
        places.remember(path, data)
    except OSError as error:
        raise _failed(path, error) from error
    return path


@contextlib.contextmanager
def new_folder(dataset: Dataset, out: Path) -> Iterator[Path]:
    """Yield a folder to fill; leaving without an error renames it to `out`, which must not exist or be empty.

    Raises:
        ExportError: `out` is not empty, is inside the data set, or cannot be written.
    """
    target = out.expanduser().absolute()
    if _real(target).is_relative_to(dataset.root):
        raise ExportError(f"The folder {target} is inside the data set's folder; choose a folder elsewhere.")
    places.check(target)
    try:
        if os.path.lexists(target) and (not target.is_dir() or any(target.iterdir())):
            raise ExportError(f"The folder {target} exists already and is not empty; choose a new folder.")
        _make_home(target)
        aside = target.with_name(f".{target.name[:200]}.{secrets.token_hex(4)}.part")
        aside.mkdir()
    except OSError as error:
        raise _failed(target, error) from error
    try:
        with held(aside), places.filling():
            yield aside
            if target.is_dir():
                target.rmdir()
            if places.leaves_workspace(target):
                private.hand_out(aside)
            aside.rename(target)
    except OSError as error:
        raise _failed(target, error) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _make_home(path: Path) -> None:
    """Create a file's parent folders, with the permissions of the folder that they are in."""
    leftovers.sweep_beside(path)
    missing = [folder for folder in path.parents if not folder.exists()]
    path.parent.mkdir(parents=True, exist_ok=True)
    if places.leaves_workspace(path):
        for folder in missing:
            folder.chmod(0o777 & ~private.mask())


def _failed(path: Path, error: OSError) -> ExportError:
    reason = error.strerror or error
    return ExportError(f"The export {path} cannot be written ({reason}); name a place you may write to that has room.")


def _real(path: Path) -> Path:
    return path.resolve()


def _same(path: Path, other: Path) -> bool:
    """Return whether two paths are the same file, through symbolic or hard links."""
    try:
        return path.resolve() == other.resolve() or path.samefile(other)
    except OSError:
        return False
