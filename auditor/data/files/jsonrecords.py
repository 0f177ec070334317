"""JSON documents of images and labels as records, with the place of every value so that one can be replaced.

Which forms are read is in `jsonshapes`, what is written back in `jsonedit`. A document of one object a line is read as
the list of these objects, whatever the file's ending.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from auditor.data.problems import printable
from auditor.errors import DataError

SUFFIXES: Final = (".json",)

Key = str | int
Path = tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Value:
    """A text or number of a document: as tables hold it, and the keys that lead to it ('' and () for nothing).

    A value that is a key of the document, as the class in `{"happy": ["a.jpg"]}`, has no path.
    """

    text: str
    path: Path = ()


NOTHING: Final = Value("")
Record = dict[str, Value]


@dataclass(frozen=True)
class Document:
    """The records of a JSON document.

    Attributes:
        records: One an image.
        homes: For each record the elements that must go where its image is to be left out.
        codes: How a class is written in the document, by its name, where that is a number of another list.
    """

    records: list[Record]
    homes: list[tuple[Path, ...]]
    codes: Mapping[str, str] = field(default_factory=dict)


def parse(text: str, file: str) -> Document:
    """Flatten a document.

    Raises:
        DataError: It is not JSON, or holds no records.
    """
    from auditor.data.files import jsonshapes

    try:
        content = loads(text)
    except (ValueError, RecursionError) as error:
        why = printable(str(error), 100)
        raise DataError(f"The file {file} is not a JSON document ({why}); write it anew.") from error
    document = jsonshapes.document_of(content)
    pairs = [(_clean(each), home) for each, home in zip(document.records, document.homes, strict=True) if each]
    if not pairs:
        raise DataError(f"The file {file} holds no records; expected a list of objects with an image and a label.")
    return Document([record for record, _ in pairs], [home for _, home in pairs], document.codes)


def loads(text: str) -> Any:
    """The content of a document, or the list of the objects that its lines hold.

    Raises:
        ValueError: It is neither.
    """
    try:
        return json.loads(text.removeprefix("\ufeff"))
    except ValueError:
        lines = [line for line in text.removeprefix("\ufeff").split("\n") if line.strip()]
        if len(lines) < 2 or not all(line.lstrip().startswith("{") for line in lines[:20]):
            raise
        return [json.loads(line) for line in lines]


def _clean(record: Record) -> Record:
    """The values that can be names or labels: no NUL, no half of a surrogate pair."""
    return {name: value for name, value in record.items() if _is_text(name) and _is_text(value.text)}


def _is_text(value: str) -> bool:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return "\0" not in value


def columns_of(records: Iterable[Record]) -> list[str]:
    """The names of the values, the most frequent order kept."""
    counts: Counter[str] = Counter()
    for record in records:
        counts.update(record.keys())
    return list(counts)
