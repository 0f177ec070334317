"""The roles of a table's columns, proposed by name and content, with the reason and the alternatives."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from auditor.data.dataset import Choice
from auditor.data.files.listing import is_image
from auditor.data.files.sheet import MOST_LABELS, Sheet
from auditor.data.formats import splits
from auditor.data.formats.classes import are_several, label_key
from auditor.data.formats.emotions import is_emotion
from auditor.data.formats.hot_columns import hot_columns, kinds_of
from auditor.data.formats.selection import NONE

MOST_FRACTIONS = 0.1
"""Share of fractions in a column of labels that are taken for slips; more are measurements."""

NEAR = 1.0
"""A second candidate whose score is less than this below the first one's is about as likely."""

LEAST = 1.0
"""The least score of a column that is taken for labels without being chosen."""

SAID = 2.0
"""The least score of a column whose name or words say that it holds labels."""

_IMAGE = re.compile(
    r"(image|img|file|photo|face|pic|picture|frame)?[ _]?(path|file|name|id|image|img|url)s?|filename|filepath|image"
    r"|(relative|full|absolute)?[ _]?path|data",
    re.I,
)
_LABEL = re.compile(
    r"(label|class|emotion|expression|category|target|annotat|rater|given|choice|sentiment|affect)s?([ _-]?\w+)?"
    r"|\w+[ _-](label|emotion|expression|class|rater|annotator)|emotions?|labels?|y|gt|ground[ _]?truth",
    re.I,
)
_EXACT = re.compile(
    r"(labels?|class(es)?|emotions?|emo|expressions?|expr?|category|target|choice|sentiment|gt|y|ground[ _]?truth)"
    r"([ _-]?(id|idx|index|code|no|num|number|name|text|str))?|"
    r"(given|true|gold|manual|human|final|basic|majority|consensus|agreed)[ _-]?(label|class|emotion|expression|vote)|"
    r"majority|consensus",
    re.I,
)
_ANOTHER: Final = frozenset(
    (
        "count", "counts", "time", "date", "timestamp", "intensity", "intensities", "confidence", "conf", "score",
        "scores", "prob", "probability", "level", "degree", "strength", "duration", "lead", "source", "width", "height",
        "size", "x", "y", "w", "h", "left", "top", "right", "bottom", "box", "bbox", "valence", "arousal", "age",
        "gender", "sex", "race", "ethnicity", "subject", "person", "identity", "actor", "session", "frame", "video",
        "group", "notes", "note", "comment", "comments", "url", "md5", "sha256", "hash", "created", "updated",
        "agreement", "entropy", "weight", "loss", "difficulty", "quality", "brightness", "pose", "yaw", "pitch", "roll",
        "fold", "who", "by", "rank",
    )
)  # fmt: skip
"""Words of a column's name that say that it holds no class, whatever else the name says."""

_ID: Final = frozenset(("id", "idx", "index", "number", "no", "key", "uid", "uuid", "row", "ids"))
_PREDICTED: Final = frozenset(
    (
        "pred", "preds", "predicted", "prediction", "predictions", "predict", "output", "outputs", "yhat", "guess",
        "guessed", "model", "machine", "inferred", "estimated", "auto", "suggested",
    )
)  # fmt: skip
_WHO = re.compile(
    r"(annotation|label)?[ _-]?(source|annotator|annotators|rater|worker|user|coder|labeler|labeller|completed[ _-]?by|"
    r"annotated[ _-]?by|labeled[ _-]?by)([ _-]?(id|name|email))?",
    re.I,
)
_SERVICE = re.compile(r"(input|output|answer|assignment|hint|task)[.:]", re.I)
_TRUTH: Final = frozenset(
    ("gt", "ground_truth", "groundtruth", "ground truth", "truth", "human", "manual", "expert", "gold", "given")
)
_VALENCE, _AROUSAL = re.compile(r"val(ence)?", re.I), re.compile(r"aro(usal)?", re.I)
_REAL = re.compile(r"-?[0-9]*\.[0-9]*[1-9][0-9]*(e-?[0-9]+)?", re.I)

ONE_HOT: Final = "one-hot"
"""The name of the label column that several columns of 0 and 1 make together."""


@dataclass(frozen=True)
class ColumnRoles:
    """The column of each role; None where the table has none.

    Attributes:
        image: The column with the image's path.
        label: The audited column, or `ONE_HOT`.
        labels: Every label column, the audited one included.
        split: The column of splits, and `codes` what its values mean.
        flags: Further columns such as is_valid that together with `split` say the split.
        who: The column that says who labelled, where an image has a row for each; `truth` is whose rows are audited.
        one_hot: Columns of 0 and 1 that make the label together, or repeat it beside the audited column.
        choices: What was guessed.
        numbering: What the form of the table says that numbers mean, None where it says nothing.
    """

    image: str
    label: str
    labels: tuple[str, ...]
    split: str | None = None
    codes: Mapping[str, int] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    valence: str | None = None
    arousal: str | None = None
    who: str | None = None
    truth: str | None = None
    one_hot: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()
    numbering: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that is read, each once."""
        labels = tuple(label for label in (self.label, *self.labels) if label != ONE_HOT)
        hot = self.one_hot if self.label == ONE_HOT else ()
        wanted = (self.image, *labels, *hot, self.split, *self.flags, self.valence, self.arousal, self.who)
        return tuple(dict.fromkeys(column for column in wanted if column is not None))

    @property
    def needed(self) -> tuple[str, ...]:
        """The columns that a line must have to be used."""
        return (self.image, *(self.one_hot if self.label == ONE_HOT else (self.label,)))


def guess(
    head: Sheet, wanted: Mapping[str, str] | None = None, count_files: Callable[[Sequence[str]], int] | None = None
) -> ColumnRoles | None:
    """Propose the role of each column.

    Args:
        head: The first rows of a table.
        wanted: Columns the user chose: 'image', 'label', 'split', 'valence', 'arousal' -> column name.
        count_files: Counts how many of some names are image files; None where that cannot be counted.

    Returns:
        The roles, or None where no column holds images or none labels.
    """
    wanted = dict(wanted or {})
    image, image_choice = _image(head, wanted.get("image"), count_files)
    if image is None:
        return None
    used = {image}
    valence, arousal = measured(head.columns, wanted, used | {wanted.get("split") or image})
    used |= {column for column in (valence, arousal) if column is not None}
    split, codes, split_choice, flags = _split(head, wanted.get("split"), used)
    used |= {column for column in (split, *flags) if column is not None}
    used |= {name for name in head.columns if _VALENCE.fullmatch(name) or _AROUSAL.fullmatch(name)}
    who, truth = _who(head, image, used)
    used |= {who} if who is not None else set()
    hot = hot_columns(head, used) if wanted.get("label") in (None, ONE_HOT) else ()
    ranked = _ranked(head, used, _expw(head))
    label: str | None
    label_choice: Choice | None
    if hot and (wanted.get("label") == ONE_HOT or not _outranked(hot, ranked)):
        label, labels = ONE_HOT, tuple(name for score, name, _ in ranked if name not in hot and score >= LEAST)
        doubtful = bool(labels) and not any(map(is_emotion, hot))  # male and female are no emotions
        why = f"each row says one of {', '.join(hot[:10])}"
        votes = not all(kinds_of(head, name) <= {"0", "1"} for name in hot)
        why += ", the one with the largest number" if votes else ""
        others = (*(hot if votes else ()), *(labels if doubtful else ()))
        label_choice = Choice("label column", ONE_HOT, why, others, votes or doubtful, role="label")
    else:
        label, labels, label_choice = _label(head, ranked, wanted.get("label"))
    if label is None:
        return None
    choices = [choice for choice in (image_choice, label_choice, split_choice) if choice is not None]
    every = tuple(dict.fromkeys((label, *labels)))[:MOST_LABELS]
    numbering = "fer2013" if label == _expw(head) else None
    return ColumnRoles(
        image, label, every, split, codes, flags, valence, arousal, who, truth, hot, tuple(choices), numbering
    )


def _image(
    head: Sheet, wanted: str | None, count_files: Callable[[Sequence[str]], int] | None
) -> tuple[str | None, Choice | None]:
    """Find the column of file names by its name, by image endings, and by existing files."""
    if wanted is not None:
        return wanted, None
    scores: list[tuple[float, str]] = []
    for place, name in enumerate(head.columns):
        cells = [cell for cell in head.cells.get(name, ()) if cell]
        if not cells:
            continue
        share = sum(map(is_image, cells)) / len(cells)
        named = _IMAGE.fullmatch(name) is not None and len(set(cells)) > 1
        if share <= 0.5 and not named and not (count_files is not None and not head.has_header and place == 0):
            continue
        existing = count_files(cells[:50]) / len(cells[:50]) if count_files is not None else 0.0
        if share > 0.5 or named or existing > 0.5:
            scores.append((4 * (share > 0.5) + 3 * existing + named - place / 1000, name))
    if not scores:
        return None, None
    scores.sort(key=lambda pair: -pair[0])
    others = tuple(name for score, name in scores[1:] if score > scores[0][0] - 4)
    close = len(scores) > 1 and scores[1][0] > scores[0][0] - 0.9
    return scores[0][1], Choice("image column", scores[0][1], "its values are image files", others, close, "image")


def _split(
    head: Sheet, wanted: str | None, used: set[str]
) -> tuple[str | None, Mapping[str, int], Choice | None, tuple[str, ...]]:
    """The column of splits, what its values mean, and further columns that say it with the first."""
    if wanted == NONE and NONE not in head.columns:
        return None, {}, Choice("split", "none", "it was chosen: every row is a training row", role="split"), ()
    if wanted is not None:
        reading = splits.reading_of(wanted, head.cells[wanted])
        codes = reading[0] if reading is not None else splits.SPLIT_CODES
        return wanted, codes, Choice("split", f"the column {wanted}", "it was chosen", role="split"), ()
    readings = [
        (name, reading)
        for name in head.columns
        if name not in used and (reading := splits.reading_of(name, head.cells.get(name, ()))) is not None
    ]
    if not readings:
        return None, {}, None, ()
    readings.sort(key=lambda pair: (pair[1][1], not splits.is_named(pair[0])))
    name, (codes, doubtful) = readings[0]
    flags = [other for other, _ in readings if splits.is_flag(other)]
    if splits.is_flag(name) and len({splits.flag_of(flag) for flag in flags}) == len(flags) > 1:
        why = "each is true for the images of one split"
        columns = f"the columns {', '.join(flags)}"
        return name, codes, Choice("split", columns, why, (*flags, NONE), role="split"), tuple(flags)
    kinds = sorted({cell for cell in head.cells[name] if cell}, key=str.casefold)[:6]
    others = (*(other for other, _ in readings[1:]), NONE)
    close = doubtful or (len(readings) > 1 and not readings[1][1][1] and splits.is_named(readings[1][0]))
    why = f"its values are {', '.join(kinds)}"
    return name, codes, Choice("split", f"the column {name}", why, others, close, "split"), ()


def measured(columns: Sequence[str], wanted: Mapping[str, str], used: Container[str]) -> tuple[str | None, str | None]:
    """The columns of valence and arousal, or None twice where one is missing: `val` by itself may be a split.

    Args:
        columns: The names of the columns.
        wanted: Columns that the user chose, by role.
        used: Columns that have another role.
    """
    valence, arousal = (
        wanted.get(role) or next((name for name in columns if pattern.fullmatch(name) and name not in used), None)
        for role, pattern in (("valence", _VALENCE), ("arousal", _AROUSAL))
    )
    return (None, None) if valence is None or arousal is None else (valence, arousal)


def _who(head: Sheet, image: str, used: set[str]) -> tuple[str | None, str | None]:
    """Find the annotator column where images have several rows, and the annotator whose rows are the truth, if any."""
    names = head.cells.get(image, [])
    if len(set(names)) == len(names):
        return None, None
    for column in head.columns:
        kinds = {cell for cell in head.cells.get(column, ()) if cell}
        if column in used or not _WHO.fullmatch(bare(column)) or not 2 <= len(kinds) <= MOST_LABELS:
            continue
        pairs = set(zip(names, head.cells[column], strict=True))
        if len(pairs) > len(set(names)):
            return column, next((kind for kind in sorted(kinds) if kind.casefold() in _TRUTH), None)
    return None, None


def _outranked(hot: Sequence[str], ranked: Sequence[tuple[float, str, str]]) -> bool:
    """Whether another column is a label by its name and content, which columns of 0 and 1 beside it only repeat."""
    others = [score for score, name, _ in ranked if name not in hot]
    return bool(others) and others[0] >= 5


def _label(
    head: Sheet, ranked: Sequence[tuple[float, str, str]], wanted: str | None
) -> tuple[str | None, tuple[str, ...], Choice | None]:
    """The audited column, every label column, and what else it could be."""
    likely = usable = [entry for entry in ranked if entry[0] >= LEAST]
    if not head.has_header:
        usable = usable[:1]
    order = {name: place for place, name in enumerate(head.columns)}
    least = SAID if usable and usable[0][0] >= SAID else LEAST
    labels = tuple(sorted((name for points, name, _ in usable if points >= least), key=order.__getitem__))
    if wanted is not None:
        return wanted, labels, Choice("label column", wanted, "it was chosen", labels, role="label")
    if not usable:
        return None, (), None
    score, label, why = usable[0]
    others = tuple(name for _, name, _ in ranked[1:])
    rivals = [s for s, name, _ in likely[1:] if not _coincide(head.cells[name], head.cells[label])]
    close = bool(rivals) and rivals[0] > score - NEAR
    return label, labels, Choice("label column", label, why, others, close, "label")


def _coincide(first: Sequence[str], second: Sequence[str]) -> bool:
    """Whether two columns agree up to naming: each value of one goes with one value of the other."""
    pairs = set(zip(first, second, strict=True))
    if {a for a, _ in pairs} == {b for _, b in pairs}:
        return all(a == b for a, b in pairs)  # the same words for other images are another opinion
    return len(pairs) == len({a for a, _ in pairs}) == len({b for _, b in pairs})


def _expw(head: Sheet) -> str | None:
    """The last of ExpW's eight fields (Zhang et al., 2018: name, face, box, confidence, label)."""
    last = head.columns[-1]
    is_expw = len(head.columns) == 8 and not head.has_header and head.delimiter == " "
    return last if is_expw and _is_code({label_key(cell) for cell in head.cells.get(last, ())} - {""}) else None


def _ranked(head: Sheet, used: set[str], likeliest: str | None) -> list[tuple[float, str, str]]:
    """Every free column's score as the column of labels, and why; the best first, then in file order."""
    rated = [
        (*score, name)
        for name in head.columns
        if name not in used and name in head.cells and (score := _score(head, name, likeliest))
    ]
    scores = [(points + 2 * (name == likeliest), name, why) for points, why, name in rated]
    return sorted(scores, key=lambda entry: -entry[0])


def _score(head: Sheet, name: str, likeliest: str | None) -> tuple[float, str] | None:
    own = label_score(name, head.cells[name], head.has_header)
    return (LEAST, "the form of the table shows it") if own is None and name == likeliest else own


def label_score(name: str, cells: Sequence[str], has_header: bool = True) -> tuple[float, str] | None:
    """Rate a column as the column of labels, with the reason; None where it cannot be.

    Below `LEAST` it is not taken by itself. A label column is called so (up to 4), its values are emotions (4), few
    and come again (1); ids, counts, times, intensities and predictions lose more than their content can win.
    """
    filled = [cell for cell in cells if cell]
    kinds = {key for key in map(label_key, filled) if key and not are_several(key)}
    if not kinds:
        return None if filled or not _EXACT.fullmatch(name) else (LEAST, "its name shows it")
    fractions = sum(_REAL.fullmatch(cell) is not None for cell in filled)
    if fractions > MOST_FRACTIONS * len(filled) or max(map(len, kinds)) > 64 or is_image(filled[0]):
        return None
    named, why = _by_name(name, filled) if has_header else (0.0, "")
    emotional = sum(map(is_emotion, filled)) >= 0.6 * len(filled)
    repeated = len(kinds) <= max(2, len(filled) // 2)
    if named <= 0 and not emotional and not repeated:
        return None
    if named <= 0 and not has_header and not emotional:
        named = 1.0 if _is_code(kinds) else 0.0
    elif named == 0 and not emotional:
        named = 0.5 if len(kinds) > 1 else 0.0
    points = named + 4 * emotional + repeated
    points -= 3 * (len(kinds) == len(filled) > 8 and not emotional) + 0.5 * (len(kinds) == 1 and len(filled) > 1)
    candidates = (why, "its values are emotions" if emotional else "", "its values come again" if repeated else "")
    reasons = [reason for reason in candidates if reason]
    listed = [", ".join(reasons[:-1]), *reasons[-1:]] if len(reasons) > 1 else reasons
    return points, " and ".join(listed) or "no other column can be the labels"


def _is_code(kinds: set[str]) -> bool:
    """Whether these can be numbers of classes, as the last field of a list without names of columns."""
    return len(kinds) > 1 and all(kind.isdecimal() and int(kind) < 100 for kind in kinds)


def bare(name: str) -> str:
    """A column's name without what crowd-sourcing services put before it ('OUTPUT:emotion', 'Answer.emotion.label')."""
    return _SERVICE.sub("", name).removesuffix(".label")


def _by_name(name: str, filled: Sequence[str]) -> tuple[float, str]:
    """Rate a column by its name."""
    name = bare(name)
    words = set(splits.words_of(name))
    exact = _EXACT.fullmatch(name) is not None
    if words & _PREDICTED:
        return -4.5, "a model made it by its name"
    if not exact and words & (_ANOTHER | _ID):
        return -3.0, "it is called otherwise"
    if _WHO.fullmatch(name) and not any(map(is_emotion, filled[:20])):
        return -3.0, "it says who labelled"
    if exact or _LABEL.fullmatch(name):
        return 4.0 if exact else 2.0, "its name shows it"
    return 0.0, ""
