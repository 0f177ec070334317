"""Image folders: `<class>/*`, `<split>/<class>/*`, `<class>/<split>/*` or `<person>/<class>/*`.

Class folders that differ in case alone are one class. Folders of plots and checkpoints, of systems, and of images
without labels are no classes: they are left out and listed.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Final

import numpy as np

from auditor.data.dataset import Choice, Dataset
from auditor.data.files.listing import (
    holds_image,
    is_image,
    is_leftover,
    join,
    list_folder,
    list_outside,
    walk,
)
from auditor.data.formats import class_list
from auditor.data.formats.base import Likeness, register
from auditor.data.formats.class_names import Names, chosen_names, guessed_names, listed_names
from auditor.data.formats.classes import label_key
from auditor.data.formats.emotions import is_emotion
from auditor.data.formats.reading import Reading
from auditor.data.formats.selection import NONE, Selection
from auditor.data.formats.splits import split_of, split_of_path
from auditor.data.formats.unlisted import Row, Unlisted, dataset_of, with_splits
from auditor.data.problems import printable
from auditor.errors import DataError
from auditor.plural import counted

MOST_CLASSES = 1000
LOOKED_AT = 50
"""The number of folders searched to recognise a tree."""

FEWEST_PERSONS = 3
"""Folders of class folders that are taken for persons; fewer are data sets of their own."""

FEW = 0.1
"""A folder not named after an emotion with less than this share of the usual class's images is no class."""

NO_CLASSES: Final = frozenset(
    (
        "figures", "figure", "figs", "fig", "plots", "plot", "graphs", "checkpoints", "checkpoint", "ckpt", "ckpts",
        "weights", "models", "model", "logs", "log", "runs", "results", "result", "outputs", "output", "docs", "doc",
        "scripts", "script", "src", "code", "notebooks", "screenshots", "misc", "tmp", "temp", "cache", "backup",
        "assets", "utils", "configs", "config", "predictions", "visualizations", "visualization", "wandb", "mlruns",
        "tensorboard", "unlabeled", "unlabelled", "unsorted", "unannotated", "thumbnails", "thumbs", "masks",
        "landmarks", "heatmaps", "all", "raw", "original", "originals",
    )
)  # fmt: skip
"""Common names of folders beside the classes that are not classes (compared in lower case)."""

ALL = "all"
LEVELS: Final = ("first", "second", "third", "fourth", "fifth")

_PERSON = re.compile(
    r"(videos?|vid|clips?|subj(ects?)?|sub|s|p|pers(on)?s?|ids?|sess(ion)?s?|seq(uence)?s?|actors?|speakers?|users?|"
    r"participants?|patients?|frames?|batch(es)?|parts?|shards?|chunks?|folders?|dirs?)[ _-]?[0-9]+",
    re.I,
)
"""Names of folders that count persons, videos or parts of a data set."""


@dataclass(frozen=True)
class Layout:
    """Where the class folders of a tree are.

    Attributes:
        homes: Folders that hold class folders, with the split each is called after (None: nothing says it).
        unlabelled: Folders called after a split that hold images and no class folders.
        level: At which level the class folders are: 1, or more where persons or conditions are above them.
    """

    homes: tuple[tuple[str, int | None], ...]
    unlabelled: tuple[str, ...] = ()
    level: int = 1


class Folder(Unlisted):
    """One folder of images a class."""

    name: ClassVar[str] = "folder"
    title: ClassVar[str] = "Image folder"
    roles: ClassVar[tuple[str, ...]] = ("folders", "level", "numbering", "split")
    class_folders: ClassVar[bool] = True

    def recognise(self, root: Path) -> Likeness:
        """Return 0.4 where at least two class folders hold images; looks at some folders only."""
        layout = layout_of(root)
        names = {label_key(name): name for home, _ in layout.homes for name in _class_folders(root, home)[:LOOKED_AT]}
        classes = [name for key, name in names.items() if key not in NO_CLASSES and split_of(name) is None]
        if len(classes) >= 2 and all(map(_PERSON.fullmatch, classes)):
            examples = ", ".join(printable(name) for name in sorted(classes)[:4])
            return Likeness(
                0.0, f"the folders {examples} hold images", "folders called after classes, or a list of labels"
            )
        if len(classes) >= 2:
            sharded = all(name.isdecimal() and len(name) > 2 for name in classes)
            examples = ", ".join(printable(name) for name in sorted(classes)[:8])
            return Likeness(0.3 if sharded else 0.4, f"the folders {examples} hold images")
        if layout.unlabelled:
            examples = ", ".join(layout.unlabelled[:4])
            return Likeness(0.0, f"{examples} hold images", "a folder for each class in them, or a list of labels")
        if classes:
            return Likeness(0.0, f"one folder holds images ({printable(classes[0])})", "a second class: one is too few")
        return Likeness(0.0)

    def load(self, root: Path, label_file: str) -> Dataset:
        """List the folders."""
        selection = Selection.parse(label_file)
        if selection.file:
            raise DataError(f"An image folder has no label file; open {root} without {label_file!r}.")
        return _Reading(root, label_file, selection=selection.allow(self.roles)).dataset()


@dataclass
class _Reading(Reading):
    selection: Selection = field(default_factory=lambda: Selection("", {}))

    def dataset(self) -> Dataset:
        level = self.selection.get("level")
        layout = layout_of(self.root, int(level) if level in ("1", "2", "3") else None)
        rows = [row for home, split in layout.homes for row in self._rows(home, split, deep=layout.level > 1)]
        rows, choices = self._without_others(rows)
        if layout.level > 1:
            why = "the inner folders are named after emotions"
            where = f"the folders at the {LEVELS[layout.level - 1]} level"
            choices.append(Choice("classes", where, why, ("level=1",), role="level"))
        self._list_unlabelled(layout)
        spellings: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for row in rows:
            spellings[_key(row.label)][row.label] += 1
        code = {key: max(sorted(names), key=names.__getitem__) for key, names in spellings.items()}
        self._list_spellings(spellings)
        codes = tuple(sorted(code.values()))
        if len(codes) < 2 or len(codes) > MOST_CLASSES:
            few = ": one class is too few" if len(codes) == 1 else ""
            raise DataError(
                f"The folder {self.root} has images in {counted(len(codes), 'class folder')}{few}; expected 2 to "
                f"{MOST_CLASSES:,}, one for each class."
            )
        rows, split = with_splits(self, rows, self.selection.get("split"), _split_source(layout, rows))
        names = self._class_names(codes, rows)
        self.notes.insert(
            0, f"Images in folders {_words(layout)}: {counted(len(codes), 'class', 'classes')} in alphabetical order."
        )
        place = {row.label: codes.index(code[_key(row.label)]) for row in rows}
        choices = [*choices, split, *([names.choice] if names.choice else [])]
        return dataset_of(self, Folder(), rows, place=place, codes=codes, names=names.names, choices=choices)

    def _rows(self, home: str, split: int | None, *, deep: bool) -> list[Row]:
        """The images of the class folders in one folder; `deep` where that is a person's."""
        listing = list_folder(self.root, home, self.problems)
        list_outside(home, listing, self.problems)
        for file in sorted(filter(is_image, listing.files)):
            if not is_leftover(file):
                message = "the image lies beside the class folders and has no label: it is left out"
                self.problems.add(join(home, file), None, "stray-image", message)
        self.watched += ["", home]
        rows = []
        for name in _visible(listing.folders):
            inner_split = split_of(name)
            if inner_split is not None and not name.isdecimal() and split is None:
                continue  # listed as unlabelled, or opened as a split
            label = _without_person(name, home) if deep else name
            for folder, inside in walk(self.root, join(home, name), self.problems):
                self.watched.append(folder)
                inner = folder[len(join(home, name)) :].strip("/")
                own_split = split_of_path(f"{inner}/") if split is None and inner else split
                images = sorted(file for file in inside.files if is_image(file) and not is_leftover(file))
                rows += [Row(own_split, label, join(folder, file)) for file in images]
                self._list_others(folder, inside.files)
        return rows

    def _without_others(self, rows: list[Row]) -> tuple[list[Row], list[Choice]]:
        """The rows without those of folders that are no classes, and what was guessed."""
        if self.selection.get("folders") == ALL:
            return rows, [Choice("classes", "every folder", "it was chosen", role="folders")]
        counts = Counter(_key(row.label) for row in rows)
        left_out = _no_classes(counts)
        if not left_out or len(counts) - len(left_out) < 2:
            return rows, []
        for key in sorted(left_out):
            paths = [row.path for row in rows if _key(row.label) == key]
            message = f"the folder holds {counted(len(paths), 'image')} and is no class by its name: it is left out"
            self.problems.add(paths[0].rpartition("/")[0], None, "not-a-class", message)
        labelled = [row for row in rows if _key(row.label) not in left_out]
        named = ", ".join(sorted(left_out))
        why = f"{named} hold few images and have other names"
        close = any(key not in NO_CLASSES for key in left_out)
        return labelled, [Choice("classes", f"the folders but {named}", why, (f"folders={ALL}",), close, "folders")]

    def _list_unlabelled(self, layout: Layout) -> None:
        for folder in layout.unlabelled:
            count = sum(sum(map(is_image, inside.files)) for _, inside in walk(self.root, folder))
            message = f"it has {counted(count, 'image')} outside the class folders, without labels: left out"
            self.problems.add(folder, None, "unlabelled-folder", message)
            self.watched.append(folder)
        if any(home for home, _ in layout.homes):
            used = {home.partition("/")[0] for home, _ in layout.homes} | set(layout.unlabelled)
            for name in _folders(self.root, ""):
                if name not in used and holds_image(self.root, name):
                    message = "its images lie in no folder of a split: they are left out"
                    self.problems.add(name, None, "unused-folder", message)

    def _list_spellings(self, spellings: dict[str, Counter[str]]) -> None:
        for names in spellings.values():
            if len(names) > 1:
                spelled = " and ".join(sorted(map(printable, names)))
                self.notes.append(f"The folders {spelled} are one class.")

    def _list_others(self, folder: str, files: set[str]) -> None:
        for file in sorted(files):
            if not is_image(file) and not is_leftover(file):
                message = "the file is not an image by its name: it is left out"
                self.problems.add(join(folder, file), None, "not-an-image", message)

    def _class_names(self, codes: tuple[str, ...], rows: Sequence[Row]) -> Names:
        lowered = tuple(printable(code.lower()) for code in codes)
        keys = [label_key(code) for code in codes]
        numbering = self.selection.get("numbering")
        if not all(key.isdecimal() for key in keys):
            if numbering is not None:
                raise DataError(f"The class folders have names such as {lowered[0]!r}; a numbering names numbers.")
            return Names(lowered)
        numbers = [int(key) for key in keys]
        if numbering is not None:
            return Names(
                chosen_names(numbering, numbers), Choice("numbering", numbering, "it was chosen", role="numbering")
            )
        listed = class_list.beside(self.root, (), numbers)
        if listed is not None:
            self.watched.append(listed.file)
            return listed_names(listed, numbers)
        return guessed_names(lowered, numbers, [row.path for row in rows[:200]])


def layout_of(root: Path, level: int | None = None) -> Layout:
    """Where the class folders of a tree are.

    Args:
        root: The tree.
        level: 1 or 2 where a person said which folders are the classes; None to decide by their names.
    """
    tops = _visible(list_folder(root, "").folders)
    named = [(name, split_of(name)) for name in tops if split_of(name) is not None and not name.isdecimal()]
    homes, unlabelled = [], []
    for name, split in named:
        home = _unwrapped(root, name)
        if _class_folders(root, home):
            homes.append((home, split))
        elif holds_image(root, home):
            unlabelled.append(name)
    if homes:
        homes.sort(key=lambda pair: (pair[1] or 0, pair[0]))
        persons = [(join(home, name), split) for home, split in homes for name in _persons(root, home, level)]
        if len(persons) >= FEWEST_PERSONS or (level == 2 and persons):
            return Layout(tuple(persons), tuple(unlabelled), 2)
        others = [home for home, _ in homes if _is_unlike(root, home, homes)]
        unlabelled += [home.partition("/")[0] for home in others]
        return Layout(tuple(pair for pair in homes if pair[0] not in others), tuple(unlabelled))
    second = level == 2 or (level is None and bool(_persons(root, "", None)))
    if second and level is None and len(tops) < FEWEST_PERSONS:
        return Layout((), tuple(unlabelled))  # two data sets beside one another, more likely than two persons
    if second:
        return Layout(tuple((name, None) for name in tops if _folders(root, name)), tuple(unlabelled), 2)
    deeper = _below(root, "") if level in (None, 3) else []
    if len(deeper) >= FEWEST_PERSONS:
        return Layout(tuple((home, split_of_path(f"{home}/")) for home in deeper), tuple(unlabelled), 3)
    return Layout((("", None),), tuple(unlabelled))


def _below(root: Path, home: str) -> list[str]:
    """The folders of persons below those of conditions ('Strong/P001/Anger'): each condition has the same persons."""
    tops = _folders(root, home)[:LOOKED_AT]
    persons = {top: _folders(root, join(home, top)) for top in tops}
    names = [set(each) for each in persons.values()]
    if len(names) < 2 or any(map(is_emotion, tops)) or not set.intersection(*names):
        return []
    below = [join(join(home, top), person) for top, each in persons.items() for person in each]
    inner = [name for folder in below[:LOOKED_AT] for name in _folders(root, folder)]
    if any(split_of(name) is not None for each in names for name in each) or any(
        is_emotion(n) for e in names for n in e
    ):
        return []
    emotional = len(inner) >= 2 and sum(map(is_emotion, inner)) > 0.8 * len(inner)
    return [folder for folder in below if _folders(root, folder)] if emotional else []


def _without_person(name: str, home: str) -> str:
    """A class folder's name without the person's before it ('aia/aia_anger', as FERG's)."""
    person = home.rpartition("/")[2]
    rest = name.removeprefix(person).lstrip("_-. ")
    return rest if person and rest != name and is_emotion(rest) else name


def _persons(root: Path, home: str, level: int | None) -> list[str]:
    """The folders of persons in the folder of a split: inside them, and not beside them, are emotions."""
    tops = _folders(root, home)
    inner = [name for top in tops[:LOOKED_AT] for name in _folders(root, join(home, top))]
    emotional = len(inner) >= 2 and sum(map(is_emotion, inner)) > 0.8 * len(inner) and not any(map(is_emotion, tops))
    return (
        [top for top in tops if _folders(root, join(home, top))] if level == 2 or (level is None and emotional) else []
    )


def _is_unlike(root: Path, home: str, homes: Sequence[tuple[str, int | None]]) -> bool:
    """Whether a split's only folder is no class of the other splits: images without labels, as SFEW's test faces."""
    own = {_key(name) for name in _class_folders(root, home)}
    others = {_key(name) for other, _ in homes if other != home for name in _class_folders(root, other)}
    return len(own) == 1 and len(others) >= 2 and not own & others and not any(map(is_emotion, own))


def _unwrapped(root: Path, folder: str) -> str:
    """The folder itself, or the only one inside it that holds folders ('Train/Train_Aligned_Faces')."""
    for _ in range(2):
        listing = list_folder(root, folder)
        inner = _visible(listing.folders)
        if len(inner) != 1 or any(map(is_image, listing.files)) or not _folders(root, join(folder, inner[0])):
            break
        folder = join(folder, inner[0])
    return folder


def _class_folders(root: Path, home: str) -> list[str]:
    """The visible folders of a folder that hold images at any depth."""
    folders = _folders(root, home)
    return [name for name in folders[: 2 * MOST_CLASSES] if holds_image(root, join(home, name))]


def _key(name: str) -> str:
    """What class folders are compared by."""
    return label_key(name) or name


def _folders(root: Path, home: str) -> list[str]:
    return _visible(list_folder(root, home).folders)


def _visible(folders: Sequence[str]) -> list[str]:
    return sorted(name for name in folders if not name.startswith("__") and not is_leftover(name))


def _no_classes(counts: Counter[str]) -> set[str]:
    """Folders that are not classes: other names, or few images and no emotion in the name where the others have one."""
    left_out = {key for key in counts if key in NO_CLASSES}
    usual = [count for key, count in counts.items() if key not in left_out and is_emotion(key)]
    if len(usual) >= 2:
        few = FEW * float(np.median(usual))
        left_out |= {key for key, count in counts.items() if count <= max(few, 1) and not is_emotion(key)}
    return left_out


def _words(layout: Layout) -> str:
    if layout.level > 1:
        return "<condition>/<person>/<class>" if layout.level > 2 else "<person>/<class>"
    return "<split>/<class>" if any(home for home, _ in layout.homes) else "<class>"


def _split_source(layout: Layout, rows: Sequence[Row]) -> Choice:
    """What the folders say about the splits."""
    if any(split is not None for _, split in layout.homes):
        homes = ", ".join(dict.fromkeys(home for home, _ in layout.homes[:6]))
        return Choice("split", f"the folders {homes}", "their names show it")
    if any(row.split is not None for row in rows):
        return Choice("split", "the folders in the class folders", "their names show it")
    return Choice("split", NONE, "no split was found: every image is a training image")


register(Folder())
