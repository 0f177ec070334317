"""CIFAR-10's pickled batches with other labels: every other byte is the same, and nothing is unpickled to find them."""

from __future__ import annotations

import pickletools
from collections.abc import Mapping
from typing import Final

from auditor.data.files import unpickle
from auditor.data.formats.edits import file_changed
from auditor.errors import ExportError

TEXT: Final = 0
"""In place of a width: the number is written as a digit."""


def patch_labels(data: bytes, file: str, changed: Mapping[int, tuple[int, int]]) -> bytes:
    """A pickled batch with labels replaced: place -> (old, new).

    Nothing is unpickled: the opcodes of the list after the key 'labels' are found and their numbers overwritten.
    """
    patched = bytearray(data)
    spots = _label_spots(data)
    for place, (old, new) in changed.items():
        if place >= len(spots) or spots[place][1] != old:
            raise file_changed(file, place + 1, str(old))
        at, _, width = spots[place]
        number = str(new).encode("ascii") if width == TEXT else new.to_bytes(width, "little")
        patched[at : at + len(number)] = number
    batch = unpickle.load(bytes(patched), file)
    if any(batch["labels"][place] != new for place, (_, new) in changed.items()):
        raise ExportError(f"The file {file} is pickled in a way that cannot be patched; export the labels as a table.")
    return bytes(patched)


def _label_spots(data: bytes) -> list[tuple[int, int, int]]:
    """Where the labels of a batch stand: position of the number, its value, and its bytes (or `TEXT`)."""
    widths = {"BININT1": 1, "BININT2": 2, "BININT": 4, "INT": TEXT}
    skipped = ("BINPUT", "LONG_BINPUT", "PUT", "MEMOIZE", "FRAME", "MARK", "APPENDS", "APPEND")
    spots: list[tuple[int, int, int]] = []
    patience = 0  # opcodes between the key and its list: newer Pythons write an old text as a call
    inside = False
    for code, argument, at in pickletools.genops(data):
        if inside:
            if code.name in widths and at is not None:
                spots.append((at + 1, int(str(argument)), widths[code.name]))
            elif code.name not in skipped:
                break
        elif argument in ("labels", b"labels"):
            patience = 16
        elif patience > 0:
            patience -= 1
            inside = code.name in ("EMPTY_LIST", "LIST")
    return spots
