"""Hugging Face data sets with the images inside: Parquet shards as on the Hub, and the folders of `save_to_disk`.

An image is a column of bytes, or of bytes and a path; the label is a number of a ClassLabel or a word. Only the columns
of labels and names are read to open one; an image is read when it is shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from auditor.data.dataset import SPLITS, Choice, Dataset, dataset_key
from auditor.data.files.shards import (
    ARROW,
    PARQUET,
    batches,
    image_at,
    image_paths,
    is_text,
    left_out,
    numbers,
    read_schema,
)
from auditor.data.formats import hfclasses
from auditor.data.formats.base import UNLIKE, Format, Likeness, register
from auditor.data.formats.classes import Encoder
from auditor.data.formats.correction import CorrectionRequest, Leaving
from auditor.data.formats.hfschema import Schema, first_schema, schema_of, shards, split_of_shard
from auditor.data.formats.hfwrite import rewritten
from auditor.data.formats.reading import Reading
from auditor.data.formats.selection import NONE, Selection
from auditor.data.formats.splits import (
    SPLIT_CODES,
    TEST,
    TRAIN,
    normal,
    reading_of,
    split_of,
    split_of_path,
    split_of_root,
)
from auditor.data.problems import printable
from auditor.errors import DataError, ExportError, ImageError, finding
from auditor.plural import counted


class HuggingFaceData(Format):
    """Shards with the images inside."""

    name: ClassVar[str] = "hfdata"
    title: ClassVar[str] = "Hugging Face data set"
    roles: ClassVar[tuple[str, ...]] = ("label", "split")

    def recognise(self, root: Path) -> Likeness:
        """Return 0.9 where a shard has a column of images and one of labels."""
        first = first_schema(root)
        if first is None:
            return UNLIKE
        shard, schema = first
        return Likeness(0.9, f"{shard} holds images in {schema.image} and labels in {schema.labels[0]}")

    def label_files(self, root: Path) -> list[str]:
        """'' for the likeliest column, then every other one."""
        first = first_schema(root)
        if first is None:
            return []
        _, schema = first
        return ["", *(str(Selection("", {"label": label})) for label in schema.labels[1:])]

    def locate(self, file: Path) -> Path | None:
        """The folder above a shard, and above its split's folder."""
        if file.suffix.lower() not in (PARQUET, ARROW) or schema_of(file) is None:
            return None
        return (
            file.parent.parent if file.parent.name == "data" or split_of(file.parent.name) is not None else file.parent
        )

    def resolve_label_file(self, root: Path, label_file: str) -> str:
        """Accept a shard's name for all shards; a column after a question mark stays."""
        del root
        return str(Selection("", Selection.parse(label_file).chosen))

    def load(self, root: Path, label_file: str) -> Dataset:
        """Read labels and names of every shard."""
        selection = Selection.parse(label_file).allow(self.roles)
        return _Reading(root, label_file).dataset(selection.get("label"), selection.get("split"))

    def read_image(self, dataset: Dataset, row: int) -> bytes:
        """The image's own bytes."""
        path = dataset.root / dataset.source_of(row)
        try:
            schema = schema_of(path)
            value = image_at(path, schema.image, int(dataset.lines[row]) - 1) if schema is not None else None
        except (DataError, IndexError, KeyError) as error:
            why = finding(error)
            raise ImageError(f"The image {dataset.names[row]} cannot be read ({why}); write its shard anew.") from error
        if not isinstance(value, bytes) or not value:
            raise ImageError(
                f"The image {dataset.names[row]} has no bytes in {path.name}; write the shard with its images inside."
            )
        return value

    def writes_folder(self, dataset: Dataset) -> bool:
        """Always: the shards that changed."""
        del dataset
        return True

    def leaving_out(self, dataset: Dataset) -> Leaving:
        """The rows of excluded images go, and their bytes with them."""
        del dataset
        return Leaving("dropped")

    def corrected(self, request: CorrectionRequest) -> dict[str, bytes]:
        """The shards that hold changed labels or excluded images; the bytes of the other images are untouched."""
        dataset, labels = request.dataset, request.labels
        first = first_schema(dataset.root)
        if first is None:
            raise ExportError(f"The shards of {dataset.root} are gone or changed; open the data set again.")
        schema = first[1]
        column = Selection.parse(dataset.label_file).get("label") or schema.labels[0]
        source = np.zeros(len(dataset), dtype=np.int16) if dataset.source is None else dataset.source
        gone = np.isin(np.arange(len(dataset)), np.array(request.excluded, dtype=np.intp))
        changed = (labels != dataset.labels) & ~gone
        files = {}
        declared = hfclasses.declared(dataset.root, dataset.sources, column)
        if declared is not None and (declared.names, declared.codes) != (dataset.classes, dataset.codes):
            declared = None  # the labels were read without the names

        def code(shard: int, label: int) -> str:
            return dataset.codes[label] if declared is None else declared.code_in(shard, label)

        for place in map(int, np.unique(source[changed | gone])):
            rows = np.flatnonzero(changed & (source == place))
            values = {
                int(dataset.lines[row]) - 1: (code(place, dataset.labels[row]), code(place, labels[row]))
                for row in rows
            }
            dropped = {int(line) - 1 for line in dataset.lines[gone & (source == place)]}
            shard = dataset.sources[place]
            files[shard] = rewritten(dataset.root / shard, shard, column, values, schema.image, dropped)
        return files


class _Reading(Reading):
    def dataset(self, wanted: str | None, chosen_split: str | None = None) -> Dataset:
        files = shards(self.root)
        first = first_schema(self.root)
        if first is None:
            raise DataError(
                f"The folder {self.root} has no shards with a column of images and one of labels; expected *.parquet."
            )
        _, schema = first
        label = wanted or schema.labels[0]
        wanted_split = chosen_split or next(iter(schema.splits), None)
        wanted_split = None if wanted_split == NONE else wanted_split
        columns = [self._columns(file, label, schema.image, wanted_split) for file in files]
        names, codes, labels = self._classes(files, label, [cells for cells, _, _ in columns])
        lines = np.concatenate([np.arange(1, len(part) + 1, dtype=np.int32) for part, _, _ in columns])
        source = np.repeat(np.arange(len(files), dtype=np.int16), [len(part) for part, _, _ in columns])
        split, split_choice = self._splits(files, columns, schema, wanted_split, chosen_split)
        order = np.argsort(split, kind="stable")
        order = order[np.array(labels)[order] >= 0]
        if not len(order):
            raise DataError(
                f"No row of {self.root / files[0]} can be used ({self.counted()}); choose another label column."
            )
        others = tuple(other for other in schema.labels if other != label)
        return Dataset(
            root=self.root,
            format=HuggingFaceData.name,
            label_file=self.label_file,
            key=dataset_key(self.root, HuggingFaceData.name, self.label_file),
            title=self.root.name,
            classes=names,
            codes=codes,
            names=self._names(files, [part for _, part, _ in columns])[order],
            paths=np.full(len(order), "", dtype=object),
            split=split[order],
            labels=np.array(labels, dtype=np.int16)[order],
            lines=lines[order],
            problems=self.problems.freeze(),
            notes=(
                f"A Hugging Face data set: images in {schema.image}, labels in {label}, "
                f"{counted(len(files), 'shard')}.",
                *self.notes,
            ),
            sources=tuple(files),
            source=source[order],
            watched=tuple(dict.fromkeys((*files, *(file.rpartition("/")[0] for file in files)))),
            choices=(
                Choice("label column", label, "it was chosen" if wanted else "its name shows it", others, role="label"),
                replace(split_choice, close=split_choice.close or not (split[order] == TRAIN).any()),
            ),
        )

    def _classes(
        self, files: Sequence[str], label: str, cells: Sequence[list[str]]
    ) -> tuple[tuple[str, ...], tuple[str, ...], list[int]]:
        """Names and codes of the classes, and the class of every row, -1 for a label that is none, which is listed."""
        encoder = Encoder(label)
        keys = [encoder.keys(part) for part in cells]
        classes, bad = encoder.classes()
        declared = hfclasses.declared(self.root, files, label)
        places = [] if declared is None else [declared.of_keys(shard) for shard in range(len(files))]
        fit = all(set(part) <= place.keys() | bad.keys() for part, place in zip(keys, places, strict=False))
        if declared is None or not (fit or declared.otherwise):
            place = {key: at for at, key in enumerate(classes.keys)}
            return classes.names, classes.codes, self._encoded(files, keys, [place] * len(files), bad)
        hfclasses.list_differences(declared, self.problems)
        if declared.otherwise:
            others = counted(len(declared.otherwise), "shard numbers", "shards number")
            self.notes.append(
                f"{others} the classes otherwise than {declared.first}: the numbers of each shard are read by its own "
                "names."
            )
        return declared.names, declared.codes, self._encoded(files, keys, places, bad)

    def _encoded(
        self,
        files: Sequence[str],
        keys: Sequence[Sequence[str]],
        places: Sequence[Mapping[str, int]],
        bad: Mapping[str, tuple[str, str]],
    ) -> list[int]:
        """The class of every row; a label that is none of its shard's classes is listed."""
        labels = []
        for file, part, place in zip(files, keys, places, strict=True):
            labels += [place.get(key, -1) for key in part]
            for line, key in enumerate(part, 1) if set(part) - place.keys() else ():
                if key not in place:
                    message = f"the label {printable(key)} is none of the shard's classes: the row is left out"
                    self.problems.add(file, line, *bad.get(key, ("label-range", message)))
        return labels

    def _names(self, files: Sequence[str], paths: Sequence[Sequence[str]]) -> NDArray[np.object_]:
        """File names where they tell the images apart, else the shard and the row.

        Rows that were left out of a shard count: without them a name would go over to another image.
        """
        gone = [left_out(read_schema(self.root / file)) for file in files]
        counts = Counter(name for part in (*paths, *(each.values() for each in gone)) for name in part)
        places = [
            f"{file.rpartition('.')[0]}/{number}"
            for file, part, left in zip(files, paths, gone, strict=True)
            for number in numbers(len(part), left)
        ]
        written = [name for part in paths for name in part]
        names = [name if name and counts[name] == 1 else place for name, place in zip(written, places, strict=True)]
        return np.array(places if len(set(names)) < len(names) else names, dtype=object)

    def _columns(self, file: str, label: str, image: str, split: str | None) -> tuple[list[str], list[str], list[str]]:
        """Labels, image paths and splits ('' for none) of a shard."""
        cells: list[str] = []
        paths: list[str] = []
        splits: list[str] = []
        wanted = [label, image, *([split] if split is not None else [])]
        for batch in batches(self.root / file, wanted, pixels=False):
            if label not in batch.schema.names:
                raise DataError(f"The file {file} has no column {printable(label)!r}; choose one that every shard has.")
            cells += _texts(batch, label)
            paths += image_paths(batch, image)
            splits += _texts(batch, split) if split in batch.schema.names else [""] * batch.num_rows
        return cells, paths, splits

    def _splits(
        self,
        files: Sequence[str],
        columns: Sequence[tuple[list[str], list[str], list[str]]],
        schema: Schema,
        column: str | None,
        wanted: str | None,
    ) -> tuple[NDArray[np.int8], Choice]:
        """The split of every row: the most held out that shards, a column and paths say, else the folder's."""
        cells = [normal(cell) for _, _, part in columns for cell in part]
        paths = [path for _, part, _ in columns for path in part]
        if wanted == NONE:
            why = "it was chosen: every row is a training row"
            return np.full(len(cells), TRAIN, dtype=np.int8), Choice("split", NONE, why, role="split")
        shards = [split_of_shard(file) for file in files]
        by_shard = [code for code, (part, _, _) in zip(shards, columns, strict=True) for _ in part]
        reading = None if column is None else reading_of(column, cells)
        codes = SPLIT_CODES if reading is None else reading[0]
        by_column = [codes.get(cell, TEST) if cell else None for cell in cells]
        by_path = [split_of_path(path) if path else None for path in paths]
        splits_by_source = {
            "the names of the shards": by_shard,
            f"the column {column}": by_column,
            "the paths beside the images": by_path,
        }
        sources = [source for source, values in splits_by_source.items() if any(code is not None for code in values)]
        rows = zip(by_shard, by_column, by_path, strict=True)
        split = np.array(
            [max((code for code in row if code is not None), default=TRAIN) for row in rows], dtype=np.int8
        )
        own = None if sources else split_of_root(self.root)
        if own is not None:
            why = f"the folder is called {printable(self.root.name)} and lies beside that of another split"
            choice = Choice("split", f"every row is a {SPLITS[own]} row", why, (NONE,), role="split")
            return np.full(len(split), own, dtype=np.int8), choice
        if not sources:
            return split, Choice("split", NONE, "no split was found: every row is a training row", role="split")
        others = (*(each for each in schema.splits if each != column), NONE)
        close = reading is not None and reading[1]
        return split, Choice("split", " and ".join(sources), "they show it", others, close, "split")


def _texts(batch: Any, column: str | None) -> list[str]:
    """The cells of a column as text, '' for nothing and for what no name can be."""
    cells = ["" if value is None else str(value) for value in batch.column(column).to_pylist()]
    return [cell if is_text(cell) else "" for cell in cells]


register(HuggingFaceData())
