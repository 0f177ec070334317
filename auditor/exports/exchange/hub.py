"""Data sets with the images inside, as the Hugging Face library and hub have them, written without that library.

`save_to_disk`'s folders hold Arrow streams with a description beside them; the hub's hold one Parquet file a split,
with the description inside. Both get the card, and the hub's the Croissant metadata.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from auditor.exports.atomic import new_folder
from auditor.exports.exchange import card, croissant
from auditor.exports.exchange.material import Material

if TYPE_CHECKING:
    import pyarrow

SPLIT_NAMES: Final = {"train": "train", "valid": "validation", "test": "test"}
"""The hub's name of each split."""

BATCH: Final = 200
"""Images in the memory at once."""


def write_disk(material: Material, out: Path) -> Path:
    """Write a folder that `datasets.load_from_disk` opens: a DatasetDict of the splits.

    Raises:
        ExportError: The folder cannot be written, or an image cannot be read.
    """
    import pyarrow

    schema = _schema(material)
    with new_folder(material.dataset, out) as folder:
        names = []
        for split in material.splits:
            name = SPLIT_NAMES[split]
            home, file = folder / name, "data-00000-of-00001.arrow"
            home.mkdir()
            digest = hashlib.sha256()
            with (home / file).open("wb") as sink, pyarrow.ipc.new_stream(sink, schema) as writer:
                for batch in _batches(material, split, schema, digest):
                    writer.write_batch(batch)
            _write_json(home / "dataset_info.json", {"description": "", "citation": "", "homepage": "", "license": "",
                                                     "features": _features(material)})  # fmt: skip
            _write_json(home / "state.json", {
                "_data_files": [{"filename": file}], "_fingerprint": digest.hexdigest()[:16], "_format_columns": None,
                "_format_kwargs": {}, "_format_type": None, "_output_all_columns": False, "_split": name,
            })  # fmt: skip
            names.append(name)
        _write_json(folder / "dataset_dict.json", {"splits": names})
        (folder / "README.md").write_text(card.text(material), encoding="utf-8")
    return out


def write_parquet(material: Material, out: Path) -> Path:
    """Write a folder to upload to the hub: Parquet files, the card and the Croissant metadata.

    Raises:
        ExportError: The folder cannot be written, or an image cannot be read.
    """
    from pyarrow import parquet

    schema = _schema(material).with_metadata({"huggingface": json.dumps({"info": {"features": _features(material)}})})
    with new_folder(material.dataset, out) as folder:
        (folder / "data").mkdir()
        files = {}
        for split in material.splits:
            file = f"data/{SPLIT_NAMES[split]}-00000-of-00001.parquet"
            with parquet.ParquetWriter(folder / file, schema) as writer:
                for batch in _batches(material, split, schema, None):
                    writer.write_batch(batch)
            files[SPLIT_NAMES[split]] = file
        _write_json(folder / croissant.FILE, croissant.metadata(material, folder, files))
        patterns = {split: file.replace("00000-of-00001", "*") for split, file in files.items()}
        (folder / "README.md").write_text(card.text(material, patterns), encoding="utf-8")
    return out


def _schema(material: Material) -> pyarrow.Schema:
    import pyarrow

    image = pyarrow.struct([("bytes", pyarrow.binary()), ("path", pyarrow.string())])
    fields = [("image", image), ("label", pyarrow.int64()), ("given_label", pyarrow.int64())]
    fields += [("name", pyarrow.string()), ("action", pyarrow.string())]
    description = json.dumps({"info": {"features": _features(material)}})
    return pyarrow.schema(fields, metadata={"huggingface": description})


def _features(material: Material) -> dict[str, Any]:
    """Return the types of the columns in the library's own words."""
    label = {"names": list(material.dataset.classes), "_type": "ClassLabel"}
    text = {"dtype": "string", "_type": "Value"}
    return {"image": {"_type": "Image"}, "label": label, "given_label": label, "name": text, "action": text}


def _batches(
    material: Material, split: str, schema: pyarrow.Schema, digest: Any | None
) -> Iterator[pyarrow.RecordBatch]:
    """Yield a split's images and labels; `digest` takes in what is yielded."""
    import pyarrow

    dataset, rows, actions = material.dataset, material.rows(split), material.actions
    for start in range(0, len(rows), BATCH):
        part = [int(row) for row in rows[start : start + BATCH]]
        names = [str(dataset.names[row]) for row in part]
        pictures = [material.encoded(row) for row in part]
        images = [{"bytes": data, "path": PurePosixPath(name).name} for data, name in zip(pictures, names, strict=True)]
        labels = [int(material.decisions.labels[row]) for row in part]
        if digest is not None:
            for data, label in zip(pictures, labels, strict=True):
                digest.update(hashlib.sha256(data).digest() + label.to_bytes(8, "little"))
        columns = [images, labels, [int(dataset.labels[row]) for row in part], names, [actions[row] for row in part]]
        arrays = [pyarrow.array(values, field.type) for values, field in zip(columns, schema, strict=True)]
        yield pyarrow.RecordBatch.from_arrays(arrays, schema=schema)
        material.report(start + len(part), len(rows), f"writing the {split} images")


def _write_json(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
