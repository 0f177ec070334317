"""A label list of a million lines, of which a correction reads few: looked at as bytes, not cut into a million strings.

`of` returns a `ByteList` for UTF-8 with line feeds, and a `TextList` of the same methods for every other text.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from auditor.data.files import line_search
from auditor.data.files.textfile import TextFile

LINE_FEED = b"\n"


def of(data: bytes) -> ByteList | TextList:
    """Return the lines of a file; never fails."""
    return ByteList.parse(data) or TextList(TextFile.parse(data))


@dataclass(frozen=True, eq=False)
class ByteList:
    """The lines of UTF-8 text with line feeds.

    Attributes:
        data: The file.
        starts: First byte of each line, intp [L].
    """

    data: bytes
    starts: NDArray[np.intp]

    @classmethod
    def parse(cls, data: bytes) -> ByteList | None:
        """Find the lines; None for another encoding, a byte-order mark or other line ends."""
        if LINE_FEED not in data or TextFile.form(data) != ("utf-8", b""):
            return None
        ends = np.flatnonzero(np.frombuffer(data, np.uint8) == LINE_FEED[0])
        return cls(data, np.concatenate([np.zeros(1, np.intp), ends + 1]))

    def __len__(self) -> int:
        return len(self.starts)

    def line(self, number: int) -> str:
        """Return a line by its 1-based number, without its line feed."""
        return self._bytes(number, number).decode()

    def near(self, words: Collection[str]) -> list[int]:
        """Return the numbers of all lines that may begin with one of the words, see `line_search.near`."""
        return line_search.near(self.data, self.starts, words)

    def rebuilt(self, replaced: Mapping[int, str | None]) -> bytes:
        """Return the file with some lines replaced, or removed where the new one is None.

        Where the last line is removed and had no line end, the line end of the new last line is removed too.
        """
        parts, at = [], 1
        for number in sorted(replaced):
            if at < number:
                parts.append(self._bytes(at, number - 1))
            new = replaced[number]
            if new is not None:
                parts.append(new.encode())
            at = number + 1
        if at <= len(self):
            parts.append(self._bytes(at, len(self)))
        if parts and None in replaced.values() and self._bytes(len(self), len(self)):
            parts[-1] = parts[-1].removesuffix(b"\r")
        return LINE_FEED.join(parts)

    def _bytes(self, first: int, last: int) -> bytes:
        end = int(self.starts[last]) - 1 if last < len(self) else len(self.data)
        return self.data[int(self.starts[first - 1]) : end]


@dataclass(frozen=True, eq=False)
class TextList:
    """The lines of any other text."""

    text: TextFile

    def __len__(self) -> int:
        return len(self.text.lines)

    def line(self, number: int) -> str:
        """Return a line by its 1-based number."""
        return self.text.lines[number - 1]

    def near(self, words: Collection[str]) -> list[int]:
        """Return the numbers of all lines."""
        del words
        return [*range(1, len(self) + 1)]

    def rebuilt(self, replaced: Mapping[int, str | None]) -> bytes:
        """Return the file with some lines replaced or removed, as `ByteList.rebuilt` does."""
        new = [replaced.get(number, line) for number, line in enumerate(self.text.lines, 1)]
        return self.text.joined([line for line in new if line is not None])
