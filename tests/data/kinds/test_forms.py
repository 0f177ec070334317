"""Forms of files: JSON, tables, shards.

files/jsonrecords.py, files/packed.py, files/parquet.py, files/shards.py, formats/ckplus.py and formats/hfdata.py.
"""

import gzip
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from auditor.data.images.cache import decode
from auditor.data.opening import open_dataset
from auditor.errors import ImageError
from tests.data.drawn import draw
from tests.data.kinds.cases import WORDS, Cases, listed, numbered, pictures, rightly, rows

CASES = Cases()


@CASES.add({"train": 6}, WORDS)
def json_records(root):
    names = pictures(root / "images", numbered(6))
    (root / "labels.json").write_text(json.dumps([{"image": n, "label": WORDS[i % 3]} for i, n in enumerate(names)]))


@CASES.add({"train": 6}, WORDS)
def json_of_names(root):
    names = pictures(root / "images", numbered(6))
    (root / "labels.json").write_text(json.dumps({n: WORDS[i % 3] for i, n in enumerate(names)}, indent=2))


@CASES.add({"train": 6}, WORDS)
def coco(root):
    names = pictures(root / "images", numbered(6))
    (root / "annotations.json").write_text(
        json.dumps(
            {
                "images": [{"id": i, "file_name": n} for i, n in enumerate(names)],
                "annotations": [{"id": i, "image_id": i, "category_id": 1 + i % 3} for i in range(6)],
                "categories": [{"id": 1 + i, "name": word} for i, word in enumerate(WORDS)],
            }
        )
    )


@CASES.add({"train": 4, "test": 2}, WORDS)
def fiftyone_samples(root):
    names = pictures(root / "data", numbered(6))
    samples = [
        {
            "filepath": f"data/{n}",
            "tags": ["train" if i < 4 else "test"],
            "ground_truth": {"_cls": "Classification", "label": WORDS[i % 3]},
            "predictions": {"_cls": "Classification", "label": WORDS[0], "confidence": 0.5},
        }
        for i, n in enumerate(names)
    ]
    (root / "samples.json").write_text(json.dumps({"samples": samples}))


@CASES.add({"train": 6}, WORDS)
def label_studio_json_min(root):
    names = pictures(root / "upload", numbered(6))
    tasks = [
        {"image": f"/data/upload/3/a1b2c3d4-{n}", "id": i, "sentiment": WORDS[i % 3], "annotator": 1, "lead_time": 2.5}
        for i, n in enumerate(names)
    ]
    (root / "project.json").write_text(json.dumps(tasks))


@CASES.add({"train": 6}, WORDS)
def label_studio_json(root):
    names = pictures(root / "upload/1", numbered(6, "a1b2c3d4-{}.jpg"))
    tasks = [
        {
            "id": i,
            "data": {"image": f"/data/upload/1/{n}"},
            "annotations": [
                {"completed_by": 1, "result": [{"type": "choices", "value": {"choices": [WORDS[i % 3]]}}]},
                {"completed_by": 2, "result": [{"type": "choices", "value": {"choices": [WORDS[0]]}}]},
            ],
        }
        for i, n in enumerate(names)
    ]
    (root / "project.json").write_text(json.dumps(tasks))


@CASES.add({"train": 6}, WORDS)
def label_studio_csv_of_two_annotators(root):
    names = pictures(root / "upload/1", numbered(6))
    lines = "".join(
        f"{i},{who},{WORDS[(i + who - 1) % 3]},{100 + i},/data/upload/1/{n}\n"
        for i, n in enumerate(names)
        for who in (1, 2)
    )
    (root / "project.csv").write_text("annotation_id,annotator,choice,id,image\n" + lines)


@CASES.add({"train": 6}, WORDS)
def tab_separated_text(root):
    listed(root, "labels.txt", pictures(root / "images", numbered(6)), head="image\tlabel\n", mark="\t")


@CASES.add({"train": 6}, WORDS)
def repeated_headers(root):
    names = pictures(root / "images", numbered(6))
    (root / "labels.csv").write_text("image,label\n" + rows(names[:3]) + "image,label\n" + rows(names[3:]))


@CASES.add({"train": 6}, WORDS)
def a_header_behind_a_mark(root):
    listed(root, "labels.csv", pictures(root / "images", numbered(6)), head="# image,label\n")


@CASES.add({"train": 6}, WORDS)
def notes_with_commas(root):
    names = pictures(root / "images", numbered(6))
    text = "".join(f"{n},{WORDS[i % 3]},blurred, perhaps\n" for i, n in enumerate(names))
    (root / "labels.csv").write_text("image,label,note\n" + text)


@CASES.add({"train": 6}, WORDS)
def a_packed_tsv(root):
    names = pictures(root / "images", numbered(6))
    (root / "labels.tsv.gz").write_bytes(gzip.compress(("image\tlabel\n" + rows(names, mark="\t")).encode()))


@CASES.add({"train": 6, "test": 3}, WORDS)
def saved_to_disk(root):
    info = {"features": {"image": {"_type": "Image"}, "label": {"_type": "ClassLabel", "names": list(WORDS)}}}
    for split, count in (("train", 6), ("test", 3)):
        data = draw(root.parent / "x.png").read_bytes()
        images = pa.array([{"bytes": data, "path": f"{split}{i}.png"} for i in range(count)],
                          pa.struct({"bytes": pa.binary(), "path": pa.string()}))  # fmt: skip
        table = pa.table({"image": images, "label": pa.array([i % 3 for i in range(count)])})
        (root / split).mkdir(parents=True)
        shard = str(root / split / "data-00000-of-00001.arrow")
        with pa.OSFile(shard, "wb") as file, pa.ipc.new_stream(file, table.schema) as writer:
            writer.write_table(table)
        (root / split / "dataset_info.json").write_text(json.dumps(info))
        (root / split / "state.json").write_text("{}")
    (root / "dataset_dict.json").write_text(json.dumps({"splits": ["train", "test"]}))


@CASES.add({"train": 6}, WORDS)
def parquet_of_bytes_and_words(root):
    root.mkdir(exist_ok=True)
    data = [draw(root.parent / "x.png", i).read_bytes() for i in range(6)]
    pq.write_table(pa.table({"img": data, "emotion": [WORDS[i % 3] for i in range(6)]}), root / "faces.parquet")


@CASES.add({"train": 4, "test": 2}, 8)
def affectnet2_flat(root):
    for folder, count in (("train_set", 4), ("val_set", 2)):
        for i in range(count):
            draw(root / folder / f"{i}.jpg", i)
            np.save(root / folder / f"{i}_exp.npy", np.array(str(i % 3)))


@CASES.add({"train": 9}, WORDS)
def nested_two_deep(root):
    pictures(root / "archive/faces", [f"{WORDS[i % 3]}/{i}.png" for i in range(9)])


@pytest.mark.parametrize("name", CASES)
def test_it_opens_as_it_is(tmp_path, name):
    CASES.check(name, tmp_path / "data")


@pytest.mark.parametrize("name", ["json_records", "coco", "label_studio_json"])
def test_the_labels_are_those_of_the_images(tmp_path, name):
    CASES[name][0](tmp_path)
    assert rightly(open_dataset(tmp_path))


def test_pixels_come_out_of_shards(tmp_path):
    """auditor/data/files/shards.py: by row, in any order; a shard that is cut short costs its images only."""
    CASES["saved_to_disk"][0](tmp_path / "data")
    dataset = open_dataset(tmp_path / "data")
    assert decode(dataset, 7).shape == (16, 16, 3)
    assert np.array_equal(decode(dataset, 0), np.asarray(Image.open(tmp_path / "x.png").convert("RGB")))
    shard = dataset.root / dataset.source_of(0)
    shard.write_bytes(shard.read_bytes()[:-700])
    with pytest.raises(ImageError):
        decode(dataset, 5)
