"""Find and replace names in text files: as they are, and as JSON and HTML write them."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable
from pathlib import Path

MANY = 50
"""Names beyond which a file is split into words and looked up, instead of searched for each."""

SHORTEST = 4
"""Characters below which a name is no evidence in a file of free text: '12' is in every log."""

_BETWEEN = re.compile(rb"[\s\"'<>|,;:=\\/\0]+")


class Names:
    """Some names, to be found in bytes."""

    def __init__(self, words: Iterable[str]) -> None:
        """Take the names."""
        spelt = {form for word in words if word for form in _forms(word)}
        self._spelt = frozenset(spelt)
        self._pattern = re.compile(rb"(?<![\w.-])(?:%s)(?![\w-])" % b"|".join(map(re.escape, sorted(spelt, key=_long))))

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self._spelt)

    def are_in(self, data: bytes) -> bool:
        """Return whether any of the names is in the bytes, as a word of its own."""
        if not self._spelt:
            return False
        if len(self._spelt) > MANY:
            return any(word in self._spelt for word in _BETWEEN.split(data))
        return self._pattern.search(data) is not None

    def without(self, data: bytes) -> bytes:
        """Return the lines of a text that hold none of the names."""
        return b"".join(line for line in data.splitlines(keepends=True) if not self.are_in(line))

    def replaced(self, data: bytes, by: bytes) -> bytes:
        """Return a text with other words in place of the names."""
        return self._pattern.sub(lambda _: by, data) if self._spelt else data


def in_free_text(words: Iterable[str]) -> Names:
    """Return the names that are long enough to be told from other words."""
    return Names(word for word in words if len(word) >= SHORTEST)


def read(file: Path) -> bytes:
    """Return a file's bytes; none where it is gone."""
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return b""


def _forms(word: str) -> set[bytes]:
    spelt = {word, html.escape(word), json.dumps(word)[1:-1], json.dumps(word, ensure_ascii=False)[1:-1]}
    return {form.encode("utf-8", "surrogateescape") for form in spelt}


def _long(form: bytes) -> int:
    return -len(form)
