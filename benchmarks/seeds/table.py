"""Tables and lists: CSV, TSV, Parquet, JSON, text, columns of 0 and 1."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

from benchmarks.seeds.pictures import COUNT, plain


def table(root: Path) -> list[str]:
    """A CSV with all columns, and a TSV."""
    rows = []
    for i in range(COUNT):
        plain(root / f"images/{i}.jpg", i * 9)
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


def json_documents(root: Path) -> list[str]:
    """A list of records, Label Studio's tasks, FiftyOne's labels, a list for each split, and columns."""
    names = [f"images/{i}.jpg" for i in range(COUNT)]
    for i, name in enumerate(names):
        plain(root / name, i * 9)
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


def lists(root: Path) -> list[str]:
    """A list between white space, one with comments, and a packed table."""
    names = [f"{i}.jpg" for i in range(COUNT)]
    for i, name in enumerate(names):
        plain(root / "images" / name, i * 9)
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
        plain(root / f"images/{i}.jpg", i * 9)
        rows.append(f"{i}.jpg,{int(i % 3 == 0)},{int(i % 3 == 1)},{int(i % 3 == 2)}\n")
        long += [f"{i}.jpg,angry,gt\n", f"{i}.jpg,{('happy', 'angry')[i % 2]},pred\n"]
    (root / "labels.csv").write_text("".join(rows))
    (root / "long.csv").write_text("".join(long))
    return ["labels.csv", "long.csv"]


def cells(root: Path) -> list[str]:
    """Lists and objects in cells (Label Studio, VIA) and in lines of JSON, and a title above a table."""
    names = [f"{i}.jpg" for i in range(COUNT)]
    for i, name in enumerate(names):
        plain(root / "images" / name, i * 9)
    words = [("happy", "sad")[i % 2] for i in range(COUNT)]
    pairs = list(zip(names, words, strict=True))
    choices = "".join(f'{n},"{{""choices"":[""{w}""]}}"\n' for n, w in pairs) + f'{names[0]},"[""happy"",""sad""]"\n'
    (root / "project.csv").write_text("image,sentiment\n" + choices)
    attributes = "".join(f'{n},9,"{{""emotion"":""{w}""}}"\n' for n, w in pairs)
    (root / "via.csv").write_text("filename,file_size,file_attributes\n" + attributes)
    lines = [json.dumps({"image": n, "label": {"id": 1, "name": w}, "tags": ["train", "x"]}) for n, w in pairs]
    (root / "lines.jsonl").write_text("\n".join(lines))
    (root / "titled.csv").write_text("Labels\n\nimage;label;who\n" + "".join(f"{n};{w};ada\n" for n, w in pairs))
    return ["project.csv", "via.csv", "lines.jsonl", "titled.csv"]
