"""Counts with their nouns: '1 face', '2,000 faces'; for every sentence that a person reads."""

from __future__ import annotations


def counted(count: int, one: str, more: str = "") -> str:
    """Return a count with its noun in the right number, thousands separated by a comma.

    Args:
        count: How many.
        one: The noun for exactly one, with its verb if need be: 'face', 'face is'.
        more: The same for every other count, 0 too; by default `one` with an s.
    """
    return f"{count:,} {agreeing(count, one, more or f'{one}s')}"


def agreeing(count: int, one: str, more: str) -> str:
    """Return the word that fits a count that is not repeated: 'is' or 'are', 'it' or 'them'."""
    return one if count == 1 else more
