"""imported.py, auditor/api_opinions.py: data sets of the Hugging Face library, by what they offer and by itself."""

import io
import json

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image as Picture

import auditor
from auditor.errors import DataError

NAMES = ["sad", "happy", "fear"]


def png(number):
    content = io.BytesIO()
    pixels = np.random.default_rng(number).integers(0, 255, (32, 32, 3), dtype=np.uint8)
    Picture.fromarray(pixels).save(content, "png")
    return {"bytes": content.getvalue(), "path": f"face_{number}.png"}


class Image:
    """A feature of the library's name."""


class Saved:
    """As much of the library's Dataset as is used: features, columns in batches, save_to_disk in its layout."""

    def __init__(self, labels, first=0):
        self.features = {"image": Image(), "label": None}
        kind = pa.struct({"bytes": pa.binary(), "path": pa.string()})
        images = pa.array([png(first + number) for number in range(len(labels))], kind)
        self._table = pa.table({"image": images, "label": pa.array(labels, pa.int64())})

    def __len__(self):
        return len(self._table)

    def select_columns(self, names):
        self._table.select(names)
        return self

    def with_format(self, kind):
        assert kind == "arrow"
        return self

    def iter(self, size):
        for start in range(0, len(self), size):
            yield self._table.slice(start, size)

    def save_to_disk(self, folder):
        from pathlib import Path

        place = Path(folder)
        place.mkdir(parents=True)
        with (
            pa.OSFile(str(place / "data-00000-of-00001.arrow"), "wb") as out,
            pa.ipc.new_stream(out, self._table.schema) as writer,
        ):
            writer.write_table(self._table)
        info = {"features": {"image": {"_type": "Image"}, "label": {"names": NAMES, "_type": "ClassLabel"}}}
        (place / "dataset_info.json").write_text(json.dumps(info))


class Splits(dict):
    """As much of the library's DatasetDict as is used."""

    def save_to_disk(self, folder):
        for name, part in self.items():
            part.save_to_disk(f"{folder}/{name}")


@pytest.fixture(params=["as it is used", "the library"])
def make(request):
    """What makes a Dataset of labels, and a DatasetDict."""
    if request.param == "as it is used":
        return Saved, Splits
    library = pytest.importorskip("datasets", reason="the Hugging Face library is not installed")
    features = library.Features({"image": library.Image(), "label": library.ClassLabel(names=NAMES)})

    def one(labels, first=0):
        columns = {"image": [png(first + n) for n in range(len(labels))], "label": labels}
        return library.Dataset.from_dict(columns, features=features)

    return one, library.DatasetDict


def test_the_same_images_are_the_same_data_set(make, tmp_path):
    one, splits = make
    audit = auditor.from_dataset(one([0, 1, 2, 1]), workspace=tmp_path)
    assert audit.dataset.classes == ("sad", "happy", "fear") and audit.dataset.labels.tolist() == [0, 1, 2, 1]
    assert audit.dataset.names.tolist() == [f"face_{n}.png" for n in range(4)]
    audit.decide("face_3.png", "relabel", "fear", annotator="ada")
    again = auditor.from_dataset(one([0, 1, 2, 0]), workspace=tmp_path)
    assert again.dataset.key == audit.dataset.key and again.dataset.labels.tolist() == [0, 1, 2, 0]
    other = auditor.from_dataset(one([0, 1, 2, 1], first=9), workspace=tmp_path)
    assert other.dataset.key != audit.dataset.key
    parts = auditor.from_dataset(splits(train=one([0, 1, 2]), test=one([1, 0], first=5)), workspace=tmp_path)
    assert (len(parts.dataset.rows("train")), len(parts.dataset.rows("test"))) == (3, 2)


def test_what_is_no_such_data_set_is_refused(tmp_path):
    with pytest.raises(DataError, match="A list cannot be saved"):
        auditor.from_dataset([1, 2], workspace=tmp_path)
    blind = Saved([0, 1])
    del blind.features["image"]
    with pytest.raises(DataError, match="columns label, expected one of images"):
        auditor.from_dataset(blind, workspace=tmp_path)
