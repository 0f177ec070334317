"""AffectNet, second release: one numbered image and a few tiny .npy files an image, in train_set/ and val_set/.

287,651 training images are opened from one listing a folder; the annotation files are read once, several at a time,
and the whole is then remembered by the index.
"""

from __future__ import annotations

import math
import os
import re
import struct
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from auditor.data.dataset import SPLITS, Choice, Dataset, dataset_key
from auditor.data.files.listing import is_image, is_inside, join, list_folder, list_outside, split_suffix
from auditor.data.files.textfile import read_bytes
from auditor.data.formats.affectnet import ABSENT_VA, CLASSES, OTHER, classes_of
from auditor.data.formats.base import UNLIKE, Format, Likeness, register
from auditor.data.formats.classes import label_key
from auditor.data.formats.correction import CorrectionRequest, Leaving
from auditor.data.formats.eyes import LOOKED_AT, FaceToAlign, npy_eyes
from auditor.data.formats.reading import Reading
from auditor.data.formats.selection import NONE, Selection
from auditor.data.formats.splits import TEST, TRAIN, VALID, split_of_root
from auditor.data.problems import Problems, printable
from auditor.errors import DataError, ExportError, finding
from auditor.plural import counted

SETS = ("train_set", "val_set", "train", "val", "")
"""Folders of a set, of which '' is the root itself; a `val` set is the test rows of its `train` set."""
HELD_OUT = ("val_set", "val")
LARGEST_ANNOTATION = 4096
READERS = 8
CHUNK = 2000

_KIND = re.compile(rb"'descr': *'([<>|=]?[iufbUS][0-9]{1,3})'")
_SHAPE = re.compile(rb"'shape': *\(( *|1,|1, *1)\)")


class AffectNet2(Format):
    """The second release's folders, with 8 or 7 classes."""

    name: ClassVar[str] = "affectnet2"
    title: ClassVar[str] = "AffectNet (second release)"
    benchmark: ClassVar[str] = "AffectNet"
    roles: ClassVar[tuple[str, ...]] = ("classes", "split")
    folders: ClassVar[tuple[str, ...]] = ("train_set", "val_set")

    def recognise(self, root: Path) -> Likeness:
        """Return 0.95 where a set has images and annotations."""
        sets = self._sets(root)
        return Likeness(0.95, f"{sets[0] or 'the folder'} holds images and *_exp.npy") if sets else UNLIKE

    def label_files(self, root: Path) -> list[str]:
        """The sets with 8 classes, then with 7: their labels are in `<set>/annotations/*_exp.npy`."""
        sets = self._sets(root)
        return [*sets, *(f"{name}?classes=7" for name in sets)]

    def load(self, root: Path, label_file: str) -> Dataset:
        """Read a set, and val_set as the test rows of train_set."""
        set_name, num_classes = classes_of(label_file)
        if set_name not in self._sets(root):
            raise DataError(
                f"The folder {root} has no {printable(set_name)!r}; expected it with folders images and annotations."
            )
        held_out = set_name.replace("train", "val") if set_name.startswith("train") else None
        sets = [set_name, *(name for name in self._sets(root) if name == held_out)]
        reading = Reading(root, label_file)
        problems, notes = reading.problems, reading.notes
        notes.append(f"AffectNet's second release with {num_classes} classes, numbered from 0.")
        parts = [_read_set(root, name, num_classes, problems, notes) for name in sets]
        names, labels, va = (np.concatenate(columns) for columns in zip(*parts, strict=True))
        if not len(names):
            raise DataError(f"No image of {root / set_name} can be used ({reading.counted()}); unpack the set again.")
        source = np.repeat(np.arange(len(parts), dtype=np.int8), [len(part[0]) for part in parts])
        if len(sets) > 1:
            notes.append(f"The test rows come from {sets[1]}, as in the papers.")
        unsplit = Selection.parse(label_file).get("split") == NONE
        own = TRAIN if unsplit else _own_split(root, set_name)
        suffix = f" ({num_classes} classes)" if num_classes != len(CLASSES) else ""
        return Dataset(
            root=root,
            format=self.name,
            label_file=label_file,
            key=dataset_key(root, self.name, label_file),
            title=f"{root.name} · {set_name}{suffix}",
            classes=CLASSES[:num_classes],
            codes=tuple(str(code) for code in range(num_classes)),
            names=names,
            paths=names.copy(),
            split=np.where(source == 0, own, TEST).astype(np.int8),
            labels=labels,
            lines=np.zeros(len(names), dtype=np.int32),
            valence_arousal=None if np.isnan(va).all() else va,
            problems=problems.freeze(),
            notes=tuple(notes),
            sources=tuple(_folders_of(root, name)[1] for name in sets),
            source=source,
            watched=tuple(dict.fromkeys(folder for name in sets for folder in _folders_of(root, name))),
            choices=(_split_choice(root, sets, own, unsplit),),
        )

    def corrected(self, request: CorrectionRequest) -> dict[str, bytes]:
        """The `_exp.npy` of every changed image, to be laid over the data set."""
        dataset, files = request.dataset, {}
        for row in request.changed:
            path = annotation_path(dataset.names[row])
            data = read_bytes(dataset.root / path)
            if label_key(parse_scalar(data)) != dataset.codes[dataset.labels[row]]:
                raise ExportError(
                    f"The file {path} has changed since the data set was opened; open the data set again."
                )
            files[path] = _npy_with(data, dataset.codes[request.labels[row]])
        return files

    def writes_folder(self, dataset: Dataset) -> bool:
        """Always: an annotation file for each changed image."""
        del dataset
        return True

    def leaving_out(self, dataset: Dataset) -> Leaving:
        """Excluded images stay."""
        del dataset
        return Leaving("kept", "this release has one annotation file an image and no list of them")

    def why_not_aligned(self, dataset: Dataset) -> str:
        """Return whether there are landmarks."""
        names = dataset.names[:LOOKED_AT]
        if any((dataset.root / annotation_path(name, "lnd")).is_file() for name in names):
            return ""
        return "There are no landmarks (annotations/*_lnd.npy) to align by; the faces are used as they are."

    def faces(self, dataset: Dataset, problems: Problems) -> Iterator[FaceToAlign]:
        """Yield the faces whose 68 landmarks are in a file of their own; the other annotations are copied too."""
        files = {source: list_folder(dataset.root, source).files for source in dataset.sources}
        for row, name in enumerate(dataset.names):
            source = dataset.source_of(row)
            paths = {kind: annotation_path(name, kind) for kind in ("exp", "val", "aro", "lnd")}
            present = {kind: path for kind, path in paths.items() if path.rpartition("/")[2] in files[source]}
            try:
                if "lnd" not in present:
                    raise DataError(f"The file {paths['lnd']} is not there; put it back.")
                eyes = npy_eyes(dataset.root / present["lnd"])
            except DataError as error:
                problems.add(paths["lnd"], None, "missing-eyes", f"{finding(error)}: {name} is left out")
                continue
            # The original landmarks do not fit the aligned picture.
            beside = tuple(present[kind] for kind in ("exp", "val", "aro") if kind in present)
            yield FaceToAlign(dataset.paths[row], name, eyes, paths["lnd"], 0, beside)

    def aligned_label_files(self, dataset: Dataset) -> list[str]:
        """None: they are copied with each face."""
        del dataset
        return []

    def _sets(self, root: Path) -> list[str]:
        folders = {"", *list_folder(root, "").folders}
        return [name for name in SETS if name in folders and _is_set(root, name)]


def _own_split(root: Path, set_name: str) -> int:
    """The split of a set's rows, which its name says; where the set is the opened folder itself, that folder's name."""
    if (set_name or root.name).casefold() in HELD_OUT:
        return VALID
    return TRAIN if set_name else split_of_root(root) or TRAIN


def _split_choice(root: Path, sets: list[str], own: int, unsplit: bool) -> Choice:
    """What says the split."""
    name = sets[0] or root.name
    if own != TRAIN:
        why = "its name shows it, and no training set is opened with it"
        return Choice("split", f"the folder {name} is the {SPLITS[own]} split", why, (NONE,), True, "split")
    if unsplit and len(sets) == 1:
        return Choice("split", NONE, "it was chosen: every row is a training row", role="split")
    if sets == [""] and split_of_root(root) is None:
        return Choice("split", NONE, "no split was found: every row is a training row", role="split")
    if sets == [sets[0]]:
        return Choice("split", f"the folder {name}", "its name shows it", role="split")
    return Choice("split", f"the folders {', '.join(sets)}", "their names show it", role="split")


def _is_set(root: Path, name: str) -> bool:
    """Whether a folder holds images and annotations: as published in two folders, or side by side."""
    listing = list_folder(root, name)
    if {"images", "annotations"} <= set(listing.folders):
        files = list_folder(root, join(name, "annotations")).files
        return bool(name) or any(file.endswith("_exp.npy") for file in files)
    return any(file.endswith("_exp.npy") for file in listing.files)


def _folders_of(root: Path, name: str) -> tuple[str, str]:
    """The folders of a set's images and of its annotations."""
    if {"images", "annotations"} <= set(list_folder(root, name).folders):
        return join(name, "images"), join(name, "annotations")
    return name, name


def annotation_path(name: str, kind: str = "exp") -> str:
    """The annotation file of an image.

    It is 'train_set/annotations/7_exp.npy' for 'train_set/images/7.jpg', or beside an image in no such folder.
    """
    folder, _, file = name.rpartition("/")
    home, _, last = folder.rpartition("/")
    folder = join(home, "annotations") if last == "images" else folder
    return join(folder, f"{split_suffix(file)[0]}_{kind}.npy")


def _read_set(
    root: Path, name: str, num_classes: int, problems: Problems, notes: list[str]
) -> tuple[NDArray[np.object_], NDArray[np.int16], NDArray[np.float32]]:
    """Image names relative to the root, labels, and valence and arousal of one set's emotional images."""
    homes = _folders_of(root, name)
    images, annotations = list_folder(root, homes[0], problems), list_folder(root, homes[1], problems)
    for folder, listing in zip(dict.fromkeys(homes), (images, annotations), strict=False):
        list_outside(folder, listing, problems)
    files = sorted(filter(is_image, images.files), key=_natural)
    stems = [split_suffix(file)[0] for file in files]
    values = _read_all(root, homes[1], stems, annotations.files)
    keep, labels, va, others = [], [], [], Counter[int]()
    for file, stem, (expression, valence, arousal) in zip(files, stems, values, strict=True):
        annotation = join(homes[1], f"{stem}_exp.npy")
        code = _code(expression)
        if code is None:
            kind = "missing-label" if expression == "" else "bad-label"
            why = (
                "there is no such file"
                if expression == ""
                else f"{printable(expression)!r} is not a number from 0 to 10"
            )
            problems.add(annotation, None, kind, f"{why}: {file} is left out")
        elif code >= num_classes:
            others[code] += 1
        else:
            keep.append(join(homes[0], file))
            labels.append(code)
            va.append((_measure(valence, annotation, problems), _measure(arousal, annotation, problems)))
    if others:
        counts = ", ".join(f"{others[code]:,} {(*CLASSES, *OTHER)[code]}" for code in sorted(others))
        notes.append(
            f"{name}: {counted(sum(others.values()), 'image has', 'images have')} none of the {num_classes} classes: "
            f"{counts}."
        )
    orphans = {f.removesuffix("_exp.npy") for f in annotations.files if f.endswith("_exp.npy")}
    for stem in sorted(orphans - set(stems), key=_natural):
        annotation = join(homes[1], f"{stem}_exp.npy")
        problems.add(annotation, None, "missing-image", f"there is no image {printable(stem)}")
    return (
        np.array(keep, dtype=object),
        np.array(labels, dtype=np.int16),
        np.array(va, dtype=np.float32).reshape(-1, 2),
    )


def _read_all(root: Path, home: str, stems: list[str], files: set[str]) -> Iterable[tuple[str, str, str]]:
    """Expression, valence and arousal of every image as text, '' where there is no file, '?' where it is no value."""
    folder = root / home
    inside = is_inside(folder, root)

    def read_some(some: list[str]) -> list[tuple[str, str, str]]:
        return [
            (
                _read_value(folder, f"{stem}_exp.npy", files),
                _read_value(folder, f"{stem}_val.npy", files),
                _read_value(folder, f"{stem}_aro.npy", files),
            )
            for stem in some
        ]

    if not inside:
        return [("", "", "")] * len(stems)
    chunks = [stems[i : i + CHUNK] for i in range(0, len(stems), CHUNK)]
    with ThreadPoolExecutor(READERS) as pool:  # disks, not processors, are what this waits for
        return [value for chunk in pool.map(read_some, chunks) for value in chunk]


def _read_value(folder: Path, file: str, files: set[str]) -> str:
    if file not in files:
        return ""
    try:
        descriptor = os.open(
            f"{folder}/{file}", os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        )
        try:
            data = os.read(descriptor, LARGEST_ANNOTATION)
        finally:
            os.close(descriptor)
    except OSError:
        return "?"
    return parse_scalar(data)


def parse_scalar(data: bytes) -> str:
    """The one value of a .npy file (numpy's format 1 to 3), a string or a number, as text; '?' where it is none.

    Never a pickled object: those are refused by their type, before anything of theirs is looked at.
    """
    if data[:6] != b"\x93NUMPY" or len(data) < 10:
        return "?"
    start = 12 if data[6] >= 2 else 10
    size = int.from_bytes(data[8:start], "little")
    kind = _scalar_type(data[start : start + size])
    value = data[start + size : start + size + kind.itemsize] if kind is not None else b""
    if kind is None or len(value) < kind.itemsize:
        return "?"
    try:
        if kind.kind == "U":  # not through numpy, which fails badly on numbers that are no characters
            return value.decode("utf-32-be" if kind.byteorder == ">" else "utf-32-le").rstrip("\0")
        return value.decode("latin-1").rstrip("\0") if kind.kind == "S" else str(np.frombuffer(value, kind)[0])
    except UnicodeDecodeError:
        return "?"


@lru_cache(256)
def _scalar_type(header: bytes) -> np.dtype[np.generic] | None:
    """The type a header names, where the array has one element and the type is a plain one."""
    kind, shape = _KIND.search(header), _SHAPE.search(header)
    if kind is None or shape is None or len(header) > LARGEST_ANNOTATION:
        return None
    try:
        dtype: np.dtype[np.generic] = np.dtype(kind[1].decode("ascii"))
    except TypeError:
        return None
    return dtype if 0 < dtype.itemsize <= 1024 else None


def _code(text: str) -> int | None:
    key = label_key(text)
    return int(key) if key.isdecimal() and int(key) < len(CLASSES) + len(OTHER) else None


def _measure(text: str, file: str, problems: Problems) -> float:
    """Valence or arousal in [-1, 1], NaN where absent."""
    try:
        value = float(text or "nan")
    except ValueError:
        value = math.inf
    if abs(value) <= 1:
        return value
    if value != ABSENT_VA and not math.isnan(value):
        problems.add(
            file, None, "bad-valence-arousal", f"{printable(text)!r} is not a number from -1 to 1: taken as absent"
        )
    return math.nan


def _natural(file: str) -> tuple[int, str]:
    stem = file.partition(".")[0]
    return (int(stem) if stem.isascii() and stem.isdigit() and len(stem) < 19 else 10**19, file)


def _npy_with(data: bytes, code: str) -> bytes:
    """The same .npy file with another value of the same type."""
    start = 10 + struct.unpack("<H", data[8:10])[0] if data[6] == 1 else 12 + struct.unpack("<I", data[8:12])[0]
    header = data[:start].decode("latin-1")
    kind = np.dtype(header.split("'descr':")[1].split("'")[1])
    value = np.array(code, dtype=kind) if kind.kind in "US" else np.array(int(code)).astype(kind)
    return data[:start] + value.tobytes() + data[start + kind.itemsize :]


register(AffectNet2())
