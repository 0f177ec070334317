"""CK+ (Lucey et al., 2010) as published: sequences of frames, and one file a sequence with the peak frame's emotion."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Final

import numpy as np

from auditor.data.dataset import Choice, Dataset, dataset_key
from auditor.data.files.listing import Listing, encodable, is_image, is_leftover, join, list_folder, split_suffix, walk
from auditor.data.files.textfile import read_bytes
from auditor.data.formats.base import UNLIKE, Format, Likeness, register
from auditor.data.formats.correction import CorrectionRequest, Leaving
from auditor.data.formats.emotions import CKPLUS
from auditor.data.formats.reading import Reading
from auditor.data.problems import printable
from auditor.errors import DataError, ExportError, finding

SUFFIX: Final = "_emotion.txt"
IMAGES: Final = ("cohn-kanade-images", "extended-cohn-kanade-images", "images")
LABELS: Final = ("Emotion", "Emotion_labels", "emotion", "Emotions")
LARGEST: Final = 1024

_VALUE = re.compile(rb"\s*([0-7])(\.0*(?:e\+?0+)?)?\s*", re.I)


class CkPlus(Format):
    """CK+'s two trees."""

    name: ClassVar[str] = "ckplus"
    title: ClassVar[str] = "CK+"
    folders: ClassVar[tuple[str, ...]] = ("cohn-kanade-images", "Emotion")

    def recognise(self, root: Path) -> Likeness:
        """Return 0.95 with a folder of emotions and a folder of frames."""
        folders = trees(root)
        return Likeness(0.95, f"{folders[1]} holds the emotions of {folders[0]}") if folders else UNLIKE

    def label_files(self, root: Path) -> list[str]:
        """The folder of emotions."""
        folders = trees(root)
        return [folders[1]] if folders else []

    def load(self, root: Path, label_file: str) -> Dataset:
        """Read every sequence's emotion; frames without one have no label and are counted."""
        folders = trees(root)
        if folders is None or label_file != folders[1]:
            raise DataError(
                f"The folder {root} has no folders {IMAGES[0]} and {LABELS[0]}; unpack CK+'s two archives into it."
            )
        return _Reading(root, label_file, images=folders[0]).dataset()

    def writes_folder(self, dataset: Dataset) -> bool:
        """Always: an emotion file for each changed sequence."""
        del dataset
        return True

    def leaving_out(self, dataset: Dataset) -> Leaving:
        """Excluded images go: their emotion files are not in the new folder."""
        del dataset
        return Leaving("dropped")

    def corrected(self, request: CorrectionRequest) -> dict[str, bytes]:
        """The emotion files of the changed images, written as they were.

        Where images are left out it is the whole folder of emotions but their files: laid over the old one it would
        bring them back, so it takes that folder's place.
        """
        dataset, labels, excluded = request.dataset, request.labels, request.excluded
        paths = emotion_files(dataset.root, dataset.label_file)
        by_stem = {path.rpartition("/")[2]: path for path in paths}
        files = {path: read_bytes(dataset.root / path, LARGEST) for path in paths} if excluded else {}
        for row in sorted({*request.changed.tolist(), *excluded}):
            path = by_stem.get(f"{split_suffix(dataset.paths[row].rpartition('/')[2])[0]}{SUFFIX}", "")
            data = read_bytes(dataset.root / path, LARGEST) if path else b""
            match = _VALUE.fullmatch(data)
            if match is None or match[1].decode() != dataset.codes[dataset.labels[row]]:
                raise ExportError(
                    f"The file of {path or dataset.names[row]} has changed since it was opened; open the data set "
                    "again."
                )
            if row in excluded:
                del files[path]
            else:
                files[path] = data[: match.start(1)] + dataset.codes[labels[row]].encode() + data[match.end(1) :]
        return files


@dataclass
class _Reading(Reading):
    images: str = ""
    listings: dict[str, Listing] = field(default_factory=dict)

    def dataset(self) -> Dataset:
        rows = [row for path in emotion_files(self.root, self.label_file) if (row := self._row(path)) is not None]
        if not rows:
            raise DataError(
                f"No emotion of {self.root / self.label_file} can be used ({self.counted()}); unpack CK+ again."
            )
        used = sorted({code for _, code in rows})
        codes = tuple(range(0 if used[0] == 0 else 1, len(CKPLUS)))
        paths = np.array([path for path, _ in rows], dtype=object)
        self.watched += [folder for folder, _ in walk(self.root, self.label_file)]
        self.notes.append(f"The peak frames of {len(rows):,} sequences; the other frames have no label.")
        why = "each sequence has an emotion file with its number"
        return Dataset(
            root=self.root,
            format=CkPlus.name,
            label_file=self.label_file,
            key=dataset_key(self.root, CkPlus.name, self.label_file),
            title=f"{self.root.name} · CK+",
            classes=tuple(CKPLUS[code] for code in codes),
            codes=tuple(str(code) for code in codes),
            names=np.array([encodable(path) for path in paths], dtype=object),
            paths=paths,
            split=np.zeros(len(rows), dtype=np.int8),
            labels=np.array([codes.index(code) for _, code in rows], dtype=np.int16),
            lines=np.ones(len(rows), dtype=np.int32),
            problems=self.problems.freeze(),
            notes=("CK+ as published, numbered from 1.", *self.notes),
            sources=(self.label_file,),
            watched=tuple(dict.fromkeys((*self.watched, *self.listings))),
            choices=(Choice("numbering", "ckplus", why), Choice("split", "none", "CK+ has no splits")),
        )

    def _row(self, path: str) -> tuple[str, int] | None:
        """The peak frame's path and its number, or None where one of them is missing: then it is listed."""
        inner = path[len(self.label_file) :].strip("/")
        folder, _, file = inner.rpartition("/")
        stem = file.removesuffix(SUFFIX)
        home = join(self.images, folder)
        if home not in self.listings:
            self.listings[home] = list_folder(self.root, home)
        frames = [name for name in self.listings[home].files if is_image(name) and split_suffix(name)[0] == stem]
        try:
            match = _VALUE.fullmatch(read_bytes(self.root / path, LARGEST))
        except DataError as error:
            self.problems.add(path, None, "bad-label", f"{finding(error)}: the sequence is left out")
            return None
        if match is None:
            self.problems.add(path, 1, "bad-label", "it holds no number from 0 to 7: the sequence is left out")
        elif not frames:
            message = f"{printable(stem)} is not in {printable(home, 200)}: the sequence is left out"
            self.problems.add(path, None, "missing-image", message)
        else:
            return join(home, min(frames)), int(match[1])
        return None


def trees(root: Path) -> tuple[str, str] | None:
    """The folders of the frames and of the emotions, or None where they are not both there."""
    tops = list_folder(root, "").folders
    folders = []
    for spellings in (IMAGES, LABELS):
        name = next((name for name in spellings if name in tops), None)
        if name is None:
            return None
        inner = [each for each in list_folder(root, name).folders if each in spellings]
        folders.append(join(name, inner[0]) if inner else name)
    return (folders[0], folders[1]) if emotion_files(root, folders[1]) else None


def emotion_files(root: Path, folder: str) -> list[str]:
    """The emotion files of all sequences, in the order of their names."""
    return [
        join(home, name)
        for home, listing in walk(root, folder)
        for name in sorted(listing.files)
        if name.endswith(SUFFIX) and not is_leftover(name)
    ]


register(CkPlus())
