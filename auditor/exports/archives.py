"""Sources whose labels are not lines of text: tiny .npy files, tables of votes, pickled batches."""

from __future__ import annotations

import pickletools
import struct
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from auditor.data.dataset import Dataset
from auditor.data.files import delimited, unpickle
from auditor.data.files.textfile import TextFile, read_bytes
from auditor.data.formats import ferplus_files
from auditor.data.formats.affectnet2 import annotation_path, parse_scalar
from auditor.data.formats.cifar10 import META, TEST, TRAIN, place_of
from auditor.data.formats.classes import label_key
from auditor.errors import ExportError
from auditor.exports.lists import changed_rows, changed_since

LARGEST = 2**31

TEXT = 0
"""In place of a width: the number is written as a digit."""


def annotation_files(dataset: Dataset, labels: NDArray[np.int16]) -> dict[str, bytes]:
    """AffectNet's second release: the `_exp.npy` of every changed image, to be laid over the data set."""
    files = {}
    for row in np.flatnonzero(labels != dataset.labels):
        path = annotation_path(dataset.names[row])
        data = read_bytes(dataset.root / path)
        if label_key(parse_scalar(data)) != dataset.codes[dataset.labels[row]]:
            raise ExportError(f"{path} has changed since the data set was opened; open the data set again.")
        files[path] = _npy_with(data, dataset.codes[labels[row]])
    return files


def _npy_with(data: bytes, code: str) -> bytes:
    """The same .npy file with another value of the same type."""
    start = 10 + struct.unpack("<H", data[8:10])[0] if data[6] == 1 else 12 + struct.unpack("<I", data[8:12])[0]
    header = data[:start].decode("latin-1")
    kind = np.dtype(header.split("'descr':")[1].split("'")[1])
    value = np.array(code, dtype=kind) if kind.kind in "US" else np.array(int(code)).astype(kind)
    return data[:start] + value.tobytes() + data[start + kind.itemsize :]


def votes_table(
    dataset: Dataset, labels: NDArray[np.int16], soft: Mapping[int, tuple[float, ...]], source: int, votes: str
) -> bytes:
    """FER2013's or FER+'s CSV.

    fer2013.csv gets the new emotions. A table of votes gets, for every changed image, all votes on the new label, or
    shared out as its soft label says (`votes='replace'`); or its votes stay and every line gets one more field, the
    label (`votes='keep'`).
    """
    file = dataset.sources[source]
    if ferplus_files.is_pixels(dataset.root / file):
        return _emotions(dataset, labels, source)
    data = read_bytes(dataset.root / file)
    text = TextFile.parse(data)
    layout, has_names = ferplus_files.layout_of(text)
    if layout is None:
        raise changed_since(file, 1, "the columns of FER+")
    mine = np.arange(len(dataset)) if dataset.source is None else np.flatnonzero(dataset.source == source)
    changed = {int(row) for row in mine if labels[row] != dataset.labels[row] or int(row) in soft}
    if votes == "replace" and not changed:
        return data
    at = {int(dataset.lines[row]): int(row) for row in mine}
    lines = list(text.lines)
    for turn, (number, height, _) in enumerate(delimited.records(text.lines, ",")):
        row = at.get(number)
        record = text.lines[number - 1]
        if height > 1 or (row is None and votes == "replace"):
            continue
        bare = record.removesuffix("\r")
        if votes == "keep":
            said = "label" if turn == 0 and has_names else "" if row is None else dataset.codes[labels[row]]
            lines[number - 1] = f"{bare},{said}{record[len(bare) :]}"
        elif row in changed and row is not None:
            shares = soft.get(row) or tuple(float(c == labels[row]) for c in range(dataset.num_classes))
            lines[number - 1] = _with_votes(bare, layout[2], shares) + record[len(bare) :]
    return text.to_bytes(lines)


def _with_votes(record: str, first: int, shares: tuple[float, ...]) -> str:
    """A record with its votes shared out anew, their number kept."""
    spans = delimited.spans(record, ",")[first : first + len(ferplus_files.VOTED)]
    cells = [delimited.unquote(record[start:end]).strip() for start, end in spans]
    total = round(sum(float(cell or 0) for cell in cells)) or 10
    counts = share_out(shares, total) + [0] * (len(cells) - len(shares))
    for (start, end), count in reversed(list(zip(spans, counts, strict=True))):
        record = record[:start] + delimited.quote_like(str(count), record[start:end], ",") + record[end:]
    return record


def share_out(shares: tuple[float, ...], total: int) -> list[int]:
    """Whole votes nearest to the shares that add up to `total` (largest remainders)."""
    exact = np.array(shares, dtype=np.float64) / max(sum(shares), 1e-9) * total
    counts = np.floor(exact).astype(int)
    for place in np.argsort(counts - exact, kind="stable")[: total - int(counts.sum())]:
        counts[place] += 1
    return [int(count) for count in counts]


def _emotions(dataset: Dataset, labels: NDArray[np.int16], source: int) -> bytes:
    """A table of pixels with the changed emotions, patched where they stand."""
    path = dataset.root / dataset.sources[source]
    data = read_bytes(path, LARGEST)
    known = ferplus_files.pictures(path)
    edits: list[tuple[int, int, bytes]] = []
    for row in changed_rows(dataset, labels, source):
        record = int(np.searchsorted(known.lines, dataset.lines[row]))
        begin, size = int(known.offsets[record]), int(known.sizes[record])
        cells = data[begin : begin + size].split(known.mark)
        cell = cells[known.order[0]]
        at = begin + sum(len(c) + 1 for c in cells[: known.order[0]]) + len(cell) - len(cell.lstrip(b' "'))
        written = cell.strip(b' "\r\n')
        given = dataset.codes[dataset.labels[row]]
        if written.decode("latin-1").casefold() != given.casefold():
            raise changed_since(dataset.sources[source], int(dataset.lines[row]), given)
        edits.append((at, at + len(written), dataset.codes[labels[row]].encode("latin-1")))
    parts, last = [], 0
    for start, end, new in sorted(edits):
        parts += [data[last:start], new]
        last = end
    return b"".join([*parts, data[last:]])


def batches(dataset: Dataset, labels: NDArray[np.int16]) -> dict[str, bytes]:
    """CIFAR-10's batches with the changed labels patched into the pickles: every other byte is the same."""
    changed: dict[str, dict[int, tuple[int, int]]] = {}
    for row in np.flatnonzero(labels != dataset.labels):
        batch, place = place_of(dataset.names[row])
        changed.setdefault(batch, {})[place] = (int(dataset.labels[row]), int(labels[row]))
    files = {}
    for name in (*TRAIN, TEST, META):
        if (dataset.root / name).is_file():
            files[name] = read_bytes(dataset.root / name, LARGEST)
            if name in changed:
                files[name] = patch_labels(files[name], name, changed[name])
    return files


def patch_labels(data: bytes, shown: str, changed: Mapping[int, tuple[int, int]]) -> bytes:
    """A pickled batch with labels replaced: place -> (old, new).

    Nothing is unpickled: the opcodes of the list after the key 'labels' are found and their numbers overwritten.
    """
    patched = bytearray(data)
    spots = _label_spots(data)
    for place, (old, new) in changed.items():
        if place >= len(spots) or spots[place][1] != old:
            raise changed_since(shown, place + 1, str(old))
        at, _, width = spots[place]
        number = str(new).encode("ascii") if width == TEXT else new.to_bytes(width, "little")
        patched[at : at + len(number)] = number
    found = unpickle.load(bytes(patched), shown)
    if any(found["labels"][place] != new for place, (_, new) in changed.items()):
        raise ExportError(f"{shown} is pickled in a way that cannot be patched; export the labels as a table.")
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
