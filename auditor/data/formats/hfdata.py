"""Hugging Face data sets with the images inside: Parquet shards as on the Hub, and the folders of `save_to_disk`.

An image is a column of bytes, or of bytes and a path; the label is a number of a ClassLabel or a word. Only the columns
of labels and names are read to open one; an image is read when it is shown.
"""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from auditor.data.dataset import Choice, Dataset, dataset_key
from auditor.data.files.listing import is_leftover, join, list_folder
from auditor.data.files.remembered import until_changed
from auditor.data.files.shards import ARROW, PARQUET, arrow_batches, batches, image_at, is_image, read_schema
from auditor.data.files.textfile import read_bytes
from auditor.data.formats.base import UNLIKE, Format, Likeness, register
from auditor.data.formats.classes import Encoder, label_key
from auditor.data.formats.correction import Request
from auditor.data.formats.reading import Reading
from auditor.data.formats.roles import label_score
from auditor.data.formats.selection import Selection
from auditor.data.formats.splits import TRAIN, split_of, split_of_path
from auditor.data.problems import printable
from auditor.errors import DataError, ExportError, ImageError, finding

INFO: Final = "dataset_info.json"
MOST_SHARDS: Final = 4096
DEEPEST: Final = 3
MOST_FOLDERS: Final = 20
"""The maximum number of folders searched on one level; shards are in few."""
LARGEST_INFO: Final = 2**24


@dataclass(frozen=True)
class Schema:
    """The roles of a shard's columns.

    Attributes:
        image: The column of images.
        labels: The columns that can be labels, the likeliest first.
        names: The names of the classes by column, where the file gives them.
    """

    image: str
    labels: tuple[str, ...]
    names: Mapping[str, tuple[str, ...]]


class HuggingFaceData(Format):
    """Shards with the images inside."""

    name: ClassVar[str] = "hfdata"
    title: ClassVar[str] = "Hugging Face data set"
    roles: ClassVar[tuple[str, ...]] = ("label",)

    def recognise(self, root: Path) -> Likeness:
        """Return 0.9 where a shard has a column of images and one of labels."""
        for shard in shards(root)[:1]:
            schema = schema_of(root / shard)
            if schema is not None and schema.labels:
                return Likeness(0.9, f"{shard} holds images in {schema.image} and labels in {schema.labels[0]}")
        return UNLIKE

    def label_files(self, root: Path) -> list[str]:
        """'' for the likeliest column, then every other one."""
        schema = next((schema_of(root / shard) for shard in shards(root)[:1]), None)
        if schema is None or not schema.labels:
            return []
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
        return _Reading(root, label_file).dataset(selection.get("label"))

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

    def corrected(self, request: Request) -> dict[str, bytes]:
        """The shards that hold changed labels, with that column replaced; the images' bytes are untouched."""
        dataset, labels, changed = request.dataset, request.labels, request.changed
        schema = schema_of(dataset.root / dataset.sources[0])
        column = Selection.parse(dataset.label_file).get("label") or (schema.labels[0] if schema is not None else "")
        files = {}
        for place in np.unique(dataset.source[changed]) if dataset.source is not None else ():
            rows = changed[dataset.source[changed] == place] if dataset.source is not None else changed
            cells = {int(dataset.lines[row]) - 1: (dataset.labels[row], labels[row]) for row in rows}
            values = {at: (dataset.codes[old], dataset.codes[new]) for at, (old, new) in cells.items()}
            shard = dataset.sources[place]
            files[shard] = rewritten(dataset.root / shard, shard, column, values)
        return files


class _Reading(Reading):
    def dataset(self, chosen: str | None) -> Dataset:
        files = shards(self.root)
        schema = schema_of(self.root / files[0]) if files else None
        if schema is None or not schema.labels:
            raise DataError(
                f"The folder {self.root} has no shards with a column of images and one of labels; expected *.parquet."
            )
        label = chosen or schema.labels[0]
        encoder = Encoder(label)
        columns = [self._columns(file, label, schema.image) for file in files]
        keys = [encoder.keys(cells) for cells, _ in columns]
        classes, bad = encoder.classes()
        place = {key: at for at, key in enumerate(classes.keys)}
        names, codes = classes.names, classes.codes
        declared = schema.names.get(label, ())
        if declared and all(key.isdecimal() and int(key) < len(declared) for key in classes.keys):
            place = {str(code): code for code in range(len(declared))}
            names, codes = tuple(printable(name.lower()) for name in declared), tuple(map(str, range(len(declared))))
        labels = [place.get(key, -1) for part in keys for key in part]
        lines = np.concatenate([np.arange(1, len(part) + 1, dtype=np.int32) for part in keys])
        source = np.repeat(np.arange(len(files), dtype=np.int16), [len(part) for part in keys])
        self._list_bad(files, keys, bad)
        splits = [split_of_shard(file) for file in files]
        split = np.array([TRAIN if code is None else code for code in splits], dtype=np.int8)[source]
        order = np.argsort(split, kind="stable")
        order = order[np.array(labels)[order] >= 0]
        if not len(order):
            raise DataError(
                f"No row of {self.root / files[0]} can be used ({self.counted()}); choose another label column."
            )
        written = [name for _, part in columns for name in part]
        lone = not (split[order] == TRAIN).any()
        origin = "the names of the shards" if any(code is not None for code in splits) else "none"
        others = tuple(other for other in schema.labels if other != label)
        return Dataset(
            root=self.root,
            format=HuggingFaceData.name,
            label_file=self.label_file,
            key=dataset_key(self.root, HuggingFaceData.name, self.label_file),
            title=self.root.name,
            classes=names,
            codes=codes,
            names=_unique(written, files, source, lines)[order],
            paths=np.full(len(order), "", dtype=object),
            split=split[order],
            labels=np.array(labels, dtype=np.int16)[order],
            lines=lines[order],
            problems=self.problems.freeze(),
            notes=(f"A Hugging Face data set: images in {schema.image}, labels in {label}, {len(files)} shards.",),
            sources=tuple(files),
            source=source[order],
            watched=tuple(dict.fromkeys((*files, *(file.rpartition("/")[0] for file in files)))),
            choices=(
                Choice("label column", label, "it was chosen" if chosen else "its name shows it", others, role="label"),
                Choice("split", origin, "their names show it" if origin != "none" else "no split was found", (), lone),
            ),
        )

    def _columns(self, file: str, label: str, image: str) -> tuple[list[str], list[str]]:
        """Labels and image paths of a shard."""
        cells, paths = [], []
        for batch in batches(self.root / file, [label, image], pixels=False):
            if label not in batch.schema.names:
                raise DataError(f"The file {file} has no column {printable(label)!r}; choose one that every shard has.")
            cells += ["" if value is None else str(value) for value in batch.column(label).to_pylist()]
            paths += _paths(batch, image)
        return [cell if _is_text(cell) else "" for cell in cells], paths

    def _list_bad(
        self, files: Sequence[str], keys: Sequence[Sequence[str]], bad: Mapping[str, tuple[str, str]]
    ) -> None:
        for file, part in zip(files, keys, strict=True):
            for line, key in enumerate(part, 1):
                if key in bad:
                    self.problems.add(file, line, *bad[key])


def _is_text(cell: str) -> bool:
    try:
        cell.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return "\0" not in cell


def _paths(batch: Any, image: str) -> list[str]:
    """The file names beside the bytes, '' for none."""
    import pyarrow

    if image not in batch.schema.names or not pyarrow.types.is_struct(batch.schema.field(image).type):
        return [""] * batch.num_rows
    column = batch.column(image)
    if column.type.get_field_index("path") < 0:
        return [""] * batch.num_rows
    values = column.field("path").to_pylist()
    return [value if isinstance(value, str) and _is_text(value) else "" for value in values]


def _unique(
    written: Sequence[str], files: Sequence[str], source: NDArray[np.int16], lines: NDArray[np.int32]
) -> NDArray[np.object_]:
    """File names where they tell the images apart, else the shard and the row."""
    counts = Counter(written)
    stems = [file.rpartition(".")[0] for file in files]
    rows = zip(written, source, lines, strict=True)
    names = [name if name and counts[name] == 1 else f"{stems[at]}/{line}" for name, at, line in rows]
    taken = len(set(names)) < len(names)
    names = [f"{stems[at]}/{line}" for at, line in zip(source, lines, strict=True)] if taken else names
    return np.array(names, dtype=object)


def shards(root: Path) -> list[str]:
    """Parquet and Arrow files in the root and a few folders below, training shards first."""
    files, level = [], [""]
    for depth in range(DEEPEST):
        below = []
        for folder in level:
            listing = list_folder(root, folder)
            names = [
                name for name in listing.files if name.lower().endswith((PARQUET, ARROW)) and not is_leftover(name)
            ]
            files += [join(folder, name) for name in names if not name.startswith("cache-")]
            below += [join(folder, name) for name in sorted(listing.folders) if not is_leftover(name)]
        level = below[:MOST_FOLDERS]
        if depth and len(below) > MOST_FOLDERS:
            break
    return sorted(files, key=lambda file: (split_of_shard(file) or 0, file))[:MOST_SHARDS]


def split_of_shard(file: str) -> int | None:
    """The split a shard is called after: 'data/train-00000-of-00002.parquet', 'test/data-00000-of-00001.arrow'."""
    name = file.rpartition("/")[2]
    own = split_of(name.partition("-")[0].partition(".")[0])
    return own if own is not None else split_of_path(file)


@until_changed(64)
def schema_of(path: Path) -> Schema | None:
    """Return the roles of a shard's columns; None without a column of images or where it cannot be read."""
    import pyarrow

    head = next(batches(path, None, pixels=False, rows=200), None)
    schema = read_schema(path)
    if head is None or schema is None:
        return None
    image = next((field.name for field in schema if is_image(field.type)), None)
    if image is None:
        return None
    names = _class_names(path, schema)
    scores = []
    for field in schema:
        plain = (
            pyarrow.types.is_string,
            pyarrow.types.is_large_string,
            pyarrow.types.is_integer,
            pyarrow.types.is_boolean,
        )
        if field.name != image and any(check(field.type) for check in plain) and field.name in head.schema.names:
            cells = ["" if value is None else str(value) for value in head.column(field.name).to_pylist()]
            score = label_score(field.name, cells)
            scores.append((10.0 if field.name in names else score[0] if score else -1.0, field.name))
    labels = [name for points, name in sorted(scores, key=lambda pair: -pair[0]) if points >= 1]
    return Schema(image, tuple(labels), names)


def _class_names(path: Path, schema: Any) -> dict[str, tuple[str, ...]]:
    """Names of the classes by column, from the file's own description or dataset_info.json beside it."""
    metadata = (schema.metadata or {}).get(b"huggingface")
    features: Any = None
    try:
        if metadata:
            features = json.loads(metadata).get("info", {}).get("features")
        elif (path.parent / INFO).is_file():
            features = json.loads(read_bytes(path.parent / INFO, LARGEST_INFO)).get("features")
    except (ValueError, AttributeError, DataError, RecursionError):
        features = None
    class_names = {}
    for name, feature in features.items() if isinstance(features, dict) else ():
        names = feature.get("names") if isinstance(feature, dict) else None
        if isinstance(names, list) and 0 < len(names) <= 1000 and all(isinstance(each, str) for each in names):
            class_names[name] = tuple(names)
    return class_names


def rewritten(path: Path, shown: str, column: str, values: Mapping[int, tuple[str, str]]) -> bytes:
    """A shard with some labels replaced.

    Args:
        path: The shard.
        shown: Its name in messages.
        column: The column of labels.
        values: The label that stands there and the new one, by row from 0.

    Raises:
        ExportError: A label is not what it was when the data set was opened.
    """
    import pyarrow
    from pyarrow import parquet

    is_parquet = path.suffix.lower() == PARQUET
    table = parquet.read_table(path) if is_parquet else pyarrow.Table.from_batches(list(arrow_batches(path)))
    kind = table.schema.field(column).type
    cells = table.column(column).to_pylist()
    for row, (old, new) in values.items():
        if row >= len(cells) or label_key(str(cells[row])) != label_key(old):
            raise ExportError(f"The file {shown} has changed since the data set was opened; open the data set again.")
        cells[row] = int(new) if pyarrow.types.is_integer(kind) else new
    place = table.schema.get_field_index(column)
    table = table.set_column(place, table.schema.field(column), pyarrow.array(cells, type=kind))
    out = io.BytesIO()
    if is_parquet:
        parquet.write_table(table, out)
    else:
        with pyarrow.ipc.new_stream(out, table.schema) as writer:
            writer.write_table(table)
    return out.getvalue()


register(HuggingFaceData())
