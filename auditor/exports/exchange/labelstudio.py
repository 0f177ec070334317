"""Label Studio: tasks with our suggestions as predictions, and its annotations as decisions.

Label Studio shows the images from its local storage (LOCAL_FILES_DOCUMENT_ROOT is the data set's folder). The
labelling interface that fits the tasks is written beside them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, quote, unquote, urlsplit
from xml.sax.saxutils import quoteattr

from auditor.data.dataset import SPLITS, Dataset
from auditor.data.files.jsonrecords import loads
from auditor.data.problems import printable
from auditor.errors import DataError
from auditor.exports.atomic import check_target, write_file
from auditor.exports.exchange.material import Material

LOCAL: Final = "/data/local-files/?d="
LARGEST: Final = 2**30
EXTRA: Final = ("ambiguous", "exclude")
"""Answers beside the classes, which become the actions of these names."""


@dataclass(frozen=True)
class Answer:
    """One person's answer to one task.

    Attributes:
        place: The task's number in the file, from 1.
        name: The image's name.
        action: 'label' for a class, 'skip', or one of `EXTRA`.
        label: The class's name, for 'label' and for 'ambiguous' with a class.
        who: The person's email or user name; '' where the file has only a number.
    """

    place: int
    name: str
    action: str
    label: str
    who: str


def write(material: Material, out: Path) -> tuple[Path, Path]:
    """Write the tasks, and the labelling interface beside them as `<stem>.xml`; excluded images are left out.

    Raises:
        ExportError: They cannot be written.
    """
    target = check_target(material.dataset, out)
    interface = check_target(material.dataset, target.with_suffix(".xml"))
    written = write_file(target, (json.dumps(tasks(material), ensure_ascii=False, indent=1) + "\n").encode())
    return written, write_file(interface, config(material.dataset).encode())


def config(dataset: Dataset) -> str:
    """Return the labelling interface of the tasks, as Label Studio's XML."""
    choices = "".join(f"    <Choice value={quoteattr(name)}/>\n" for name in (*dataset.classes, *EXTRA))
    return (
        '<View>\n  <Image name="image" value="$image"/>\n  <Choices name="label" toName="image" choice="multiple">\n'
        f"{choices}  </Choices>\n</View>\n"
    )


def tasks(material: Material) -> list[dict[str, Any]]:
    """Return one task for each image that is not excluded, the most suspect first."""
    dataset, suspicions = material.dataset, material.suspicions()
    rows = [int(row) for split in material.splits for row in material.rows(split)]
    rows.sort(key=lambda row: -suspicions.get(row, (-1.0, -1))[0])
    version = "" if material.evidence is None else material.evidence.name
    return [_task(dataset, row, suspicions.get(row), version) for row in rows]


def _task(dataset: Dataset, row: int, suspicion: tuple[float, int] | None, version: str) -> dict[str, Any]:
    path = str(dataset.paths[row] or dataset.names[row])
    data: dict[str, Any] = {
        "image": f"{LOCAL}{quote(path)}", "name": str(dataset.names[row]),
        "given": dataset.classes[int(dataset.labels[row])], "split": SPLITS[int(dataset.split[row])],
    }  # fmt: skip
    task: dict[str, Any] = {"id": row + 1, "data": data}
    if suspicion is not None:
        p, suggested = suspicion
        data["p_mislabelled"] = round(p, 6)
        if suggested >= 0:
            task["predictions"] = [_prediction(dataset.classes[suggested], p, data["given"], version)]
    return task


def _prediction(suggested: str, p: float, given: str, version: str) -> dict[str, Any]:
    """Return the suggestion; its score is the probability that the given label is wrong, or right where it agrees."""
    result = {"from_name": "label", "to_name": "image", "type": "choices", "value": {"choices": [suggested]}}
    return {"model_version": version, "score": round(p if suggested != given else 1 - p, 6), "result": [result]}


def read(path: Path, dataset: Dataset) -> tuple[list[Answer], list[tuple[int, str]]]:
    """Read the annotations of Label Studio's JSON export.

    Args:
        path: The file.
        dataset: The data set that the tasks are of.

    Returns:
        The answers in the order of the file, and (number of the task, sentence) for every task without a usable one.

    Raises:
        DataError: It cannot be read, or is no list of tasks.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise DataError(f"The file {path} is larger than {LARGEST >> 20:,} MB; export it in parts.")
        exported = loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, ValueError, RecursionError) as error:
        why = printable(str(getattr(error, "strerror", None) or error), 100)
        raise DataError(
            f"The file {path} cannot be read as JSON ({why}); export it from Label Studio again."
        ) from error
    if not isinstance(exported, list) or not all(isinstance(each, dict) and "data" in each for each in exported):
        raise DataError(f"The file {path} is no list of Label Studio's tasks; export the project as JSON.")
    answers: list[Answer] = []
    problems: list[tuple[int, str]] = []
    for place, task in enumerate(exported, 1):
        name = _name(task, dataset)
        if name is None:
            problems.append((place, f"no image of {dataset.title} is named by the task {_task_name(task)}"))
            continue
        own = task.get("annotations", task.get("completions"))
        for each in own if isinstance(own, list) else ():
            answer = _answer(each, place, name) if isinstance(each, dict) else "an annotation is no object"
            if isinstance(answer, Answer):
                answers.append(answer)
            else:
                problems.append((place, f"{printable(name)}: {answer}"))
    return answers, problems


def _task_name(task: Mapping[str, Any]) -> str:
    return printable(str(task.get("id", task.get("data"))), 80)


def _name(task: Mapping[str, Any], dataset: Dataset) -> str | None:
    """Return the image that a task is of: by the name that we wrote, else by the end of its address."""
    data = task["data"] if isinstance(task["data"], dict) else {}
    own = data.get("name")
    if isinstance(own, str) and _has(dataset, own):
        return own
    by_path = {str(path): str(name) for path, name in zip(dataset.paths, dataset.names, strict=True)}
    for value in data.values():
        if not isinstance(value, str):
            continue
        address = urlsplit(value)
        path = parse_qs(address.query).get("d", [unquote(address.path)])[0].lstrip("/")
        if path in by_path:
            return by_path[path]
        if _has(dataset, path):
            return path
    return None


def _has(dataset: Dataset, name: str) -> bool:
    try:
        dataset.index_of(name)
    except KeyError:
        return False
    return True


def _answer(annotation: Mapping[str, Any], place: int, name: str) -> Answer | str:
    """Return what a person answered, or why that is no decision."""
    who = _who(annotation.get("completed_by"))
    if annotation.get("was_cancelled"):
        return Answer(place, name, "skip", "", who)
    results = annotation.get("result")
    picked: list[str] = []
    for result in results if isinstance(results, list) else ():
        value = result.get("value") if isinstance(result, dict) else None
        choices = value.get("choices") if isinstance(value, dict) else None
        picked += [str(each).strip() for each in choices] if isinstance(choices, list) else []
    actions = [each for each in picked if each in EXTRA]
    labels = [each for each in picked if each not in EXTRA]
    if not picked:
        return "the annotation has no choice"
    if len(labels) > 1 or len(actions) > 1:
        return f"the choices {', '.join(map(printable, picked))} do not fit together; choose one class"
    return Answer(place, name, actions[0] if actions else "label", labels[0] if labels else "", who)


def _who(by: Any) -> str:
    if isinstance(by, dict):
        by = by.get("email") or by.get("username")
    return by.strip() if isinstance(by, str) else ""
