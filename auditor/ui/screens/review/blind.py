"""Blind review: the given label and the suggestion are hidden, and some faces come twice.

Hidden means that the browser does not get them. An image's name may hold its class ('fear/0012.jpg'), so that a blind
page calls its images by their ids (auditor.ui.state.face_ids).

An annotator who sees a label tends to agree with it. Without it, the second look at the same face says how far the
annotator agrees with himself: an upper bound on how far anybody can be trusted to correct others.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditor.data.dataset import Dataset
from auditor.store.operations import LABEL_ACTIONS, Item
from auditor.store.state import DecisionState
from auditor.ui.screens.review.inbox import Refusal
from auditor.ui.state.face_ids import face_id

BLOCK = 20
VEILED = (
    "Somebody else decided a face before your key arrived, so your key was not saved for it; leave blind review to "
    "see it."
)
REPEATS = 2  # so many of every block are shown again in the next


@dataclass(frozen=True)
class Consistency:
    """How often an annotator judged the same face in the same way.

    Attributes:
        repeated: Faces that were judged twice.
        agreed: Of these, how many the same way both times.
    """

    repeated: int
    agreed: int


def shuffle(rows: NDArray[np.int32], annotator: str) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """A blind queue: the rows in an order of the annotator's own, some of every 20 once more among the next 20.

    Args:
        rows: int32 [K], what is to be judged.
        annotator: Seeds the order, so that it is the same after a reload.

    Returns:
        int32 [K'], the rows to show, and bool [K'], which of them are repeats.
    """
    generator = np.random.default_rng(zlib.crc32(annotator.encode()))
    mixed = generator.permutation(rows)
    blocks: list[NDArray[np.int32]] = []
    repeats: list[NDArray[np.bool_]] = []
    for start in range(0, len(mixed), BLOCK):
        block = mixed[start : start + BLOCK]
        again = np.zeros(0, dtype=np.int32)
        if start and len(block) == BLOCK:
            again = generator.choice(mixed[start - BLOCK : start], REPEATS, replace=False)
        places = np.sort(generator.choice(len(block) + 1, len(again)))
        blocks.append(np.insert(block, places, again))
        repeats.append(np.insert(np.zeros(len(block), dtype=np.bool_), places, True))
    if not blocks:
        return mixed, np.zeros(0, dtype=np.bool_)
    return np.concatenate(blocks), np.concatenate(repeats)


def answers(state: DecisionState, annotator: str, mode: str) -> dict[str, Item]:
    """The annotator's last standing answer for each image in one mode ('blind' or 'repeat'), by image name."""
    by_image = {}
    for record in list(state.records.values()):
        operation = record.operation
        if record.active and operation.mode == mode and operation.annotator == annotator:
            by_image.update({item.image: item for item in operation.items if item.action in LABEL_ACTIONS})
    return by_image


def consistency(state: DecisionState, annotator: str) -> Consistency:
    """Compare an annotator's repeats with the first answers; faces that were skipped do not count."""
    first, second = answers(state, annotator, "blind"), answers(state, annotator, "repeat")
    pairs = [
        (first[name], item)
        for name, item in second.items()
        if name in first and "skip" not in (item.action, first[name].action)
    ]
    agreed = sum(_answer(one) == _answer(other) for one, other in pairs)
    return Consistency(len(pairs), agreed)


def _answer(item: Item) -> tuple[str, str | None]:
    """What was said of the face: in blind mode the number key of the given label is a keep in effect."""
    if item.action in ("keep", "relabel"):
        return "label", item.result
    return item.action, None


def veiled_echo(last: dict[str, Any] | None, dataset: Dataset) -> dict[str, Any] | None:
    """What was done last (Inbox.last), with the image's id in place of its name."""
    return last and {**last, "name": face_id(dataset, last["name"]) if last["name"] else ""}


def veiled_refusals(refused: Mapping[int, Refusal]) -> dict[int, Refusal]:
    """What became of keys that were pressed before the page became blind (Inbox.refused), without an image's name."""
    return {n: Refusal(VEILED, (), each.saved) if each.met else each for n, each in refused.items()}
