"""Words for emotions, and the orders in which the well-known data sets number them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

SURPRISE, FEAR, DISGUST, HAPPINESS, SADNESS, ANGER, NEUTRAL, CONTEMPT = (
    "surprise", "fear", "disgust", "happiness", "sadness", "anger", "neutral", "contempt",
)  # fmt: skip

WORDS: Final = {
    word: emotion
    for emotion, words in {
        SURPRISE: "surprise surprised surprising suprise suprised amazed astonished",
        FEAR: "fear fearful feared afraid scared fright frightened",
        DISGUST: "disgust disgusted disgusting",
        HAPPINESS: "happy happiness happily joy joyful smile smiling amused",
        SADNESS: "sad sadness sadly unhappy sorrow cry crying",
        ANGER: "angry anger angrily mad annoyed rage",
        NEUTRAL: "neutral calm normal natural none neutrality",
        CONTEMPT: "contempt contemptuous pride",
    }.items()
    for word in words.split()
}
"""The emotion that a word of a label, a folder or a file name means."""

RAFDB: Final = (SURPRISE, FEAR, DISGUST, HAPPINESS, SADNESS, ANGER, NEUTRAL)
COMPOUND: Final = (
    "happily surprised", "happily disgusted", "sadly fearful", "sadly angry", "sadly surprised", "sadly disgusted",
    "fearfully angry", "fearfully surprised", "angrily surprised", "angrily disgusted", "disgustedly surprised",
)  # fmt: skip
"""RAF-DB's compound emotions, numbered from 1 (Li et al., 2017, its EmoLabel_compound readme)."""

FER2013: Final = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
AFFECTNET: Final = (NEUTRAL, "happy", "sad", SURPRISE, FEAR, DISGUST, ANGER, CONTEMPT)
CKPLUS: Final = (NEUTRAL, ANGER, CONTEMPT, DISGUST, FEAR, "happy", SADNESS, SURPRISE)
"""CK+'s codes 0 to 7 (Lucey et al., 2010)."""

NUMBERINGS: Final = ("rafdb", "fer2013", "affectnet", "0", "1")
"""The values of `--numbering`: a known order, or numbers that begin at 0 or 1 and have no names."""


def is_emotion(label: str) -> bool:
    """Whether a label, a folder or a column is named after an emotion ('Happy', '3_sad', 'happily surprised')."""
    words = re.findall(r"[^\W\d_]+", label.casefold())
    return bool(words) and len(words) <= 3 and (words[-1] in WORDS or words[0] in WORDS)


def names_of(numbering: str, codes: Iterable[int]) -> dict[int, str] | None:
    """The emotion of each number in a numbering, or None where one of the numbers is not of it.

    Args:
        numbering: One of `NUMBERINGS`.
        codes: The numbers that are in use; RAF-DB's are counted from 0 where 0 is among them, and are the compound
            emotions where they reach beyond 7.
    """
    used = set(codes)
    if not used or min(used) < 0:
        return None
    order: tuple[str, ...]
    first = 0
    if numbering == "rafdb":
        order, first = COMPOUND if max(used) > len(RAFDB) else RAFDB, 0 if 0 in used else 1
    elif numbering == "fer2013":
        order = (*FER2013, CONTEMPT)
    elif numbering == "affectnet":
        order = AFFECTNET
    else:
        return {code: str(code) for code in used}
    if max(used) >= first + len(order) or min(used) < first:
        return None
    return {code: order[code - first] for code in sorted(used)}
