"""Read a file of probabilities or features: npy, npz, CSV or Parquet."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from auditor.errors import DataError
from auditor.plural import counted

if TYPE_CHECKING:
    import pandas as pd

FloatArray = NDArray[np.float32]

NAMES = ("names", "images", "image", "name", "file", "path")
"""What the image names are called: an array of an npz file, or a column of a table."""

VALUES = {"probs": ("probs", "probabilities", "logits"), "embedding": ("embedding", "embeddings", "features")}
"""What the array in an npz file is called, by what it is wanted as."""

FORMATS = ".npy, .npz, .csv or .parquet"


@dataclass(frozen=True, eq=False)
class Values:
    """One row of numbers an image, as a file or a script holds them.

    Attributes:
        array: float32 [N, K]; NaN where the model has nothing to say.
        source: The file's name, for messages.
        names: The image of each row, or None where the file does not name them.
        columns: What each number is of, or None.
        logits: Whether the file itself says that these are logits.
    """

    array: FloatArray
    source: str
    names: tuple[str, ...] | None = None
    columns: tuple[str, ...] | None = None
    logits: bool = False

    def __post_init__(self) -> None:
        """Refuse what is not one row of numbers an image.

        Raises:
            DataError: Names the shape that was found.
        """
        if self.array.ndim != 2 or not self.array.shape[1]:
            shape = list(self.array.shape)
            raise DataError(
                f"The array in {self.source} has shape {shape}, expected [images, numbers]; give one row an image."
            )
        for what, listed, wanted in (("image names", self.names, 0), ("columns", self.columns, 1)):
            if listed is not None and len(listed) != self.array.shape[wanted]:
                raise DataError(
                    f"There are {len(listed):,} {what} in {self.source} and an array of shape "
                    f"{list(self.array.shape)}; give one for each."
                )


def read(path: str | Path, what: str) -> Values:
    """Read a file of numbers.

    Args:
        path: An npy file; an npz file with an array `probs` (or `logits`) or `embedding`, and `names` and `classes`
            where it names images and classes; or a table (CSV, Parquet) with a column of images.
        what: 'probs' or 'embedding'.

    Raises:
        DataError: It is missing, damaged, of another form, or holds something else than numbers.
    """
    file = Path(path).expanduser()
    readers = {".npy": _npy, ".npz": _npz, ".csv": _csv, ".parquet": _parquet}
    reader = readers.get(file.suffix.lower())
    if reader is None:
        raise DataError(f"The file {file} is no file of numbers that can be read; give {FORMATS}.")
    if not file.is_file():
        raise DataError(f"There is no file {file}; check the path.")
    try:
        return reader(file, what)
    except DataError:
        raise
    except (OSError, ValueError, KeyError, BadZipFile, EOFError, UnicodeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise DataError(
            f"The file {file} cannot be read as numbers ({reason}); write it again as {FORMATS}."
        ) from error


def _npy(file: Path, what: str) -> Values:
    del what
    return Values(_floats(np.load(file, allow_pickle=False), file.name), file.name)


def _npz(file: Path, what: str) -> Values:
    with np.load(file, allow_pickle=False) as arrays:
        key = next((name for name in VALUES[what] if name in arrays), None)
        if key is None and len(arrays.files) == 1:
            key = arrays.files[0]
        if key is None:
            raise DataError(f"The file {file} holds {', '.join(arrays.files)}; name its array {VALUES[what][0]}.")
        named = next((name for name in NAMES if name in arrays), None)
        names = None if named is None else _texts(arrays[named])
        classes = _texts(arrays["classes"]) if "classes" in arrays and what == "probs" else None
        return Values(_floats(arrays[key], file.name), file.name, names, classes, key == "logits")


def _csv(file: Path, what: str) -> Values:
    import pandas as pd

    header = list(pd.read_csv(file, nrows=0).columns)
    image = _image_column(header, file)
    return from_table(pd.read_csv(file, dtype={image: str}, keep_default_na=True), what, file.name, image)


def _parquet(file: Path, what: str) -> Values:
    import pandas as pd

    table = pd.read_parquet(file)
    return from_table(table, what, file.name, _image_column(list(table.columns), file))


def _image_column(columns: list[Any], source: object) -> str:
    matching = [column for column in columns if str(column).strip().lower() in NAMES]
    if len(matching) != 1:
        listed = ", ".join(map(str, columns[:12])) or "none"
        raise DataError(
            f"The columns of {source} are {listed}; name exactly one of them image, beside one for each number."
        )
    return str(matching[0])


def from_table(table: pd.DataFrame, what: str, source: str, image: str | None = None) -> Values:
    """Return the numbers of a data frame: its index, or the column `image`, names the images.

    Args:
        table: One row an image; every other column is a number: a class, or an axis of the features.
        what: 'probs' or 'embedding'.
        source: What it is called in messages.
        image: The column of image names; None for the index.

    Raises:
        DataError: A column holds something else than numbers.
    """
    names = table.index if image is None else table[image]
    numbers = table if image is None else table.drop(columns=image)
    if names.isna().any():
        raise DataError(
            f"The file {source} has {counted(int(names.isna().sum()), 'row')} without an image's name; name each row's "
            "image."
        )
    for column in numbers.columns:
        if not np.issubdtype(np.asarray(numbers[column]).dtype, np.number):
            raise DataError(f"The column {column!r} of {source} does not hold numbers; leave it out.")
    columns = tuple(map(str, numbers.columns)) if what == "probs" else None
    return Values(_floats(numbers.to_numpy(), source), source, tuple(map(str, names)), columns)


def _floats(array: NDArray[Any], source: str) -> FloatArray:
    if array.dtype.kind not in "fiu":
        raise DataError(f"The values in {source} have type {array.dtype}, expected numbers; convert them.")
    return np.asarray(array, np.float32)


def _texts(array: NDArray[Any]) -> tuple[str, ...]:
    return tuple(str(text) for text in array.tolist())
