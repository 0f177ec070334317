"""Where RAF-DB's faces lie and what they are called: `train_00001.jpg` is `train_00001_aligned.jpg` on the disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from auditor.data.listing import Listing, is_inside, join, split_suffix

IMAGE_FOLDERS = ("Image/aligned", "Image/myaligned/imgs", "Image/original/imgs", "Image/myaligned", "Image/original")
"""Where the faces may lie; of those that hold most of the named images the first is taken."""


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
    """The image of every name in one folder: str [N], '' where it has none."""
    stems = {_stem(file) for file in listing.files}
    near = (_find(root, folder, name, listing) if _stem(name) in stems or "/" in name else "" for name in names)
    return np.fromiter(near, dtype=object, count=len(names))


def _stem(name: str) -> str:
    return name.rpartition(".")[0].removesuffix("_aligned") or name


def _find(root: Path, folder: str, name: str, listing: Listing) -> str:
    usual = f"{name[:-4]}_aligned{name[-4:]}"
    if usual in listing.files:
        return f"{folder}/{usual}"
    if "/" in name or "\\" in name:
        path = root / folder / name
        return join(folder, name) if is_inside(path, root) and path.is_file() else ""
    return next((f"{folder}/{choice}" for choice in choices(name) if choice in listing.files), "")
