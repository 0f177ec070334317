"""JSON documents of images and labels as records, with the place of every value so that one can be replaced.

Read are a list of objects, an object that holds such a list, names with labels (`{"a.jpg": "happy"}`), and the exports
of Label Studio, FiftyOne and COCO tools.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from auditor.data.files.jsonlines import as_text, written_like
from auditor.data.problems import printable
from auditor.errors import DataError

SUFFIX: Final = ".json"
LISTS: Final = ("samples", "images", "annotations", "data", "records", "items", "rows", "labels", "tasks")
IMAGE, LABEL = "image", "label"

_DECODER = json.JSONDecoder()
_SPACE = " \t\r\n"

Key = str | int
Path = tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Value:
    """A text or number of a document: as tables hold it, and the keys that lead to it ('' and () for nothing)."""

    text: str
    path: Path = ()


NOTHING: Final = Value("")
Record = dict[str, Value]


@dataclass(frozen=True)
class Document:
    """The records of a JSON document.

    Attributes:
        records: One an image.
        codes: How a class is written in the document, by its name, where that is a number of another list.
    """

    records: list[Record]
    codes: Mapping[str, str] = field(default_factory=dict)


def parse(text: str, shown: str) -> Document:
    """Flatten a document.

    Raises:
        DataError: It is not JSON, or holds no records.
    """
    try:
        content = json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:
        why = printable(str(error), 100)
        raise DataError(f"The file {shown} is not a JSON document ({why}); write it anew.") from error
    document = _document(content)
    records = [record for record in document.records if record]
    if not records:
        raise DataError(f"The file {shown} holds no records; expected a list of objects with an image and a label.")
    return Document([_clean(record) for record in records], document.codes)


def _clean(record: Record) -> Record:
    """The values that can be names or labels: no NUL, no half of a surrogate pair."""
    return {name: value for name, value in record.items() if _is_text(name) and _is_text(value.text)}


def _is_text(value: str) -> bool:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return "\0" not in value


def _document(found: Any) -> Document:
    if isinstance(found, list):
        return Document([_record(each, (place,)) for place, each in enumerate(found) if isinstance(each, dict)])
    if not isinstance(found, dict):
        return Document([])
    if isinstance(found.get("images"), list) and isinstance(found.get("annotations"), list) and "categories" in found:
        return _coco(found)
    labels = found.get("labels")
    if isinstance(labels, dict) and labels:
        return _fiftyone(labels, found.get("classes"))
    lists = {name: found[name] for name in LISTS if isinstance(found.get(name), list)}
    best = max(lists, key=lambda name: sum(isinstance(each, dict) for each in lists[name]), default=None)
    if best is not None and any(isinstance(each, dict) for each in lists[best]):
        rows = enumerate(lists[best])
        return Document([_record(each, (best, place)) for place, each in rows if isinstance(each, dict)])
    return Document(list(_by_name(found)))


def _by_name(found: Mapping[str, Any]) -> Iterable[Record]:
    """Records of an object whose names are images."""
    for name, value in found.items():
        if isinstance(value, dict):
            yield {IMAGE: Value(name), **_record(value, (name,))}
        elif isinstance(value, str | int | float):
            yield {IMAGE: Value(name), LABEL: Value(as_text(value), (name,))}


def _fiftyone(labels: Mapping[str, Any], classes: Any) -> Document:
    """FiftyOneImageClassificationDataset: numbers of `classes` by the image's name without its ending."""
    names = tuple(map(str, classes)) if isinstance(classes, list) else ()
    records = []
    for name, value in labels.items():
        text = as_text(value) if isinstance(value, str | int | float) else ""
        if names and text.isdecimal() and int(text) < len(names):
            text = names[int(text)]
        records.append({IMAGE: Value(name), LABEL: Value(text, ("labels", name))})
    return Document(records, {name: str(code) for code, name in enumerate(names)})


def _coco(found: Mapping[str, Any]) -> Document:
    """One category an image, as COCO's files join them by number."""
    objects = [each for each in found["categories"] if isinstance(each, dict)] if found["categories"] else []
    names = {each.get("id"): str(each.get("name")) for each in objects}
    labels: dict[Any, tuple[int, Any]] = {}
    for place, each in enumerate(found["annotations"]):
        if isinstance(each, dict) and isinstance(each.get("image_id"), str | int):
            labels.setdefault(each["image_id"], (place, each.get("category_id")))
    records = []
    for place, each in enumerate(found["images"]):
        if isinstance(each, dict):
            record = _record(each, ("images", place))
            key = each.get("id")
            at, code = labels.get(key, (-1, None)) if isinstance(key, str | int) else (-1, None)
            if at >= 0 and isinstance(code, str | int):
                record[LABEL] = Value(names.get(code, str(code)), ("annotations", at, "category_id"))
            records.append(record)
    return Document(records, {name: json.dumps(code) for code, name in names.items()})


def _record(found: Mapping[str, Any], path: Path) -> Record:
    """The texts and numbers of an object and those one level down ('label.name'); a Label Studio task by its own."""
    answers = found.get("annotations", found.get("completions"))
    if isinstance(found.get("data"), dict) and isinstance(answers, list):
        return _task(found, answers, path)
    record: Record = {}
    for name, value in found.items():
        here = (*path, name)
        if isinstance(value, dict):
            inner = {n: v for n, v in value.items() if isinstance(v, str | int | float)}
            record |= {f"{name}.{n}": Value(as_text(v), (*here, n)) for n, v in inner.items() if not n.startswith("_")}
        elif isinstance(value, list):
            if len(value) == 1 and isinstance(value[0], str | int | float):
                record[name] = Value(as_text(value[0]), (*here, 0))
        else:
            record[name] = Value(as_text(value), here)
    return record


def _task(found: Mapping[str, Any], answers: list[Any], path: Path) -> Record:
    """A Label Studio task: the image, the first annotation's choice, and every annotator's."""
    record: Record = {}
    for name, value in found["data"].items():
        if isinstance(value, str | int | float):
            record[name] = Value(as_text(value), (*path, "data", name))
    key = "annotations" if "annotations" in found else "completions"
    for place, answer in enumerate(answers):
        choice = _choice(answer, (*path, key, place)) if isinstance(answer, dict) else NOTHING
        if choice.text:
            record.setdefault("choice", choice)
            record.setdefault(f"annotator_{_who(answer.get('completed_by'))}", choice)
    return record


def _choice(answer: Mapping[str, Any], path: Path) -> Value:
    results = answer.get("result")
    if answer.get("was_cancelled") or not isinstance(results, list):
        return NOTHING
    for place, result in enumerate(results):
        value = result.get("value") if isinstance(result, dict) else None
        choices = value.get("choices") if isinstance(value, dict) else None
        if isinstance(choices, list) and choices and isinstance(choices[0], str):
            return Value(choices[0].strip(), (*path, "result", place, "value", "choices", 0))
    return NOTHING


def _who(by: Any) -> str:
    if isinstance(by, dict):
        by = by.get("email") or by.get("username") or by.get("id")
    return printable(str(by)) if isinstance(by, str | int) else "unknown"


def columns_of(records: Iterable[Record]) -> list[str]:
    """The names of the values, the most frequent order kept."""
    counts: Counter[str] = Counter()
    for record in records:
        counts.update(record.keys())
    return list(counts)


def replace(text: str, values: Mapping[Path, str], codes: Mapping[str, str] | None = None) -> str:
    """The document with these values replaced, every other character as it was.

    Args:
        text: A document that `parse` accepts.
        values: The new texts by path; one is written as a number where the old value had no quotes.
        codes: See `Document`.
    """
    tree: dict[Key, Any] = {}
    for path, value in values.items():
        here = tree
        for key in path[:-1]:
            here = here.setdefault(key, {})
        here[path[-1]] = value
    edits: list[tuple[int, int, str]] = []
    _descend(text, _skip(text, 1 if text.startswith("\ufeff") else 0), tree, edits)
    parts, last = [], 0
    for begin, end, value in sorted(edits):
        old = text[begin:end]
        new = (codes or {}).get(value, value) if not old.startswith('"') else value
        parts += [text[last:begin], written_like(new, old)]
        last = end
    return "".join([*parts, text[last:]])


def _descend(text: str, at: int, tree: Mapping[Key, Any], edits: list[tuple[int, int, str]]) -> int:
    """Go through the container at a place; where its values are wanted, note their spans. Returns where it ends."""
    is_object, place = text[at] == "{", 0
    at = _skip(text, at + 1)
    while text[at] not in "}]":
        key: Key = place
        if is_object:
            key, at = _DECODER.raw_decode(text, at)
            at = _skip(text, _skip(text, at) + 1)
        wanted = tree.get(key)
        begin = at
        if isinstance(wanted, dict):
            at = _descend(text, at, wanted, edits)
        else:
            _, at = _DECODER.raw_decode(text, at)
            if wanted is not None:
                edits.append((begin, at, wanted))
        at = _skip(text, at)
        if text[at] == ",":
            at = _skip(text, at + 1)
        place += 1
    return at + 1


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in _SPACE:
        at += 1
    return at
