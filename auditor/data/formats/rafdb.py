"""RAF-DB (Li et al., CVPR 2017), basic emotions: label lists in EmoLabel/, faces in Image/.

`train_label.txt` and `test_label.txt` are opened together; `list_patition_label.txt` (the file's real name) holds both
splits and tells them apart by the names. Noise studies add files of the same form, NoisyFER adds machine labels
(`list_label_*.txt`) and machine valence and arousal (`list_va_*.txt`). Labels are numbered from 1, in many copies from
0; the compound emotions have 11 numbers; the numbers in use show which it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from auditor.data.dataset import SPLITS, Choice, Dataset, LabelSet, dataset_key
from auditor.data.files.labellines import (
    LabelLines,
    is_label_list,
    match_line,
    parse_labels,
    usable_lines,
    written_labels,
)
from auditor.data.files.listing import holds_image, join, list_folder
from auditor.data.files.textfile import TextFile, read_text
from auditor.data.formats import rafdb_faces
from auditor.data.formats.base import UNLIKE, Format, Likeness, register
from auditor.data.formats.correction import CorrectionRequest
from auditor.data.formats.edits import Edits, of_list
from auditor.data.formats.emotions import RAFDB
from auditor.data.formats.eyes import FaceToAlign
from auditor.data.formats.one_row import Rows, one_row_each
from auditor.data.formats.rafdb_images import IMAGE_FOLDERS, find_all, find_images
from auditor.data.formats.rafdb_numbering import numbering_of
from auditor.data.formats.reading import Reading
from auditor.data.formats.selection import Selection
from auditor.data.problems import Problems, printable
from auditor.errors import DataError
from auditor.plural import counted

CLASSES = RAFDB

LABEL_FOLDER = "EmoLabel"
OTHER_FOLDERS = ("labels", "Labels", "label", "Label", "lists", "annotations")
"""Where people keep RAF-DB's lists beside Image/ instead."""
FIRST, BOTH, TEST = "train_label.txt", "list_patition_label.txt", "test_label.txt"


class RafDb(Format):
    """RAF-DB's layout, with any of its label files."""

    name: ClassVar[str] = "rafdb"
    title: ClassVar[str] = "RAF-DB"
    benchmark: ClassVar[str] = "RAF-DB"
    roles: ClassVar[tuple[str, ...]] = ("numbering",)
    folders: ClassVar[tuple[str, ...]] = ("EmoLabel", "Image")
    label_lists: ClassVar[bool] = True

    def recognise(self, root: Path) -> Likeness:
        """Return 0.95 with a label list in EmoLabel/; 0.6 with RAF-DB's own label file beside its images."""
        files = self.label_files(root)
        if not files:
            return UNLIKE
        if label_folder(root).startswith(LABEL_FOLDER):
            return Likeness(0.95, f"{files[0]} is a list of RAF-DB's")
        return Likeness(0.6, f"{files[0]} has the name and the form of RAF-DB's lists")

    def label_files(self, root: Path) -> list[str]:
        """train_label.txt, list_patition_label.txt, noise studies by name, machine labels, test_label.txt."""
        folder = label_folder(root)
        if root.name == LABEL_FOLDER and not holds_image(root, ""):
            return []  # the archive of the labels, unpacked into a folder of its name: the data set is above
        if not folder and not (root / "Image").is_dir():
            names = list_folder(root, "").files
            return [name for name in (FIRST, BOTH, TEST) if name in names and _has_images(root, name)]
        files = [name for name in list_folder(root, folder).files if name.lower().endswith(".txt")]
        usual = (FIRST, BOTH, TEST)  # accepted by name, whatever they contain
        files.sort(key=_preference)
        lists = [name for name in files if name in usual or _looks_like_labels(root / folder / name)]
        return [join(folder, name) for name in lists]

    def locate(self, file: Path) -> Path | None:
        """The folder above the labels', or the file's own, that has Image/."""
        if file.suffix.lower() != ".txt" or not _looks_like_labels(file):
            return None
        roots = (root for root in file.parents[:3] if (root / "Image").is_dir())
        return next((root for root in roots if file.parent in (root, root / label_folder(root))), None)

    def load(self, root: Path, label_file: str) -> Dataset:
        """Read the label file, the test split beside it, the machine labels, and find the images."""
        selection = Selection.parse(label_file, root).allow(self.roles)
        return _Reading(root, label_file, file=selection.file, chosen=selection.get("numbering")).dataset()

    def edits(self, request: CorrectionRequest, source: int) -> Edits:
        """The numbers at the ends of the lines."""
        return of_list(request.dataset, source, request.targets)

    def why_not_aligned(self, dataset: Dataset) -> str:
        """Return whether marks or original pictures are missing."""
        return rafdb_faces.why_not_aligned(dataset)

    def faces(self, dataset: Dataset, problems: Problems) -> Iterator[FaceToAlign]:
        """Yield the faces of the original pictures whose eyes the annotators marked."""
        return rafdb_faces.faces(dataset, problems)

    def aligned_label_files(self, dataset: Dataset) -> list[str]:
        """All of EmoLabel/."""
        folder = label_folder(dataset.root)
        files = list_folder(dataset.root, folder).files
        return [join(folder, name) for name in sorted(files) if name.endswith(".txt")]


def label_folder(root: Path) -> str:
    """The folder of the label lists, relative to the root: EmoLabel, perhaps in itself; '' for the root."""
    top = list_folder(root, "").folders
    if LABEL_FOLDER in top:
        twice = join(LABEL_FOLDER, LABEL_FOLDER)
        once = any(name.lower().endswith(".txt") for name in list_folder(root, LABEL_FOLDER).files)
        return twice if not once and list_folder(root, twice).files else LABEL_FOLDER
    if "Image" not in top or {FIRST, BOTH, TEST} & list_folder(root, "").files:
        return ""
    others = (name for name in OTHER_FOLDERS if name in top)
    return next((name for name in others if {FIRST, BOTH, TEST} & list_folder(root, name).files), "")


@dataclass
class _Reading(Reading):
    file: str = ""
    chosen: str | None = None
    sources: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.folder = label_folder(self.root)
        text = read_text(self.root / self.file, self.file, Problems())
        self.numbering = numbering_of(written_labels(text), self.chosen)

    def dataset(self) -> Dataset:
        parts = [self.read(self.file)]
        self.sources.append(self.file)
        split = [_splits(parts[0].names, self.file)]
        if not (split[0] == SPLITS.index("test")).any():
            self.add_test(parts, split)
        names = np.array([name for part in parts for name in part.names], dtype=object)
        labels = np.array([label - self.numbering.first for part in parts for label in part.labels], dtype=np.int16)
        lines = np.array([line for part in parts for line in part.lines], dtype=np.int32)
        source = np.repeat(np.arange(len(parts), dtype=np.int8), [len(part.names) for part in parts])
        rows = Rows(names, np.concatenate(split), lines, source, self.sources)
        paths = find_images(self, rows)
        for each in (names, paths) if len(parts) > 1 else (paths,):  # a name in two lists, an image of two names
            paths[~one_row_each(np.where(paths == "", "", each), rows, self.problems)] = ""
        order = np.argsort(rows.split, kind="stable")
        order = order[paths[order] != ""]
        if not len(order):
            raise DataError(_nothing_usable(self))
        names = names[order]
        numbering = self.numbering
        span = f"numbered {numbering.codes[0]} to {numbering.codes[-1]}"
        span = span if numbering.codes[0].isdecimal() else "written as words"
        self.notes.insert(0, f"RAF-DB with the labels of {self.file}, {span}.")
        test = len(self.sources) > 1 or (rows.split != 0).any()
        split_choice = Choice(
            "split", "the lists and the names of the images" if test else "none", "RAF-DB names its splits"
        )
        return Dataset(
            root=self.root,
            format=RafDb.name,
            label_file=self.label_file,
            key=dataset_key(self.root, RafDb.name, self.label_file),
            title=f"{self.root.name} · {Path(self.file).name}",
            classes=numbering.classes,
            codes=numbering.codes,
            names=names,
            paths=paths[order],
            split=rows.split[order],
            labels=labels[order],
            lines=lines[order],
            label_sets=self.label_sets(names),
            valence_arousal=self.valence_arousal(names),
            problems=self.problems.freeze(),
            notes=tuple(self.notes),
            sources=tuple(self.sources),
            source=source[order],
            watched=tuple(dict.fromkeys((*self.sources, *self.watched, self.folder))),
            choices=(split_choice, numbering.choice),
        )

    def read(self, file: str) -> LabelLines:
        """Read a label list and list its problems."""
        text = read_text(self.root / file, file, self.problems)
        first, count = self.numbering.first, len(self.numbering.classes)
        label_lines = parse_labels(text, file, first, first + count - 1, self.problems, self.numbering.words)
        if label_lines.flagged:
            self.notes.append(
                f"{file} has more than a label on {counted(label_lines.flagged, 'line')}; the rest is ignored."
            )
        return label_lines

    def add_test(self, parts: list[LabelLines], split: list[NDArray[np.int8]]) -> None:
        """Add the test rows from another file; their labels are only used to evaluate a training."""
        for name in (TEST, BOTH):
            file = join(self.folder, name)
            if file != self.file and name in self.listed_labels():
                test_list = self.read(file)
                kinds = _splits(test_list.names, file)
                keep = np.flatnonzero(kinds == SPLITS.index("test"))
                parts.append(test_list.take(keep))
                split.append(kinds[keep])
                self.sources.append(file)
                self.notes.append(f"The test rows come from {file}.")
                return

    def listed_labels(self) -> set[str]:
        """Names of the files beside the label files."""
        return list_folder(self.root, self.folder).files

    def others(self, beginning: str) -> list[str]:
        """Files beside the audited one whose names begin so."""
        files = sorted(name for name in self.listed_labels() if name.lower().startswith(beginning))
        return [join(self.folder, name) for name in files if join(self.folder, name) != self.file]

    def label_sets(self, names: NDArray[np.object_]) -> tuple[LabelSet, ...]:
        """Machine labels of the same images, and the human labels where machine labels are audited."""
        files = self.others("list_label_")
        if Path(self.file).name.startswith("list_label_"):
            files += [join(self.folder, name) for name in (BOTH, FIRST) if name in self.listed_labels()][:1]
        sets = []
        for file in files:
            label_lines = self.read(file)
            numbers = dict(zip(label_lines.names, label_lines.labels, strict=True))
            labels = np.array(
                [numbers.get(name, self.numbering.first - 1) - self.numbering.first for name in names], dtype=np.int16
            )
            sets.append(LabelSet(Path(file).stem.removeprefix("list_label_"), labels))
            self.watched.append(file)
            self.notes.append(f"{file} also labels {(labels >= 0).sum():,} of the images.")
        return tuple(sets)

    def valence_arousal(self, names: NDArray[np.object_]) -> NDArray[np.float32] | None:
        """float32 [N, 2] from the first list_va_*.txt, clipped to [-1, 1]."""
        for file in self.others("list_va_")[:1]:
            values = _read_va(read_text(self.root / file, file, self.problems), file, self.problems)
            absent = (np.nan, np.nan)
            self.watched.append(file)
            self.notes.append(f"{file} gives valence and arousal of {counted(len(values), 'image')}.")
            return np.array([values.get(name, absent) for name in names], dtype=np.float32).reshape(-1, 2)
        return None


def _read_va(text: TextFile, file: str, problems: Problems) -> dict[str, tuple[float, float]]:
    """Valence and arousal in [-1, 1] by name."""
    values: dict[str, tuple[float, float]] = {}
    for number, match in usable_lines(text, file, problems):
        try:
            pair = np.array(match.string[match.start(2) :].split()[:2], dtype=np.float64)
        except ValueError:
            pair = np.array([])
        if len(pair) != 2 or not np.isfinite(pair).all():
            problems.add(file, number, "bad-line", "expected a name, valence and arousal: the line is left out")
        elif match[1] in values:
            problems.add(file, number, "duplicate-name", f"{printable(match[1])} came before: the first is kept")
        else:
            valence, arousal = np.clip(pair, -1, 1)
            values[match[1]] = (float(valence), float(arousal))
    return values


def _preference(name: str) -> tuple[int, str]:
    """The default label file first, then noise studies, machine labels, and the test labels last."""
    if name in (FIRST, BOTH):
        return (FIRST, BOTH).index(name), name
    return (4 if name == TEST else 3 if name.startswith("list_label_") else 2), name


def _looks_like_labels(path: Path) -> bool:
    if path.name.lower().startswith("list_va_"):
        return False
    try:
        with path.open("rb") as file:
            return is_label_list(TextFile.parse(file.read(4096)))
    except OSError:
        return False


def _has_images(root: Path, file: str) -> bool:
    """Whether a list in the root names images in one of the usual folders, as RAF-DB's."""
    text = read_text(root / file, file, Problems())
    lines = [match for line in text.lines[:40] if (match := match_line(line)) is not None]
    names = np.array([match[1] for match in lines if match[1].startswith(("train_", "test_"))], dtype=object)
    return any((find_all(root, each, names, list_folder(root, each)) != "").any() for each in IMAGE_FOLDERS)


def _splits(names: list[str], file: str) -> NDArray[np.int8]:
    """Return the splits, int8 [N]: from the file's name, else from the start of each image's name."""
    if Path(file).name in (FIRST, TEST):
        return np.full(len(names), SPLITS.index("train" if Path(file).name == FIRST else "test"), dtype=np.int8)
    begins = [name.replace("\\", "/").rpartition("/")[2][:4].lower() for name in names]
    splits = {"test": SPLITS.index("test"), "val": SPLITS.index("valid")}
    codes = {begin: splits.get(begin if begin == "test" else begin[:3], 0) for begin in set(begins)}
    return np.array([codes[begin] for begin in begins], dtype=np.int8)


def _nothing_usable(reading: _Reading) -> str:
    problems = reading.problems.freeze()
    links = [f"; {p.file}: {p.message}" for p in problems if p.kind == "outside-root" and p.line is None][:1]
    return (
        f"No line of {reading.root / reading.file} can be used ({reading.counted()}{''.join(links)}); "
        f"expected lines such as 'train_00001.jpg 5' and the images in {reading.root / IMAGE_FOLDERS[0]}."
    )


register(RafDb())
