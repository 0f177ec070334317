"""FER2013 (Goodfellow et al., 2013) and FER+ (Barsoum et al., 2016): a CSV of pixels, a CSV of votes, or prepared PNGs.

`fer2013new.csv` and the prepared `label.csv` are audited by the votes' majority; `fer2013.csv` by its own label, with
the votes as another label set.  The two CSV files are joined by ROW: the number in an image's name is not a row number.
The files may have any name: a table with columns of emotions and pixels is FER2013's, one with the ten columns of votes
FER+'s.  Votes without pixels are joined to the image files that they name.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from auditor.data.dataset import Dataset, LabelSet, dataset_key
from auditor.data.files.listing import encodable, join, leaves_root, list_folder
from auditor.data.formats import ferplus_files as files
from auditor.data.formats import ferplus_votes
from auditor.data.formats.base import UNLIKE, Format, Likeness, register
from auditor.data.formats.correction import CorrectionRequest, Leaving
from auditor.data.formats.emotions import FER2013
from auditor.data.formats.ferplus_places import (
    PIXELS,
    PREPARED,
    of_other_splits,
    pixels_file,
    pixels_of,
    prefixed,
    split_choice,
    splits_of,
    splits_of_images,
    stem_of,
    votes_of,
)
from auditor.data.formats.locate_images import Finder
from auditor.data.formats.reading import Reading
from auditor.data.formats.selection import NONE, Selection
from auditor.data.images.imagefile import encode_png
from auditor.data.problems import printable
from auditor.errors import DataError, finding
from auditor.plural import counted

LABELS: Final = "label.csv"
FERPLUS: Final = files.VOTED[: files.EMOTIONS]
SAME: Final = (4, 5, 6, 1, 3, 2, 0, 7)
"""FER+'s class for each class of FER2013, and contempt for contempt."""


class FerPlus(Format):
    """FER2013 with FER+."""

    name: ClassVar[str] = "ferplus"
    title: ClassVar[str] = "FER2013 / FER+"
    folders: ClassVar[tuple[str, ...]] = tuple(PREPARED)
    roles: ClassVar[tuple[str, ...]] = ("split",)
    holds_votes: ClassVar[bool] = True

    def recognise(self, root: Path) -> Likeness:
        """Return 0.95 with a table of pixels or of votes, or a prepared folder with its label.csv."""
        files_here = self.label_files(root)
        if files_here:
            return Likeness(0.95, f"{files_here[0]} has FER2013's pixels or FER+'s votes")
        return UNLIKE

    def label_files(self, root: Path) -> list[str]:
        """The votes, FER2013's own labels, then the prepared form."""
        pixels, votes = pixels_of(root), votes_of(root)
        choices = [*(name for name in votes[:1] if pixels or files.is_votes(root / name)), *pixels]
        prepared = [join(folder, LABELS) for folder in PREPARED if folder in list_folder(root, "").folders]
        return choices + [file for file in prepared if files.is_votes(root / file)]

    def locate(self, file: Path) -> Path | None:
        """The folder above a prepared one, whose name says the split and beside which the other splits lie."""
        if file.parent.name in PREPARED and file.name == LABELS and files.is_votes(file):
            return file.parent.parent
        return super().locate(file)

    def load(self, root: Path, label_file: str) -> Dataset:
        """Read the label file and what belongs to it."""
        selection = Selection.parse(label_file, root).allow(self.roles)
        file, split = selection.file, selection.get("split")
        if split not in (None, NONE):
            raise DataError(
                f"The split of {root} cannot be taken from {printable(str(split))!r}: Usage and the names of folders "
                f"say it; choose {NONE!r} to train on every row."
            )
        pixels, votes = pixels_of(root), votes_of(root)
        reading = _Reading(root, label_file, pixels=next(iter(pixels), ""), votes=next(iter(votes), ""))
        reading.file, reading.unsplit = file, split == NONE
        if Path(file).name == PIXELS or files.is_pixels(root / file):
            reading.pixels = file
            return reading.fer2013()
        if Path(file).parent.name in PREPARED:
            return reading.prepared([each for each in self.label_files(root) if Path(each).parent.name in PREPARED])
        reading.votes = file
        return reading.ferplus() if pixels else reading.with_images()

    def corrected(self, request: CorrectionRequest) -> dict[str, bytes]:
        """The tables of votes or of pixels with the corrections."""
        return ferplus_votes.corrected(request)

    def changed_lines(self, request: CorrectionRequest, source: int) -> set[int]:
        """The lines of a table of votes that name an image again and change with its first."""
        return ferplus_votes.doubled_lines(request, source)

    def leaving_out(self, dataset: Dataset) -> Leaving:
        """Excluded images are marked where the lines belong to the pixels, else their lines go where they can."""
        file = Path(dataset.sources[0]).name
        if files.by_place(dataset):
            return Leaving("marked", f"{file} belongs to the pixels line by line; all votes go to NF, not a face")
        if (dataset.paths == "").any():
            return Leaving("kept", f"the images of {file} are known by their place in it")
        return Leaving("dropped")

    def read_image(self, dataset: Dataset, row: int) -> bytes:
        """A record's pixels as PNG."""
        line, source = int(dataset.lines[row]), dataset.root / dataset.source_of(row)
        if files.is_pixels(source):
            return encode_png(files.picture(source, int(np.searchsorted(files.pictures(source).lines, line))))
        return encode_png(files.picture(dataset.root / pixels_file(dataset), files.record_at(source, line)))

    def image_files(self, dataset: Dataset) -> NDArray[np.object_]:
        """The table of pixels, for images that have no file of their own."""
        inside = dataset.paths == ""
        if len(dataset.sources) > 1 and dataset.source is not None and inside.all():
            return np.array(dataset.sources, dtype=object)[dataset.source]
        return np.where(inside, pixels_file(dataset) if inside.any() else "", dataset.paths).astype(object)


@dataclass
class _Reading(Reading):
    pixels: str = ""
    votes: str = ""
    file: str = ""
    unsplit: bool = False

    def fer2013(self) -> Dataset:
        """FER2013's own labels, 7 classes, or 8 where contempt is among them; the votes are another label set.

        Tables of several splits (train.csv, test.csv) are opened together.
        """
        tables = [self.pixels, *of_other_splits(self.root, self.pixels)]
        parts = [files.pictures(self.root / file) for file in tables]
        eighth, rows = sum(int((p.emotions == 7).sum()) for p in parts), sum(len(p.lines) for p in parts)
        classes = files.CLASSES if eighth >= max(2, rows // 200) else FER2013
        votes = self._votes_beside(parts[0]) if len(parts) == 1 else None
        columns: list[tuple[NDArray[Any], ...]] = []
        for place, (file, pictures) in enumerate(zip(tables, parts, strict=True)):
            emotions = np.where(pictures.emotions < len(classes), pictures.emotions, -1).astype(np.int16)
            keep = self._usable(pictures, emotions, labelled=True, file=file)
            prefix = f"{stem_of(file)}/" if len(tables) > 1 else ""
            names = prefix + self._names(np.arange(len(pictures.lines)), votes)
            source = np.full(len(keep), place, dtype=np.int8)
            columns.append(
                (
                    names[keep],
                    emotions[keep],
                    pictures.lines[keep],
                    splits_of(pictures, self.root, file, votes)[keep],
                    source,
                    keep,
                )
            )
        sets: tuple[LabelSet, ...] = ()
        if votes is not None:
            keep, shares = columns[0][-1], votes.votes[:, list(SAME[: len(classes)])]
            majority = np.where(files.has_majority(votes.votes), shares.argmax(axis=1), -1).astype(np.int16)
            sets = (LabelSet("FER+ votes", majority[keep], files.distribution(shares)[keep]),)
            self.notes.append(f"{self.votes} gives the votes of ten annotators for the same rows.")
        words = {code: word for pictures in reversed(parts) for code, word in pictures.words.items()}
        names, labels, lines, split, source, _ = (np.concatenate(column) for column in zip(*columns, strict=True))
        return self._dataset(
            classes,
            tuple(words.get(code, str(code)) for code in range(len(classes))),
            names,
            labels,
            lines,
            split,
            label_sets=sets,
            watched=[*tables, *([self.votes] if self.votes else [])],
            sources=tables,
            source=source,
        )

    def ferplus(self) -> Dataset:
        """The votes' majority, 8 classes; the votes are soft labels, FER2013's label is another label set."""
        pictures = files.pictures(self.root / self.pixels)
        table = files.votes(self.root / self.votes, self.votes, self.problems)
        table = files.joined(table, pictures, self.votes, self.pixels)
        keep = np.intersect1d(
            self._usable(pictures, pictures.emotions, labelled=False), self._emotional(table, self.votes)
        )
        original = np.where(pictures.emotions >= 0, np.array(SAME)[pictures.emotions], -1).astype(np.int16)
        return self._dataset(
            FERPLUS,
            FERPLUS,
            self._names(np.arange(len(pictures.lines)), table)[keep],
            table.votes[keep, : files.EMOTIONS].argmax(axis=1).astype(np.int16),
            table.lines[keep],
            splits_of(pictures, self.root, self.pixels, table)[keep],
            label_sets=(LabelSet("FER2013", original[keep]), files.soft_labels(table.votes[keep])),
            watched=[self.votes, self.pixels],
        )

    def with_images(self) -> Dataset:
        """The votes' majority of images that are files of their own, as fer2013new.csv names them."""
        table = files.votes(self.root / self.votes, self.votes, self.problems)
        finder = Finder(self.root, "", self.problems)
        base = finder.base([str(name) for name in table.names if name][:200])
        keep, paths, used = [], [], set[str]()
        for row in self._emotional(table, self.votes):
            name, line = str(table.names[row]), int(table.lines[row])
            path = finder.exact(base, name)
            if not path:
                match = finder.matched(name, None, used) if name else None
                path = match.path if match is not None else ""
            if path and path not in used:
                keep.append(int(row))
                paths.append(path)
                used.add(path)
            elif path:
                message = f"{printable(name)} was there already: the first is kept"
                self.problems.add(self.votes, line, "duplicate-name", message)
            else:
                finder.report(base, name, self.votes, line)
        rows = np.array(keep, dtype=np.intp)
        return self._dataset(
            FERPLUS,
            FERPLUS,
            np.array([encodable(path) for path in paths], dtype=object),
            table.votes[rows, : files.EMOTIONS].argmax(axis=1).astype(np.int16),
            table.lines[rows],
            splits_of_images(table, rows, self.root, self.votes, paths),
            label_sets=(files.soft_labels(table.votes[rows]),),
            watched=[self.votes, *finder.listings, *{path.rpartition("/")[0] for path in paths}],
            paths=np.array(paths, dtype=object),
        )

    def prepared(self, label_files: list[str]) -> Dataset:
        """Folders of PNGs, each with its label.csv; the audited folder first, the others with it."""
        sources = [self.file, *(file for file in label_files if file != self.file)]
        tables = [files.votes(self.root / file, file, self.problems) for file in sources]
        keeps = [self._there(table, file) for table, file in zip(tables, sources, strict=True)]
        parts = list(zip(tables, keeps, sources, strict=True))
        votes = np.concatenate([table.votes[keep] for table, keep, _ in parts])
        split = [np.full(len(keep), PREPARED[Path(file).parent.name]) for _, keep, file in parts]
        return self._dataset(
            FERPLUS,
            FERPLUS,
            np.concatenate([table.names[keep] for table, keep, _ in parts]),
            votes[:, : files.EMOTIONS].argmax(axis=1).astype(np.int16),
            np.concatenate([table.lines[keep] for table, keep, _ in parts]),
            np.concatenate(split).astype(np.int8),
            label_sets=(files.soft_labels(votes),),
            sources=sources,
            source=np.repeat(np.arange(len(parts), dtype=np.int8), [len(keep) for keep in keeps]),
            watched=[*sources, *(str(Path(file).parent) for file in sources)],
            folders_of_images=True,
        )

    def _usable(
        self, pictures: files.Pictures, emotions: NDArray[np.int16], labelled: bool, file: str = ""
    ) -> NDArray[np.intp]:
        """Select the records with pixels and, where it is audited, a label; list the others."""
        file = file or self.pixels
        for row in np.flatnonzero(~pictures.whole):
            message = f"expected {files.SIDE**2:,} pixels: the row is left out"
            self.problems.add(file, int(pictures.lines[row]), "bad-line", message)
        wrong = pictures.whole & (emotions < 0)
        for row in np.flatnonzero(wrong) if labelled else ():
            message = "the emotion is not a number from 0 to 6: the row is left out"
            self.problems.add(file, int(pictures.lines[row]), "label-range", message)
        for row in np.flatnonzero(pictures.whole & (pictures.usages < 0)):
            message = "the usage is none of Training, PublicTest and PrivateTest: the row is not trained on"
            self.problems.add(file, int(pictures.lines[row]), "bad-split", message)
        return np.flatnonzero(pictures.whole & ~(wrong & labelled))

    def _votes_beside(self, pictures: files.Pictures) -> files.Votes | None:
        """Read the votes where there are any; list a file of votes that does not fit (FER2013's labels need none)."""
        if not self.votes:
            return None
        kind = "bad-table"
        try:
            table = files.votes(self.root / self.votes, self.votes, self.problems)
            kind = "rows-differ"
            return files.joined(table, pictures, self.votes, self.pixels)
        except DataError as error:
            self.problems.add(self.votes, None, kind, f"{finding(error)}: its votes are left out")
            return None

    def _names(self, records: NDArray[np.intp], table: files.Votes | None = None) -> NDArray[np.object_]:
        """FER+'s image name, or 'row-00017' (records from 0) where it has none or it came before."""
        names, used = [], set[str]()
        for record in records:
            name = table.names[record] if table is not None else ""
            if name in used:
                message = f"{printable(name)} came before: this row is called row-{record:05d}"
                self.problems.add(self.votes, int(table.lines[record]) if table else None, "duplicate-name", message)
                name = ""
            name = name or f"row-{record:05d}"
            while name in used:  # an image really has this name
                name = f"{name}-{record}"
            used.add(name)
            names.append(name)
        return np.array(names, dtype=object)

    def _emotional(self, table: files.Votes, file: str) -> NDArray[np.intp]:
        """Records whose majority is an emotion; the others are counted in a note."""
        emotional, judged = files.has_majority(table.votes), ~np.isnan(table.votes[:, 0])
        others = int((judged & ~emotional).sum())
        if others:
            self.notes.append(f"{file}: {counted(others, 'row')} judged unknown or not a face (NF) left out.")
        emotions = np.nan_to_num(table.votes[:, : files.EMOTIONS])
        ties = int(((emotions == emotions.max(axis=1, keepdims=True)).sum(axis=1)[emotional] > 1).sum())
        if ties:
            self.notes.append(
                f"{file}: {counted(ties, 'row')} with a tie of two emotions or more: the first of them is the label."
            )
        return np.flatnonzero(emotional)

    def _there(self, table: files.Votes, file: str) -> NDArray[np.intp]:
        """Records of a prepared folder that have an image and an emotion."""
        folder = str(Path(file).parent)
        listing, keep, first_line = list_folder(self.root, folder, self.problems), [], dict[str, int]()
        for row in self._emotional(table, file):
            name, line = table.names[row], int(table.lines[row])
            if leaves_root(name) or name in listing.outside:
                message = f"{printable(name)!r} leads out of the data set's folder: the row is left out"
                self.problems.add(file, line, "outside-root", message)
            elif name not in listing.files:
                self.problems.add(
                    file, line, "missing-image", f"{printable(name)!r} is not in {folder}: the row is left out"
                )
            elif first_line.setdefault(name, line) != line:
                message = f"{printable(name)} was on line {first_line[name]} already: the first is kept"
                self.problems.add(file, line, "duplicate-name", message)
            else:
                keep.append(row)
        return np.array(keep, dtype=np.intp)

    def _dataset(
        self,
        classes: tuple[str, ...],
        codes: tuple[str, ...],
        names: NDArray[np.object_],
        labels: NDArray[np.int16],
        lines: NDArray[np.int32],
        split: NDArray[np.int8],
        *,
        label_sets: tuple[LabelSet, ...],
        watched: list[str],
        sources: list[str] | None = None,
        source: NDArray[np.int8] | None = None,
        paths: NDArray[np.object_] | None = None,
        folders_of_images: bool = False,
    ) -> Dataset:
        if not len(names):
            raise DataError(
                f"No row of {self.root / self.file} can be used ({self.counted()}); check the problems listed."
            )
        paths = np.full(len(names), "", dtype=object) if paths is None else paths
        split = np.zeros_like(split) if self.unsplit else split
        if folders_of_images and sources is not None and source is not None:
            folders = [str(Path(file).parent) for file in sources]
            names, paths = prefixed(names, folders, source)
        dataset = Dataset(
            root=self.root,
            format=FerPlus.name,
            label_file=self.label_file,
            key=dataset_key(self.root, FerPlus.name, self.label_file),
            title=f"{self.root.name} · {self.file}",
            classes=classes,
            codes=codes,
            names=names,
            paths=paths,
            split=split,
            labels=labels,
            lines=lines,
            label_sets=label_sets,
            problems=self.problems.freeze(),
            notes=(
                f"{'FER+' if classes is FERPLUS else 'FER2013'} with {counted(len(classes), 'class', 'classes')}.",
                *self.notes,
            ),
            sources=tuple(sources or [self.file]),
            source=np.zeros(len(names), dtype=np.int8) if source is None else source,
            watched=tuple(dict.fromkeys(watched)),
            choices=(split_choice(split, self.unsplit),),
        )
        return dataset.select(np.argsort(split, kind="stable"))


register(FerPlus())
