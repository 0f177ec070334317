"""Turn Label Studio's annotations into decisions, for `decide --from project.json`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from auditor.cli._columns import Problem
from auditor.cli.decide import decision

if TYPE_CHECKING:
    from auditor.data.dataset import Dataset
    from auditor.exports.exchange.labelstudio import Answer
    from auditor.store.operations import Item


def read(path: Path, dataset: Dataset, annotator: str) -> tuple[dict[str, list[Item]], list[Problem]]:
    """Read the annotations of a project's JSON export.

    Args:
        path: The file.
        dataset: The data set.
        annotator: The name for annotations whose person the file does not name.

    Returns:
        Each person's decisions, of several on one image the last; and (number of the task, reason) for every
        annotation that is no decision.

    Raises:
        DataError: The file cannot be read.
    """
    from auditor.exports.exchange import labelstudio

    answers, problems = labelstudio.read(path, dataset)
    by_person: dict[str, dict[str, Item]] = {}
    for answer in answers:
        item = _item(answer, dataset)
        if isinstance(item, str):
            problems.append((answer.place, item))
        else:
            by_person.setdefault(answer.who or annotator, {})[answer.name] = item
    return {who: list(items.values()) for who, items in by_person.items()}, sorted(problems)


def _item(answer: Answer, dataset: Dataset) -> Item | str:
    if answer.action != "label":
        return decision(dataset, answer.name, answer.action, answer.label)
    item = decision(dataset, answer.name, "relabel", answer.label)
    if isinstance(item, str) or item.to_class != item.from_class:
        return item
    return decision(dataset, answer.name, "keep", "")
