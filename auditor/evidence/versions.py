"""Versions of the evidence on disk: read without torch, written whole, then renamed into place.

<workspace>/evidence/<data set key>/v0001/
    table.parquet           one row for each training image, in label-file order
    neighbours.npy          int32 [M, k] rows of the data set, nearest first; neighbour_distance.npy float32 [M, k]
    map.parquet             row, then <embedding>_pca_x|y, later <embedding>_umap_x|y and, above 50,000 images,
                            <embedding>_umap_placed: whether the image was placed by its neighbours
    p_given.npy             float16 [M, E], mean over the methods; p_given_<method>.npy for each
    probs.npy               float16 [M, C], the consensus distribution over the true label
    duplicates.parquet      row, other, kind, correlation, contradicting, across_splits, name, other_name
    unscored.json           names of the train images that no method had scored
    summary.json            noise rate, transition matrix, weights of the methods, warnings

Rows and class numbers in these files are those of the data set as it was then; `alignment.aligned` gives those of the
data set in hand, and everything outside this package goes through it.

Beside the versions lie choice.json (see choice.py), and an empty v0002.deleted for each version that was deleted: its
number is not given again, because decisions and links name it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from auditor.config import Workspace
from auditor.custody.held import held
from auditor.errors import EvidenceError
from auditor.evidence import schema

if TYPE_CHECKING:
    import pandas as pd

    from auditor.data.dataset import Dataset

ASSIGNMENTS = ("clean", "ambiguous", "noisy")
"""Names of the codes 0, 1, 2 in every `assignment` column."""

CLEAN, AMBIGUOUS, NOISY = 0, 1, 2

_VERSION = re.compile(r"v(\d{4,})")
_NUMBERED = re.compile(r"v(\d{4,})(\.deleted)?")


@dataclass(frozen=True, eq=False)
class EvidenceVersion:
    """One version of a data set's evidence; arrays are memory-mapped, tables are read once and kept.

    Attributes:
        folder: Its folder.
    """

    folder: Path

    @property
    def name(self) -> str:
        """Its name, such as 'v0003', as in decisions and links."""
        return self.folder.name

    @property
    def number(self) -> int:
        """Its number, such as 3 for 'v0003'; a newer version has a higher one."""
        return int(self.folder.name[1:])

    @cached_property
    def summary(self) -> dict[str, Any]:
        """What holds for the data set as a whole; see docs and `auditor.evidence.report`."""
        try:
            summary: dict[str, Any] = json.loads((self.folder / "summary.json").read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise EvidenceError(
                f"The evidence in {self.folder} cannot be read ({error}); build it again from the Runs page."
            ) from error
        return summary

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row for each training image, in label-file order."""
        return self._parquet("table")

    @property
    def map(self) -> pd.DataFrame:
        """Positions of the training images by embedding; read anew each time, because UMAP is added later."""
        return self._parquet("map")

    @cached_property
    def duplicates(self) -> pd.DataFrame:
        """Pairs of exact and near duplicates."""
        return self._parquet("duplicates")

    @cached_property
    def rows(self) -> NDArray[np.int32]:
        """int32 [M]: the data set's row of each table row."""
        rows: NDArray[np.int32] = self.table[schema.ROW].to_numpy(np.int32)
        return rows

    @cached_property
    def neighbours(self) -> NDArray[np.int32]:
        """int32 [M, k], rows of the data set, nearest first."""
        return self._array("neighbours")

    @cached_property
    def neighbour_distance(self) -> NDArray[np.float32]:
        """float32 [M, k], cosine distance in [0, 2]."""
        return self._array("neighbour_distance")

    @cached_property
    def probs(self) -> NDArray[np.float16]:
        """float16 [M, C], the consensus distribution over the true label."""
        return self._array("probs")

    @cached_property
    def directions(self) -> NDArray[np.float32]:
        """float32 [M, D], the joint embedding reduced to its main axes, of unit length: the map's input.

        Raises:
            EvidenceError: This version keeps none.
        """
        axes = np.asarray(self._array("map_input_joint"), np.float32)
        scaled: NDArray[np.float32] = axes / np.maximum(np.linalg.norm(axes, axis=1, keepdims=True), 1e-12)
        return scaled

    @property
    def built_rows(self) -> NDArray[np.int32]:
        """int32 [M]: the rows that the images had when the evidence was built."""
        return self.rows

    @property
    def unscored(self) -> tuple[str, ...]:
        """Names of the train images that no method had scored; none in versions that did not write them down."""
        try:
            return tuple(json.loads((self.folder / "unscored.json").read_text(encoding="utf-8")))
        except FileNotFoundError:
            return ()
        except (OSError, ValueError) as error:
            raise EvidenceError(
                f"Evidence {self.name} has no readable unscored.json ({error}); build it again."
            ) from error

    @cached_property
    def alignments(self) -> WeakKeyDictionary[Dataset, Any]:
        """What `alignment` found for each data set in hand; forgotten with the data set."""
        return WeakKeyDictionary()

    @property
    def map_columns(self) -> tuple[str, ...]:
        """Names of the columns of `map`, read without the positions."""
        import pyarrow.parquet as pq

        try:
            return tuple(pq.read_schema(self.folder / "map.parquet").names)
        except (OSError, ValueError) as error:
            raise EvidenceError(f"Evidence {self.name} has no readable map ({error}); build it again.") from error

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods that this evidence is built from."""
        return tuple(self.summary["methods"])

    @property
    def embeddings(self) -> tuple[str, ...]:
        """Embeddings of the map: 'joint' and the methods."""
        return tuple(name.removesuffix("_pca_x") for name in self.map_columns if name.endswith("_pca_x"))

    def p_given(self, method: str | None = None) -> NDArray[np.float16]:
        """Return p(given label) after every epoch, float16 [M, E], of one method or (None) the mean over methods."""
        return self._array("p_given" if method is None else f"p_given_{method}")

    def place(self, row: int) -> int:
        """Return the table's row for a row of the data set; -1 where it has no evidence."""
        place = int(np.searchsorted(self.rows, row))
        return place if place < len(self.rows) and self.rows[place] == row else -1

    def _array(self, name: str) -> NDArray[Any]:
        try:
            array: NDArray[Any] = np.load(self.folder / f"{name}.npy", mmap_mode="r")
        except (OSError, ValueError, EOFError) as error:
            raise EvidenceError(
                f"Evidence {self.name} has no readable {name}.npy ({error}); build it again."
            ) from error
        return array

    def _parquet(self, name: str) -> pd.DataFrame:
        import pandas as pd

        try:
            return pd.read_parquet(self.folder / f"{name}.parquet")
        except (OSError, ValueError) as error:
            raise EvidenceError(
                f"Evidence {self.name} has no readable {name}.parquet ({error}); build it again."
            ) from error


def versions(workspace: Workspace, key: str) -> list[EvidenceVersion]:
    """Return every version of a data set's evidence, oldest first."""
    folder = workspace.evidence / key
    if not folder.is_dir():
        return []
    try:
        entries = list(folder.iterdir())
    except FileNotFoundError:  # the last version was deleted at this moment
        return []
    names = sorted((int(match[1]), entry) for entry in entries if (match := _VERSION.fullmatch(entry.name)))
    return [EvidenceVersion(entry) for _, entry in names]


def newest_number(workspace: Workspace, key: str) -> int:
    """Return the highest number of the versions of a data set's evidence, deleted ones included; 0 for none."""
    folder = workspace.evidence / key
    names = [entry.name for entry in folder.iterdir()] if folder.is_dir() else []
    return max((int(match[1]) for name in names if (match := _NUMBERED.fullmatch(name))), default=0)


def remove(version: EvidenceVersion) -> None:
    """Delete a version's files; its number is not used again. Call `choice.delete`, which checks that it may be done.

    Raises:
        EvidenceError: They cannot be deleted.
    """
    aside = version.folder.with_name(f".deleted-{version.name}-{os.getpid()}")
    try:
        version.folder.with_name(f"{version.name}.deleted").touch()
        version.folder.rename(aside)
        shutil.rmtree(aside)
    except OSError as error:
        raise EvidenceError(
            f"Evidence {version.name} cannot be deleted whole ({error.strerror}); check who may write to "
            f"{version.folder.parent}."
        ) from error


def latest(workspace: Workspace, key: str) -> EvidenceVersion | None:
    """Return the newest version of a data set's evidence, or None; people see `choice.in_use`, which may be older."""
    listed = versions(workspace, key)
    return listed[-1] if listed else None


def get(workspace: Workspace, key: str, name: str) -> EvidenceVersion | None:
    """Return the version of that name, None where there is none."""
    return next((version for version in versions(workspace, key) if version.name == name), None)


@contextmanager
def new_version(workspace: Workspace, key: str) -> Iterator[tuple[Path, list[EvidenceVersion]]]:
    """Yield a folder to fill; leaving without an error renames it into place as the next version.

    Yields:
        The folder, and a list that holds the version once the block is left.

    Raises:
        EvidenceError: The folder cannot be written (a full disk, say). Nothing half-written stays behind.
    """
    home = workspace.evidence / key
    built: list[EvidenceVersion] = []
    try:
        home.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=".building-", dir=home))
    except OSError as error:
        raise EvidenceError(f"Evidence cannot be written to {home} ({error.strerror}); free some space.") from error
    try:
        with held(folder):
            yield folder, built
            built.append(_rename(workspace, key, folder))
    except OSError as error:
        raise EvidenceError(
            f"Evidence cannot be written to {home} ({error.strerror or error}); free some space."
        ) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _rename(workspace: Workspace, key: str, folder: Path) -> EvidenceVersion:
    while True:
        target = folder.parent / f"v{newest_number(workspace, key) + 1:04d}"
        try:
            # Renaming onto a folder that is not empty fails, so of two builders one takes the next number.
            folder.rename(target)
        except OSError:
            if not target.exists():
                raise
            continue
        return EvidenceVersion(target)
