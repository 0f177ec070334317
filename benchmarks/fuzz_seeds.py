"""Small valid data sets of every format, as seeds for the fuzzer."""

from __future__ import annotations

import gzip
import io
import json
import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

COUNT = 12

Seed = Callable[[Path], list[str]]
"""Writes a data set into a folder; returns the files to damage, relative to it."""


def images() -> list[bytes]:
    """One image of every kind that is read."""
    face = np.random.default_rng(0).integers(0, 255, (40, 40, 3), dtype=np.uint8)
    rgb = Image.fromarray(face)
    exif = Image.Exif()
    exif[0x0112] = 6
    seeds = []
    for image, kind, options in (
        (rgb, "JPEG", {"exif": exif}),
        (rgb, "JPEG", {"progressive": True}),
        (rgb.convert("CMYK"), "JPEG", {}),
        (rgb, "PNG", {}),
        (rgb.convert("P"), "PNG", {"transparency": 3}),
        (Image.fromarray(face[:, :, 0].astype(np.uint16) * 257), "PNG", {}),
        (rgb, "BMP", {}),
        (rgb, "WEBP", {}),
        (rgb.convert("P"), "GIF", {"save_all": True, "append_images": [rgb.rotate(90).convert("P")]}),
        (rgb, "TIFF", {}),
        (rgb, "TIFF", {"compression": "tiff_lzw"}),
        (rgb, "TIFF", {"exif": exif}),
        (Image.fromarray(face[:, :, 0].astype(np.int32)), "TIFF", {}),
        (rgb, "PPM", {}),
        (rgb, "JPEG2000", {}),
        (rgb, "AVIF", {}),
    ):
        buffer = io.BytesIO()
        image.save(buffer, kind, **options)
        seeds.append(buffer.getvalue())
    return seeds


def _image(path: Path, shade: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (16, 16), (shade % 256,) * 3).save(path)


def rafdb(root: Path) -> list[str]:
    """Every kind of file in EmoLabel/."""
    names = [f"train_{i:05d}.jpg" for i in range(COUNT)] + [f"test_{i:04d}.jpg" for i in range(4)]
    for i, name in enumerate(names):
        _image(root / "Image/aligned" / name.replace(".jpg", "_aligned.jpg"), i * 9)
    folder = root / "EmoLabel"
    folder.mkdir()
    lines = [f"{name} {i % 7 + 1}\n" for i, name in enumerate(names)]
    (folder / "train_label.txt").write_text("".join(lines[:COUNT]))
    (folder / "test_label.txt").write_text("".join(lines[COUNT:]))
    (folder / "list_patition_label.txt").write_text("".join(lines))
    (folder / "noise01.txt").write_text("".join(line.replace("\n", " 1\n") for line in lines))
    (folder / "list_label_AffectnetModel.txt").write_text("".join(lines))
    (folder / "list_va_AffectnetModel.txt").write_text("".join(f"{name} 0.25 -0.5\n" for name in names))
    return [f"EmoLabel/{file.name}" for file in sorted(folder.iterdir())]


def table(root: Path) -> list[str]:
    """A CSV with all columns, and a TSV."""
    rows = []
    for i in range(COUNT):
        _image(root / f"images/{i}.jpg", i * 9)
        split = ("train", "val", "test")[i % 3]
        rows.append([f"images/{i}.jpg", ("happy", "sad")[i % 2], f'"{("sad", "happy")[i % 2]}"', split, "0.5", "-2"])
    head = ["path", "label", "annotator_2", "split", "valence", "arousal"]
    for name, mark in (("labels.csv", ","), ("labels.tsv", "\t")):
        (root / name).write_text("".join(mark.join(row) + "\n" for row in [head, *rows]))
    return ["labels.csv", "labels.tsv"]


def parquet(root: Path) -> list[str]:
    """The table as Parquet."""
    import pandas as pd

    table(root)
    pd.read_csv(root / "labels.csv").to_parquet(root / "labels.parquet")
    (root / "labels.csv").unlink()
    (root / "labels.tsv").unlink()
    return ["labels.parquet"]


def huggingface(root: Path) -> list[str]:
    """A metadata.csv for training, a metadata.jsonl for testing."""
    rows, objects = ["file_name,label,other\n"], []
    for i in range(COUNT):
        for split in ("train", "test"):
            _image(root / split / f"{i}.png", i * 9)
        rows.append(f"{i}.png,{i % 3},{i % 2}\n")
        objects.append(f'{{"file_name": "{i}.png", "label": {i % 3}, "other": "{i % 2}", "box": [1, 2]}}\n')
    (root / "train" / "metadata.csv").write_text("".join(rows))
    (root / "test" / "metadata.jsonl").write_text("".join(objects))
    return ["train/metadata.csv", "test/metadata.jsonl"]


def affectnet(root: Path) -> list[str]:
    """Both lists of the first release."""
    head = "subDirectory_filePath,face_x,face_y,face_width,face_height,facial_landmarks,expression,valence,arousal\n"
    points = ";".join(f"{i + 0.5}" for i in range(136))
    for name, base in (("training.csv", 0), ("validation.csv", COUNT)):
        rows = [head]
        for i in range(base, base + COUNT):
            _image(root / "Manually_Annotated_Images" / "7" / f"{i}.jpg", i * 5)
            rows.append(f"7/{i}.jpg,1,1,9,9,{points},{i % 11},0.1,{-2 if i % 5 == 0 else -0.4}\n")
        (root / name).write_text("".join(rows))
    return ["training.csv", "validation.csv"]


def affectnet2(root: Path) -> list[str]:
    """Both sets of the second release; the annotations are damaged."""
    files = []
    for split in ("train_set", "val_set"):
        folder = root / split / "annotations"
        folder.mkdir(parents=True)
        for i in range(5):
            _image(root / split / "images" / f"{i}.jpg", i * 9)
            for kind, value in (("exp", str(i)), ("val", "0.25"), ("aro", np.float64(-0.5)), ("lnd", np.arange(136.0))):
                np.save(folder / f"{i}_{kind}.npy", value)
                files.append(f"{split}/annotations/{i}_{kind}.npy")
    return files


def ferplus(root: Path) -> list[str]:
    """The pair of CSV files that are joined by row."""
    faces = np.random.default_rng(1).integers(0, 255, (COUNT, 2304))
    usages = ["Training"] * 8 + ["PublicTest"] * 2 + ["PrivateTest"] * 2
    pixels = ["emotion,pixels,Usage\n"]
    pixels += [f"{i % 7},{' '.join(map(str, face))},{usages[i]}\n" for i, face in enumerate(faces)]
    (root / "fer2013.csv").write_text("".join(pixels))
    head = "Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF\n"
    votes = [f"{usages[i]},fer{i:07d}.png,{i % 5},{5 - i % 5},1,1,1,1,1,0,0,0\n" for i in range(COUNT)]
    (root / "fer2013new.csv").write_text(head + "".join(votes))
    return ["fer2013.csv", "fer2013new.csv"]


def cifar10(root: Path) -> list[str]:
    """The pickles of the Python version."""
    draw = np.random.default_rng(2)
    for name in (*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"):
        batch = {
            b"data": draw.integers(0, 255, (4, 3072), dtype=np.uint8),
            b"labels": draw.integers(0, 10, 4).tolist(),
            b"filenames": [f"{name}_{i}.png".encode() for i in range(4)],
            b"batch_label": name.encode(),
        }
        (root / name).write_bytes(pickle.dumps(batch, protocol=2))
    names = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
    (root / "batches.meta").write_bytes(pickle.dumps({b"label_names": [n.encode() for n in names]}, protocol=2))
    return [file.name for file in sorted(root.iterdir())]


def json_document(root: Path) -> list[str]:
    """A list of records, Label Studio's tasks, FiftyOne's labels, a list for each split, and columns."""
    names = [f"images/{i}.jpg" for i in range(COUNT)]
    for i, name in enumerate(names):
        _image(root / name, i * 9)
    words = ("happy", "sad")
    records = [{"image": name, "label": words[i % 2], "box": [1, 2]} for i, name in enumerate(names)]
    (root / "labels.json").write_text(json.dumps(records, indent=1))
    tasks = [
        {
            "id": i,
            "data": {"image": f"/data/{name}"},
            "annotations": [
                {"completed_by": who, "result": [{"value": {"choices": [words[i % 2]]}}]} for who in (1, 2)
            ],
        }
        for i, name in enumerate(names)
    ]
    (root / "tasks.json").write_text(json.dumps(tasks))
    numbers = {str(i): {"label": i % 2, "confidence": 0.5} for i in range(COUNT)}
    (root / "fiftyone.json").write_text(json.dumps({"classes": words, "labels": numbers}))
    (root / "sections.json").write_text(json.dumps({"train": records[:8], "test": records[8:], "by": {"me": 1}}))
    columns = {"image": names, "label": [words[i % 2] for i in range(COUNT)]}
    (root / "columns.json").write_text(json.dumps(columns))
    return ["labels.json", "tasks.json", "fiftyone.json", "sections.json", "columns.json"]


def text_list(root: Path) -> list[str]:
    """A list between white space, one with comments, and a packed table."""
    names = [f"{i}.jpg" for i in range(COUNT)]
    for i, name in enumerate(names):
        _image(root / "images" / name, i * 9)
    lines = "".join(f"{name} {i % 3}\n" for i, name in enumerate(names))
    (root / "train.txt").write_text(lines)
    (root / "label.lst").write_text("".join(f"{name} 0 3 2 45 46 88.0{i} {i % 7}\n" for i, name in enumerate(names)))
    table = "sep=;\n" + "file;label\n" + lines.replace(" ", ";")
    (root / "labels.csv").write_text(table)
    (root / "noted.csv").write_text("# made by hand\n" + "# file,label\n" + lines.replace(" ", ","))
    (root / "labels.csv.gz").write_bytes(gzip.compress(("file,label\n" + lines.replace(" ", ",")).encode(), mtime=0))
    return ["train.txt", "label.lst", "labels.csv", "noted.csv", "labels.csv.gz"]


def one_hot(root: Path) -> list[str]:
    """Columns of 0 and 1, and a table with two rows an image."""
    rows, long = ["file,angry,happy,sad\n"], ["file,label,annotation_source\n"]
    for i in range(COUNT):
        _image(root / f"images/{i}.jpg", i * 9)
        rows.append(f"{i}.jpg,{int(i % 3 == 0)},{int(i % 3 == 1)},{int(i % 3 == 2)}\n")
        long += [f"{i}.jpg,angry,gt\n", f"{i}.jpg,{('happy', 'angry')[i % 2]},pred\n"]
    (root / "labels.csv").write_text("".join(rows))
    (root / "long.csv").write_text("".join(long))
    return ["labels.csv", "long.csv"]


def hfdata(root: Path) -> list[str]:
    """A Parquet shard and an Arrow shard with the images inside."""
    import pyarrow
    from pyarrow import parquet

    info = {"info": {"features": {"image": {"_type": "Image"}, "label": {"names": ["happy", "sad"]}}}}
    kind = pyarrow.struct({"bytes": pyarrow.binary(), "path": pyarrow.string()})
    face = images()[3]
    values = pyarrow.array([{"bytes": face, "path": f"{i}.png"} for i in range(COUNT)], kind)
    table = pyarrow.table({"image": values, "label": [i % 2 for i in range(COUNT)]})
    table = table.replace_schema_metadata({"huggingface": json.dumps(info)})
    parquet.write_table(table, root / "train.parquet")
    with pyarrow.OSFile(str(root / "test.arrow"), "wb") as file, pyarrow.ipc.new_stream(file, table.schema) as writer:
        writer.write_table(table)
    return ["train.parquet", "test.arrow"]


def trees(root: Path) -> list[str]:
    """Numbered class folders with lists of splits and of the classes' names beside them."""
    names = [f"{i % 3}/{i}.jpg" for i in range(COUNT)]
    for i, name in enumerate(names):
        _image(root / name, i * 9)
    (root / "train.txt").write_text("\n".join(names[:8]))
    (root / "test.csv").write_text("path\n" + "\n".join(names[8:]))
    (root / "folds.csv").write_text("path,split\n" + "".join(f"{name},train\n" for name in names[:4]))
    (root / "classes.txt").write_text("happy\nsad\nangry\n")
    (root / "id2label.json").write_text('{"0": "happy", "1": "sad", "2": "angry"}')
    return ["train.txt", "test.csv", "folds.csv", "classes.txt", "id2label.json"]


def ckplus(root: Path) -> list[str]:
    """Emotion files of CK+."""
    files = []
    for i in range(1, 8):
        stem = f"S{i:03d}/001/S{i:03d}_001_00000011"
        _image(root / f"cohn-kanade-images/{stem}.png", i * 9)
        path = root / f"Emotion/{stem}_emotion.txt"
        path.parent.mkdir(parents=True)
        path.write_text(f"   {i}.0000000e+00\n")
        files.append(f"Emotion/{stem}_emotion.txt")
    return files


FORMATS = {"parquet": "table", "json": "table", "list": "table", "one-hot": "table", "folder-lists": "folder"}
"""The format that reads a seed, where its name is another."""

SEEDS: dict[str, Seed] = {
    "rafdb": rafdb,
    "table": table,
    "parquet": parquet,
    "huggingface": huggingface,
    "affectnet": affectnet,
    "affectnet2": affectnet2,
    "ferplus": ferplus,
    "cifar10": cifar10,
    "json": json_document,
    "list": text_list,
    "one-hot": one_hot,
    "hfdata": hfdata,
    "ckplus": ckplus,
    "folder-lists": trees,
}
