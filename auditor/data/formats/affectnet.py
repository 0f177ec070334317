"""AffectNet (Mollahosseini et al., 2017), first release: training.csv and validation.csv beside the images.

Of the eleven codes of `expression` the first eight are emotions; `training.csv?classes=7` leaves contempt out, as most
papers do.  Images are in subfolders as published, or flat by file name once they are aligned.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from auditor.data.dataset import SPLITS, Choice, Dataset, dataset_key
from auditor.data.files.listing import Listing, holds_image, join, leaves_root, list_folder
from auditor.data.files.packed import SUFFIX as PACKED
from auditor.data.files.sheet import Sheet, read_head, read_sheet
from auditor.data.formats.base import UNLIKE, Format, Likeness, register
from auditor.data.formats.classes import label_key
from auditor.data.formats.correction import CorrectionRequest
from auditor.data.formats.edits import Edits, of_table
from auditor.data.formats.emotions import WORDS
from auditor.data.formats.eyes import Eyes, FaceToAlign, table_eyes
from auditor.data.formats.locate_images import Finder
from auditor.data.formats.one_row import Rows, one_row_each
from auditor.data.formats.reading import Reading
from auditor.data.formats.selection import NONE, Selection
from auditor.data.problems import Problems, printable
from auditor.errors import DataError, ExportError
from auditor.plural import counted

CLASSES: Final = ("neutral", "happy", "sad", "surprise", "fear", "disgust", "anger", "contempt")
OTHER: Final = ("none", "uncertain", "no-face")
IMAGE, EXPRESSION, LANDMARKS = "subDirectory_filePath", "expression", "facial_landmarks"
COLUMNS: Final = (IMAGE, "face_x", "face_y", "face_width", "face_height", LANDMARKS, EXPRESSION, "valence", "arousal")
ABSENT_VA: Final = -2.0

LISTS: Final = ("training.csv", "validation.csv", "validate.csv", "automatically_annotated.csv")
LIST_FOLDERS: Final = ("", "Manually_Annotated_file_lists", "file_lists")
IMAGE_FOLDERS: Final = (
    "myaligned", "myaligned/imgs", "Manually_Annotated_Images", "Manually_Annotated/Manually_Annotated_Images",
    "Manually_Annotated", "Automatically_Annotated_Images", "Automatically_Annotated", "images", "",
)  # fmt: skip
"""The possible image folders, aligned ones first; of those that hold most of the first names the first is taken."""


class AffectNet(Format):
    """The first release's lists, with 8 or 7 classes."""

    name: ClassVar[str] = "affectnet"
    title: ClassVar[str] = "AffectNet (first release)"
    benchmark: ClassVar[str] = "AffectNet"
    roles: ClassVar[tuple[str, ...]] = ("classes", "split")
    folders: ClassVar[tuple[str, ...]] = (
        "Manually_Annotated_Images", "Manually_Annotated", "Manually_Annotated_file_lists", "file_lists", "myaligned",
    )  # fmt: skip

    def recognise(self, root: Path) -> Likeness:
        """Return 0.95 where a list has AffectNet's columns."""
        lists = self._lists(root)
        return Likeness(0.95, f"{lists[0]} has AffectNet's columns") if lists else UNLIKE

    def label_files(self, root: Path) -> list[str]:
        """The lists with 8 classes, then with 7."""
        lists = self._lists(root)
        return [*lists, *(str(Selection(name, {"classes": "7"})) for name in lists)]

    def load(self, root: Path, label_file: str) -> Dataset:
        """Read the list, and the validation list beside a training list."""
        return _Reading(root, label_file, lists=self._lists(root)).dataset()

    def edits(self, request: CorrectionRequest, source: int) -> Edits:
        """The column `expression`."""
        file = request.dataset.sources[source]
        columns = columns_of(request.dataset.root / file)
        if columns is None:
            raise ExportError(f"The file {file} is no list of AffectNet's any more; open the data set again.")
        return of_table(request.dataset, source, (columns[IMAGE], columns[EXPRESSION]), request.targets)

    def why_not_aligned(self, dataset: Dataset) -> str:
        """Return whether the faces are aligned already, or a list has no landmarks."""
        if any(path.startswith("myaligned/") for path in dataset.paths[:1]):
            return "These faces are aligned already (myaligned/); they are used as they are."
        for file in dataset.sources:
            columns = columns_of(dataset.root / file)
            if columns is None or LANDMARKS not in columns:
                return f"{file} has no column {LANDMARKS} to align by; the faces are used as they are."
        return ""

    def faces(self, dataset: Dataset, problems: Problems) -> Iterator[FaceToAlign]:
        """Yield the faces whose 68 landmarks are in the lists."""
        eyes: dict[str, Eyes | str] = {}
        for file in dataset.sources:
            columns = columns_of(dataset.root / file)
            if columns is None:
                raise DataError(f"The file {file} has changed since the data set was opened; open the data set again.")
            pair = (columns[IMAGE], columns[LANDMARKS])
            for name, position in table_eyes(dataset.root / file, file, pair):
                eyes.setdefault(name, position)
        for row, name in enumerate(dataset.names):
            position = eyes.get(name, "it has no landmarks")
            file, line = dataset.source_of(row), int(dataset.lines[row])
            if isinstance(position, str) or leaves_root(name):
                problems.add(file, line, "missing-eyes", f"{position}: {name} is left out")
            else:
                yield FaceToAlign(dataset.paths[row], f"myaligned/{name}", position, file, line)

    def _lists(self, root: Path) -> list[str]:
        lists = []
        below = root.name in LIST_FOLDERS and not holds_image(root, "")  # then the data set is the folder above
        for folder in LIST_FOLDERS[1:] if below else LIST_FOLDERS:
            files = list_folder(root, folder).files
            lists += [join(folder, name) for list in LISTS for name in (list, list + PACKED) if name in files]
        return [name for name in lists if columns_of(root / name) is not None]


def classes_of(label_file: str) -> tuple[str, int]:
    """The file and the number of classes (8 or 7) that a label file's name says.

    Raises:
        DataError: It chooses something else.
    """
    selection = Selection.parse(label_file)
    count = selection.get("classes") or "8"
    if count not in ("7", "8") or set(selection.chosen) - set(AffectNet.roles):
        raise DataError(
            f"The label file {label_file!r} makes an unknown choice; after the question mark write classes=7 or "
            "classes=8."
        )
    return selection.file, int(count)


def columns_of(path: Path) -> dict[str, str] | None:
    """The columns of a list by AffectNet's names, or None where it is no list of AffectNet's."""
    try:
        head = read_head(path, 20)
    except DataError:
        return None
    if not head.has_header:  # some copies of validation.csv have no line of names
        return dict(zip(COLUMNS, head.columns, strict=True)) if len(head.columns) == len(COLUMNS) else None
    columns = {column.casefold(): column for column in head.columns}
    named = {name: columns[name.casefold()] for name in COLUMNS if name.casefold() in columns}
    return named if IMAGE in named and EXPRESSION in named else None


@dataclass
class _Reading(Reading):
    lists: list[str] = field(default_factory=list)
    _words: Counter[str] = field(default_factory=Counter)
    _spelled: dict[str, int] = field(default_factory=dict)
    _meant: dict[str, str] = field(default_factory=dict)
    """The name of the row that each file of a flat folder belongs to."""
    _shared: set[str] = field(default_factory=set)
    """The files of a flat folder that rows of several images have the name of."""

    def dataset(self) -> Dataset:
        file, num_classes = classes_of(self.label_file)
        files = [file, *self._test_lists(file)]
        parts = [self._read(name, num_classes) for name in files]
        held_out = self._held_out(file)
        first = SPLITS.index("valid" if held_out else "train")
        split = np.repeat([first, SPLITS.index("test")][: len(parts)], [len(p[0]) for p in parts])
        names, paths, labels, lines, va = (np.concatenate(columns) for columns in zip(*parts, strict=True))
        source = np.repeat(np.arange(len(parts), dtype=np.int8), [len(p[0]) for p in parts])
        rows = Rows(names, split.astype(np.int8), lines, source, files)
        self._leave_out_shared(paths, rows)
        for each in (names, paths):  # a name on two lines, then an image that two names mean
            paths[~one_row_each(np.where(paths == "", "", each), rows, self.problems)] = ""
        keep = np.flatnonzero(paths != "")
        if not len(keep):
            raise DataError(
                f"No row of {self.root / file} can be used ({self.counted('it has none of an emotion')}); expected "
                f"AffectNet's columns and the images in {IMAGE_FOLDERS[2]} or {IMAGE_FOLDERS[0]}."
            )
        title = Path(file).name + (f" ({num_classes} classes)" if num_classes != len(CLASSES) else "")
        return Dataset(
            root=self.root,
            format=AffectNet.name,
            label_file=self.label_file,
            key=dataset_key(self.root, AffectNet.name, self.label_file),
            title=f"{self.root.name} · {title}",
            classes=CLASSES[:num_classes],
            codes=self.codes(num_classes),
            names=names[keep],
            paths=paths[keep],
            split=rows.split[keep],
            labels=labels[keep],
            lines=lines[keep],
            valence_arousal=None if np.isnan(va[keep]).all() else va[keep],
            problems=self.problems.freeze(),
            notes=(
                f"AffectNet's first release with {num_classes} classes, numbered from 0.",
                *self.notes,
            ),
            sources=tuple(files),
            source=source[keep],
            watched=tuple(dict.fromkeys((*files, *self.watched))),
            choices=(self._split_choice(files, held_out),),
        )

    def _held_out(self, file: str) -> bool:
        """Whether a validation list is audited by itself: its rows are not trained on unless a person says so."""
        return Path(file).name.startswith("valid") and Selection.parse(self.label_file).get("split") != NONE

    def _split_choice(self, files: list[str], held_out: bool) -> Choice:
        if held_out:
            why = "its name shows it, and no training list is opened with it"
            return Choice("split", f"the list {files[0]} is the valid split", why, (NONE,), True, "split")
        return Choice("split", f"the lists {', '.join(files)}", "their names show it", role="split")

    def codes(self, num_classes: int) -> tuple[str, ...]:
        """How each class is written: its number, or its word where the lists have words."""
        usual = {code: word for word, code in sorted(self._spelled.items(), key=lambda pair: self._words[pair[0]])}
        if not usual:
            return tuple(map(str, range(num_classes)))
        titled = all(word[:1].isupper() for word in usual.values())  # a class that no row has is written as the others
        return tuple(usual.get(code, CLASSES[code].title() if titled else CLASSES[code]) for code in range(num_classes))

    def _test_lists(self, file: str) -> list[str]:
        """AffectNet has no public test list: papers test on the validation list, so it is opened as that."""
        if not Path(file).name.startswith(("training", "automatically")):
            return []
        beside = [name for name in self.lists if Path(name).name.startswith("valid") and name != file][:1]
        self.notes += [f"The test rows come from {name}, as in the papers." for name in beside]
        return beside

    def _read(self, file: str, num_classes: int) -> tuple[NDArray[Any], ...]:
        """Columns names, paths ('' unusable), labels, lines, valence and arousal of a list's emotional rows."""
        columns = columns_of(self.root / file)
        if columns is None:
            raise DataError(f"The file {file} has no columns {IMAGE} and {EXPRESSION}; choose a list of AffectNet's.")
        wanted = [columns[name] for name in (IMAGE, EXPRESSION, "valence", "arousal") if name in columns]
        sheet = read_sheet(self.root / file, file, wanted, self.problems)
        codes = self._codes(sheet, columns[EXPRESSION], file)
        names = np.array(sheet.cells[columns[IMAGE]], dtype=object)
        lines = np.array(sheet.lines, dtype=np.int32)
        emotional = np.flatnonzero((codes >= 0) & (codes < num_classes))
        self._count_others(codes, num_classes, file)
        va = np.stack([self._numbers(sheet, columns.get(name), file) for name in ("valence", "arousal")], axis=1)
        every, names, lines = names, names[emotional], lines[emotional]
        paths = self._find(names, lines, file, every)
        return names, paths, codes[emotional].astype(np.int16), lines, va[emotional]

    def _codes(self, sheet: Sheet, column: str, file: str) -> NDArray[np.int64]:
        """The code of every row, 0..10, or -1 where it is none."""
        cells = sheet.cells[column]
        code_of = {str(code): code for code in range(len(CLASSES) + len(OTHER))}
        value = {cell: code_of.get(label_key(cell), -1) for cell in set(cells)}
        words = {cell: code for cell in value if (code := _code_of_word(cell)) is not None}
        counts = Counter(cells)
        if sum(counts[cell] for cell in words) * 2 > len(cells):
            value = {cell: words.get(cell, -1) for cell in value}
            self._words.update({cell: counts[cell] for cell in words})
            self._spelled.update(words)
        codes = np.array([value[cell] for cell in cells], dtype=np.int64)
        for row in np.flatnonzero(codes < 0):
            message = f"the expression {printable(cells[row])!r} is not a number from 0 to 10: the row is left out"
            self.problems.add(file, sheet.lines[row], "label-range", message)
        return codes

    def _count_others(self, codes: NDArray[np.int64], num_classes: int, file: str) -> None:
        counts = Counter(codes[codes >= num_classes].tolist())
        if counts:
            others = ", ".join(f"{counts[code]:,} {(*CLASSES, *OTHER)[code]}" for code in sorted(counts))
            self.notes.append(
                f"{file}: {counted(sum(counts.values()), 'row has', 'rows have')} none of the "
                f"{num_classes} classes: {others}."
            )

    def _numbers(self, sheet: Sheet, column: str | None, file: str) -> NDArray[np.float32]:
        """Valence or arousal in [-1, 1], NaN where absent."""
        if column is None:
            return np.full(len(sheet.lines), np.nan, dtype=np.float32)
        values = np.array([_number(cell) for cell in sheet.cells[column]], dtype=np.float32)
        values[values == ABSENT_VA] = np.nan
        for row in np.flatnonzero(np.abs(values) > 1):
            cell = printable(sheet.cells[column][row])
            message = f"the {column} {cell!r} is not a number from -1 to 1: it is taken as absent"
            self.problems.add(file, sheet.lines[row], "bad-valence-arousal", message)
            values[row] = np.nan
        return values

    def _find(
        self, names: NDArray[np.object_], lines: NDArray[np.int32], file: str, every: NDArray[np.object_]
    ) -> NDArray[np.object_]:
        """The image of every row, '' where there is none: then it is listed; `every` has the other rows' names too."""
        listings: dict[str, Listing] = {}

        def look(folder: str, name: str) -> str:
            inner, _, last = join(folder, name.replace("\\", "/")).rpartition("/")
            if inner not in listings:
                listings[inner] = list_folder(self.root, inner)
            return join(inner, last) if last in listings[inner].files else ""

        def path(folder: str, flat: bool, name: str) -> str:
            return look(folder, name.replace("\\", "/").rpartition("/")[2] if flat else name)

        sample = [name for name in names[:200] if not leaves_root(name)]
        choices = [(folder, flat) for folder in IMAGE_FOLDERS for flat in (True, False)]
        hits = [sum(bool(path(*choice, name)) for name in sample) for choice in choices]
        folder, flat = choices[int(np.argmax(hits))] if sample else choices[0]
        paths = np.full(len(names), "", dtype=object)
        inside = [row for row, name in enumerate(names) if not leaves_root(name)]
        for row in inside:
            paths[row] = path(folder, flat, names[row])
        if flat:
            self._share(folder, every)
        for row in sorted(set(range(len(names))) - set(inside)):
            message = f"{printable(names[row])!r} leads out of the data set's folder: the row is left out"
            self.problems.add(file, int(lines[row]), "outside-root", message)
        finder, exact = Finder(self.root, "", self.problems), set(paths)
        for row in inside:
            if not paths[row]:
                paths[row] = self._matched(finder, names[row], exact, (file, int(lines[row])))
                if not paths[row]:
                    self._list_missing(names[row], int(lines[row]), file, folder, listings)
        self.watched += [file, *(inner for inner in listings if listings[inner].files)]
        self.notes.append(f"The images of {file} come from {folder or 'its own folder'}.")
        return paths

    def _share(self, folder: str, names: NDArray[np.object_]) -> None:
        """Note which files of a flat folder rows of several images may mean: '1/0.jpg' and '2/0.jpg' are two images."""
        for name in names:
            whole = name.replace("\\", "/").removeprefix("./")
            file = join(folder, whole.rpartition("/")[2])
            if self._meant.setdefault(file, whole) != whole:
                self._shared.add(file)

    def _leave_out_shared(self, paths: NDArray[np.object_], rows: Rows) -> None:
        """Leave out and list the rows of such files: no one knows whose label is the picture's."""
        for row in [row for row, path in enumerate(paths) if path in self._shared] if self._shared else ():
            message = f"{printable(rows.names[row])!r} may not be {printable(paths[row], 200)}"
            message += ", because rows of other folders have this file name too: the row is left out"
            self.problems.add(rows.files[rows.source[row]], int(rows.lines[row]), "ambiguous-image", message)
            paths[row] = ""

    def _matched(self, finder: Finder, name: str, exact: set[str], at: tuple[str, int]) -> str:
        """The file that is not called quite so, counted and listed; '' where there is none."""
        match = finder.matched(name, None, exact)
        if match is None or not match.path:
            return ""
        message = f"{printable(name)!r} was matched by its {match.how}: {printable(match.path, 200)}"
        self.problems.add(*at, "matched-image", message)
        self.watched.append(match.path.rpartition("/")[0])
        return match.path

    def _list_missing(self, name: str, line: int, file: str, folder: str, listings: dict[str, Listing]) -> None:
        inner, _, last = join(folder, name).rpartition("/")
        if inner in listings and last in listings[inner].outside:
            message = f"{printable(name)!r} is a link that leads out of the data set's folder: the row is left out"
            self.problems.add(file, line, "outside-root", message)
        else:
            where = folder or "the data set's folder"
            self.problems.add(
                file, line, "missing-image", f"{printable(name)!r} is not in {where}: the row is left out"
            )


def _code_of_word(cell: str) -> int | None:
    """AffectNet's code of an expression that is written as a word."""
    word = cell.strip().casefold().replace("_", "-").replace(" ", "-")
    if word in OTHER:
        return len(CLASSES) + OTHER.index(word)
    emotion = WORDS.get(word)
    return next((code for code, name in enumerate(CLASSES) if WORDS[name] == emotion), None)


def _number(cell: str) -> float:
    try:
        return float(cell or "nan")
    except ValueError:
        return 1e9  # out of every range: listed


register(AffectNet())
