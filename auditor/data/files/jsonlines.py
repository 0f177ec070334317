"""Tables of one JSON object a line, as Hugging Face's metadata.jsonl, with the place of every value in its line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from auditor.data.files import choices
from auditor.data.files.delimited import LONGEST_RECORD

SUFFIXES = (".jsonl", ".ndjson")

_DECODER = json.JSONDecoder()
_SPACE = " \t\r"
Spans = dict[str, tuple[int, int]]


def records(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """The lines that are not blank, with their 1-based numbers."""
    for number, line in enumerate(lines, 1):
        if line and not line.isspace():
            yield number, line


def parse(line: str) -> dict[str, str] | None:
    """The texts and numbers of a line's object by name ('' for null); None where the line is no object.

    What is in an object inside is called 'label.name'. Lists are left out, but for lists of texts: these may be labels.
    A line with characters that no file or class can be called by (NUL, half of a surrogate pair) is no record.
    """
    if len(line) > LONGEST_RECORD:
        return None
    try:
        record = _DECODER.decode(line)
        plain = {name: as_text(value) for name, value in _flat(record)}
        "".join((*plain, *plain.values())).encode("utf-8")
    except (ValueError, RecursionError, AttributeError):
        return None
    return plain if not any("\0" in value for value in (*plain, *plain.values())) else None


def as_text(value: object) -> str:
    """A value as tables hold it: 7 -> '7', True -> 'true', null -> '', a list of texts as JSON."""
    if value is None:
        return ""
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    return str(value).lower() if isinstance(value, bool) else str(value).strip()


def _flat(record: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """The texts, numbers and lists of texts of an object, and of the objects in it."""
    for name, value in record.items():
        if not isinstance(value, list | dict) or choices.labels_of(value) is not None:
            yield name, value
        elif isinstance(value, dict):
            plain = {inner: each for inner, each in value.items() if not isinstance(each, list | dict)}
            yield from ((f"{name}.{inner}", each) for inner, each in plain.items() if not inner.startswith("_"))


def spans(line: str) -> Spans:
    """Where the value of every name begins and ends in a line that `parse` accepts; of a repeated name the last."""
    return _spans(line, line.index("{") + 1, "")


def _spans(line: str, at: int, above: str) -> Spans:
    places: Spans = {}
    while True:
        at = _skip(line, at, _SPACE + ",")
        if line[at] == "}":
            return places
        name, at = _DECODER.raw_decode(line, at)
        begin = _skip(line, at, _SPACE + ":")
        _, at = _DECODER.raw_decode(line, begin)
        places[above + name] = (begin, at)
        if line[begin] == "{" and not above:
            places |= _spans(line, begin + 1, f"{name}.")


def written_like(value: str, old: str) -> str:
    """A new value as JSON: a text where the old one was a text, else as it is (a number)."""
    if old.startswith(("[", "{")):
        return choices.written_like(value, old)
    if not old.startswith('"'):
        return value
    return json.dumps(value, ensure_ascii=old.isascii())


def _skip(line: str, at: int, what: str) -> int:
    while line[at] in what:
        at += 1
    return at
