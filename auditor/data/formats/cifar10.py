"""CIFAR-10 (Krizhevsky, 2009), the Python version: pickled batches, read by an unpickler that runs nothing.

A table beside the batches (CSV, TSV, Parquet) with a column `index` (the training image's number from 0, through all
five batches) or `name`, and
one label column an annotator, brings several annotators' label sets; each can be audited (`humans.csv?label=worker1`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from auditor.data.dataset import SPLITS, Dataset, LabelSet, dataset_key
from auditor.data.files import unpickle
from auditor.data.files.listing import list_folder
from auditor.data.files.remembered import until_changed
from auditor.data.files.textfile import read_bytes
from auditor.data.formats.base import UNLIKE, Format, Likeness, register
from auditor.data.formats.cifar10_annotators import Annotator, annotators, edits_of, numbering, tables
from auditor.data.formats.cifar10_batches import patch_labels
from auditor.data.formats.correction import CorrectionRequest, Leaving
from auditor.data.formats.edits import Edits
from auditor.data.formats.reading import Reading
from auditor.data.formats.rewrite import rewritten
from auditor.data.formats.selection import Selection
from auditor.data.images.imagefile import encode_png
from auditor.data.problems import printable
from auditor.errors import DataError, ImageError, finding
from auditor.plural import counted

TRAIN: Final = tuple(f"data_batch_{number}" for number in range(1, 6))
TEST: Final = "test_batch"
META: Final = "batches.meta"
CLASSES: Final = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
SIDE: Final = 32
LARGEST: Final = 2**29


class Cifar10(Format):
    """The batches, and annotators' tables beside them."""

    name: ClassVar[str] = "cifar10"
    title: ClassVar[str] = "CIFAR-10"
    benchmark: ClassVar[str] = "CIFAR-10"

    def recognise(self, root: Path) -> Likeness:
        """Return 0.95 with a training batch."""
        batches = [name for name in TRAIN if name in list_folder(root, "").files]
        return Likeness(0.95, f"the batches {', '.join(batches)}") if batches else UNLIKE

    def label_files(self, root: Path) -> list[str]:
        """'' for the batches' own labels, then every annotator's column."""
        choices = [""]
        for file, _, columns in tables(root):
            choices += [str(Selection(file, {"label": column})) for column in columns]
        return choices

    def locate(self, file: Path) -> Path | None:
        """The folder of a batch or of an annotators' table."""
        beside = any(name in list_folder(file.parent, "").files for name in TRAIN)
        is_ours = file.name in (*TRAIN, TEST, META) or any(file.name == name for name, _, _ in tables(file.parent))
        return file.parent if beside and is_ours else None

    def resolve_label_file(self, root: Path, label_file: str) -> str:
        """Take a batch's name for the batches, a table's name for its first annotator."""
        if label_file in (*TRAIN, TEST, META):
            return ""
        if "?" in label_file:
            return label_file
        first = next((file for file in self.label_files(root) if Selection.parse(file).file == label_file), None)
        return first or super().resolve_label_file(root, label_file)

    def load(self, root: Path, label_file: str) -> Dataset:
        """Read the batches and every annotator's labels."""
        return _Reading(root, "" if label_file in (*TRAIN, TEST, META) else label_file).dataset()

    def read_image(self, dataset: Dataset, row: int) -> bytes:
        """An image of a batch as PNG."""
        batch, place = place_of(dataset.names[row])
        try:
            pixels = _read_batch(dataset.root / batch).data[place]
        except (DataError, IndexError) as error:
            why = finding(error)
            raise ImageError(f"The image {dataset.names[row]} cannot be read ({why}); copy its batch again.") from error
        return encode_png(pixels.reshape(3, SIDE, SIDE).transpose(1, 2, 0))

    def image_files(self, dataset: Dataset) -> NDArray[np.object_]:
        """The batch of every image."""
        return np.array([name.partition("/")[0] for name in dataset.names], dtype=object)

    def edits(self, request: CorrectionRequest, source: int) -> Edits:
        """The column of an annotator's table; a batch has no lines."""
        return Edits() if source or not request.dataset.label_file else edits_of(request)

    def corrected(self, request: CorrectionRequest) -> dict[str, bytes]:
        """The batches, or the audited annotator's table."""
        dataset = request.dataset
        if not dataset.label_file:
            return _batches(request, (*TRAIN, TEST, META))
        table = rewritten(dataset, 0, self.edits(request, 0))
        # Test images keep the batch's own label, so a corrected one is corrected there.
        return {dataset.sources[0]: table, **_batches(request, (TEST,))}

    def writes_folder(self, dataset: Dataset) -> bool:
        """Whether the batches themselves are audited."""
        return not dataset.label_file

    def leaving_out(self, dataset: Dataset) -> Leaving:
        """Excluded images stay in a batch; the lines of an annotator's table go."""
        if dataset.label_file:
            return super().leaving_out(dataset)
        return Leaving("kept", "a batch holds its images and its labels together")


def _batches(request: CorrectionRequest, names: Sequence[str]) -> dict[str, bytes]:
    """The batches with the changed labels patched into the pickles; of fewer than all only those that change."""
    dataset, whole = request.dataset, META in names
    changed: dict[str, dict[int, tuple[int, int]]] = {}
    for row in request.changed:
        batch, place = place_of(dataset.names[row])
        changed.setdefault(batch, {})[place] = (int(dataset.labels[row]), int(request.labels[row]))
    files = {}
    for name in names:
        if (dataset.root / name).is_file() and (whole or name in changed):
            files[name] = read_bytes(dataset.root / name, LARGEST)
            if name in changed:
                files[name] = patch_labels(files[name], name, changed[name])
    return files


@dataclass(frozen=True, eq=False)
class Batch:
    """One batch: uint8 [M, 3072] pixels, M labels (-1 where it is none), M file names."""

    data: NDArray[np.uint8]
    labels: NDArray[np.int16]
    filenames: tuple[str, ...]


def image_name(batch: str, place: int, filename: str) -> str:
    """An image's name: its batch, its place there, and its file's name, which alone would not be unique."""
    return f"{batch}/{place:05d}-{filename}" if filename else f"{batch}/{place:05d}"


def place_of(name: str) -> tuple[str, int]:
    """Batch and place of an image."""
    batch, _, rest = name.partition("/")
    return batch, int(rest[:5])


@until_changed(6)
def _read_batch(path: Path) -> Batch:
    content = unpickle.load(read_bytes(path, LARGEST), str(path))
    data = content.get("data") if isinstance(content, dict) else None
    raw_labels = content.get("labels", ()) if isinstance(content, dict) else ()
    if not isinstance(data, np.ndarray) or data.ndim != 2 or data.shape[1] != 3 * SIDE**2 or data.dtype != np.uint8:
        raise DataError(
            f"The file {path} has no images of CIFAR-10's kind; expected an array 'data' of 3,072 bytes an image."
        )
    labels = list(raw_labels) if isinstance(raw_labels, list | tuple | np.ndarray) else []
    if len(labels) != len(data):
        raise DataError(
            f"The file {path} has {counted(len(data), 'image')} and {counted(len(labels), 'label')}; copy it again."
        )
    names: Any = content.get("filenames", ())
    names = [name.decode("utf-8", "replace") if isinstance(name, bytes) else str(name) for name in names]
    names = [printable(name, 200) for name in names] if len(names) == len(data) else [""] * len(data)
    codes = [
        int(label) if isinstance(label, int | np.integer) and 0 <= label < len(CLASSES) else -1 for label in labels
    ]
    return Batch(data, np.array(codes, dtype=np.int16), tuple(names))


class _Reading(Reading):
    def dataset(self) -> Dataset:
        batches = self._batches()
        names = [image_name(batch, i, file) for batch, b in batches for i, file in enumerate(b.filenames)]
        own = np.concatenate([batch.labels for _, batch in batches])
        place = np.concatenate([np.arange(1, len(batch.labels) + 1) for _, batch in batches]).astype(np.int32)
        source = np.repeat(np.arange(len(batches), dtype=np.int8), [len(batch.labels) for _, batch in batches])
        test = np.array([batch == TEST for batch, _ in batches], dtype=np.bool_)[source]
        classes = self._classes()
        sizes = {name: len(batch.labels) for name, batch in batches}
        sets = annotators(
            self.root, names, numbering([(name, sizes.get(name)) for name in TRAIN]), classes, self.problems
        )
        if sets:
            self.notes.append(f"Labels of {counted(len(sets), 'annotator')}: {', '.join(a.name for a in sets)}.")
        labels, sources = own, [batch for batch, _ in batches]
        if self.label_file:
            labels, place, source, sources, sets = self._audited(own, test, sets, place)
        else:
            for row in np.flatnonzero(own < 0):
                message = f"the label of {names[row]} is not a number from 0 to 9: the image is left out"
                self.problems.add(sources[source[row]], int(place[row]), "label-range", message)
        keep = np.flatnonzero(labels >= 0)
        if not len(keep):
            raise DataError(
                f"No label of {self.label_file or self.root} can be used ({self.counted()}); choose other labels."
            )
        dataset = Dataset(
            root=self.root,
            format=Cifar10.name,
            label_file=self.label_file,
            key=dataset_key(self.root, Cifar10.name, self.label_file),
            title=f"{self.root.name} · {self.label_file.rpartition('=')[2] or 'batches'}",
            classes=classes,
            codes=tuple(str(code) for code in range(len(CLASSES))),
            names=np.array(names, dtype=object),
            paths=np.full(len(names), "", dtype=object),
            split=np.where(test, SPLITS.index("test"), SPLITS.index("train")).astype(np.int8),
            labels=labels,
            lines=place,
            label_sets=tuple(LabelSet(a.name, a.labels) for a in sets),
            problems=self.problems.freeze(),
            notes=("CIFAR-10, the Python version; a line number is an image's place in its batch.", *self.notes),
            sources=tuple(sources),
            source=source,
            watched=("", *(batch for batch, _ in batches), *(file for file, _, _ in tables(self.root))),
        )
        return dataset.select(keep)

    def _batches(self) -> list[tuple[str, Batch]]:
        """Every readable batch, the test batch last; the others are listed."""
        files, batches = list_folder(self.root, "").files, []
        for name in (*TRAIN, TEST):
            if name not in files:
                self.problems.add(name, None, "missing-batch", "there is no such batch: its images are left out")
                continue
            try:
                batches.append((name, _read_batch(self.root / name)))
            except DataError as error:
                self.problems.add(name, None, "bad-batch", finding(error))
        if not any(name in TRAIN for name, _ in batches):
            first = next((problem.message for problem in self.problems.freeze() if problem.kind == "bad-batch"), "")
            why = f" ({first})" if first else ""
            raise DataError(f"The folder {self.root} has no training batch that can be read{why}; download it again.")
        return batches

    def _classes(self) -> tuple[str, ...]:
        """The names in batches.meta, or the well-known ones."""
        try:
            content = unpickle.load(read_bytes(self.root / META, LARGEST), META)
        except DataError as error:
            self.problems.add(META, None, "bad-batch", f"{finding(error)}; the usual names of the classes are taken")
            return CLASSES
        names = content.get("label_names") if isinstance(content, dict) else None
        if not isinstance(names, list) or len(names) != len(CLASSES):
            return CLASSES
        texts = [name.decode("latin-1") if isinstance(name, bytes) else str(name) for name in names]
        return tuple(printable(text.lower()) for text in texts)

    def _audited(
        self, own: NDArray[np.int16], test: NDArray[np.bool_], sets: list[Annotator], place: NDArray[np.int32]
    ) -> tuple[NDArray[np.int16], NDArray[np.int32], NDArray[np.int8], list[str], list[Annotator]]:
        """The audited annotator's labels instead of the batches' own, which become a label set; tests keep theirs."""
        selection = Selection.parse(self.label_file, self.root)
        file = selection.file
        audited = next((a for a in sets if a.file == file and a.name == selection.get("label")), None)
        if audited is None:
            choices = ", ".join(str(Selection(a.file, {"label": a.name})) for a in sets) or "none"
            raise DataError(f"There are no labels {self.label_file!r} beside the batches; choose one of {choices}.")
        labels = np.where(test, own, audited.labels).astype(np.int16)
        lines = np.where(test, place, audited.lines).astype(np.int32)
        others = [a for a in sets if a is not audited]
        batches = Annotator("batches", np.where(test, -1, own).astype(np.int16), "", place)
        return labels, lines, test.astype(np.int8), [file, TEST], [batches, *others]


register(Cifar10())
