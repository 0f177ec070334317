"""The forms of JSON documents that are read as records.

A list of objects or of pairs, an object that holds such a list, names with labels (`{"a.jpg": "happy"}`), columns
(`{"image": [...], "label": [...]}`), a list for each split or class (`{"train": [...]}`), and the exports of Label
Studio, FiftyOne and COCO tools.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from auditor.data.files.choices import labels_of
from auditor.data.files.jsonlines import as_text
from auditor.data.files.jsonrecords import Document, Path, Record, Value
from auditor.data.files.listing import is_image
from auditor.data.problems import printable

IMAGE, LABEL, SECTION = "image", "label", "subset"
"""The columns of values whose form alone says what they are; a section's name is a split, or the class."""

LISTS: Final = ("samples", "images", "annotations", "data", "records", "items", "rows", "labels", "tasks")
NAME_LISTS: Final = ("categories", "classes", "class_names", "label_names", "names", "id2label", "label_map")
CODED: Final = frozenset(("category_id", "category", "class_id", "class", "label", "label_id", "emotion", "expression"))

ASKED, BY = "\x1e", " by annotator_"
"""What the columns of Label Studio's questions begin with until all are known, and what stands before who answered."""

Plain = str | int | float
Rows = list[tuple[Record, tuple[Path, ...]]]


def document_of(data: Any) -> Document:
    """The records of a parsed document, none where it has another form."""
    if not isinstance(data, dict):
        return _as_document(_rows_of(data, ()) if isinstance(data, list) else [])
    if isinstance(data.get("images"), list) and isinstance(data.get("annotations"), list) and "categories" in data:
        return _coco(data)
    labels = data.get("labels")
    if isinstance(labels, dict) and labels and not _is_indexed(data):
        return _fiftyone(labels, data.get("classes"))
    lists = {name: data[name] for name in LISTS if isinstance(data.get(name), list)}
    best = max(lists, key=lambda name: sum(isinstance(each, dict) for each in lists[name]), default=None)
    if best is not None and any(isinstance(each, dict) for each in lists[best]):
        return _named(_rows_of(lists[best], (best,)), data)
    return _as_document(_columns(data) or _sections(data) or list(_by_name(data, ())))


def _as_document(rows: Rows, codes: Mapping[str, str] | None = None) -> Document:
    return Document([record for record, _ in rows], [home for _, home in rows], codes or {})


def _rows_of(elements: Sequence[Any], path: Path) -> Rows:
    """The records of a list: of objects, or of pairs of an image and its label."""
    rows: Rows = []
    for place, each in enumerate(elements):
        here = (*path, place)
        if isinstance(each, dict):
            rows.append((_record(each, here), (here,)))
        elif isinstance(each, list) and len(each) >= 2 and all(isinstance(cell, Plain) for cell in each):
            rows.append((_pair(each, here), (here,)))
    return _with_questions(rows)


def _pair(cells: Sequence[Any], path: Path) -> Record:
    """A list of cells: the image is the first that looks like one, the label the other one of two."""
    texts = [as_text(cell) for cell in cells]
    image = next((place for place, text in enumerate(texts) if is_image(text)), 0)
    record = {}
    for place, text in enumerate(texts):
        name = IMAGE if place == image else LABEL if len(texts) == 2 else f"column_{place + 1}"
        record[name] = Value(text, (*path, place))
    return record


def _by_name(document: Mapping[str, Any], path: Path) -> Iterator[tuple[Record, tuple[Path, ...]]]:
    """Records of an object whose names are images."""
    for name, value in document.items():
        here = (*path, name)
        if isinstance(value, dict):
            yield {IMAGE: Value(name), **_record(value, here)}, (here,)
        elif isinstance(value, Plain):
            yield {IMAGE: Value(name), LABEL: Value(as_text(value), here)}, (here,)


def _sections(document: Mapping[str, Any]) -> Rows:
    """The records of an object with a list or an object for each split or class; none where it is not of this form."""
    parts = {name: part for name, part in document.items() if isinstance(part, list | dict) and part}
    if any(map(is_image, parts)):
        return []
    parts = {name: part for name, part in parts.items() if _is_section(part)}
    rows: Rows = []
    for name, part in parts.items():
        if isinstance(part, dict):
            inner = _below(_columns(part), name) or list(_by_name(part, (name,)))
        elif all(isinstance(each, str) for each in part):
            inner = [({IMAGE: Value(each)}, ((name, place),)) for place, each in enumerate(part)]
        else:
            inner = _rows_of(part, (name,))
        rows += [({SECTION: Value(name), **record}, home) for record, home in inner]
    return rows


def _below(rows: Rows, name: str) -> Rows:
    """Rows of a document that is a value of another one."""
    return [
        ({column: Value(value.text, (name, *value.path)) for column, value in record.items()},
         tuple((name, *path) for path in home))
        for record, home in rows
    ]  # fmt: skip


def _is_section(part: Any) -> bool:
    """Whether a list or an object holds images."""
    if isinstance(part, dict):
        named = sum(map(is_image, part)) * 2 > len(part) or bool(_columns(part))
        return named or (len(part) > 1 and sum(map(_names_image, part.values())) * 2 > len(part))  # VIA's projects
    head = part[:50]
    if all(isinstance(each, str) for each in head):
        return sum(map(is_image, head)) * 2 > len(head)
    return any(isinstance(each, dict | list) for each in head)


def _names_image(record: Any) -> bool:
    return isinstance(record, dict) and any(isinstance(value, str) and is_image(value) for value in record.values())


def _columns(table: Mapping[str, Any]) -> Rows:
    """The records of an object of columns: lists of equal length, or objects with the numbers of the rows."""
    if _is_indexed(table):
        order = list(next(iter(table.values())))
        cells = {name: [(key, column[key]) for key in order] for name, column in table.items()}
    else:
        lists = {name: column for name, column in table.items() if isinstance(column, list) and len(column) > 1}
        plain = all(isinstance(cell, Plain | None) for column in lists.values() for cell in column)
        if len(lists) < 2 or len({len(column) for column in lists.values()}) != 1 or not plain:
            return []
        if not any(sum(is_image(as_text(cell)) for cell in column) * 2 > len(column) for column in lists.values()):
            return []
        if sum(all(is_image(as_text(cell)) for cell in column) for column in lists.values()) == len(lists):
            return []  # a list of images for each class
        cells = {name: list(enumerate(column)) for name, column in lists.items()}
    rows: Rows = []
    for row in zip(*cells.values(), strict=True):
        places = [(name, key) for name, (key, _) in zip(cells, row, strict=True)]
        record = {name: Value(as_text(cell), (name, key)) for name, (key, cell) in zip(cells, row, strict=True)}
        rows.append((record, tuple(places)))
    return rows


def _is_indexed(table: Mapping[str, Any]) -> bool:
    """Whether an object is a table as pandas writes it: for each column an object with the same numbers of rows."""
    columns = list(table.values())
    if len(columns) < 2 or not all(isinstance(column, dict) and column for column in columns):
        return False
    names = list(columns[0])
    same = all(column.keys() == columns[0].keys() for column in columns)
    return (
        same
        and all(name.isdecimal() for name in names)
        and all(isinstance(cell, Plain | None) for column in columns for cell in column.values())
    )


def _named(rows: Rows, document: Mapping[str, Any]) -> Document:
    """Records whose numbers are those of a list of names in the same document."""
    names = next((each for key in NAME_LISTS if (each := _names(document.get(key)))), {})
    columns: defaultdict[str, set[str]] = defaultdict(set)
    for record, _ in rows:
        for name, value in record.items():
            if name in CODED:
                columns[name].add(value.text)
    coded = [name for name, kinds in columns.items() if kinds - {""} and kinds - {""} <= names.keys()]
    for record, _ in rows:
        for name in coded:
            if name in record and record[name].text:
                record[name] = Value(names[record[name].text], record[name].path)
    return _as_document(rows, {word: code for code, word in names.items()} if coded else None)


def _names(value: Any) -> dict[str, str]:
    """Names by number from a list of names, of objects with `id` and `name`, or an object; empty for another form."""
    if isinstance(value, list) and value and all(isinstance(each, str) for each in value):
        return {str(place): name for place, name in enumerate(value)}
    if isinstance(value, list) and value and all(isinstance(each, dict) for each in value):
        return {as_text(each.get("id")): str(each["name"]) for each in value if "name" in each}
    if isinstance(value, dict) and value and all(isinstance(each, str) for each in value.values()):
        return dict(value) if all(key.isdecimal() for key in value) else {}
    if isinstance(value, dict) and value and all(isinstance(each, int) for each in value.values()):
        return {str(code): name for name, code in value.items()}
    return {}


def _fiftyone(labels: Mapping[str, Any], classes: Any) -> Document:
    """FiftyOneImageClassificationDataset: numbers of `classes` by the image's name without its ending.

    With attributes, a label is an object that holds the number as `label`.
    """
    names = tuple(map(str, classes)) if isinstance(classes, list) else ()
    rows: Rows = []
    for name, value in labels.items():
        path: Path = ("labels", name)
        inner = value.get("label") if isinstance(value, dict) else value
        text = as_text(inner) if isinstance(inner, Plain) else ""
        if names and text.isdecimal() and int(text) < len(names):
            text = names[int(text)]
        rows.append(
            ({IMAGE: Value(name), LABEL: Value(text, (*path, "label") if isinstance(value, dict) else path)}, (path,))
        )
    return _as_document(rows, {name: str(code) for code, name in enumerate(names)})


def _coco(document: Mapping[str, Any]) -> Document:
    """One category an image, as COCO's files join them by number."""
    objects = [each for each in document["categories"] if isinstance(each, dict)] if document["categories"] else []
    names = {each.get("id"): str(each.get("name")) for each in objects}
    labels: defaultdict[Any, list[tuple[int, Any]]] = defaultdict(list)
    for place, each in enumerate(document["annotations"]):
        if isinstance(each, dict) and isinstance(each.get("image_id"), str | int):
            labels[each["image_id"]].append((place, each.get("category_id")))
    rows: Rows = []
    for place, each in enumerate(document["images"]):
        if isinstance(each, dict):
            record = _record(each, ("images", place))
            key = each.get("id")
            own = labels.get(key, []) if isinstance(key, str | int) else []
            if own and isinstance(own[0][1], str | int):
                at, code = own[0]
                record[LABEL] = Value(names.get(code, str(code)), ("annotations", at, "category_id"))
            rows.append((record, (("images", place), *(("annotations", at) for at, _ in own))))
    return _as_document(rows, {name: json.dumps(code) for code, name in names.items()})


def _record(item: Mapping[str, Any], path: Path) -> Record:
    """The texts and numbers of an object and those one level down ('label.name'); a Label Studio task by its own."""
    answers = item.get("annotations", item.get("completions"))
    if isinstance(item.get("data"), dict) and isinstance(answers, list):
        return _task(item, answers, path)
    record: Record = {}
    for name, value in item.items():
        here = (*path, name)
        if (labels := labels_of(value)) is not None:
            record[name] = _one_of(value, labels, here)
        elif isinstance(value, dict):
            inner = {n: v for n, v in value.items() if isinstance(v, Plain)}
            record |= {f"{name}.{n}": Value(as_text(v), (*here, n)) for n, v in inner.items() if not n.startswith("_")}
        elif isinstance(value, list):
            if len(value) == 1 and isinstance(value[0], Plain):
                record[name] = Value(as_text(value[0]), (*here, 0))
        else:
            record[name] = Value(as_text(value), here)
    return record


def _one_of(value: Any, labels: Sequence[str], path: Path) -> Value:
    """The label of a list of one or of an object that holds it, or all of several as JSON."""
    if isinstance(value, dict):
        ((key, value),) = value.items()
        path = (*path, key)
    if len(labels) > 1:
        return Value(json.dumps(labels), path)
    return Value(labels[0].strip(), (*path, 0) if isinstance(value, list) else path)


def _task(task: Mapping[str, Any], answers: list[Any], path: Path) -> Record:
    """A Label Studio task: the image, and for each question (`from_name`) the choice of the annotation marked as
    ground truth, else of the first, and every annotator's.
    """
    record: Record = {}
    for name, value in task["data"].items():
        if isinstance(value, Plain):
            record[name] = Value(as_text(value), (*path, "data", name))
    key = "annotations" if "annotations" in task else "completions"
    truths: Record = {}
    for place, answer in enumerate(answers):
        for question, choice in _choices(answer, (*path, key, place)) if isinstance(answer, dict) else ():
            record.setdefault(question, choice)
            record.setdefault(f"{question}{BY}{_who(answer.get('completed_by'))}", choice)
            if answer.get("ground_truth") is True:
                truths.setdefault(question, choice)
    return record | truths


def _choices(answer: Mapping[str, Any], path: Path) -> Iterator[tuple[str, Value]]:
    """What an annotation answers to each question with choices."""
    results = answer.get("result")
    if answer.get("was_cancelled") or not isinstance(results, list):
        return
    for place, result in enumerate(results):
        value = result.get("value") if isinstance(result, dict) else None
        labels = labels_of(value) if isinstance(value, dict) else None
        if labels is not None:
            question = printable(str(result.get("from_name") or "choice")).replace(BY, " ")
            yield f"{ASKED}{question}", _one_of(value, labels, (*path, "result", place, "value"))


def _with_questions(rows: Rows) -> Rows:
    """Records with the columns of one question called 'choice' and 'annotator_7', of several after each question."""
    names = dict.fromkeys(name for record, _ in rows for name in record if name.startswith(ASKED))
    alone = len({name.partition(BY)[0] for name in names}) == 1
    short_names = {}
    for name in names:
        question, by, who = name.removeprefix(ASKED).partition(BY)
        short_names[name] = f"annotator_{who}" if alone and by else "choice" if alone else f"{question}{by}{who}"
    return [({short_names.get(name, name): value for name, value in record.items()}, home) for record, home in rows]


def _who(by: Any) -> str:
    if isinstance(by, dict):
        by = by.get("email") or by.get("username") or by.get("id")
    return printable(str(by)) if isinstance(by, str | int) else "unknown"
