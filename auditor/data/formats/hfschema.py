"""Where a Hugging Face data set's shards are, and the roles of their columns."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from auditor.data.files.listing import is_leftover, join, list_folder
from auditor.data.files.remembered import until_changed
from auditor.data.files.shards import ARROW, PARQUET, batches, is_image, read_schema
from auditor.data.files.textfile import read_bytes
from auditor.data.formats import splits
from auditor.data.formats.roles import label_score, measured
from auditor.data.formats.splits import split_of, split_of_path
from auditor.errors import DataError

INFO: Final = "dataset_info.json"
README: Final = "README.md"
_CLASS_LABEL = re.compile(r"- name: (\S+)\n +dtype: *\n +class_label: *\n +names: *\n((?: +['\"]?[0-9]+['\"]?: .+\n)+)")
_NAMED = re.compile(r"^ +['\"]?([0-9]{1,4})['\"]?: (.+)$", re.M)
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
        splits: The columns that can say the split, the likeliest first.
    """

    image: str
    labels: tuple[str, ...]
    names: Mapping[str, tuple[str, ...]]
    splits: tuple[str, ...] = ()


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


def first_schema(root: Path) -> tuple[str, Schema] | None:
    """The first shard with images and labels, and its columns' roles; shards may be empty, but not all of them."""
    for shard in shards(root)[:MOST_FOLDERS]:
        schema = schema_of(root / shard)
        if schema is not None and schema.labels:
            return shard, schema
    return None


@until_changed(64)
def schema_of(path: Path) -> Schema | None:
    """Return the roles of a shard's columns; None without a column of images or where it cannot be read."""
    head = next(batches(path, None, pixels=False, rows=200), None)
    schema = read_schema(path)
    if head is None or schema is None:
        return None
    image = next((field.name for field in schema if is_image(field.type)), None)
    if image is None:
        return None
    names = _class_names(path, schema)
    cells = {
        field.name: ["" if value is None else str(value) for value in head.column(field.name).to_pylist()]
        for field in schema
        if field.name != image and _is_plain(field.type) and field.name in head.schema.names
    }
    scores = {
        name: 10.0 if name in names else score[0] if (score := label_score(name, values)) else -1.0
        for name, values in cells.items()
    }
    split_columns = _split_columns(cells, names, schema.names)
    labels = [
        name
        for name in sorted(scores, key=lambda each: -scores[each])
        if scores[name] >= 1 and name not in split_columns
    ]
    return Schema(image, tuple(labels), names, split_columns)


def _is_plain(kind: Any) -> bool:
    import pyarrow

    types = pyarrow.types
    if types.is_dictionary(kind):  # a categorical column of pandas
        kind = kind.value_type
    return any(check(kind) for check in (types.is_string, types.is_large_string, types.is_integer, types.is_boolean))


def _split_columns(
    cells: Mapping[str, Sequence[str]], names: Mapping[str, tuple[str, ...]], columns: Sequence[str]
) -> tuple[str, ...]:
    """The columns that can say the split: by their words or their name, the surest first."""
    others = {*names, *measured(columns, {}, ())}
    readings = {name: splits.reading_of(name, values) for name, values in cells.items() if name not in others}
    sure = {name: reading[1] for name, reading in readings.items() if reading is not None}
    return tuple(sorted(sure, key=lambda name: (sure[name], not splits.is_named(name))))


def class_names(path: Path) -> dict[str, tuple[str, ...]]:
    """Names of a shard's classes by column; nothing where it gives none or cannot be read."""
    schema = read_schema(path)
    return {} if schema is None else _class_names(path, schema)


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
    return class_names or _from_readme(path)


def _from_readme(path: Path) -> dict[str, tuple[str, ...]]:
    """Names of the classes by column from the data set's card, for shards that another library wrote without them."""
    for folder in (path.parent, path.parent.parent):
        try:
            text = read_bytes(folder / README, LARGEST_INFO).decode("utf-8", "replace")
        except DataError:
            continue
        class_names = {}
        for column, block in _CLASS_LABEL.findall(text.replace("\r", "")):
            names = {int(number): name.strip("'\" ") for number, name in _NAMED.findall(block)}
            if sorted(names) == list(range(len(names))):
                class_names[column] = tuple(names[number] for number in range(len(names)))
        return class_names
    return {}
