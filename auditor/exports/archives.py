"""Sources whose labels are not lines of text: tiny .npy files, tables of votes, pickled batches."""

from __future__ import annotations

import pickletools
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from auditor.data.dataset import Dataset
from auditor.data.files import delimited, unpickle
from auditor.data.files.textfile import TextFile, read_bytes
from auditor.data.formats import ferplus_files
from auditor.data.formats.affectnet2 import annotation_path, parse_scalar
from auditor.data.formats.cifar10 import META, TEST, TRAIN, place_of
from auditor.data.formats.classes import label_key
from auditor.data.formats.ferplus import by_place
from auditor.errors import ExportError
from auditor.exports.edits import Targets, changed_since, file_changed, joined, row_of

LARGEST = 2**31

NOT_A_FACE = ferplus_files.VOTED[-1]

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


@dataclass(frozen=True)
class Votes:
    """What is to be written into FER2013's or FER+'s tables.

    Attributes:
        dataset: the source.
        labels: int16 [N], the labels after the corrections.
        soft: shares of the classes by row.
        targets: what the lines of each image are to say.
        mode: 'replace' a corrected image's votes, or 'keep' them and give every line one more field, the label.
    """

    dataset: Dataset
    labels: NDArray[np.int16]
    soft: Mapping[int, tuple[float, ...]]
    targets: Targets
    mode: str

    def is_changed(self, row: int) -> bool:
        """Whether an image's votes are shared out anew."""
        return row in self.soft or self.labels[row] != self.dataset.labels[row]

    def shares(self, row: int) -> tuple[float, ...]:
        """The votes of an image after the corrections as shares of the emotions; all on NF where it is excluded."""
        if self.targets.get(row, "") is None:
            return tuple(float(name == NOT_A_FACE) for name in ferplus_files.VOTED)
        classes = range(self.dataset.num_classes)
        return self.soft.get(row) or tuple(float(c == self.labels[row]) for c in classes)


def votes_table(asked: Votes, source: int) -> bytes:
    """FER2013's or FER+'s CSV.

    fer2013.csv gets the new emotions. A table of votes gets, for every changed image, all votes on the new label, or
    shared out as its soft label says; or its votes stay and every line gets one more field. An excluded image's line
    goes; in fer2013new.csv, whose lines belong to those of fer2013.csv by their place, all its votes go to NF.
    """
    dataset, file = asked.dataset, asked.dataset.sources[source]
    if ferplus_files.is_pixels(dataset.root / file):
        return _emotions(dataset, asked.labels, source)
    data = read_bytes(dataset.root / file)
    text = TextFile.parse(data)
    layout, has_names = ferplus_files.layout_of(text)
    if layout is None:
        raise file_changed(file, 1, "the columns of FER+")
    if asked.mode == "replace" and not asked.targets and not asked.soft:
        return data
    mine = np.arange(len(dataset)) if dataset.source is None else np.flatnonzero(dataset.source == source)
    at = {int(dataset.lines[row]): int(row) for row in mine}
    lines: list[str] = []
    last = 0
    for turn, (number, height, record) in enumerate(delimited.records(text.lines, ",")):
        lines += text.lines[last : number - 1]
        last = number - 1 + max(height, 1)
        row = at[number] if number in at else _doubled(asked, source, record, layout[0])
        new = text.lines[number - 1 : last]
        if height == 1:
            new = _voted(asked, new[0], row, layout[2], "label" if turn == 0 and has_names else "")
        lines += new
    return joined(text, [*lines, *text.lines[last:]])


def _doubled(asked: Votes, source: int, record: str, place: int) -> int | None:
    """The image of a line that names one again; in fer2013new.csv such a line is another image of its own."""
    file = asked.dataset.sources[source]
    if by_place(asked.dataset):
        return None
    cells = delimited.split(record, ",")
    name = cells[place].strip() if place < len(cells) else ""
    for choice in (name, f"{Path(file).parent}/{name}"):
        row = row_of(asked.dataset, choice)
        if row >= 0 and asked.dataset.source_of(row) == file:
            return row
    return None


def doubled_lines(asked: Votes, source: int) -> set[int]:
    """The lines of a table of votes that name an image again and change with its first."""
    dataset, file = asked.dataset, asked.dataset.sources[source]
    text = TextFile.parse(read_bytes(dataset.root / file))
    layout, _ = ferplus_files.layout_of(text)
    if layout is None or ferplus_files.is_pixels(dataset.root / file):
        return set()
    own = set(dataset.lines.tolist() if dataset.source is None else dataset.lines[dataset.source == source].tolist())
    found = set()
    for number, height, record in delimited.records(text.lines, ","):
        row = None if number in own or height != 1 else _doubled(asked, source, record, layout[0])
        line = text.lines[number - 1]
        if row in asked.targets and row is not None and _voted(asked, line, row, layout[2], "") != [line]:
            found.add(number)
    return found


def _voted(asked: Votes, line: str, row: int | None, first: int, heading: str) -> list[str]:
    """A line of votes as it is to be: one line, or none where the image's line goes."""
    gone = row is not None and asked.targets.get(row, "") is None
    if gone and not by_place(asked.dataset):
        return []
    bare = line.removesuffix("\r")
    end = line[len(bare) :]
    if asked.mode == "keep":
        said = heading if row is None else NOT_A_FACE if gone else asked.dataset.codes[asked.labels[row]]
        return [f"{bare},{said}{end}"]
    if row is None or not (gone or asked.is_changed(row) or _says_otherwise(asked, bare, row, first)):
        return [line]
    return [_with_votes(bare, first, asked.shares(row)) + end]


def _says_otherwise(asked: Votes, record: str, row: int, first: int) -> bool:
    """Whether the votes of a line have another majority than the label that was decided for its image."""
    if row not in asked.targets:
        return False
    cells = delimited.split(record, ",")[first : first + len(ferplus_files.VOTED)]
    votes = ferplus_files.parse_votes([cell.strip() for cell in cells])
    return votes is not None and int(np.argmax(votes[: ferplus_files.EMOTIONS])) != int(asked.labels[row])


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
    rows = np.flatnonzero(labels != dataset.labels)
    for row in rows if dataset.source is None else rows[dataset.source[rows] == source]:
        record = int(np.searchsorted(known.lines, dataset.lines[row]))
        begin, size = int(known.offsets[record]), int(known.sizes[record])
        cells = data[begin : begin + size].split(known.mark)
        cell = cells[known.order[0]]
        at = begin + sum(len(c) + 1 for c in cells[: known.order[0]]) + len(cell) - len(cell.lstrip(b' "'))
        written = cell.strip(b' "\r\n')
        if label_key(written.decode("latin-1")) != label_key(dataset.codes[dataset.labels[row]]):
            raise changed_since(dataset, int(row))
        edits.append((at, at + len(written), dataset.codes[labels[row]].encode("latin-1")))
    parts, last = [], 0
    for start, end, new in sorted(edits):
        parts += [data[last:start], new]
        last = end
    return b"".join([*parts, data[last:]])


def batches(
    dataset: Dataset, labels: NDArray[np.int16], names: Sequence[str] = (*TRAIN, TEST, META)
) -> dict[str, bytes]:
    """CIFAR-10's batches with the changed labels patched into the pickles: every other byte is the same.

    Args:
        dataset: the source.
        labels: int16 [N], the labels after the corrections.
        names: which files; of fewer than all only those that change are given back.
    """
    whole = META in names
    changed: dict[str, dict[int, tuple[int, int]]] = {}
    for row in np.flatnonzero(labels != dataset.labels):
        batch, place = place_of(dataset.names[row])
        changed.setdefault(batch, {})[place] = (int(dataset.labels[row]), int(labels[row]))
    files = {}
    for name in names:
        if (dataset.root / name).is_file() and (whole or name in changed):
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
            raise file_changed(shown, place + 1, str(old))
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
