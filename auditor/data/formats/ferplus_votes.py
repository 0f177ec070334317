"""Corrected votes of FER+ and emotions of FER2013, written into their tables."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from auditor.data.dataset import Dataset
from auditor.data.files import delimited
from auditor.data.files.packed import pack, unpack
from auditor.data.files.textfile import TextFile, read_bytes
from auditor.data.formats import ferplus_files
from auditor.data.formats.classes import label_key
from auditor.data.formats.correction import CorrectionRequest
from auditor.data.formats.edits import changed_since, file_changed, row_of
from auditor.data.formats.ferplus_files import by_place
from auditor.errors import ExportError

MODES: Final = ("replace", "keep")
LARGEST: Final = 2**31
NOT_A_FACE: Final = ferplus_files.VOTED[-1]


def corrected(request: CorrectionRequest) -> dict[str, bytes]:
    """The audited table, and the others that hold a changed image, by path relative to the root.

    Raises:
        ExportError: There is no such way with votes, or a file is not what it was when the data set was opened.
    """
    if request.votes not in MODES:
        raise ExportError(f"Votes can be {' or '.join(MODES)}, not {request.votes!r}; choose one of these.")
    dataset, files = request.dataset, {}
    touched = {dataset.source_of(row) for row in (*request.soft, *request.targets)}
    for source, file in enumerate(dataset.sources):
        if source == 0 or file in touched:
            data = votes_table(request, source)
            if source == 0 or data != (dataset.root / file).read_bytes():
                files[file] = data
    return files


def _is_changed(request: CorrectionRequest, row: int) -> bool:
    """Whether an image's votes are shared out anew."""
    return row in request.soft or bool(request.labels[row] != request.dataset.labels[row])


def _shares(request: CorrectionRequest, row: int) -> tuple[float, ...]:
    """The votes of an image after the corrections as shares of the emotions; all on NF where it is excluded."""
    if request.targets.get(row, "") is None:
        return tuple(float(name == NOT_A_FACE) for name in ferplus_files.VOTED)
    classes = range(request.dataset.num_classes)
    return request.soft.get(row) or tuple(float(c == request.labels[row]) for c in classes)


def votes_table(request: CorrectionRequest, source: int) -> bytes:
    """FER2013's or FER+'s CSV.

    fer2013.csv gets the new emotions. A table of votes gets, for every changed image, all votes on the new label, or
    shared out as its soft label says; or its votes stay and every line gets one more field. An excluded image's line
    goes; in fer2013new.csv, whose lines belong to those of fer2013.csv by their place, all its votes go to NF.
    """
    dataset, file = request.dataset, request.dataset.sources[source]
    if ferplus_files.is_pixels(dataset.root / file):
        return _emotions(dataset, request.labels, source)
    data = read_bytes(dataset.root / file)
    text = TextFile.parse(unpack(data, file))
    layout, has_names = ferplus_files.layout_of(text)
    if layout is None:
        raise file_changed(file, 1, "the columns of FER+")
    if request.votes == "replace" and not request.targets and not request.soft:
        return data
    own_rows = np.arange(len(dataset)) if dataset.source is None else np.flatnonzero(dataset.source == source)
    at = {int(dataset.lines[row]): int(row) for row in own_rows}
    lines: list[str] = []
    last = 0
    for turn, (number, height, record) in enumerate(delimited.records(text.lines, ",")):
        lines += text.lines[last : number - 1]
        last = number - 1 + max(height, 1)
        row = at[number] if number in at else _doubled(request, source, record, layout[0])
        new = text.lines[number - 1 : last]
        if height == 1:
            new = _voted(request, new[0], row, layout[2], "label" if turn == 0 and has_names else "")
        lines += new
    return pack(text.joined([*lines, *text.lines[last:]]), file)


def _doubled(request: CorrectionRequest, source: int, record: str, place: int) -> int | None:
    """The image of a line that names one again; in fer2013new.csv such a line is another image of its own."""
    file = request.dataset.sources[source]
    if by_place(request.dataset):
        return None
    cells = delimited.split(record, ",")
    name = cells[place].strip() if place < len(cells) else ""
    for choice in (name, f"{Path(file).parent}/{name}"):
        row = row_of(request.dataset, choice)
        if row >= 0 and request.dataset.source_of(row) == file:
            return row
    return None


def doubled_lines(request: CorrectionRequest, source: int) -> set[int]:
    """The lines of a table of votes that name an image again and change with its first."""
    dataset, file = request.dataset, request.dataset.sources[source]
    text = TextFile.parse(unpack(read_bytes(dataset.root / file), file))
    layout, _ = ferplus_files.layout_of(text)
    if layout is None or ferplus_files.is_pixels(dataset.root / file):
        return set()
    own = set(dataset.lines.tolist() if dataset.source is None else dataset.lines[dataset.source == source].tolist())
    doubled = set()
    for number, height, record in delimited.records(text.lines, ","):
        row = None if number in own or height != 1 else _doubled(request, source, record, layout[0])
        line = text.lines[number - 1]
        if row in request.targets and row is not None and _voted(request, line, row, layout[2], "") != [line]:
            doubled.add(number)
    return doubled


def _voted(request: CorrectionRequest, line: str, row: int | None, first: int, heading: str) -> list[str]:
    """A line of votes as it is to be: one line, or none where the image's line goes."""
    gone = row is not None and request.targets.get(row, "") is None
    if gone and not by_place(request.dataset):
        return []
    bare = line.removesuffix("\r")
    end = line[len(bare) :]
    if request.votes == "keep":
        label = heading if row is None else NOT_A_FACE if gone else request.dataset.codes[request.labels[row]]
        return [f"{bare},{label}{end}"]
    if row is None or not (gone or _is_changed(request, row) or _says_otherwise(request, bare, row, first)):
        return [line]
    return [_with_votes(bare, first, _shares(request, row)) + end]


def _says_otherwise(request: CorrectionRequest, record: str, row: int, first: int) -> bool:
    """Whether the votes of a line have another majority than the label that was decided for its image."""
    if row not in request.targets:
        return False
    cells = delimited.split(record, ",")[first : first + len(ferplus_files.VOTED)]
    votes = ferplus_files.parse_votes([cell.strip() for cell in cells])
    return votes is not None and int(np.argmax(votes[: ferplus_files.EMOTIONS])) != int(request.labels[row])


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
    packed = read_bytes(path, LARGEST)
    data = unpack(packed, path.name, LARGEST)
    pictures = ferplus_files.pictures(path)
    edits: list[tuple[int, int, bytes]] = []
    rows = np.flatnonzero(labels != dataset.labels)
    for row in rows if dataset.source is None else rows[dataset.source[rows] == source]:
        record = int(np.searchsorted(pictures.lines, dataset.lines[row]))
        begin, size = int(pictures.offsets[record]), int(pictures.sizes[record])
        cells = data[begin : begin + size].split(pictures.mark)
        cell = cells[pictures.order[0]]
        at = begin + sum(len(c) + 1 for c in cells[: pictures.order[0]]) + len(cell) - len(cell.lstrip(b' "'))
        written = cell.strip(b' "\r\n')
        if label_key(written.decode("latin-1")) != label_key(dataset.codes[dataset.labels[row]]):
            raise changed_since(dataset, int(row))
        edits.append((at, at + len(written), dataset.codes[labels[row]].encode("latin-1")))
    parts, last = [], 0
    for start, end, new in sorted(edits):
        parts += [data[last:start], new]
        last = end
    return pack(b"".join([*parts, data[last:]]), path.name) if edits else packed
