"""FER2013 (Goodfellow et al., 2013) and FER+ (Barsoum et al., 2016): a CSV of pixels, a CSV of votes, or prepared PNGs.

`fer2013new.csv` and the prepared `label.csv` are audited by the votes' majority; `fer2013.csv` by its own label, with
the votes as another label set.  The two CSV files are joined by ROW: the number in an image's name is no row number.
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from auditor.data.dataset import SPLITS, Dataset, LabelSet, dataset_key
from auditor.data.files.listing import join, leaves_root, list_folder
from auditor.data.formats import ferplus_files as files
from auditor.data.formats.base import Format, register
from auditor.data.formats.reading import Reading
from auditor.data.images.imagefile import encode_png
from auditor.data.problems import printable
from auditor.errors import DataError

PIXELS, VOTES = "fer2013.csv", "fer2013new.csv"
PREPARED: Final = {"FER2013Train": "train", "FER2013Valid": "valid", "FER2013Test": "test"}
FER2013: Final = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
FERPLUS: Final = files.VOTED[: files.EMOTIONS]
SAME: Final = (4, 5, 6, 1, 3, 2, 0)
"""FER+'s class for each class of FER2013."""


class FerPlus(Format):
    """FER2013 with FER+."""

    name: ClassVar[str] = "ferplus"
    title: ClassVar[str] = "FER2013 / FER+"

    def recognise(self, root: Path) -> float:
        """0.95 with fer2013.csv or a prepared folder with its label.csv."""
        return 0.95 if self.label_files(root) else 0.0

    def label_files(self, root: Path) -> list[str]:
        """The votes, FER2013's own labels, then the prepared form."""
        here = list_folder(root, "")
        found = []
        if PIXELS in here.files:
            found = [name for name in (VOTES, PIXELS) if name in here.files]
        prepared = [join(folder, "label.csv") for folder in PREPARED if folder in here.folders]
        return found + [file for file in prepared if files.is_votes(root / file)]

    def load(self, root: Path, label_file: str) -> Dataset:
        """Read the label file and what belongs to it."""
        reading = _Reading(root, label_file)
        if Path(label_file).name == PIXELS:
            return reading.fer2013()
        return reading.ferplus() if Path(label_file).name == VOTES else reading.prepared(self.label_files(root))

    def read_image(self, dataset: Dataset, row: int) -> bytes:
        """A record's pixels as PNG."""
        line, source = int(dataset.lines[row]), dataset.root / dataset.source_of(row)
        if source.name == PIXELS:
            record = int(np.searchsorted(files.pictures(source).lines, line))
        else:
            record = files.record_at(source, line)
        return encode_png(files.picture(dataset.root / PIXELS, record))

    def image_files(self, dataset: Dataset) -> NDArray[np.object_]:
        """fer2013.csv, for images that have no file of their own."""
        return np.where(dataset.paths == "", PIXELS, dataset.paths).astype(object)


class _Reading(Reading):
    def fer2013(self) -> Dataset:
        """FER2013's own labels, 7 classes; the votes are another label set."""
        known = files.pictures(self.root / PIXELS)
        keep = self._usable(known, labelled=True)
        names, watched = self._names(np.arange(len(known.lines))), [PIXELS]
        sets: tuple[LabelSet, ...] = ()
        table = self._votes_beside(known)
        if table is not None:
            names = self._names(np.arange(len(known.lines)), table)
            shares = table.votes[:, list(SAME)]
            majority = np.where(files.has_majority(table.votes), shares.argmax(axis=1), -1).astype(np.int16)
            sets = (LabelSet("FER+ votes", majority[keep], files.distribution(shares)[keep]),)
            watched.append(VOTES)
            self.notes.append(f"{VOTES} gives the votes of ten annotators for the same rows.")
        return self._dataset(
            FER2013,
            tuple(str(code) for code in range(7)),
            names[keep],
            known.emotions[keep],
            known.lines[keep],
            np.maximum(known.usages, 0)[keep],
            label_sets=sets,
            watched=watched,
        )

    def ferplus(self) -> Dataset:
        """The votes' majority, 8 classes; the votes are soft labels, FER2013's label is another label set."""
        known = files.pictures(self.root / PIXELS)
        table = self._joined(known)
        keep = np.intersect1d(self._usable(known, labelled=False), self._emotional(table, VOTES))
        original = np.where(known.emotions >= 0, np.array(SAME)[known.emotions], -1).astype(np.int16)
        return self._dataset(
            FERPLUS,
            FERPLUS,
            self._names(np.arange(len(known.lines)), table)[keep],
            table.votes[keep, : files.EMOTIONS].argmax(axis=1).astype(np.int16),
            table.lines[keep],
            np.maximum(known.usages, 0)[keep],
            label_sets=(LabelSet("FER2013", original[keep]), _soft(table.votes[keep])),
            watched=[VOTES, PIXELS],
        )

    def prepared(self, label_files: list[str]) -> Dataset:
        """Folders of PNGs, each with its label.csv; the audited folder first, the others with it."""
        sources = [self.label_file, *(f for f in label_files if Path(f).name == "label.csv" and f != self.label_file)]
        tables = [files.votes(self.root / file, file, self.problems) for file in sources]
        keeps = [self._there(table, file) for table, file in zip(tables, sources, strict=True)]
        kept = list(zip(tables, keeps, sources, strict=True))
        votes = np.concatenate([table.votes[keep] for table, keep, _ in kept])
        split = [np.full(len(keep), SPLITS.index(PREPARED[Path(file).parent.name])) for _, keep, file in kept]
        if sources[0] != "FER2013Train/label.csv":
            split[0] = np.zeros(len(keeps[0]), dtype=np.int64)  # what is audited is what is trained on
            split[1:] = [np.full(len(keep), SPLITS.index("test")) for keep in keeps[1:]]
        return self._dataset(
            FERPLUS,
            FERPLUS,
            np.concatenate([table.names[keep] for table, keep, _ in kept]),
            votes[:, : files.EMOTIONS].argmax(axis=1).astype(np.int16),
            np.concatenate([table.lines[keep] for table, keep, _ in kept]),
            np.concatenate(split).astype(np.int8),
            label_sets=(_soft(votes),),
            sources=sources,
            source=np.repeat(np.arange(len(kept), dtype=np.int8), [len(keep) for keep in keeps]),
            watched=[*sources, *(str(Path(file).parent) for file in sources)],
        )

    def _usable(self, known: files.Pictures, labelled: bool) -> NDArray[np.intp]:
        """Records with pixels and, where it is audited, a label; the others are listed."""
        for row in np.flatnonzero(~known.whole):
            message = f"expected {files.SIDE**2:,} pixels: the row is left out"
            self.problems.add(PIXELS, int(known.lines[row]), "bad-line", message)
        wrong = known.whole & (known.emotions < 0)
        for row in np.flatnonzero(wrong) if labelled else ():
            message = "the emotion is not a number from 0 to 6: the row is left out"
            self.problems.add(PIXELS, int(known.lines[row]), "label-range", message)
        for row in np.flatnonzero(known.whole & (known.usages < 0)):
            message = "the usage is none of Training, PublicTest and PrivateTest: the row is taken as Training"
            self.problems.add(PIXELS, int(known.lines[row]), "bad-split", message)
        return np.flatnonzero(known.whole & ~(wrong & labelled))

    def _votes_beside(self, known: files.Pictures) -> files.Votes | None:
        """The votes where there are any; a damaged file of votes is listed, for FER2013's own labels do without."""
        if not (self.root / VOTES).is_file():
            return None
        try:
            return self._joined(known)
        except DataError as error:
            self.problems.add(VOTES, None, "bad-table", f"{error}: its votes are left out")
            return None

    def _joined(self, known: files.Pictures) -> files.Votes:
        """The votes, row by row those of fer2013.csv; rows that one file has not got are listed."""
        table = files.votes(self.root / VOTES, VOTES, self.problems)
        here, there = len(table.lines), len(known.lines)
        if here != there:
            message = f"it has {here:,} rows and {PIXELS} {there:,}: they are joined by row, the rest is left out"
            self.problems.add(VOTES, None, "rows-differ", message)
        both = min(here, there)
        size = (there, len(files.VOTED))
        votes, names = np.full(size, np.nan, dtype=np.float32), np.full(there, "", dtype=object)
        lines = np.zeros(there, dtype=np.int32)
        votes[:both], names[:both], lines[:both] = table.votes[:both], table.names[:both], table.lines[:both]
        apart = (table.usages[:both] >= 0) & (known.usages[:both] >= 0) & (table.usages[:both] != known.usages[:both])
        for row in np.flatnonzero(apart):
            message = f"line {known.lines[row]} of {PIXELS} is of another usage: the votes of this row are left out"
            self.problems.add(VOTES, int(lines[row]), "rows-differ", message)
        votes[:both][apart] = np.nan
        return files.Votes(lines, names, votes, known.usages)

    def _names(self, records: NDArray[np.intp], table: files.Votes | None = None) -> NDArray[np.object_]:
        """FER+'s image name, or 'row-00017' (records from 0) where it has none or it came before."""
        names, seen = [], set[str]()
        for record in records:
            name = table.names[record] if table is not None else ""
            if name in seen:
                message = f"{printable(name)} came before: this row is called row-{record:05d}"
                self.problems.add(VOTES, int(table.lines[record]) if table else None, "duplicate-name", message)
                name = ""
            name = name or f"row-{record:05d}"
            while name in seen:  # somebody's image is really called so
                name = f"{name}-{record}"
            seen.add(name)
            names.append(name)
        return np.array(names, dtype=object)

    def _emotional(self, table: files.Votes, file: str) -> NDArray[np.intp]:
        """Records whose majority is an emotion; the others are counted in a note."""
        emotional, judged = files.has_majority(table.votes), ~np.isnan(table.votes[:, 0])
        others = int((judged & ~emotional).sum())
        if others:
            self.notes.append(f"{file}: {others:,} rows are judged unknown or not a face (NF): they are left out.")
        emotions = np.nan_to_num(table.votes[:, : files.EMOTIONS])
        ties = int(((emotions == emotions.max(axis=1, keepdims=True)).sum(axis=1)[emotional] > 1).sum())
        if ties:
            self.notes.append(
                f"{file}: {ties:,} rows are ties of two emotions or more: the first of them is the label."
            )
        return np.flatnonzero(emotional)

    def _there(self, table: files.Votes, file: str) -> NDArray[np.intp]:
        """Records of a prepared folder that have an image and an emotion."""
        folder = str(Path(file).parent)
        listing, keep, seen = list_folder(self.root, folder, self.problems), [], dict[str, int]()
        for row in self._emotional(table, file):
            name, line = table.names[row], int(table.lines[row])
            if leaves_root(name) or name in listing.outside:
                message = f"{printable(name)!r} leads out of the data set's folder: the row is left out"
                self.problems.add(file, line, "outside-root", message)
            elif name not in listing.files:
                self.problems.add(
                    file, line, "missing-image", f"{printable(name)!r} is not in {folder}: the row is left out"
                )
            elif seen.setdefault(name, line) != line:
                message = f"{printable(name)} was on line {seen[name]} already: the first is kept"
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
    ) -> Dataset:
        if not len(names):
            raise DataError(f"no row of {self.root / self.label_file} can be used ({self.counted()})")
        paths = np.full(len(names), "", dtype=object)
        if sources is not None and source is not None:
            folders = [str(Path(file).parent) for file in sources]
            names, paths = _prefixed(names, folders, source)
        found = Dataset(
            root=self.root,
            format=FerPlus.name,
            label_file=self.label_file,
            key=dataset_key(self.root, FerPlus.name, self.label_file),
            title=f"{self.root.name} · {self.label_file}",
            classes=classes,
            codes=codes,
            names=names,
            paths=paths,
            split=split,
            labels=labels,
            lines=lines,
            label_sets=label_sets,
            problems=self.problems.freeze(),
            notes=(f"{'FER2013' if classes is FER2013 else 'FER+'} with {len(classes)} classes.", *self.notes),
            sources=tuple(sources or [self.label_file]),
            source=np.zeros(len(names), dtype=np.int8) if source is None else source,
            watched=tuple(watched),
        )
        return found.select(np.argsort(split, kind="stable"))


def _prefixed(
    names: NDArray[np.object_], folders: list[str], source: NDArray[np.int8]
) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """Names (with their folder where two folders use the same ones) and paths."""
    paths = np.array([join(folders[s], name) for name, s in zip(names, source, strict=True)], dtype=object)
    return (names if len(set(names)) == len(names) else paths.copy()), paths


def _soft(votes: NDArray[np.float32]) -> LabelSet:
    """The votes as soft labels; no single labels, for those would be the audited ones again."""
    return LabelSet("votes", np.full(len(votes), -1, dtype=np.int16), files.distribution(votes[:, : files.EMOTIONS]))


register(FerPlus())
