"""Tables put together into a data set: images found, labels encoded, splits told apart, everything else listed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from auditor.data.dataset import SPLITS, Dataset, LabelSet, dataset_key
from auditor.data.files.sheet import Choice, Sheet
from auditor.data.formats.classes import Classes, Encoder, encode
from auditor.data.formats.locate_images import Finder
from auditor.data.formats.reading import Reading
from auditor.data.problems import printable
from auditor.errors import DataError

_SPLIT_NAMES = {
    "train": ("", "train", "training", "0"),
    "valid": ("valid", "val", "validation", "validate", "dev", "publictest", "eval", "1"),
    "test": ("test", "testing", "privatetest", "2"),
}
SPLIT_CODES = {name: SPLITS.index(split) for split, names in _SPLIT_NAMES.items() for name in names}
"""The code of a split by what it is called in tables and folders."""


@dataclass
class Part:
    """One table of a data set.

    Attributes:
        file: the table, relative to the root.
        home: the folder its image paths are relative to, as far as is known.
        sheet: its columns.
        choice: which column is what.
        split: the split of all its rows, or None where a column or nothing says.
        prefix: what is put before its image names, where other tables may use the same ones.
    """

    file: str
    home: str
    sheet: Sheet
    choice: Choice
    split: int | None = None
    prefix: str = ""


@dataclass
class Assembly(Reading):
    """One opening of a data set of tables; `format` is the format's name."""

    format: str = ""

    def dataset(self, parts: Sequence[Part]) -> Dataset:
        """Put tables together.

        Raises:
            DataError: where not one row can be used.
        """
        choice = parts[0].choice
        encoder = Encoder(choice.label)
        keys = [encoder.keys(part.sheet.cells[part.choice.label]) for part in parts]
        others, taken = self._others(parts, encoder, {key for part in keys for key in part})
        classes, bad = encoder.classes()
        paths, watched = [], []
        for part, part_keys in zip(parts, keys, strict=True):
            found, folders = self._find(part, part_keys, bad)
            paths += found
            watched += [part.file, *folders]
        names = np.array([part.prefix + name for part in parts for name in self._names(part)], dtype=object)
        labels = np.concatenate([encode(part_keys, classes) for part_keys in keys])
        split = np.concatenate([self._split(part) for part in parts])
        lines = np.concatenate([np.array(part.sheet.lines, dtype=np.int32) for part in parts])
        source = np.repeat(np.arange(len(parts), dtype=np.int8), [len(part.sheet.lines) for part in parts])
        files = np.array(paths, dtype=object).reshape(-1)
        order = np.argsort(split, kind="stable")
        order = order[(files[order] != "") & (labels[order] >= 0)]
        if not len(order):
            raise DataError(self._nothing(parts))
        self._list_rare(classes, labels[order], lines[order], parts[0].file)
        va = self._valence_arousal(parts)
        title = Path(self.label_file.partition("?")[0]).name
        chosen = f" [{choice.label}]" if "?" in self.label_file else ""
        return Dataset(
            root=self.root,
            format=self.format,
            label_file=self.label_file,
            key=dataset_key(self.root, self.format, self.label_file),
            title=f"{self.root.name} · {title}{chosen}" if title else self.root.name,
            classes=classes.names,
            codes=classes.codes,
            names=names[order],
            paths=files[order],
            split=split[order],
            labels=labels[order],
            lines=lines[order],
            label_sets=tuple(
                LabelSet(name, encode(other, classes)[order]) for name, other in zip(taken, others, strict=True)
            ),
            valence_arousal=None if va is None else va[order],
            problems=self.problems.freeze(),
            notes=(*self._describe(choice, taken), *self.notes),
            sources=tuple(part.file for part in parts),
            source=source[order],
            watched=tuple(dict.fromkeys(watched)),
        )

    def _find(self, part: Part, keys: list[str], bad: dict[str, tuple[str, str]]) -> tuple[list[str], list[str]]:
        """The image of every row of a table, '' for rows that cannot be used; and the folders that were listed."""
        finder = Finder(self.root, part.home, self.problems)
        names, lines = self._names(part), part.sheet.lines
        base = finder.base(names)
        first: dict[str, int] = {}
        paths = []
        for name, key, line in zip(names, keys, lines, strict=True):
            if key in bad:
                self.problems.add(part.file, line, *bad[key])
                paths.append("")
            elif name and first.setdefault(part.prefix + name, line) != line:
                message = f"{printable(name)} was on line {first[part.prefix + name]} already: the first is kept"
                self.problems.add(part.file, line, "duplicate-name", message)
                paths.append("")
            else:
                paths.append(finder.find(base, name, part.file, line))
        return paths, list(finder.listings)

    def _names(self, part: Part) -> list[str]:
        return part.sheet.cells[part.choice.image]

    def _others(self, parts: Sequence[Part], encoder: Encoder, known: set[str]) -> tuple[list[list[str]], list[str]]:
        """Keys of the label columns that use the audited column's classes, and their names."""
        found, names = [], []
        for column in parts[0].choice.labels:
            if column == parts[0].choice.label or any(column not in part.sheet.cells for part in parts):
                continue
            trial = Encoder(column).keys([cell for part in parts for cell in part.sheet.cells[column]])
            filled = [key for key in trial if key]
            if sum(key in known for key in filled) * 2 > len(filled):
                found.append(encoder.keys([cell for part in parts for cell in part.sheet.cells[column]]))
                names.append(column)
        return found, names

    def _split(self, part: Part) -> NDArray[np.int8]:
        """The split of every row of a table: int8 [N]."""
        column = part.choice.split
        if part.split is not None or column is None:
            return np.full(len(part.sheet.lines), part.split or 0, dtype=np.int8)
        cells = part.sheet.cells[column]
        for cell, line in zip(cells, part.sheet.lines, strict=True):
            if cell.casefold() not in SPLIT_CODES:
                message = f"the split {printable(cell)!r} is not train, valid or test: the row is taken as train"
                self.problems.add(part.file, line, "bad-split", message)
        return np.array([SPLIT_CODES.get(cell.casefold(), 0) for cell in cells], dtype=np.int8)

    def _valence_arousal(self, parts: Sequence[Part]) -> NDArray[np.float32] | None:
        """Valence and arousal of every row, NaN where absent: float32 [N, 2]."""
        columns = [(part, part.choice.valence, part.choice.arousal) for part in parts]
        if any(valence is None or arousal is None for _, valence, arousal in columns):
            return None
        values = [
            np.stack([self._numbers(part, str(name)) for name in (valence, arousal)], axis=1)
            for part, valence, arousal in columns
        ]
        return np.concatenate(values)

    def _numbers(self, part: Part, column: str) -> NDArray[np.float32]:
        found = np.full(len(part.sheet.lines), np.nan, dtype=np.float32)
        for row, (cell, line) in enumerate(zip(part.sheet.cells[column], part.sheet.lines, strict=True)):
            try:
                value = float(cell or "nan")
            except ValueError:
                value = math.inf
            if abs(value) <= 1:
                found[row] = value
            elif value != -2 and not math.isnan(value):
                message = f"the {column} {printable(cell)!r} is not a number from -1 to 1: it is taken as absent"
                self.problems.add(part.file, line, "bad-valence-arousal", message)
        return found

    def _list_rare(self, classes: Classes, labels: NDArray[np.int16], lines: NDArray[np.int32], file: str) -> None:
        """A class of a single image among hundreds is more likely a misspelling; it stays, and is listed."""
        counts = np.bincount(labels, minlength=len(classes.keys))
        for index in np.flatnonzero((counts == 1) & (len(labels) >= 200)):
            line = int(lines[np.flatnonzero(labels == index)[0]])
            message = f"the label {printable(classes.codes[index])!r} is used once: is it a misspelling?"
            self.problems.add(file, line, "rare-label", message)

    def _describe(self, choice: Choice, others: Sequence[str]) -> list[str]:
        text = f"A table: images in column {choice.image}, labels in column {choice.label}"
        extra = [f"splits in {choice.split}"] if choice.split else []
        extra += [f"valence and arousal in {choice.valence} and {choice.arousal}"] if choice.valence else []
        extra += [f"other label sets: {', '.join(others)}"] if others else []
        return [f"{'; '.join([text, *extra])}."]

    def _nothing(self, parts: Sequence[Part]) -> str:
        said = self.counted("it has no rows")
        first = next((problem.message for problem in self.problems.freeze()), "")
        return f"no row of {self.root / parts[0].file} can be used ({said}{'; ' if first else ''}{first})"
