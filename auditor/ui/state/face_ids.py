"""What addresses and blind pages call an image, and which reading of a data set a page was drawn from.

A row number means an image only in one reading of a data set: with a line more in the label file, the same number is
another face. It also tells the class where the rows are sorted by class, as in a folder of images for each class, and
so does a name such as 'fear/0012.jpg'. So the browser asks for faces by an id made from the name.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterable
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from auditor.data.dataset import Dataset
from auditor.store.naming import class_numbers

FACE_ID = re.compile(r"[0-9a-f]{16}")

_lock = threading.Lock()
_of: WeakKeyDictionary[Dataset, _Ids] = WeakKeyDictionary()
_editions: WeakKeyDictionary[Dataset, str] = WeakKeyDictionary()


class _Ids:
    """The rows of one reading of a data set by their images' ids.

    A browser asks for faces that a page of this process named a moment ago, so those are remembered. Only an id from
    before a restart needs the ids of all images, which take seconds for a million.
    """

    def __init__(self) -> None:
        self.named: dict[str, int] = {}
        self._building = threading.Lock()
        self._all: tuple[NDArray[np.uint64], NDArray[np.intp]] | None = None

    def row(self, dataset: Dataset, identity: str) -> int:
        """The row of the image with an id; a KeyError where there is none."""
        found = self.named.get(identity)
        if found is not None:
            return found
        with self._building:  # a page asks for dozens of faces at once, in a thread each
            if self._all is None:
                listed = b"".join(_digest(dataset, str(name)) for name in dataset.names)
                numbers = np.frombuffer(listed, ">u8").astype(np.uint64)
                order = np.argsort(numbers, kind="stable")
                self._all = numbers[order], order
        numbers, order = self._all
        place = int(np.searchsorted(numbers, np.uint64(int(identity, 16))))
        if place == len(numbers) or int(numbers[place]) != int(identity, 16):
            raise KeyError(identity)
        return int(order[place])


def _digest(dataset: Dataset, name: str) -> bytes:
    text = name.encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, key=dataset.key.encode(), digest_size=8).digest()


def _ids(dataset: Dataset) -> _Ids:
    with _lock:
        return _of.setdefault(dataset, _Ids())


def face_id(dataset: Dataset, name: str) -> str:
    """An image's id: 16 hex digits, the same for the same name of the same data set."""
    return _digest(dataset, name).hex()


def face_ids(dataset: Dataset, rows: Iterable[int]) -> list[str]:
    """The ids of the images in some rows."""
    rows = [int(row) for row in rows]
    identities = [face_id(dataset, str(dataset.names[row])) for row in rows]
    _ids(dataset).named.update(zip(identities, rows, strict=True))
    return identities


def row_of(dataset: Dataset, identity: str) -> int:
    """The row of the image with an id.

    Raises:
        KeyError: The data set has no such image, or has it no more.
    """
    if not FACE_ID.fullmatch(identity):
        raise KeyError(identity)
    return _ids(dataset).row(dataset, identity)


def edition(dataset: Dataset) -> str:
    """Which reading of a data set this is: 12 hex digits of its images, labels and classes, in their order.

    What a page was told in row or class numbers holds for the same edition alone.
    """
    cached = _editions.get(dataset)
    if cached is None:
        digest = hashlib.blake2b(digest_size=6)
        digest.update("\0".join(dataset.names.tolist()).encode("utf-8", "surrogatepass"))
        digest.update(repr((class_numbers(dataset).names, [each.name for each in dataset.label_sets])).encode())
        for labels in (dataset.labels, *(each.labels for each in dataset.label_sets)):
            digest.update(labels.tobytes())
        cached = _editions[dataset] = digest.hexdigest()
    return cached
