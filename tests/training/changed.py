"""A small data set in memory and random changes of it, for what must keep its meaning by name."""

import unicodedata
from dataclasses import replace
from pathlib import Path

import numpy as np
from hypothesis import strategies as st

from auditor.data.dataset import Dataset

CLASSES = ("joy", "fear", "anger")
ACCENT, MAC = "é.jpg", unicodedata.normalize("NFD", "é.jpg")
NAMES = ("a.jpg", "A.jpg", "b.jpg", "Happy/c.jpg", "happy/c.jpg", ACCENT, "d.jpg", "t1.jpg", "t2.jpg")
TESTS = ("t1.jpg", "t2.jpg")
NEW = ("B.jpg", "n1.jpg", "n2.jpg", "HAPPY/c.jpg", "t3.jpg")


def data(names=NAMES, labels=None, classes=CLASSES, **more):
    """A data set of which only names, labels, splits and classes are looked at; names that begin with t are tests."""
    size = len(names)
    labels = [classes[n % len(classes)] for n in range(size)] if labels is None else labels
    found = Dataset(
        root=Path("nowhere"), format="folder", label_file="", key="0123456789ab", title="faces",
        classes=tuple(classes), codes=tuple(classes), names=np.array(names, object), paths=np.array(names, object),
        split=np.array([2 if name.startswith("t") else 0 for name in names], np.int8),
        labels=np.array([classes.index(label) for label in labels], np.int16), lines=np.zeros(size, np.int32),
    )  # fmt: skip
    return replace(found, **more)


@st.composite
def edits(draw):
    """The data set after images were added, removed and shuffled, classes reordered, and a name copied by a Mac."""
    names = draw(st.permutations([*NAMES, *NEW]).map(lambda all_: all_[: draw(st.integers(1, len(all_)))]))
    names = [MAC if name == ACCENT and draw(st.booleans()) else name for name in names]
    classes = draw(st.permutations(CLASSES))
    return data(names, draw(st.lists(st.sampled_from(classes), min_size=len(names), max_size=len(names))), classes)


def as_before(name):
    """The name that an image of the changed data set had; None for a new one."""
    name = unicodedata.normalize("NFC", name)
    return name if name in NAMES else None
