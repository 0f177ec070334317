"""What a script gives of its own model; its arrays are kept as files, so that the run states what it was made of."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from auditor import writing
from auditor.errors import ConfigError, DataError
from auditor.training.ownmodel import values
from auditor.training.ownmodel.request import ModelRequest


@dataclass(frozen=True)
class OwnModel:
    """What a script gives of its model: see `auditor.api.Audit.add_opinion` for each field.

    Attributes:
        probs: p(class | image): an array [N, C], a data frame or a file; None for none.
        embedding: Features: an array [N, D], a data frame or a file; None for none.
        names: The image of each row of the arrays; None where their order says it.
        classes: The class of each column of `probs`, where it does not name them.
        out_of_fold: Whether the model never saw these labels.
        reading: Further fields of `ModelRequest`.
    """

    probs: Any = None
    embedding: Any = None
    names: Iterable[str] | None = None
    classes: Iterable[str] = ()
    out_of_fold: bool = False
    reading: Mapping[str, Any] = field(default_factory=dict)

    def request(self, name: str, folder: Path) -> ModelRequest:
        """Keep the arrays as files and return what is to be read, and how.

        Args:
            name: The opinion's name, for the files'.
            folder: Where the files go.

        Raises:
            ConfigError: There is no such field, or nothing was given.
            DataError: It is no such array, or cannot be written.
        """
        names, classes = None if self.names is None else [*map(str, self.names)], tuple(map(str, self.classes))
        files = {
            what: "" if value is None else save(value, what, name, folder, names, classes)
            for what, value in (("probs", self.probs), ("embedding", self.embedding))
        }
        fields: dict[str, Any] = {**files, "out_of_fold": self.out_of_fold, "classes": classes, **self.reading}
        try:
            return ModelRequest(**fields)
        except TypeError as error:
            raise ConfigError(f"An opinion has no such setting ({error}); see auditor.training.ownmodel.") from error


def save(
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
    values = _values(value, what, names, classes)
    arrays: dict[str, Any] = {what: values.array}
    if values.names is not None:
        arrays["names"] = np.array(values.names, str)
    if values.columns is not None:
        arrays["classes"] = np.array(values.columns, str)
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
