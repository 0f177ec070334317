"""The facts of one image, as JSON for the panel beside the grid: fetched when a face gets the focus."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from auditor.config import Workspace
from auditor.data.dataset import Dataset
from auditor.evidence import schema, student, why
from auditor.evidence.versions import ASSIGNMENTS, EvidenceVersion
from auditor.store.state import Standing
from auditor.ui.look import palette
from auditor.ui.look.words import percent
from auditor.ui.state import face_ids, library
from auditor.ui.state.overlay import ACTION_CODES, REVIEWED
from models import titles

NEIGHBOURS = 8
EPOCHS_SHOWN = 200


def describe(workspace: Workspace, dataset: Dataset, version: int, row: int) -> dict[str, Any]:
    """Return the facts of an image.

    Args:
        workspace: The workspace with the evidence.
        dataset: The data set.
        version: Number of the evidence version, 0 for none.
        row: The image's row.

    Returns:
        A JSON object: name, file, given (class index), sets [[name, class index]], and with evidence: why, facts,
        methods, probs, neighbours [[face id, class index, distance, name]], p_given {method: [p by epoch]}.

    Raises:
        EvidenceError: The version was deleted, or its files cannot be read.
    """
    facts: dict[str, Any] = {
        "name": str(dataset.names[row]),
        "file": str(dataset.paths[row]),
        "given": int(dataset.labels[row]),
        "sets": [[each.name, int(each.labels[row])] for each in dataset.label_sets if each.labels[row] >= 0],
    }
    evidence = library.named_evidence(workspace, dataset, f"v{version:04d}") if version else None
    place = evidence.place(row) if evidence is not None else -1
    if evidence is not None and place >= 0:
        facts |= _judged(evidence, dataset, place, row)
    return facts


def card_lines(dataset: Dataset, evidence: EvidenceVersion | None, row: int, state: Standing | None) -> list[str]:
    """Return the short lines of an image's card beside the pointer."""
    lines = [str(dataset.names[row])]
    place = evidence.place(row) if evidence is not None else -1
    if evidence is None or place < 0:
        return [*lines, f"given {dataset.classes[int(dataset.labels[row])]}"]
    facts = evidence.table.iloc[place]
    given, suggested = dataset.classes[int(facts[schema.GIVEN])], int(facts[schema.SUGGESTED])
    differs = suggested >= 0 and dataset.classes[suggested] != given
    lines.append(f"given {given}, suggested {dataset.classes[suggested]}" if differs else f"given {given}")
    assignment = palette.ASSIGNMENTS[int(facts[schema.ASSIGNMENT])]
    lines.append(f"{assignment}, {percent(float(facts[schema.P_MISLABELLED]))} likely to be mislabelled")
    if state is not None and state.action is not None:
        label = f" to {dataset.classes[state.label]}" if state.action == "relabel" and state.label is not None else ""
        lines.append(f"{REVIEWED[ACTION_CODES[state.action]]}{label} by {state.annotator}")
    return lines


def _judged(evidence: EvidenceVersion, dataset: Dataset, place: int, row: int) -> dict[str, Any]:
    explanation = why.explain(evidence, row)
    line = evidence.table.iloc[place]
    pairs = zip(evidence.neighbours[place], evidence.neighbour_distance[place], strict=True)
    near = [(int(neighbour), distance) for neighbour, distance in pairs if neighbour >= 0][:NEIGHBOURS]
    return {
        "why": _about(dataset, int(line[schema.GIVEN]), row) + explanation.sentence,
        "methods": [_method(name, line, evidence, dataset.classes) for name in student.networks(evidence)],
        "probs": [_number(p) for p in evidence.probs[place]],
        "neighbours": [
            [face, int(dataset.labels[neighbour]), _number(distance), str(dataset.names[neighbour])]
            for face, (neighbour, distance) in zip(
                face_ids.face_ids(dataset, [row for row, _ in near]), near, strict=True
            )
        ],
        "p_given": {titles.title(name): _curve(evidence.p_given(name)[place]) for name in evidence.methods},
        "scored": str(line.get(schema.SCORED, "")),
        "stability": _number(line.get(schema.STABILITY)),
    }


def _about(dataset: Dataset, judged: int, row: int) -> str:
    """Return a sentence on the label that the evidence is about, where it is not the one in the label file."""
    given = int(dataset.labels[row])
    if judged == given:
        return ""
    return f"The methods judged the label {dataset.classes[judged]}, but the label file has {dataset.classes[given]}. "


def _method(name: str, line: Any, evidence: EvidenceVersion, classes: tuple[str, ...]) -> dict[str, Any]:
    """Return one method's results: assignment, and its columns by name without the prefix, with words for each."""
    values = {key.removeprefix(f"{name}_"): line[key] for key in line.index if key.startswith(f"{name}_")}
    assignment = values.pop(schema.ASSIGNMENT, None)
    assigned = isinstance(assignment, int | np.integer) and 0 <= int(assignment) < len(ASSIGNMENTS)
    return {
        "name": titles.title(name),
        "assignment": ASSIGNMENTS[int(assignment)] if assigned and assignment is not None else "",
        # An image that no epoch could read has the class -1.
        "values": {
            key: None if "pred" in key and value == -1 else _for_screen(name, key, value, evidence)
            for key, value in values.items()
        },
        "words": {key: _column_words(name, key, classes) for key in values},
    }


def _for_screen(name: str, key: str, value: Any, evidence: EvidenceVersion) -> Any:
    """Return a value for the screen; of a column that is comparable only within a run, the percentile."""
    method = titles.descriptions().get(name)
    if method is None or key not in method.ranked:
        return _plain(value)
    if _number(value) is None:
        return None
    column = evidence.table[schema.own(name, key)].to_numpy(np.float64)
    return f"percentile {100 * float((column < float(value)).sum()) / max(int(np.isfinite(column).sum()), 1):.0f}"


def _column_words(name: str, key: str, classes: tuple[str, ...]) -> tuple[str, str]:
    """Return a column's display name and explanation; a posterior column is named by its label set and class."""
    ending = key.removeprefix(f"{schema.POSTERIOR}_")
    if ending == key or not ending.isdecimal():
        return titles.column_words(name, key)
    label_set, label = divmod(int(ending), len(classes))
    label_sets = f" by label set {label_set + 1}" if label_set else ""
    return f"p({classes[label]})", f"Probability of {classes[label]}{label_sets}"


def _plain(value: Any) -> Any:
    if isinstance(value, int | np.integer):
        return int(value)
    return _number(value) if isinstance(value, float | np.floating) else str(value)


def _number(value: Any) -> float | None:
    if value is None:
        return None
    number = float(value)
    return round(number, 4) if math.isfinite(number) else None


def _curve(values: Any) -> list[float | None]:
    """Return p(given) over the epochs, thinned where there are more than a screen can show."""
    step = -(-len(values) // EPOCHS_SHOWN) or 1
    return [_number(value) for value in values[::step]]
