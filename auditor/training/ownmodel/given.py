"""Keep a script's arrays as a file in the workspace, so that an opinion's run says what it was made of."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from auditor import writing
from auditor.errors import DataError
from auditor.training.ownmodel import values


def kept(
    value: Any, what: str, name: str, folder: Path, names: Sequence[str] | None = None, classes: Sequence[str] = ()
) -> str:
    """Return the file of an array, a data frame or a file's name.

    Args:
        value: An array [N, K], a data frame whose index names the images, or the path of a file.
        what: 'probs' or 'embedding'.
        name: The opinion's name, for the file's.
        folder: Where the file goes.
        names: The image of each row, for an array.
        classes: The class of each column, for an array.

    Raises:
        DataError: It is no such array, or cannot be written.
    """
    if isinstance(value, str | Path):
        return str(Path(value).expanduser().absolute())
    given = _values(value, what, names, classes)
    arrays: dict[str, Any] = {what: given.array}
    if given.names is not None:
        arrays["names"] = np.array(given.names, str)
    if given.columns is not None:
        arrays["classes"] = np.array(given.columns, str)
    content = io.BytesIO()
    np.savez_compressed(content, **arrays)
    digest = hashlib.sha256(b"".join(array.tobytes() for array in arrays.values())).hexdigest()[:12]
    file = folder / f"{name}-{what}-{digest}.npz"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with writing.replacing(file) as aside:
            aside.write_bytes(content.getvalue())
    except OSError as error:
        raise DataError(f"The array {what} cannot be kept in {file} ({error.strerror}); free some space.") from error
    return str(file)


def _values(value: Any, what: str, names: Sequence[str] | None, classes: Sequence[str]) -> values.Values:
    if hasattr(value, "columns") and hasattr(value, "index"):
        return values.from_table(value, what, f"the data frame {what}")
    array = np.asarray(value.detach().cpu() if hasattr(value, "detach") else value)
    if array.dtype.kind not in "fiu":
        raise DataError(f"The array {what} holds values of type {array.dtype}, expected numbers; convert it.")
    columns = tuple(classes) if what == "probs" and classes else None
    return values.Values(
        array.astype(np.float32), f"the array {what}", None if names is None else tuple(names), columns
    )
