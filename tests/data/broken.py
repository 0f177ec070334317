"""A small data set of every format with something wrong in it, and what must be listed: (file, line, kind)."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from pathlib import Path

from tests.data.layouts import affectnet, affectnet2, cifar10, ferplus, prepared, votes
from tests.exports.small import picture, rafdb, save

Found = set[tuple[str, int | None, str]]


def broken_rafdb(root: Path) -> Found:
    """A label out of range, a bad line, a repeated name, a missing image, a path and a link that leave the root."""
    lines = [f"train_{i:05d}.jpg {i % 7 + 1}" for i in range(1, 6)]
    lines += ["train_00006.jpg 8", "nonsense", "train_00001.jpg 2", "train_00099.jpg 3", "../../etc/passwd 1"]
    rafdb(root, "\n".join([*lines, "train_00007.jpg 4", ""]).encode(), 6)
    (root / "Image/aligned/train_00007_aligned.jpg").symlink_to("/etc/passwd")
    file = "EmoLabel/train_label.txt"
    return {
        (file, 6, "label-range"), (file, 7, "bad-line"), (file, 8, "duplicate-name"), (file, 9, "missing-image"),
        (file, 10, "outside-root"), (file, 11, "outside-root"),
    }  # fmt: skip


def broken_affectnet(root: Path) -> Found:
    """A label that is no number, valence out of range, a missing image, a repeated name."""
    affectnet(root, [(f"1/{i}.jpg", i, 0.5, -0.5) for i in range(8)])
    file = root / "training.csv"
    lines = file.read_text().splitlines()
    lines[2] = lines[2].replace(",1,0.5,-0.5", ",joy,0.5,-0.5")
    lines[3] = lines[3].replace(",2,0.5,-0.5", ",2,9,-0.5")
    lines += [lines[4], lines[5].replace("1/4.jpg", "1/none.jpg")]
    file.write_text("\n".join(lines) + "\n")
    name = "training.csv"
    return {
        (name, 3, "label-range"), (name, 4, "bad-valence-arousal"), (name, 10, "duplicate-name"),
        (name, 11, "missing-image"),
    }  # fmt: skip


def broken_affectnet2(root: Path) -> Found:
    """A pickled label, a missing one, and one whose image is not there."""
    affectnet2(root, "train_set", [(i, i % 8, 0.1, 0.1) for i in range(1, 7)])
    home = "train_set/annotations"
    (root / home / "1_exp.npy").write_bytes(pickle.dumps({"__reduce__": 1}))
    (root / home / "2_exp.npy").unlink()
    (root / "train_set/images/3.jpg").unlink()
    return {
        (f"{home}/1_exp.npy", None, "bad-label"), (f"{home}/2_exp.npy", None, "missing-label"),
        (f"{home}/3_exp.npy", None, "missing-image"),
    }  # fmt: skip


def broken_ferplus(root: Path) -> Found:
    """Votes that are no numbers, a row without its pixels, a row more in one file than in the other."""
    ferplus(root, [(i % 7, "Training", votes(happiness=7, neutral=3), f"fer{i:07d}.png") for i in range(6)])
    lines = (root / "fer2013new.csv").read_text().splitlines()
    lines[2] = lines[2].replace(",7,", ",many,")
    (root / "fer2013new.csv").write_text("\n".join([*lines, lines[-1]]) + "\n")
    pixels = (root / "fer2013.csv").read_text().splitlines()
    pixels[4] = "1,12 13 14,Training"
    (root / "fer2013.csv").write_text("\n".join(pixels) + "\n")
    return {
        ("fer2013new.csv", 3, "bad-line"), ("fer2013new.csv", None, "rows-differ"), ("fer2013.csv", 5, "bad-line"),
    }  # fmt: skip


def broken_prepared(root: Path) -> Found:
    """FER+'s prepared form: a missing image and a line without its votes."""
    rows = [(f"fer{i:07d}.png", votes(happiness=7, neutral=3)) for i in range(4)]
    prepared(root, "FER2013Train", rows)
    (root / "FER2013Train/fer0000001.png").unlink()
    with (root / "FER2013Train/label.csv").open("ab") as file:
        file.write(b'fer0000009.png,"(0, 0, 48, 48)",1,2\r\n')
    file_name = "FER2013Train/label.csv"
    return {(file_name, 2, "missing-image"), (file_name, 5, "bad-line")}


def broken_cifar10(root: Path) -> Found:
    """A label out of range, and batches that are missing or would run code."""
    cifar10(root, {"data_batch_1": [0, 1, 12, 3], "data_batch_2": [4, 5], "test_batch": [6, 7]})

    class Hostile:
        def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
            return os.system, (f"touch {root}/ran",)

    (root / "data_batch_3").write_bytes(pickle.dumps(Hostile()))
    return {
        ("data_batch_1", 3, "label-range"), ("data_batch_3", None, "bad-batch"),
        ("data_batch_4", None, "missing-batch"), ("data_batch_5", None, "missing-batch"),
    }  # fmt: skip


def broken_folder(root: Path) -> Found:
    """A file that is no image, an image beside the classes, a link out of the root."""
    for index, name in enumerate(("happy/a.jpg", "happy/b.jpg", "sad/a.jpg", "stray.jpg")):
        save(root / name, picture(index))
    (root / "sad/notes.txt").write_text("x")
    (root / "sad/out.jpg").symlink_to("/etc/passwd")
    return {
        ("stray.jpg", None, "stray-image"), ("sad/notes.txt", None, "not-an-image"),
        ("sad/out.jpg", None, "outside-root"),
    }  # fmt: skip


def broken_table(root: Path) -> Found:
    """Fields too many, a missing image, a repeated one, an absolute path, a split nobody knows."""
    for index in range(4):
        save(root / f"{index}.png", picture(index))
    rows = ["path,label,split", "0.png,happy,train", "1.png,sad,train", "2.png,sad,train,more", "9.png,happy,train"]
    rows += ["0.png,sad,train", "/etc/passwd,sad,train", "3.png,happy,someday"]
    (root / "labels.csv").write_text("\n".join(rows) + "\n")
    kinds = ("bad-line", "missing-image", "duplicate-name", "outside-root", "bad-split")
    return {("labels.csv", line, kind) for line, kind in enumerate(kinds, 4)}


def broken_huggingface(root: Path) -> Found:
    """One damaged line of JSON and a missing image; Latin-1 in the other split's table."""
    for split in ("train", "test"):
        for index in range(3):
            save(root / split / f"{index}.png", picture(index))
    lines = [f'{{"file_name": "{i}.png", "label": "{("happy", "sad")[i % 2]}"}}' for i in range(3)]
    (root / "train/metadata.jsonl").write_text("\n".join([*lines, "{oops", lines[0].replace("0.png", "9.png")]))
    (root / "test/metadata.csv").write_bytes(
        "file_name,label\n0.png,happy\n1.png,sad\n2.png,gl\xfccklich\n".encode("latin-1")
    )
    return {
        ("train/metadata.jsonl", 4, "bad-line"), ("train/metadata.jsonl", 5, "missing-image"),
        ("test/metadata.csv", 4, "encoding"),
    }  # fmt: skip


def broken_filenames(root: Path) -> Found:
    """A name that says no emotion."""
    names = [f"KA.{code}{1 + i // 3}.{i}.tiff" for i, code in enumerate(("AN", "HA", "SA") * 4)]
    for index, name in enumerate([*names, "portrait.tiff"]):
        save(root / name, picture(index))
    return {("portrait.tiff", None, "missing-label")}


def broken_ckplus(root: Path) -> Found:
    """An emotion that is no number, and a sequence whose frames are missing."""
    for index in range(1, 6):
        folder = root / f"Emotion/S{index:03d}/001"
        folder.mkdir(parents=True)
        text = "   x\n" if index == 4 else f"   {index}.0000000e+00\n"
        (folder / f"S{index:03d}_001_00000011_emotion.txt").write_text(text)
        if index != 5:
            save(root / f"cohn-kanade-images/S{index:03d}/001/S{index:03d}_001_00000011.png", picture(index))
    return {
        ("Emotion/S004/001/S004_001_00000011_emotion.txt", 1, "bad-label"),
        ("Emotion/S005/001/S005_001_00000011_emotion.txt", None, "missing-image"),
    }


def broken_hfdata(root: Path) -> Found:
    """A row without a label, and a number that is far from all others."""
    import pyarrow
    from pyarrow import parquet

    image = save(root.parent / "face.png", picture(1)).read_bytes()
    labels = [0, 1, None, *[0, 1] * 20, 90]
    root.mkdir(exist_ok=True)
    parquet.write_table(pyarrow.table({"image": [image] * len(labels), "label": labels}), root / "train.parquet")
    return {("train.parquet", 3, "missing-label"), ("train.parquet", 44, "label-range")}


BROKEN: dict[str, Callable[[Path], Found]] = {
    "rafdb": broken_rafdb,
    "affectnet": broken_affectnet,
    "affectnet2": broken_affectnet2,
    "ferplus": broken_ferplus,
    "ferplus-prepared": broken_prepared,
    "cifar10": broken_cifar10,
    "folder": broken_folder,
    "table": broken_table,
    "huggingface": broken_huggingface,
    "filenames": broken_filenames,
    "ckplus": broken_ckplus,
    "hfdata": broken_hfdata,
}
"""By the format's name, which may be followed by a dash and which of its forms it is."""
