"""The record of a training for every image and epoch: p(y|x) and the method's own columns, as plain npy files.

The loop writes it after each epoch; the evidence reads it with numpy only, also during training. `manifest.json` is
renamed into place after the arrays are written, and its `epochs_done` states how many epochs are valid. Rows and
classes are numbered as the run has read its data set; `reader.open_run` gives them in those of the data set in hand.

    manifest.json        method, fold, epochs, epochs_done, rows, classes, kind, columns {name: {...}}
    rows.npy             int32 [N]         the data set's row of every scored image
    role.npy             int8 [N]          ROLE_TRAINED, ROLE_HELD_OUT or ROLE_TEST
    labels.npy           int16 [N]         the label trained on (given or corrected); -1 for test images
    probs.npy            float16 [E, N, C] softmax of the method's prediction, un-augmented view
    columns/<name>.npy   [E, N] or [E, N, k]; without the leading E where the column is not kept per epoch
    embedding.npy        float32 [N, D]    of the last epoch done
"""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditor import writing
from auditor.errors import TrainingError
from models.column_names import holds_classes, is_by_class

ROLE_TRAINED, ROLE_HELD_OUT, ROLE_TEST = 0, 1, 2
_MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Column:
    """How one of the method's columns is stored.

    Attributes:
        dtype: Numpy name of the element type on disk, for example 'float32' or 'int8'.
        width: 0 for one number per image, k for a vector of k numbers.
        per_epoch: True keeps every epoch ([E, N, ...]), False only the last ([N, ...]).
        help: What it means, in a few words for the screen.
        direction: What a higher value means: 'suspicious', 'clean' or '' (neither, or unknown).
    """

    dtype: str = "float32"
    width: int = 0
    per_epoch: bool = True
    help: str = ""
    direction: str = ""


@dataclass(frozen=True, eq=False)
class Dynamics:
    """The record of one training, memory-mapped; the module's docstring lists shapes and meanings.

    Attributes:
        rows, role, labels: One entry for each of the N images of the record.
        kept: int64 [N], the place of each image in the files; None where the record has all of them in their order.
        numbers: int16 [C], the class number of each class of the files; None where they are the same.
    """

    folder: Path
    method: str
    fold: int | None
    epochs: int
    epochs_done: int
    kind: str
    rows: NDArray[np.int32]
    role: NDArray[np.int8]
    labels: NDArray[np.int16]
    columns: dict[str, Column]
    manifest: dict[str, Any]
    kept: NDArray[np.int64] | None = None
    numbers: NDArray[np.int16] | None = None

    @classmethod
    def open(cls, folder: Path) -> "Dynamics":
        """Open a record for reading.

        Raises:
            TrainingError: It is missing or damaged.
        """
        folder = Path(folder)
        try:
            manifest = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
            columns = {name: Column(**spec) for name, spec in manifest["columns"].items()}
            rows, role, labels = (np.load(folder / f"{name}.npy", mmap_mode="r") for name in ("rows", "role", "labels"))
            return cls(
                folder, manifest["method"], manifest["fold"], manifest["epochs"], manifest["epochs_done"],
                manifest["kind"], rows, role, labels, columns, manifest,
            )  # fmt: skip
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise TrainingError(
                f"The record of a training in {folder} cannot be read ({error}); "
                "train the method again or remove the folder."
            ) from error

    @property
    def classes(self) -> int:
        """Number of classes C."""
        return int(self.manifest["classes"])

    @property
    def probs(self) -> NDArray[np.float16]:
        """p(y|x), float16 [epochs_done, N, C], memory-mapped where nothing is renumbered."""
        return self._by_class(self._of_images(self._stored_probs, 1))

    def probs_after(self, epoch: int) -> NDArray[np.float16]:
        """Return p(y|x) after one epoch, float16 [N, C]; -1 is the last epoch done."""
        return self._by_class(self._of_images(self._stored_probs[epoch], 0))

    @property
    def embedding(self) -> NDArray[np.float32]:
        """Embedding of the last epoch done, float32 [N, D], memory-mapped where no image is left out."""
        array: NDArray[np.float32] = np.load(self.folder / "embedding.npy", mmap_mode="r")
        return self._of_images(array, 0)

    def column(self, name: str) -> NDArray[Any]:
        """Return one column: [epochs_done, N(, k)], or [N(, k)] where it is not kept per epoch.

        Raises:
            TrainingError: The method keeps no such column.
        """
        array = self._stored_column(name)
        return self._renumbered(name, self._of_images(array, 1 if self.columns[name].per_epoch else 0))

    def column_after(self, name: str, epoch: int = -1) -> NDArray[Any]:
        """Return one column after an epoch, [N(, k)]; where it is not kept per epoch, always after the last one done.

        Raises:
            TrainingError: The method keeps no such column.
        """
        array = self._stored_column(name)
        return self._renumbered(name, self._of_images(array[epoch] if self.columns[name].per_epoch else array, 0))

    def select(self, rows: NDArray[np.int64], numbers: NDArray[np.int16]) -> "Dynamics":
        """Return the record in other numbers, without the images and in the order of the files.

        Args:
            rows: int64 [R], the new number of each row, -1 for images to leave out.
            numbers: int16 [C], the new number of each class: a permutation.
        """
        new = rows[np.asarray(self.rows)]
        places = np.flatnonzero(new >= 0)
        labels = np.append(numbers, np.int16(-1))[np.asarray(self.labels)]
        return replace(
            self, rows=new[places].astype(np.int32), role=np.asarray(self.role)[places], labels=labels[places],
            kept=None if len(places) == len(new) else places,
            numbers=None if np.array_equal(numbers, np.arange(len(numbers))) else numbers,
        )  # fmt: skip

    @property
    def _stored_probs(self) -> NDArray[np.float16]:
        array: NDArray[np.float16] = np.load(self.folder / "probs.npy", mmap_mode="r")
        return array[: self.epochs_done]

    def _stored_column(self, name: str) -> NDArray[Any]:
        if name not in self.columns:
            names = ", ".join(sorted(self.columns)) or "none"
            raise TrainingError(f"The method {self.method} keeps no column named {name!r}; choose one of {names}.")
        array: NDArray[Any] = np.load(self.folder / "columns" / f"{name}.npy", mmap_mode="r")
        return array[: self.epochs_done] if self.columns[name].per_epoch else array

    def _of_images(self, values: NDArray[Any], axis: int) -> NDArray[Any]:
        return values if self.kept is None else np.take(values, self.kept, axis=axis)

    def _by_class(self, values: NDArray[Any]) -> NDArray[Any]:
        """Put the last axis, C values or several times C, into the order of the classes; NaN for any other number."""
        if self.numbers is None:
            return values
        order, classes = np.argsort(self.numbers), len(self.numbers)
        if values.shape[-1] % classes:  # label sets with other numbers of classes: which value is which is not known
            return np.full_like(values, np.nan)
        sets = np.arange(0, values.shape[-1], classes)[:, None]
        ordered: NDArray[Any] = values[..., (sets + order).ravel()]
        return ordered

    def _renumbered(self, name: str, values: NDArray[Any]) -> NDArray[Any]:
        """A column with its class numbers, or its values by class, in the numbers of the record."""
        if self.numbers is not None and holds_classes(name) and np.issubdtype(values.dtype, np.integer):
            today: NDArray[Any] = np.append(self.numbers, np.int16(-1))[values]
            return today
        return self._by_class(values) if is_by_class(name) else values


def records_of(run_folder: Path) -> dict[str, list[Dynamics]]:
    """Return every record of a run that has at least one epoch: {method: [one record, or one per fold in order]}.

    In the run's own numbers: call `reader.open_run`, which gives them in those of the data set in hand.
    """
    by_method: dict[str, list[Dynamics]] = {}
    manifests = [
        *Path(run_folder).glob("*/dynamics/manifest.json"),
        *Path(run_folder).glob("*/fold-*/dynamics/manifest.json"),
    ]
    for manifest in manifests:
        dynamics = Dynamics.open(manifest.parent)
        if dynamics.epochs_done:
            by_method.setdefault(dynamics.method, []).append(dynamics)
    for records in by_method.values():
        records.sort(key=lambda record: -1 if record.fold is None else record.fold)
    return by_method


class DynamicsWriter:
    """Writes one training's record, one epoch at a time; `append` replaces an epoch that is already written.

    Array files have their final length from the start (sparse where the file system supports it). They are filled with
    ordinary writes and not through a memory map: on a full disk a map kills the process (SIGBUS), but a write raises
    OSError, which the caller turns into an error message.
    """

    def __init__(
        self,
        folder: Path,
        *,
        method: str,
        fold: int | None,
        epochs: int,
        classes: int,
        rows: NDArray[Any],
        role: NDArray[Any],
        labels: NDArray[Any],
        columns: Mapping[str, Column],
        kind: str = "trained",
        note: str = "",
    ) -> None:
        self.folder = Path(folder)
        self.columns: dict[str, Column] = dict(columns)
        self.epochs_done = 0
        self._manifest: dict[str, Any] = {
            "method": method, "fold": fold, "epochs": epochs, "rows": len(rows), "classes": classes,
            "kind": kind, "note": note,
        }  # fmt: skip
        (self.folder / "columns").mkdir(parents=True, exist_ok=True)
        for name, array, dtype in (
            ("rows", rows, np.int32),
            ("role", role, np.int8),
            ("labels", labels, np.int16),
        ):
            _save(self.folder / f"{name}.npy", np.asarray(array, dtype))
        self._write_manifest(0)

    def append(
        self,
        epoch: int,
        probs: NDArray[Any],
        columns: Mapping[str, NDArray[Any]],
        embedding: NDArray[Any],
    ) -> None:
        """Write one epoch (0-based): probs [N, C], every column [N] or [N, k], embedding [N, D].

        Raises:
            TrainingError: A column that the method did not declare; every stored column needs a description.
        """
        unknown = set(columns) - set(self.columns)
        if unknown:
            method, names = self._manifest["method"], ", ".join(sorted(unknown))
            raise TrainingError(
                f"The method {method} scored columns that it does not declare; add {names} to `columns`."
            )
        epochs = int(self._manifest["epochs"])
        _write_slice(self.folder / "probs.npy", np.asarray(probs, np.float16), epoch, epochs)
        for name, values in columns.items():
            spec = self.columns[name]
            array = np.asarray(values, spec.dtype)
            if array.ndim > 1:
                self.columns[name] = replace(spec, width=array.shape[1])
            target = self.folder / "columns" / f"{name}.npy"
            if spec.per_epoch:
                _write_slice(target, array, epoch, epochs)
            else:
                _save(target, array)
        _save(self.folder / "embedding.npy", np.asarray(embedding, np.float32))
        self._write_manifest(epoch + 1)

    def rewind(self, epochs_done: int) -> None:
        """Mark only the first `epochs_done` epochs as valid, before a resume from an earlier checkpoint."""
        self._write_manifest(epochs_done)

    def _write_manifest(self, epochs_done: int) -> None:
        self.epochs_done = epochs_done
        written = {name: asdict(spec) for name, spec in self.columns.items() if self._has(name) or not epochs_done}
        text = json.dumps({**self._manifest, "epochs_done": epochs_done, "columns": written}, indent=1)
        writing.write_text(self.folder / _MANIFEST, text)

    def _has(self, name: str) -> bool:
        return (self.folder / "columns" / f"{name}.npy").exists()


def _save(path: Path, array: NDArray[Any]) -> None:
    """Write an npy file atomically, so that a reader never sees half of one."""
    with writing.replacing(path) as aside:
        np.save(aside, array, allow_pickle=False)


def _write_slice(path: Path, values: NDArray[Any], index: int, length: int) -> None:
    """Write values as element `index` of an npy file of `length` such elements, created on first use."""
    shape = (length, *values.shape)
    if not path.exists() or np.load(path, mmap_mode="r").shape != shape:
        with writing.replacing(path) as aside, aside.open("wb") as file:
            header = {
                "descr": np.lib.format.dtype_to_descr(values.dtype),
                "fortran_order": False,
                "shape": shape,
            }
            np.lib.format.write_array_header_1_0(file, header)
            file.truncate(file.tell() + length * values.nbytes)
    with path.open("r+b") as file:
        np.lib.format.read_magic(file)
        np.lib.format.read_array_header_1_0(file)
        file.seek(index * values.nbytes, os.SEEK_CUR)
        file.write(np.ascontiguousarray(values).tobytes())
