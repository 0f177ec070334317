"""Find the few of many lines that may begin with one of some words, by numpy: a loop over a million takes too long."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

BITS = 22
"""Bits of the hash that beginnings are looked up by: 4 million places, of which a correction marks few."""

WORD = 8
"""Bytes that are read at a time."""

ODD = 0x9E3779B97F4A7C15
"""Multiplier of the hash: 2^64 over the golden ratio, which spreads consecutive numbers (Knuth, TAOCP 3, 6.4)."""

LINE_FEED, LAST_BLANK, FIRST_NOT_ASCII = 10, 32, 128


def near(data: bytes, starts: NDArray[np.intp], words: Collection[str]) -> list[int]:
    """Return the 1-based numbers of all lines that may begin with one of the words, ascending, and of few others.

    Args:
        data: UTF-8.
        starts: First byte of each line, intp [L]; a line ends before the next one's line feed.
        words: None of them empty.

    Returns:
        Every line whose first word is one of `words`, that begins with white space, or that is not ASCII; and a few
        that only have a word's hash.
    """
    padded = np.frombuffer(data + bytes([LINE_FEED]) * WORD, np.uint8)
    found = padded[starts] <= LAST_BLANK
    if not data.isascii():
        found[np.searchsorted(starts, np.flatnonzero(padded >= FIRST_NOT_ASCII), "right") - 1] = True
    ascii_words = [word.encode() for word in words if word.isascii()]
    if ascii_words:
        found |= _alike(padded, starts, ascii_words)
    result: list[int] = (np.flatnonzero(found) + 1).tolist()
    return result


def _alike(data: NDArray[np.uint8], starts: NDArray[np.intp], words: Collection[bytes]) -> NDArray[np.bool_]:
    """Whether as many bytes as the shortest word has, from each place on, have the hash of some word's: bool [L]."""
    size = min(map(len, words))
    beginnings = np.frombuffer(b"".join(word[:size] + bytes(WORD) for word in words), np.uint8)
    of_words = _hashes(beginnings, np.arange(len(words)) * (size + WORD), size)
    marked = np.zeros(1 << BITS, np.bool_)
    marked[of_words] = True
    alike: NDArray[np.bool_] = marked[_hashes(data, starts, size)]
    return alike


def _hashes(data: NDArray[np.uint8], starts: NDArray[np.intp], size: int) -> NDArray[np.uint64]:
    """Return a hash of the `size` bytes from each place on, uint64 [L] below 2^BITS."""
    words = np.ndarray((len(data) - WORD + 1,), "<u8", np.ascontiguousarray(data), strides=(1,))
    hashes = np.zeros(len(starts), np.uint64)
    mask = np.uint64((1 << 8 * min(size, WORD)) - 1)
    for offset in sorted({*range(0, size - WORD, WORD), max(size - WORD, 0)}):
        place = np.minimum(starts + offset, len(words) - 1)  # a line too short for it may be called alike, or not
        hashes = (hashes ^ (words[place] & mask)) * np.uint64(ODD)
        hashes ^= hashes >> np.uint64(29)
    return hashes >> np.uint64(64 - BITS)
