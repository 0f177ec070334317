"""The files of FER2013 and FER+, record by record: pixels and labels, votes, and where each record stands."""

from __future__ import annotations

import gzip
import zlib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from auditor.data.dataset import SPLITS, Dataset, LabelSet
from auditor.data.files import delimited
from auditor.data.files.packed import open_inside, read_inside, unpack
from auditor.data.files.remembered import until_changed
from auditor.data.files.textfile import TextFile, read_bytes, read_text
from auditor.data.formats.emotions import FER2013
from auditor.data.formats.emotions import WORDS as WORDS_FOR_EMOTIONS
from auditor.data.formats.splits import WORDS
from auditor.data.problems import Problems, printable
from auditor.errors import DataError, ImageError
from auditor.plural import counted

SIDE: Final = 48
LONGEST_RECORD: Final = 65536
LARGEST_FILE: Final = 2**31
USAGES: Final = {"training": 0, "publictest": 1, "privatetest": 2, **WORDS}
"""Codes of `SPLITS` by what FER2013 and its copies call them."""

CLASSES: Final = (*FER2013, "contempt")
"""FER2013's order, and CK+'s contempt, which copies of its form number 7."""

MARKS: Final = (b",", b";", b"\t")
_EMOTION, _PIXELS, _USAGE = (b"emotion", b"label", b"class", b"expression"), (b"pixels", b"pixel"), (b"usage", b"split")

VOTED: Final = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt", "unknown", "NF")
EMOTIONS: Final = 8
"""The first eight columns of votes are emotions."""

assert [USAGES[name] for name in ("training", "publictest", "privatetest")] == list(range(len(SPLITS)))


@dataclass(frozen=True, eq=False)
class Pictures:
    """The records of fer2013.csv, one entry a line that is not blank.

    Attributes:
        offsets: int64 [N], where the record begins in the file.
        sizes: int32 [N], its bytes.
        lines: int32 [N], its 1-based line.
        emotions: int16 [N], 0..7, or -1 where that is no such number.
        usages: int8 [N], codes of `SPLITS`, or -1.
        whole: bool [N], whether it has 2,304 pixels.
        order: Where emotion, pixels and usage stand in a record (-1: nowhere).
        mark: What its fields stand between.
        words: How the classes are written where they are words, by their number.
    """

    offsets: NDArray[np.int64]
    sizes: NDArray[np.int32]
    lines: NDArray[np.int32]
    emotions: NDArray[np.int16]
    usages: NDArray[np.int8]
    whole: NDArray[np.bool_]
    order: tuple[int, int, int]
    mark: bytes = b","
    words: dict[int, str] = field(default_factory=dict)


@until_changed(4)
def pictures(path: Path) -> Pictures:
    """Read fer2013.csv without keeping its pixels in memory; remembered until the file changes.

    Raises:
        DataError: It cannot be read.
    """
    if not path.is_file() or path.stat().st_size > LARGEST_FILE:
        raise DataError(f"The path {path} is not a file of at most {LARGEST_FILE:,} bytes; choose another.")
    try:
        return _pictures(path)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"The file {path} is no whole gzip file ({error}); compress it anew.") from error
    except OSError as error:
        raise DataError(f"The file {path} cannot be read ({error.strerror}); check that it is there.") from error


def _pictures(path: Path) -> Pictures:
    rows: list[tuple[int, int, int, int, int, bool]] = []
    order, mark, offset, number = (0, 1, 2), b",", 0, 0
    words: Counter[tuple[int, str]] = Counter()
    with open_inside(path) as file:
        while raw := file.readline(LONGEST_RECORD):
            number += 1
            begin, offset = offset, offset + len(raw)
            if offset > LARGEST_FILE:
                raise DataError(f"The file {path} holds more than {LARGEST_FILE:,} bytes; unpack and split it.")
            whole_line = raw.endswith(b"\n") or len(raw) < LONGEST_RECORD
            while not whole_line and (more := file.readline(LONGEST_RECORD)):
                offset += len(more)
                whole_line = more.endswith(b"\n")
            if number == 1:
                header = header_of(raw)
                if header is not None:
                    order, mark = header
                    continue
            if raw.strip():
                rows.append((begin, len(raw), number, *_record(raw, order, mark, words)))
    table = np.array(rows, dtype=np.int64).reshape(-1, 6)
    return Pictures(
        offsets=table[:, 0],
        sizes=table[:, 1].astype(np.int32),
        lines=table[:, 2].astype(np.int32),
        emotions=table[:, 3].astype(np.int16),
        usages=table[:, 4].astype(np.int8),
        whole=table[:, 5].astype(np.bool_),
        order=order,
        mark=mark,
        words={code: word for (code, word), _ in reversed(words.most_common())},
    )


def header_of(raw: bytes) -> tuple[tuple[int, int, int], bytes] | None:
    """Where emotion, pixels and usage (-1: nowhere) stand in a line of names, and the mark between them; or None."""
    for mark in MARKS:
        names = [cell.strip(b' "\r\n\xef\xbb\xbf').lower() for cell in raw.split(mark)]
        places = [
            next((names.index(name) for name in spellings if name in names), -1)
            for spellings in (_EMOTION, _PIXELS, _USAGE)
        ]
        if min(places[:2]) >= 0:
            return (places[0], places[1], places[2]), mark
    return None


def is_pixels(path: Path) -> bool:
    """Whether a file has FER2013's columns, whatever it is called."""
    return header_of(beginning(path, LONGEST_RECORD).partition(b"\n")[0]) is not None


def beginning(path: Path, size: int) -> bytes:
    """The first bytes of what is inside a file, b'' where it cannot be read."""
    try:
        with path.open("rb") as file:
            return unpack(file.read(size), path.name, size, part=True)
    except (OSError, DataError):
        return b""


def _record(
    raw: bytes, order: tuple[int, int, int], mark: bytes, words: Counter[tuple[int, str]]
) -> tuple[int, int, bool]:
    """Emotion, usage (-1 where it is none) and whether there are as many numbers as pixels; a word is counted."""
    cells = raw.split(mark)
    if len(cells) <= max(order):
        return -1, -1, False
    emotion, pixels, usage = (cells[place].strip(b' "\r\n') if place >= 0 else b"training" for place in order)
    digit = emotion.removesuffix(b".0")
    code = int(digit) if len(digit) == 1 and b"0" <= digit <= b"7" else -1
    if code >= 0 and len(emotion) > 1:
        words[code, emotion.decode("latin-1")] += 1
    elif code < 0 and 2 < len(emotion) < 20:
        word = emotion.decode("latin-1")
        code = _CODES.get(WORDS_FOR_EMOTIONS.get(word.casefold(), ""), -1)
        words[code, word] += code >= 0
    split = USAGES.get(usage.decode("latin-1").lower(), -1)
    return code, split, pixels.count(b" ") == SIDE * SIDE - 1


_CODES: Final = {WORDS_FOR_EMOTIONS[name]: code for code, name in enumerate(CLASSES)}


def picture(path: Path, record: int) -> NDArray[np.uint8]:
    """The pixels of one record: uint8 [48, 48].

    Raises:
        ImageError: They are not 2,304 numbers from 0 to 255.
    """
    index = pictures(path)
    try:
        raw = read_inside(path, int(index.offsets[record]), int(index.sizes[record]))
        cell = raw.split(index.mark)[index.order[1]].strip(b' "\r\n')
        values = np.array(cell.split(), dtype=np.int64)
    except (OSError, ValueError, IndexError, OverflowError, DataError) as error:
        raise ImageError(
            f"Record {record} of {path.name} has no readable pixels ({printable(str(error))}); copy the file again."
        ) from error
    if values.shape != (SIDE * SIDE,) or values.min() < 0 or values.max() > 255:
        raise ImageError(
            f"Record {record} of {path.name} does not hold {SIDE * SIDE:,} pixels from 0 to 255; copy the file again."
        )
    return values.astype(np.uint8).reshape(SIDE, SIDE)


@dataclass(frozen=True, eq=False)
class Votes:
    """The records of a file of votes, one entry a line that is not blank (bad ones too: files are joined by row).

    Attributes:
        lines: int32 [N], 1-based.
        names: str [N], image names, '' for none.
        votes: float32 [N, 10], NaN where the line is bad.
        usages: int8 [N], codes of `SPLITS`, or -1 where there is none.
    """

    lines: NDArray[np.int32]
    names: NDArray[np.object_]
    votes: NDArray[np.float32]
    usages: NDArray[np.int8]


def joined(votes: Votes, pictures: Pictures, votes_file: str, pixels_file: str) -> Votes:
    """The votes of each row of pixels, and its usage, which the votes say where the pixels do not.

    Nothing but its place says which votes a row of pixels has: with one row more or less in between, all rows behind it
    would get those of other pictures.

    Raises:
        DataError: There are not as many rows in both, or rows at the same place are of different usages.
    """
    expected = "expected the same rows in the same order, since their place alone says which belong together"
    advice = f"copy both files again, or choose {pixels_file} as the label file to open it without the votes"
    rows, others = len(votes.lines), len(pictures.lines)
    if rows != others:
        raise DataError(
            f"The file {votes_file} has {counted(rows, 'row')} and {pixels_file} has {others:,}, and {expected}; "
            f"{advice}."
        )
    says_usage = pictures.order[2] >= 0
    both = (votes.usages >= 0) & (pictures.usages >= 0) & says_usage
    apart = np.flatnonzero(both & (votes.usages != pictures.usages))
    if len(apart):
        first = f"the first are line {votes.lines[apart[0]]} and line {pictures.lines[apart[0]]}"
        raise DataError(
            f"The files {votes_file} and {pixels_file} have {counted(rows, 'row')} each, of which {len(apart):,} "
            f"differ in Usage ({first}), and {expected}; {advice}."
        )
    return Votes(votes.lines, votes.names, votes.votes, pictures.usages if says_usage else votes.usages)


def votes_layout(header: list[str]) -> tuple[int, int | None, int] | None:
    """Where the image name, the usage (None: nowhere) and the first vote stand; None where it is no file of votes.

    Args:
        header: The cells of the first line: fer2013new.csv has names there, a prepared label.csv is all records.
    """
    names = [cell.strip().strip('"').casefold() for cell in header]
    wanted = [name.casefold() for name in VOTED]
    if wanted[0] in names:
        first = names.index(wanted[0])
        if names[first : first + len(wanted)] == wanted and "image name" in names:
            return names.index("image name"), names.index("usage") if "usage" in names else None, first
        return None
    if len(names) == len(VOTED) + 2 and names[0].endswith((".png", ".jpg")):
        return 0, None, 2
    return None


def votes(path: Path, file: str, problems: Problems) -> Votes:
    """Read a file of votes.

    Raises:
        DataError: It is not a file of votes.
    """
    text = read_text(path, file, problems)
    layout, has_names = layout_of(text)
    if layout is None:
        raise DataError(f"The file {file} is no file of FER+ votes; expected the columns {', '.join(VOTED)}.")
    lines, names, counts, usages = [], [], [], []
    for turn, (number, height, record) in enumerate(delimited.records(text.lines, ",")):
        if turn == 0 and has_names:
            continue
        cells = [cell.strip() for cell in delimited.split(record, ",")] if height else []
        numbers = parse_votes(cells[layout[2] : layout[2] + len(VOTED)])
        if numbers is None:
            message = f"expected {len(VOTED)} numbers of votes, found {printable(record)!r}: the line is left out"
            problems.add(file, number, "bad-line", message)
        lines.append(number)
        counts.append(numbers or [np.nan] * len(VOTED))
        names.append(cells[layout[0]] if numbers else "")
        usages.append(-1 if layout[1] is None or not numbers else USAGES.get(cells[layout[1]].casefold(), -1))
    return Votes(
        np.array(lines, dtype=np.int32),
        np.array(names, dtype=object),
        np.array(counts, dtype=np.float32).reshape(-1, len(VOTED)),
        np.array(usages, dtype=np.int8),
    )


def layout_of(text: TextFile) -> tuple[tuple[int, int | None, int] | None, bool]:
    """The layout of a file of votes (None where it is none), and whether its first line names the columns."""
    first = next((record for _, height, record in delimited.records(text.lines, ",") if height), "")
    cells = delimited.split(first, ",")
    layout = votes_layout(cells)
    return layout, layout is not None and parse_votes(cells[layout[2] : layout[2] + len(VOTED)]) is None


def is_votes(path: Path) -> bool:
    """Whether a file begins like one of votes."""
    return layout_of(TextFile.parse(beginning(path, 4096)))[0] is not None


@until_changed(8)
def _record_lines(path: Path) -> NDArray[np.int64]:
    text = TextFile.parse(unpack(read_bytes(path), path.name))
    numbers = [number for number, _, _ in delimited.records(text.lines, ",")]
    return np.array(numbers[1:] if layout_of(text)[1] else numbers, dtype=np.int64)


def record_at(path: Path, line: int) -> int:
    """The record (from 0) that stands on a line of a file of votes."""
    return int(np.searchsorted(_record_lines(path), line))


def parse_votes(cells: list[str]) -> list[float] | None:
    """Ten numbers of votes, or None where these are none."""
    try:
        values = [float(cell or 0) for cell in cells]
    except ValueError:
        return None
    return values if len(values) == len(VOTED) and all(0 <= value <= 1000 for value in values) else None


def has_majority(votes: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Whether an emotion has at least as many votes as 'unknown' and as 'NF', and any at all."""
    filled = np.nan_to_num(votes)
    best = filled[:, :EMOTIONS].max(axis=1, initial=0)
    majority: NDArray[np.bool_] = (best > 0) & (best >= filled[:, EMOTIONS:].max(axis=1, initial=0))
    return majority


def distribution(votes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Votes as shares; rows without votes are 0."""
    filled = np.nan_to_num(votes)
    total = filled.sum(axis=1, keepdims=True)
    shares: NDArray[np.float32] = np.divide(filled, total, out=np.zeros_like(filled), where=total > 0)
    return shares


def soft_labels(votes: NDArray[np.float32]) -> LabelSet:
    """Return the votes as soft labels, without single labels, which would repeat the audited ones."""
    return LabelSet("votes", np.full(len(votes), -1, dtype=np.int16), distribution(votes[:, :EMOTIONS]))


def by_place(dataset: Dataset) -> bool:
    """Whether the audited file is one of votes whose lines belong to a table of pixels by their place."""
    return bool((dataset.paths == "").any()) and not is_pixels(dataset.root / dataset.source_of(0))
