"""Names of splits: in columns, in the names of lists and folders, and at the start of image names.

A word decides, never a part of one: 'train_labels', 'labels-test', 'FER2013Valid' and 'Val_Aligned_Faces' name a
split, 'latest' and 'contest' do not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

from auditor.data.dataset import SPLITS
from auditor.data.files.choices import labels_in

_NAMES: Final = {
    "train": "train training trainset traindata trn tr trainval trainvalid traindev",
    "valid": "valid val validation validate validating valset validset dev eval evaluation publictest",
    "test": "test testing testset testdata tst te privatetest holdout heldout",
}
WORDS: Final = {word: SPLITS.index(split) for split, words in _NAMES.items() for word in words.split()}
"""The code of a split by the word for it."""

SPLIT_CODES: Final = {"": 0, **WORDS, "0": 0, "1": 1, "2": 2}
"""The code of a split by the word in a column of splits."""

TRAIN, VALID, TEST = range(len(SPLITS))

_LEADERBOARD: Final = {"public": VALID, "private": TEST, "ignored": TEST}
"""The usages in a solution of Kaggle's: all of them are rows of its test set, as FER2013's PublicTest is."""

_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+")
_PREFIX = re.compile(r"(train|test|val|valid)(ing|idation)?([_-]|[0-9])", re.I)
_BOOLEAN = re.compile(
    r"((is|in|for|use|used|belongs|to)[ _-]*)*(train|test|val|valid|dev|eval|hold[ _-]?out|held[ _-]?out)"
    r"(ing|idation|uation|idate|uate)?([ _-]*(set|split|images?|data|flag|mask|samples?|row))?",
    re.I,
)
_TRAIN_VALID = re.compile(r"train(ing)?[ _+&-]*(and[ _-]*)?(val|valid|validation|dev)", re.I)
_TRUE, _FALSE = frozenset(("true", "1", "1.0", "yes", "y", "t", "x")), frozenset(("false", "0", "0.0", "no", "n", "f"))
_SURELY = re.compile(r"(data[ _-]?)?(splits?|usage|subset|partition|phase)([ _-]?(name|type|id))?", re.I)
_NAMED = re.compile(
    r"(data[ _-]?|dataset[ _-]?|tvt[ _-]?)?(splits?|usage|subset|partition|set|fold|phase|stage|mode|purpose)"
    r"([ _-]?(name|type|id))?|train[ _-]?(or[ _-]?)?(val[ _-]?)?test|dataset",
    re.I,
)


@lru_cache(4096)
def split_of(name: str) -> int | None:
    """The split that a file's or a folder's name says, or None where it says none or two."""
    stem = name.rpartition("/")[2].partition(".")[0]
    short = ("tr", "te", "dev", "eval")
    codes = {WORDS[word] for word in words_of(stem) if word in WORDS and (word not in short or stem.lower() == word)}
    if codes == {TRAIN, VALID} and _TRAIN_VALID.fullmatch(stem):
        return TRAIN
    return codes.pop() if len(codes) == 1 else None


def words_of(name: str) -> list[str]:
    """The lower-case words of a name, cut at capitals, digits and marks; 'PublicTest' stays one word."""
    text = re.sub(r"(?i)(public|private)test", lambda match: match[0].lower(), name)
    return [word.lower() for word in _WORD.findall(text)]


def pattern_of(path: str) -> str:
    """A path with the words for splits taken out: lists that differ in nothing else belong together."""
    text = re.sub(r"(?i)(public|private)test", lambda match: match[0].lower(), path)
    return _WORD.sub(lambda match: "*" if match[0].lower() in WORDS else match[0].lower(), text)


def split_of_path(path: str) -> int | None:
    """The split that the first folder of an image's path with such a name says."""
    for folder in path.split("/")[:-1]:
        code = split_of(folder)
        if code is not None:
            return code
    return None


def split_of_root(root: Path) -> int | None:
    """The split that a data set's own folder is called after, where the folder of another split lies beside it.

    The two names must differ in nothing else ('faces_train' and 'faces_test').
    """
    own, pattern = split_of(root.name), pattern_of(root.name)
    if own is None:
        return None
    try:
        folders = [entry.name for entry in root.parent.iterdir() if entry.is_dir()]
    except OSError:
        return None
    return own if any(split_of(each) not in (None, own) and pattern_of(each) == pattern for each in folders) else None


def split_of_prefix(path: str) -> int | None:
    """The split that an image's own name begins with, as RAF-DB's 'test_0001.jpg'."""
    match = _PREFIX.match(path.replace("\\", "/").rpartition("/")[2])
    return WORDS[match[1].lower()] if match else None


def reading_of(name: str, cells: Sequence[str]) -> tuple[dict[str, int], bool] | None:
    """Find how a column encodes the split.

    Args:
        name: The column's name.
        cells: Its values, or those of the first rows.

    Returns:
        The code of every value (lower case), and whether another reading is about as likely; None where it is no
        column of splits.
    """
    kinds = set(map(normal, set(cells))) - {""}
    if not kinds or len(kinds) > 12:
        return None
    boolean = _BOOLEAN.fullmatch(name)
    if boolean and kinds <= _TRUE | _FALSE:
        return _of_boolean(flag_of(name), cells)
    words = {kind: code for kind in kinds if (code := _code_of(kind)) is not None}
    if kinds <= _LEADERBOARD.keys():
        words = {kind: _LEADERBOARD[kind] for kind in kinds}
    named = _NAMED.fullmatch(name) is not None
    if len(words) == len(kinds) and (len(kinds) > 1 or named):
        return words, False
    if not named:
        return None
    if words and (len(words) * 2 >= len(kinds) or _SURELY.fullmatch(name)):
        return words, False  # rows of another word ('gallery') are held out
    return _numbered(kinds)


def normal(cell: str) -> str:
    """A cell of a column of splits for comparison: lower case; of a list of tags the one that is a split."""
    tags = labels_in(cell) if cell[:1] == "[" else None
    words = [tag.casefold() for tag in tags or () if tag.casefold() in WORDS]
    return words[0] if len(words) == 1 else cell.casefold()


def flag_of(name: str) -> int:
    """The split that a column such as is_test is about: one held out where the name says no more."""
    match = _BOOLEAN.fullmatch(name)
    return WORDS.get(match[3].lower(), TEST) if match else TEST


def of_flags(columns: Mapping[str, Sequence[str]]) -> list[int]:
    """The split of every row from several columns such as is_train and is_valid.

    Where several are true the most held-out one counts; where none is, the row is not trained on if one says train.
    """
    trained = any(flag_of(name) == TRAIN for name in columns)
    splits = []
    for row in zip(*columns.values(), strict=True):
        flagged = [flag_of(name) for name, cell in zip(columns, row, strict=True) if cell.casefold() in _TRUE]
        splits.append(max(flagged, default=TEST if trained else TRAIN))
    return splits


def is_flag(name: str) -> bool:
    """Whether a column's name asks whether an image is of one split."""
    return _BOOLEAN.fullmatch(name) is not None


def _of_boolean(split: int, cells: Sequence[str]) -> tuple[dict[str, int], bool] | None:
    """A column such as is_test; of most images is_valid is true where it says that they can be used."""
    true = sum(cell.casefold() in _TRUE for cell in cells) * 2 > len(cells)
    if split == VALID and true:
        return None
    other = TEST if split == TRAIN else TRAIN
    return {**dict.fromkeys(_TRUE, split), **dict.fromkeys(_FALSE, other)}, False


def _code_of(value: str) -> int | None:
    if {WORDS.get(word) for word in words_of(value)} == {TRAIN, VALID}:
        return TRAIN  # 'train+val': what papers train on once the settings are chosen
    return WORDS.get(value, split_of(value) if not value.isdecimal() else None)


def _numbered(kinds: set[str]) -> tuple[dict[str, int], bool] | None:
    """Two or three small numbers in order: train, valid, test; of two but 0 and 1 the second is test."""
    if not all(kind.removesuffix(".0").isdecimal() for kind in kinds) or len(kinds) > 3:
        return None
    order = sorted(kinds, key=float)
    if len(kinds) == 1:
        return {order[0]: TRAIN}, True
    if float(order[0]) not in (0, 1) or float(order[-1]) > 3:
        return None
    whole = len(order) == 3 or [float(number) for number in order] == [0, 1]
    return dict(zip(order, (TRAIN, VALID, TEST) if whole else (TRAIN, TEST), strict=False)), True


def is_named(name: str) -> bool:
    """Whether a column's name is that of a split column."""
    return _NAMED.fullmatch(name) is not None or _BOOLEAN.fullmatch(name) is not None
