"""What a script holds, written to the workspace, so that any process can open it as a data set.

The images of a data frame stay where they are: only a table of their paths and labels is written. A data set of the
Hugging Face library is saved with its images.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from auditor import writing
from auditor.data.formats.selection import NONE, Selection
from auditor.errors import DataError
from auditor.plural import counted

if TYPE_CHECKING:
    import pandas as pd


def write_frame(
    frame: pd.DataFrame, folder: Path, *, image: str, label: str, split: str | None = None
) -> tuple[Path, str]:
    """Write the labels of a data frame as a table that `open_dataset` takes.

    The file is named after its images. The same images with other labels are the same data set, whose decisions
    stand; other images never meet them.

    Args:
        frame: One row an image.
        folder: Where the table goes; made where it is not there.
        image: The column of image files, absolute or relative to the current folder.
        label: The column of labels, numbers or words.
        split: The column that says train, valid or test; all images are for training where it is left out.

    Returns:
        The folder that holds all images, and the label file, whose image paths are relative to that folder.

    Raises:
        DataError: A column or every row is missing, two rows are of one image, or the table cannot be written.
    """
    columns = {"image": image, "label": label} | ({"split": split} if split else {})
    missing = [name for name in columns.values() if name not in frame.columns]
    if missing:
        existing = ", ".join(map(str, frame.columns[:20]))
        raise DataError(f"The data frame has no column {', '.join(map(repr, missing))}; its columns are {existing}.")
    if not len(frame):
        raise DataError("The data frame has no rows; give one row for each image.")
    if frame[image].isna().any():
        raise DataError(
            f"The column {image!r} has no image in {counted(int(frame[image].isna().sum()), 'row')}; leave them out."
        )
    # As the file system spells them, without following a link: a linked image is in the folder where its link is.
    files = [Path(os.path.abspath(Path(str(name)).expanduser())) for name in frame[image]]  # noqa: PTH100 - see above
    root = Path(os.path.commonpath([file.parent for file in files]))
    table = frame[list(columns.values())].set_axis(list(columns), axis="columns")
    table = table.assign(image=[file.relative_to(root).as_posix() for file in files])
    if table["image"].duplicated().any():
        twice = table.loc[table["image"].duplicated(), "image"].iloc[0]
        raise DataError(f"Two rows are of the image {twice}; give each image one row.")
    names = hashlib.sha256("\0".join([str(root), *sorted(table["image"])]).encode("utf-8", "surrogateescape"))
    file = folder / f"{names.hexdigest()[:12]}.csv"
    _write(table, file)
    return root, str(Selection(str(file), {"split": NONE} | {role: role for role in columns}))


def _write(table: pd.DataFrame, file: Path) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        writing.write_text(file, table.to_csv(index=False, lineterminator="\n"))
    except OSError as error:
        raise DataError(f"The labels cannot be written to {file} ({error.strerror}); free some space.") from error


def save_dataset(dataset: Any, folder: Path) -> Path:
    """Save a data set of the library `datasets` with its images, and return where it is.

    The place is named after the images: the same images with other labels are the same data set, whose decisions
    stand, and their labels are written anew.

    Args:
        dataset: A Dataset or a DatasetDict; only what both are known to offer is used.
        folder: Where it goes.

    Raises:
        DataError: It is no such data set, has no column of images, or cannot be written.
    """
    if not hasattr(dataset, "save_to_disk"):
        raise DataError(
            f"A {type(dataset).__name__} cannot be saved; give a Dataset or a DatasetDict of the library datasets "
            "(of a streamed one, what you audit of it, by Dataset.from_list)."
        )
    parts = dict(dataset.items()) if hasattr(dataset, "items") else {"": dataset}
    root = folder / f"hf-{_digest(parts)}"
    aside = folder / f".{root.name}-{secrets.token_hex(4)}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        dataset.save_to_disk(str(aside))
        if root.exists():
            shutil.rmtree(root)
        aside.rename(root)
    except (OSError, ValueError, TypeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise DataError(
            f"The data set cannot be saved to {root} ({reason}); check its columns and the disk."
        ) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return root


def _digest(parts: dict[str, Any]) -> str:
    """A name for the images of some splits, by their bytes or, where they have none, their paths."""
    digest = hashlib.sha256()
    for split, part in sorted(parts.items()):
        image = next((name for name, feature in part.features.items() if type(feature).__name__ == "Image"), None)
        if image is None:
            listed = ", ".join(part.features) or "none"
            raise DataError(f"The data set has the columns {listed}, expected one of images; cast it to Image().")
        digest.update(f"{split}\0{len(part)}\0".encode())
        for batch in part.select_columns([image]).with_format("arrow").iter(1000):
            for cell in batch[image].to_pylist():
                content = (cell.get("bytes") or str(cell.get("path")).encode()) if isinstance(cell, dict) else b""
                digest.update(hashlib.sha256(content).digest())
    return digest.hexdigest()[:12]
