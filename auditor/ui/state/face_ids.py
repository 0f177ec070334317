"""What addresses and blind pages call an image, and which reading of a data set a page was drawn from.

A row number means an image only in one reading of a data set: with a line more in the label file, the same number is
another face. It also tells the class where the rows are sorted by class, as in a folder of images for each class, and
so does a name such as 'fear/0012.jpg'. So the browser asks for faces by an id made from the name.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from weakref import WeakKeyDictionary

from auditor.data.dataset import Dataset
from auditor.recent import Recent
from auditor.store.naming import class_numbers

KEPT = 3
FACE_ID = re.compile(r"[0-9a-f]{16}")

_rows: Recent[int, tuple[Dataset, dict[str, int]]] = Recent(KEPT)
_editions: WeakKeyDictionary[Dataset, str] = WeakKeyDictionary()


def face_id(dataset: Dataset, name: str) -> str:
    """An image's id: 16 hex digits, the same for the same name of the same data set."""
    text = name.encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, key=dataset.key.encode(), digest_size=8).hexdigest()


def face_ids(dataset: Dataset, rows: Iterable[int]) -> list[str]:
    """The ids of the images in some rows."""
    return [face_id(dataset, str(dataset.names[row])) for row in rows]


def row_of(dataset: Dataset, identity: str) -> int:
    """The row of the image with an id.

    Raises:
        KeyError: The data set has no such image, or has it no more.
    """
    cached = _rows.get(id(dataset))
    if cached is None or cached[0] is not dataset:
        cached = (dataset, {face_id(dataset, str(name)): row for row, name in enumerate(dataset.names)})
        _rows.put(id(dataset), cached)
    return cached[1][identity]


def edition(dataset: Dataset) -> str:
    """Which reading of a data set this is: 12 hex digits of its images, labels and classes, in their order.

    What a page was told in row or class numbers holds for the same edition alone.
    """
    cached = _editions.get(dataset)
    if cached is None:
        digest = hashlib.blake2b(digest_size=6)
        digest.update("\0".join(map(str, dataset.names)).encode("utf-8", "surrogatepass"))
        digest.update(repr((class_numbers(dataset).names, [each.name for each in dataset.label_sets])).encode())
        for labels in (dataset.labels, *(each.labels for each in dataset.label_sets)):
            digest.update(labels.tobytes())
        cached = _editions[dataset] = digest.hexdigest()
    return cached
