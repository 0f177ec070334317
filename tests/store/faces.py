"""A data set of six names, as small as the store needs it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

CLASSES = ("anger", "fear", "joy")
NAMES = ("a.jpg", "b.jpg", "c.jpg", "d.jpg", "e.jpg", "f.jpg")


@dataclass(frozen=True)
class SixFaces:
    key: str = "0123456789ab"
    root: Path = Path("/faces")
    format: str = "rafdb"
    label_file: str = "EmoLabel/train_label.txt"
    title: str = "six faces"
    classes: tuple[str, ...] = CLASSES
    codes: tuple[str, ...] = ()
    names: tuple[str, ...] = NAMES
    content: None = None

    def __post_init__(self):
        object.__setattr__(self, "codes", self.codes or self.classes)

    @property
    def labels(self):
        return np.array([0, 0, 1, 1, 2, 2], dtype=np.int16)

    def index_of(self, name):
        if name not in self.names:
            raise KeyError(name)  # as the real one does
        return self.names.index(name)

    def look_up(self, names):
        """Six names need no list."""

    def has_twin(self, row):
        return not self.names[row].isascii()

    def __len__(self):
        return len(self.names)


def dataset(**changes):
    return SixFaces(**changes)
