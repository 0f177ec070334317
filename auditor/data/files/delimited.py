"""Comma- and tab-separated text, record by record, with the place of every field so that one can be replaced in a file.

Lists whose fields stand between white space ('a.jpg 3') are read in the same way, with `SPACE` as the delimiter.

A stray quote does not swallow the rest of a file: a record that is not closed within `TALLEST` lines is one bad line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

DELIMITERS = ("\t", ",", ";", "|")
"""Of two that cut all lines alike the first is taken: names with a comma are commoner than names with a tab."""

SPACE = " "
"""The delimiter of lists whose fields stand between any white space; nothing is quoted there."""

_FIRST = re.compile(r"\s*(\S(?:.*?\S)?\.(?:jpe?g|jfif|png|bmp|webp|tiff?|gif|pgm|ppm))(?=\s|$)", re.I)
_USUAL = (".jpg", ".png", ".jpeg", ".JPG")
_LABEL_FIRST = re.compile(r"\s*[0-9]{1,3}\s+\S+\s*$")
_TOKEN = re.compile(r"\S+")
_COMMENT = re.compile(r"#(?!\S*\.(?:jpe?g|jfif|png|bmp|webp|tiff?|gif|pgm|ppm)(?:[\s,;|]|$))", re.I)
"""A line that is no record; one whose first word is '#1.jpg' is, for images may be called so."""
_EXCEL = re.compile(r"\ufeff?\"?sep=(.)\"?\s*", re.I)

TALLEST = 64
"""The maximum number of lines of one quoted record."""

LONGEST_RECORD = 100_000
"""The maximum length of a record, in characters."""


def records(lines: Sequence[str], delimiter: str) -> Iterator[tuple[int, int, str]]:
    """The records of a text cut at line feeds.

    Yields:
        The number of the record's first line (1-based), how many lines it spans (0 for a line that cannot be a record:
        a quote that is never closed, NUL characters, a line of megabytes), and its text without the final line end.
        Blank lines are skipped.
    """
    quoted = delimiter != SPACE and any('"' in line for line in lines)
    if not quoted and not any("\0" in line or len(line) > LONGEST_RECORD for line in lines):
        for number, line in enumerate(lines, 1):  # most tables: nothing is quoted, every line is a record
            if line and not line.isspace():
                yield number, 1, line[:-1] if line.endswith("\r") else line
        return
    at = 0
    while at < len(lines):
        line, height = lines[at], 1
        if delimiter == SPACE:
            height = int(len(line) <= LONGEST_RECORD and "\0" not in line)
        elif len(line) > LONGEST_RECORD or "\0" in line:
            height = 0
        elif '"' in line and _is_open(line, delimiter):
            height = _height(lines, at, delimiter)
            line = "\n".join(lines[at : at + max(height, 1)])
        if line and not line.isspace():
            yield at + 1, height, line[:-1] if line.endswith("\r") else line
        at += max(height, 1)


def split(record: str, delimiter: str) -> list[str]:
    """The fields of a record, quotes removed."""
    if delimiter == SPACE:
        fields = record.split()
        if fields and fields[0].endswith(_USUAL):  # most lists: nothing is left for the patterns to say
            return fields
        return [record[start:end] for start, end in spans(record, delimiter)]
    if '"' not in record:
        return record.split(delimiter)
    return [unquote(record[start:end]) for start, end in spans(record, delimiter)]


def spans(record: str, delimiter: str) -> list[tuple[int, int]]:
    """Where each field of a record begins and ends, quotes included."""
    if delimiter == SPACE:  # a name may hold spaces where its ending says how far it goes
        first = _FIRST.match(record) if _LABEL_FIRST.match(record) is None else None
        begin = [first.span(1)] if first else []
        return begin + [match.span() for match in _TOKEN.finditer(record, first.end() if first else 0)]
    return [match.span(1) for match in _field(delimiter).finditer(record)]


def unquote(field: str) -> str:
    """The value of a field as it is written."""
    stripped = field.strip(" ")
    if len(stripped) >= 2 and stripped[0] == stripped[-1] == '"':
        return stripped[1:-1].replace('""', '"')
    return field


def quote_like(value: str, field: str, delimiter: str) -> str:
    """A new value written the way the old field was: quoted and padded where that was, or where it must be."""
    if delimiter == SPACE:
        return value
    stripped = field.strip(" ")
    quoted = len(stripped) >= 2 and stripped[0] == stripped[-1] == '"'
    if quoted or any(c in value for c in (delimiter, '"', "\n", "\r")):
        value = '"' + value.replace('"', '""') + '"'
    return field.replace(stripped, value, 1) if stripped else value


def guess_delimiter(lines: Sequence[str]) -> str:
    """The delimiter that cuts the first lines into the same number of fields, more than one; ',' where none does."""
    head = [line for line in lines[:50] if line.strip() and len(line) <= LONGEST_RECORD][:20]
    best, most = ",", 0.0
    for delimiter in DELIMITERS:
        counts = [len(split(line, delimiter)) for line in head if not _is_open(line, delimiter)]
        usual = max(set(counts), key=counts.count, default=1)
        agreeing = counts.count(usual) / max(len(counts), 1) if usual > 1 else 0.0
        if agreeing > most + 1e-9:
            best, most = delimiter, agreeing
    return best


@dataclass(frozen=True)
class Dialect:
    """How a text is laid out.

    Attributes:
        delimiter: What its records are cut at.
        header: 0-based line of the first record.
        comments: Whether lines that begin with '#' are no records, unless an image's name begins so.
        marked: Whether the first record stands behind a '#' ('# name label', as NumPy writes it).
    """

    delimiter: str
    header: int
    comments: bool = False
    marked: bool = False

    def records(self, lines: Sequence[str]) -> Iterator[tuple[int, int, str]]:
        """The records, as `records` gives them, without what stands before the table and without comments."""
        if not (self.header or self.comments or self.marked):
            yield from records(lines, self.delimiter)
            return
        for number, height, record in records(lines, self.delimiter):
            if number <= self.header:
                continue
            if number == self.header + 1 and self.marked:
                yield number, height, record.lstrip("# ")
            elif not (self.comments and _COMMENT.match(record)):
                yield number, height, record


def dialect(lines: Sequence[str], name: str) -> Dialect:
    """How a text is laid out: Excel's 'sep=;' line and comments before the table, and the delimiter.

    Args:
        lines: The text, cut at line feeds.
        name: The file's name, whose ending may say the delimiter ('.tsv') or that it is a list ('.txt').
    """
    first = next((place for place, line in enumerate(lines) if line and not line.isspace()), 0)
    declared = _EXCEL.fullmatch(lines[first]) if lines else None
    if declared:
        return Dialect(declared[1], first + 1)
    if not (lines and _COMMENT.match(lines[first].lstrip("\ufeff"))):
        delimiter = _delimiter(lines, name)
        return Dialect(delimiter, first if delimiter == SPACE else _below_title(lines, first, delimiter))
    comments = [place for place, line in enumerate(lines[: first + 1000], 0) if _COMMENT.match(line)]
    table = [line for line in lines if not _COMMENT.match(line)]
    delimiter = _delimiter(table, name)
    body = next((place for place, line in enumerate(lines) if place >= first and not _COMMENT.match(line)), first)
    last = max((place for place in comments if place < body), default=first)
    row = next((line for line in table if line and not line.isspace()), "")
    width, above = len(split(row, delimiter)), len(split(lines[last].lstrip("# "), delimiter))
    marked = width == above > 1 and any(cell.strip().lower().endswith(_ENDINGS) for cell in split(row, delimiter))
    return Dialect(delimiter, last if marked else body, True, marked)


def _below_title(lines: Sequence[str], first: int, delimiter: str) -> int:
    """The line of the first record, which may be below lines of a title, with one field each, as Excel exports them."""
    head = [place for place in range(first, min(first + 40, len(lines))) if lines[place].strip()]
    widths = [len(split(lines[place], delimiter)) for place in head if len(lines[place]) <= LONGEST_RECORD]
    usual = max(set(widths), key=widths.count, default=1)
    if not widths or usual == 1 or widths[0] > 1 or any('"' in lines[place] for place in head[:MOST_TITLES]):
        return first
    start = next((place for place, width in zip(head, widths, strict=False) if width == usual), first)
    return (
        start if widths[: head.index(start)] == [1] * head.index(start) and head.index(start) <= MOST_TITLES else first
    )


MOST_TITLES = 5
"""The maximum number of lines of a title above a table."""

_ENDINGS = (".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp", ".gif")


def _delimiter(lines: Sequence[str], name: str) -> str:
    if name.lower().removesuffix(".gz").endswith(".tsv"):
        return "\t"
    best = guess_delimiter(lines)
    head = [line for line in lines[:50] if line.strip() and len(line) <= LONGEST_RECORD][:20]
    cut = sum(len(split(line, best)) > 1 for line in head)
    spaced = [split(line, SPACE) for line in head]
    images = sum(
        len(cells) > 1 and any(cell.lower().endswith(_ENDINGS) for cell in (cells[0], cells[-1])) for cells in spaced
    )
    numbers = sum(len(cells) > 1 and cells[-1].lstrip("+-").isdecimal() for cells in spaced)
    is_list = name.lower().removesuffix(".gz").endswith((".txt", ".lst", ".list"))
    likely = images * 2 > len(head) or (is_list and numbers * 2 > len(head))
    return SPACE if likely and cut * 2 <= len(head) else best


@cache
def _field(delimiter: str) -> re.Pattern[str]:
    mark = re.escape(delimiter)
    return re.compile(rf'(?:^|(?<={mark}))([ ]*"(?:[^"]|"")*"[ ]*(?=$|{mark})|[^{mark}]*)(?:$|{mark})', re.DOTALL)


@cache
def _fields(delimiter: str) -> re.Pattern[str]:
    """Whole fields, then an open quote up to the end (group 1) or a last whole field (group 2), or neither."""
    mark = re.escape(delimiter)
    whole = rf'(?:[ ]*"(?:[^"]|"")*"[ ]*(?=$|{mark})|(?![ ]*")[^{mark}]*)'
    return re.compile(rf'(?:{whole}{mark})*(?:([ ]*"(?:[^"]|"")*$)|({whole})$)?', re.DOTALL)


def _is_open(text: str, delimiter: str) -> bool:
    """Whether a record goes on in the next line: it ends inside quotes."""
    return _state(text, delimiter) == "open"


def _state(text: str, delimiter: str) -> str:
    match = _fields(delimiter).match(text.removesuffix("\r"))
    if match is None or (match[1] is None and match[2] is None):
        return "broken"
    return "whole" if match[1] is None else "open"


def _height(lines: Sequence[str], at: int, delimiter: str) -> int:
    """Lines until the open quote is closed where a field ends, or 0 where that is not soon."""
    text = lines[at]
    for height in range(2, TALLEST + 1):
        if at + height > len(lines) or len(text) > LONGEST_RECORD or "\0" in text:
            return 0
        text += "\n" + lines[at + height - 1]
        if '"' in lines[at + height - 1]:
            state = _state(text, delimiter)
            if state != "open":
                return height if state == "whole" else 0
    return 0
