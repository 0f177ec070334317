"""Text files read so that they can be written back byte for byte.

A file is cut at line feeds only (or at carriage returns, where it holds no line feed); what else a line ends with, a
carriage return or trailing spaces, stays in it. Joining the lines and encoding them again gives the same bytes.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from pathlib import Path

from auditor.data.files.packed import unpack
from auditor.data.files.regular import read_regular, reason
from auditor.data.problems import Problems
from auditor.errors import DataError
from auditor.plural import counted

LARGEST_TEXT = 2**30
"""The maximum size of a label file, in bytes."""

MOST_LINES = 20_000_000
"""Lines of the longest one: a small file of line ends alone would fill the memory."""

LONGEST_LINE = 4096
"""Characters of the longest line that can be a label: longer ones are listed as bad and not parsed."""

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


@dataclass(frozen=True, slots=True)
class TextFile:
    r"""The text of a file and what is needed to write it back.

    Attributes:
        encoding: 'utf-8', 'utf-16-le', 'utf-16-be', or 'latin-1' for bytes that are none of these.
        mark: The byte-order mark the file begins with, or b''.
        newline: What the file was cut at, '\n' or '\r'.
        lines: The lines without `newline`; the last one is empty where the file ends with a newline.
    """

    encoding: str
    mark: bytes
    newline: str
    lines: list[str]

    @classmethod
    def parse(cls, data: bytes) -> TextFile:
        """Cut bytes into lines; never fails."""
        encoding, mark = cls.form(data)
        return cls(encoding, mark, *_cut(data[len(mark) :].decode(encoding)))

    @staticmethod
    def form(data: bytes) -> tuple[str, bytes]:
        """Return the encoding of bytes and the byte-order mark that they begin with, or b''."""
        for mark, encoding in _MARKS:
            if data.startswith(mark) and _is(data[len(mark) :], encoding):
                return encoding, mark
        return next(each for each in (*_unmarked(data), "utf-8", "latin-1") if _is(data, each)), b""

    def to_bytes(self, lines: list[str] | None = None) -> bytes:
        """The file's bytes, or those it would have with other lines."""
        return self.mark + self.newline.join(self.lines if lines is None else lines).encode(self.encoding)

    def joined(self, lines: list[str]) -> bytes:
        """Return the file's bytes with other lines, of which fewer may be left.

        Where the last line was removed and had no line end, the line end of the new last line is removed too.
        """
        if len(lines) < len(self.lines) and lines and self.lines[-1] and self.newline == "\n":
            lines = [*lines[:-1], lines[-1].removesuffix("\r")]
        return self.to_bytes(lines)


def _unmarked(data: bytes) -> list[str]:
    """The encodings of two bytes a character that a text without a mark may have: every other byte is then 0."""
    head = data[:1024]
    zeros = [(head[place::2].count(0), head[1 - place :: 2].count(0), name) for place, name in _ZERO_AT]
    return [name for many, few, name in zeros if len(head) >= 8 and many * 4 > len(head) and not few]


_ZERO_AT = ((1, "utf-16-le"), (0, "utf-16-be"))


def _is(data: bytes, encoding: str) -> bool:
    """Whether these bytes are in this encoding and would come back the same."""
    if encoding == "latin-1" or (encoding == "utf-8" and data.isascii()):
        return True
    try:
        text = data.decode(encoding)
    except UnicodeError:
        return False
    return encoding == "utf-8" or text.encode(encoding) == data


def _cut(text: str) -> tuple[str, list[str]]:
    newline = "\r" if "\n" not in text and "\r" in text else "\n"
    return newline, text.split(newline)


def read_bytes(path: Path, largest: int = LARGEST_TEXT) -> bytes:
    """The bytes of a regular file, at most `largest` of them.

    Raises:
        DataError: It is missing, not a regular file, too large or not readable.
    """
    try:
        return read_regular(path, largest)
    except (OSError, ValueError) as error:
        why = reason(error)
        raise DataError(f"The file {path} cannot be read ({why}); check that it is there and readable.") from error


def read_text(path: Path, file: str, problems: Problems) -> TextFile:
    """Read a label file; bytes that are not Unicode are listed as a problem of kind 'encoding' and read as Latin-1.

    Args:
        path: The file.
        file: Its name in problems, relative to the root.
        problems: Where to list what is wrong.

    Raises:
        DataError: The file cannot be read at all.
    """
    data = unpack(read_bytes(path), path.name)
    if (lines := max(data.count(b"\n"), data.count(b"\r"))) > MOST_LINES:
        raise DataError(
            f"The file {path} has {counted(lines, 'line')}, more than the {MOST_LINES:,} that are read; split it."
        )
    text = TextFile.parse(data)
    if text.encoding == "latin-1":
        line = next(i for i, content in enumerate(text.lines, 1) if not content.isascii())
        problems.add(file, line, "encoding", "the file is not UTF-8 text from this line on: it is read as Latin-1")
    return text
