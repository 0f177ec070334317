"""Write JSON documents back: some values replaced, some elements taken out, every other character as it was."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from auditor.data.files.jsonlines import written_like
from auditor.data.files.jsonrecords import Key, Path
from auditor.errors import ExportError

_DECODER: Final = json.JSONDecoder()
_SPACE: Final = " \t\r\n"
_GONE: Final = object()
"""In place of a new value: the element is taken out."""


@dataclass
class _Edits:
    text: str
    codes: Mapping[str, str]
    spans: list[tuple[int, int, str]] = field(default_factory=list)
    replaced: int = 0

    def container(self, at: int, tree: Mapping[Key, Any]) -> int:
        """Go through the list or object at a place; return where it ends."""
        text, is_object = self.text, self.text[at] == "{"
        at = _skip(text, at + 1)
        elements: list[tuple[int, int, bool]] = []
        while text[at] not in "}]":
            begin, key = at, len(elements)
            if is_object:
                name, at = _DECODER.raw_decode(text, at)
                at = _skip(text, _skip(text, at) + 1)
                wanted = tree.get(name)
            else:
                wanted = tree.get(key)
            at = self.value(at, wanted)
            elements.append((begin, at, wanted is _GONE))
            at = _skip(text, at)
            if text[at] == ",":
                at = _skip(text, at + 1)
        self.spans += _without(elements)
        return at + 1

    def value(self, at: int, wanted: Any) -> int:
        """Note what becomes of one value; return where it ends."""
        if isinstance(wanted, dict):
            return self.container(at, wanted)
        _, end = _DECODER.raw_decode(self.text, at)
        if isinstance(wanted, str):
            old = self.text[at:end]
            new = self.codes.get(wanted, wanted) if not old.startswith('"') else wanted
            self.spans.append((at, end, written_like(new, old)))
            self.replaced += 1
        return end

    def lines(self, at: int, tree: Mapping[Key, Any]) -> None:
        """Go through documents that stand one behind the other."""
        elements: list[tuple[int, int, bool]] = []
        while at < len(self.text):
            wanted = tree.get(len(elements))
            end = self.value(at, wanted)
            elements.append((at, end, wanted is _GONE))
            at = _skip(self.text, end)
        self.spans += _without(elements)


def edited(
    text: str, values: Mapping[Path, str], codes: Mapping[str, str] | None = None, removed: Iterable[Path] = ()
) -> str:
    """The document with these values replaced and these elements taken out, every other character as it was.

    Args:
        text: A document that `jsonrecords.parse` accepts.
        values: The new texts by path; one is written as a number where the old value had no quotes.
        codes: See `jsonrecords.Document`.
        removed: Paths of the elements that go, each with its comma.

    Raises:
        ExportError: A value is not there.
    """
    tree: dict[Key, Any] = {}
    gone = set(removed)
    values = {
        path: new for path, new in values.items() if not any(path[:end] in gone for end in range(1, len(path) + 1))
    }
    for path, value in (*values.items(), *((path, _GONE) for path in gone)):
        here = tree
        for key in path[:-1]:
            inner = here.setdefault(key, {})
            here = inner if isinstance(inner, dict) else {}  # what is inside an element that goes, goes with it
        here[path[-1]] = value
    edits = _Edits(text, codes or {})
    begin = _skip(text, 1 if text.startswith("\ufeff") else 0)
    _, end = _DECODER.raw_decode(text, begin)
    if _skip(text, end) < len(text):
        edits.lines(begin, tree)
    else:
        edits.value(begin, tree)
    if edits.replaced != len(values):
        raise ExportError("The document does not hold all values that are to be replaced; open the data set again.")
    parts, last = [], 0
    for start, stop, new in sorted(edits.spans):
        if start >= last:  # else it is inside an element that goes
            parts += [text[last:start], new]
            last = stop
    return "".join([*parts, text[last:]])


def _without(elements: list[tuple[int, int, bool]]) -> list[tuple[int, int, str]]:
    """The spans to cut so that some elements (begin, end, whether it goes) of a container are gone, commas included."""
    staying = [place for place, (_, _, goes) in enumerate(elements) if not goes]
    last = staying[-1] if staying else -1
    spans = [
        (begin, elements[place + 1][0], "")
        for place, (begin, _, goes) in enumerate(elements[:-1])
        if goes and place < last
    ]
    if last < len(elements) - 1:
        spans.append((elements[last][1] if staying else elements[0][0], elements[-1][1], ""))
    return spans


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in _SPACE:
        at += 1
    return at
