"""Build a data set from tables: find the images, encode the labels, assign the splits, list everything else.

No image is in two splits: where lists, columns and folders disagree, or one image is in two lists, it belongs to
the split that is held out (test before valid before train).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from auditor.data.dataset import SPLITS, Choice, Dataset, LabelSet, dataset_key
from auditor.data.files.listing import encodable
from auditor.data.formats import class_list
from auditor.data.formats.class_list import ClassList
from auditor.data.formats.class_names import Names, names_for, without_prefix
from auditor.data.formats.classes import Classes, Encoder, encode, label_key
from auditor.data.formats.locate_images import Finder
from auditor.data.formats.one_row import Rows, one_row_each
from auditor.data.formats.part import Part
from auditor.data.formats.reading import Reading
from auditor.data.formats.roles import ONE_HOT, ColumnRoles
from auditor.data.formats.selection import Selection
from auditor.data.formats.splits import (
    SPLIT_CODES,
    TEST,
    TRAIN,
    normal,
    of_flags,
    reading_of,
    split_of_path,
    split_of_prefix,
    split_of_root,
)
from auditor.data.problems import printable
from auditor.errors import DataError

__all__ = ["SPLIT_CODES", "Assembly", "Part"]

UNKNOWN = -1
"""The code of an unknown split."""


@dataclass
class Assembly(Reading):
    """One opening of a data set of tables; `format` is the format's name."""

    format: str = ""
    _how: Counter[str] = field(default_factory=Counter)
    _from: Counter[str] = field(default_factory=Counter)
    _alike: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def dataset(self, parts: Sequence[Part]) -> Dataset:
        """Put tables together.

        Raises:
            DataError: Not one row can be used.
        """
        roles = parts[0].roles
        encoder = Encoder(roles.label)
        keys = [encoder.keys(part.labels(part.roles.label)) for part in parts]
        others, other_names = self._others(parts, encoder, {key for part in keys for key in part})
        classes, bad = encoder.classes()
        hints = [self._hint(part) for part in parts]
        paths = [self._find(*each, bad) for each in zip(parts, keys, hints, strict=True)]
        splits = [self._split(*each, paths) for each in zip(parts, hints, paths, strict=True)]
        files = np.array([path for each in paths for path in each], dtype=object).reshape(-1)
        labels = np.concatenate([encode(part_keys, classes) for part_keys in keys])
        split = np.concatenate(splits)
        lines = np.concatenate([np.array(part.sheet.lines, dtype=np.int32) for part in parts])
        source = np.repeat(np.arange(len(parts), dtype=np.int8), [len(part.sheet.lines) for part in parts])
        rows = Rows(
            [name for part in parts for name in part.names], split, lines, source, [part.file for part in parts]
        )
        files[~one_row_each(files, rows, self.problems)] = ""
        order = np.argsort(split, kind="stable")
        order = order[(files[order] != "") & (labels[order] >= 0)]
        if not len(order):
            raise DataError(self._nothing(parts))
        self._list_rare(classes, labels[order], lines[order], parts[0].file)
        va = self._valence_arousal(parts)
        selection = Selection.parse(self.label_file, self.root)
        names = self._class_names(parts, classes, keys, files, selection)
        title = Path(selection.file).name
        suffix = f" [{roles.label}]" if selection.chosen else ""
        return Dataset(
            root=self.root,
            format=self.format,
            label_file=self.label_file,
            key=dataset_key(self.root, self.format, self.label_file),
            title=f"{self.root.name} · {title}{suffix}" if title else self.root.name,
            classes=names.names,
            codes=classes.codes,
            names=self._names(parts, files, order),
            paths=files[order],
            split=split[order],
            labels=labels[order],
            lines=lines[order],
            label_sets=tuple(
                LabelSet(name, encode(other, classes)[order]) for name, other in zip(other_names, others, strict=True)
            ),
            valence_arousal=None if va is None else va[order],
            problems=self.problems.freeze(),
            notes=(*self._describe(roles, other_names), *self.notes),
            sources=tuple(part.file for part in parts),
            source=source[order],
            watched=tuple(dict.fromkeys((*(part.file for part in parts), *self.watched))),
            choices=tuple(self._choices(parts, split[order], names)),
        )

    def _names(self, parts: Sequence[Part], files: NDArray[np.object_], order: NDArray[np.intp]) -> NDArray[np.object_]:
        """Names as written, where they tell the images apart; the path of those that would be two images' name."""
        written = np.array([part.prefix + name for part in parts for name in part.names], dtype=object)[order]
        counts = Counter(written)
        if len(counts) < len(written):
            twice = [row for row, name in enumerate(written) if counts[name] > 1]
            written[twice] = [encodable(files[order[row]]) for row in twice]
        return written

    def _hint(self, part: Part) -> NDArray[np.int8]:
        """The split that a column or the list's name says: int8 [N], `UNKNOWN` where nothing does."""
        column = part.roles.split
        if column is None:
            split = UNKNOWN if part.split is None else part.split
            return np.full(len(part.sheet.lines), split, dtype=np.int8)
        if part.roles.flags:
            return np.array(of_flags({name: part.sheet.cells[name] for name in part.roles.flags}), dtype=np.int8)
        reading = reading_of(column, part.sheet.cells[column])  # of all rows, where the first ones were guessed from
        codes = {**(part.roles.codes if reading is None else reading[0])}
        codes[""] = UNKNOWN if part.split is None else part.split
        cells = part.sheet.cells[column]
        split_of = {cell: codes.get(normal(cell)) for cell in set(cells)}
        for cell, line in zip(cells, part.sheet.lines, strict=True) if None in split_of.values() else ():
            if split_of[cell] is None:
                message = f"the split {printable(cell)!r} is not train, valid or test: the row is not trained on"
                self.problems.add(part.file, line, "bad-split", message)
        split_of = {cell: TEST if code is None else code for cell, code in split_of.items()}
        return np.array([split_of[cell] for cell in cells], dtype=np.int8)

    def _find(self, part: Part, keys: list[str], hint: NDArray[np.int8], bad: dict[str, tuple[str, str]]) -> list[str]:
        """The image of every row of a table, '' for rows that cannot be used."""
        finder = Finder(self.root, part.home, self.problems, part.scope)
        names, lines = part.names, part.sheet.lines
        bases = {
            int(code): finder.base([names[row] for row in np.flatnonzero(hint == code)[:200]], _split_or_none(code))
            for code in np.unique(hint)
        }
        self._alike |= finder.alike
        paths = [""] * len(names)
        missing = []
        for row, (name, key, line) in enumerate(zip(names, keys, lines, strict=True)):
            if key in bad:
                self.problems.add(part.file, line, *bad[key])
            else:
                paths[row] = finder.exact(bases[int(hint[row])], name)
                if not paths[row]:
                    missing.append(row)
        exact, spread = set(paths), False
        for row in missing:
            split = _split_or_none(hint[row])
            match = finder.matched(names[row], split, exact) if names[row] else None
            if match is None:
                finder.report(bases[int(hint[row])], names[row], part.file, lines[row])
            elif match.rivals:
                self._list_rivals(part, row, match.rivals)
            else:
                paths[row] = match.path
                spread = spread or match.how == "end of the path"
                self._how[match.how] += 1
                message = f"{printable(names[row])!r} was matched by its {match.how}: {printable(match.path, 200)}"
                self.problems.add(part.file, lines[row], "matched-image", message)
        for row in [row for row, path in enumerate(paths) if path] if spread else []:
            rivals = finder.rivals(names[row], paths[row], _split_or_none(hint[row]))
            if rivals:  # the images are in several folders, and more than one has this name
                self._list_rivals(part, row, rivals)
                paths[row] = ""
        self.watched += dict.fromkeys([*finder.listings, *(paths[row].rpartition("/")[0] for row in missing)])
        return paths

    def _list_rivals(self, part: Part, row: int, rivals: Sequence[str]) -> None:
        paths = " and ".join(rivals[:2])
        message = f"{printable(part.names[row])!r} may be {printable(paths, 200)}: the row is left out"
        self.problems.add(part.file, part.sheet.lines[row], "ambiguous-image", message)

    def _split(
        self, part: Part, hint: NDArray[np.int8], paths: list[str], every: Sequence[list[str]]
    ) -> NDArray[np.int8]:
        """The split of every row: what a column or the list says, else its folder, else the beginning of its name."""
        homes = [path.rpartition("/")[0] for path in paths]
        folders = {folder: split_of_path(f"{folder}/") for folder in set(homes)}
        code = [folders[folder] for folder in homes]
        folder_split = np.array([UNKNOWN if split is None else split for split in code], dtype=np.int8)
        folder_split[[path == "" for path in paths]] = UNKNOWN
        unknown = hint == UNKNOWN
        if unknown.any() and not (folder_split[unknown] != UNKNOWN).any():
            prefixes = list(takewhile(lambda split: split is not None, map(split_of_prefix, part.names)))
            if len(prefixes) == len(part.names):
                folder_split = np.array(prefixes, dtype=np.int8)
                self._from["name"] += len(prefixes)
        elif unknown.any():
            self._from["folder"] += int((folder_split[unknown] != UNKNOWN).sum())
        if unknown.all() and not part.unsplit and (folder_split == UNKNOWN).all():
            own = split_of_root(self.root)
            if own is not None:
                folder_split[:] = own
                self._from["root"] += len(folder_split)
        split = np.where(unknown, np.maximum(folder_split, TRAIN), hint).astype(np.int8)
        trained = any(split_of_path(path) == TRAIN for files in every for path in files[:200])
        for row in np.flatnonzero(~unknown & (folder_split > split) & trained) if not part.unsplit else ():
            message = (
                f"{printable(paths[row], 200)} lies with the {SPLITS[folder_split[row]]} images: it is not trained on"
            )
            self.problems.add(part.file, part.sheet.lines[row], "split-conflict", message)
            split[row] = folder_split[row]
        return split

    def _others(self, parts: Sequence[Part], encoder: Encoder, classes: set[str]) -> tuple[list[list[str]], list[str]]:
        """Keys of the label columns that use the audited column's classes, and their names."""
        label_sets, names = [], []
        for column in parts[0].roles.labels:
            if column == parts[0].roles.label or any(column not in part.sheet.cells for part in parts):
                continue
            cells = [cell for part in parts for cell in part.sheet.cells[column]]
            if _fits(cells, classes):
                label_sets.append(encoder.keys(cells))
                names.append(column)
        for by in dict.fromkeys(by for part in parts for by in part.opinions):
            cells = [cell for part in parts for cell in part.opinions.get(by, [""] * len(part.sheet.lines))]
            if _fits(cells, classes):
                label_sets.append(encoder.keys(cells))
                names.append(by)
        return label_sets, names

    def _class_names(
        self,
        parts: Sequence[Part],
        classes: Classes,
        keys: Sequence[list[str]],
        files: NDArray[np.object_],
        selection: Selection,
    ) -> Names:
        cells = [part.sheet.cells for part in parts]
        pairs = {
            column: [cell for each in cells for cell in each[column]]
            for column in parts[0].roles.labels
            if column != ONE_HOT and all(column in each for each in cells)
        }
        every = [key for part in keys for key in part]
        if parts[0].roles.label == ONE_HOT and selection.get("numbering") is None:
            return Names(without_prefix(classes.names))
        return names_for(
            classes,
            every,
            pairs,
            [path for path in files[:200] if path],
            selection.get("numbering"),
            lambda codes: self._listed(codes, [part.home for part in parts]),
            parts[0].roles.numbering,
        )

    def _listed(self, codes: Sequence[int], homes: Sequence[str]) -> ClassList | None:
        class_names = class_list.beside(self.root, homes, codes)
        self.watched += [class_names.file] if class_names is not None else []
        return class_names

    def _valence_arousal(self, parts: Sequence[Part]) -> NDArray[np.float32] | None:
        """Valence and arousal of every row, NaN where absent: float32 [N, 2]."""
        columns = [(part, part.roles.valence, part.roles.arousal) for part in parts]
        if any(valence is None or arousal is None for _, valence, arousal in columns):
            return None
        values = [
            np.stack([self._numbers(part, str(name)) for name in (valence, arousal)], axis=1)
            for part, valence, arousal in columns
        ]
        return np.concatenate(values)

    def _numbers(self, part: Part, column: str) -> NDArray[np.float32]:
        values = np.full(len(part.sheet.lines), np.nan, dtype=np.float32)
        for row, (cell, line) in enumerate(zip(part.sheet.cells[column], part.sheet.lines, strict=True)):
            try:
                value = float(cell or "nan")
            except ValueError:
                value = math.inf
            if abs(value) <= 1:
                values[row] = value
            elif value != -2 and not math.isnan(value):
                message = f"the {column} {printable(cell)!r} is not a number from -1 to 1: it is taken as absent"
                self.problems.add(part.file, line, "bad-valence-arousal", message)
        return values

    def _list_rare(self, classes: Classes, labels: NDArray[np.int16], lines: NDArray[np.int32], file: str) -> None:
        """A class of a single image among hundreds is more likely a misspelling; it stays, and is listed."""
        counts = np.bincount(labels, minlength=len(classes.keys))
        for index in np.flatnonzero((counts == 1) & (len(labels) >= 200)):
            line = int(lines[np.flatnonzero(labels == index)[0]])
            message = f"the label {printable(classes.codes[index])!r} is used once: is it a misspelling?"
            self.problems.add(file, line, "rare-label", message)

    def _choices(self, parts: Sequence[Part], split: NDArray[np.int8], names: Names) -> list[Choice]:
        """What was guessed, for a person to see and change."""
        choices = [choice for choice in parts[0].roles.choices if choice.what != "split"]
        split_choice = next((choice for choice in parts[0].roles.choices if choice.what == "split"), None)
        choices.append(split_choice or self._split_source(parts, split))
        choices += [names.choice] if names.choice is not None else []
        for folder, others in self._alike.items():
            also = " and ".join(f"{each}/" for each in others)
            why = f"{also} also has images of these names (rename {folder}/ to use those)"
            choices.append(Choice("image folder", folder, why, close=True))
        if self._how:
            ways = ", ".join(f"{count:,} by the {how}" for how, count in self._how.most_common())
            choices.append(Choice("paths", ways, "no file has exactly that name"))
        return choices

    def _split_source(self, parts: Sequence[Part], split: NDArray[np.int8]) -> Choice:
        others = ("none",)
        if any(part.split is not None and not part.unsplit for part in parts):
            lists = ", ".join(part.file for part in parts)
            lone = not (split == TRAIN).any()
            if len(parts) == 1:
                split_name = SPLITS[max(int(parts[0].split or 0), 0)]
                return Choice(
                    "split", f"all rows of {lists} are {split_name} rows", "its name shows it", others, lone, "split"
                )
            return Choice("split", f"the lists {lists}", "their names show it", others, lone, "split")
        if self._from:
            where = next(words for source, words in _SOURCES.items() if self._from[source])
            return Choice("split", where, "their names show it", others, not (split == TRAIN).any(), "split")
        return Choice("split", "none", "no split was found: every row is a training row", (), role="split")

    def _describe(self, roles: ColumnRoles, others: Sequence[str]) -> list[str]:
        text = f"A table: images in column {roles.image}, labels in column {roles.label}"
        extra = [f"splits in {roles.split}"] if roles.split else []
        extra += [f"valence and arousal in {roles.valence} and {roles.arousal}"] if roles.valence else []
        extra += [f"other label sets: {', '.join(others)}"] if others else []
        sentences = [f"{'; '.join([text, *extra])}."]
        if self._how:
            ways = ", ".join(f"{count:,} by the {how}" for how, count in self._how.most_common())
            sentences.append(f"Images whose names differ from the table were matched: {ways}.")
        return sentences

    def _nothing(self, parts: Sequence[Part]) -> str:
        counts = self.counted("it has no rows")
        first = next((problem.message for problem in self.problems.freeze()), "")
        why = f"{counts}; {first}" if first else counts
        return f"No row of {self.root / parts[0].file} can be used ({why}); mend the table."


_SOURCES = {
    "folder": "the folders of the images",
    "name": "the names of the images",
    "root": "the data set's own folder, which lies beside that of another split",
}
"""What says the split where no list and no column does."""


def _split_or_none(code: int | np.integer) -> int | None:
    return None if code == UNKNOWN else int(code)


def _fits(cells: Sequence[str], classes: set[str]) -> bool:
    """Whether most of a column's labels are classes of the audited column."""
    counts = Counter(label_key(cell) for cell in cells)
    filled = sum(count for key, count in counts.items() if key)
    return sum(count for key, count in counts.items() if key in classes and key) * 2 > filled
