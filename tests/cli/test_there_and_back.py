"""Every format by its commands: opened, corrected, written in its own form, opened again; shared as a ledger.

auditor/cli/export.py, decide.py and apply.py.
"""

from __future__ import annotations

import json
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from auditor.cli import main
from auditor.data.opening import open_dataset
from tests.data.layouts import affectnet, affectnet2, cifar10, ferplus, prepared, votes
from tests.exports.small import picture, rafdb, save

CRLF_LIST = b"train_00001.jpg 5\r\ntrain_00002.jpg  1 extra\r\n\r\ntrain_00003.jpg 2"
VOTES = [votes(happiness=7, neutral=3), votes(fear=6, anger=4), votes(sadness=9, NF=1)]


def _faces(root: Path, folder: str = "") -> None:
    for index in range(3):
        save(root / folder / f"{index}.png", picture(index))


def _table(root: Path) -> None:
    _faces(root, "images")
    rows = (b'path\t"label"\tben', b'images/0.png\t"a"\tb', b"images/1.png\tb\tb", b"images/2.png\tb\ta")
    (root / "labels.tsv").write_bytes(b"\r\n".join(rows))


def _parquet(root: Path) -> None:
    _faces(root)
    pd.DataFrame({"path": [f"{i}.png" for i in range(3)], "label": [0, 1, 1]}).to_parquet(root / "labels.parquet")


def _hugging(root: Path, suffix: str) -> None:
    _faces(root, "train")
    objects = [
        '{"file_name": "0.png", "label": 3}',
        '{"label":1,"file_name":"1.png"}',
        '{"file_name":"2.png","label":1}',
    ]
    text = {"csv": "file_name,label\n0.png,3\n1.png,1\n2.png,1\n", "jsonl": "\n".join(objects)}[suffix]
    (root / f"train/metadata.{suffix}").write_text(text)


def _humans(root: Path) -> None:
    cifar10(root, {"data_batch_1": [6, 9, 9], "test_batch": [3]})
    (root / "humans.csv").write_text("index,worker1,worker2\n0,6,9\n1,9,9\n2,1,9\n")


BUILT: dict[str, Callable[[Path], object]] = {
    "rafdb": lambda root: rafdb(root, CRLF_LIST, 3),
    "affectnet": lambda root: affectnet(root, [(f"1/{i}.jpg", i, 0.1, -2) for i in range(3)], end="\r\n"),
    "affectnet2": lambda root: affectnet2(root, "train_set", [(i, i, 0.1, 0.1) for i in range(1, 4)]),
    "ferplus": lambda root: ferplus(root, [(3, "Training", v, f"fer{i:07d}.png") for i, v in enumerate(VOTES)]),
    "fer2013": lambda root: ferplus(root, [(i, "Training", v, "") for i, v in enumerate(VOTES)], end="\r\n"),
    "prepared": lambda root: prepared(root, "FER2013Train", [(f"fer{i:07d}.png", v) for i, v in enumerate(VOTES)]),
    "cifar10": lambda root: cifar10(root, {"data_batch_1": [6, 9, 9], "test_batch": [3]}),
    "cifar10-annotators": _humans,
    "table": _table,
    "parquet": _parquet,
    "huggingface-csv": lambda root: _hugging(root, "csv"),
    "huggingface-jsonl": lambda root: _hugging(root, "jsonl"),
}
LABELS = {"fer2013": "fer2013.csv", "cifar10-annotators": "humans.csv?label=worker1"}
FOLDERS = ("affectnet2", "cifar10")
KEEPING = (*FOLDERS, "fer2013")  # no place to leave an image out of


class Copy:
    """A data set, its workspace, and the commands on it."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name, self.root, self.workspace = name, folder / "data", folder / "work"
        self.labels = ["--labels", LABELS[name]] if name in LABELS else []

    def dataset(self):
        return open_dataset(self.root, label_file=LABELS.get(self.name))

    def run(self, command: str, *arguments: object) -> int:
        return main([command, str(self.root), *self.labels, "--workspace", str(self.workspace), *map(str, arguments)])

    def export(self, out: Path, *arguments: object) -> Path:
        assert self.run("export", "--out", out, *arguments) == 0
        return out

    def read(self, out: Path) -> dict[str, bytes]:
        """What an export wrote, by path relative to the data set."""
        if out.is_dir():
            return {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file()}
        return {self.dataset().label_file.partition("?")[0]: out.read_bytes()}

    def lay(self, files: dict[str, bytes]) -> None:
        """Put exported files in the place of the data set's own."""
        for file, data in files.items():
            (self.root / file).write_bytes(data)


@pytest.fixture(params=BUILT)
def copy(request, tmp_path: Path) -> Copy:
    made = Copy(request.param, tmp_path / "one")
    made.root.mkdir(parents=True)
    BUILT[request.param](made.root)
    return made


def correct(copy: Copy, folder: Path) -> tuple[str, int]:
    """Relabel the second image; its name and new label."""
    dataset = copy.dataset()
    new = int((dataset.labels[1] + 1) % dataset.num_classes)
    lines = f"name,action,label\n{dataset.names[1]},relabel,{dataset.codes[new]}\n{dataset.names[2]},exclude,\n"
    (folder / "decisions.csv").write_text(lines)
    assert copy.run("decide", "--annotator", "ada", "--from", folder / "decisions.csv") == 0
    return str(dataset.names[1]), new


def test_there_and_back(copy: Copy, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in copy.root.rglob("*") if path.is_file()}
    dataset = copy.dataset()
    untouched = copy.read(copy.export(tmp_path / ("same" if copy.name in FOLDERS else "same.x")))
    assert untouched == {file: before[copy.root / file] for file in untouched}
    name, new = correct(copy, tmp_path)
    out = copy.export(tmp_path / ("out" if copy.name in FOLDERS else "out.x"), "--keep-excluded")
    changed = {file: data for file, data in copy.read(out).items() if data != before[copy.root / file]}
    assert len(changed) == 1
    ((file, data),) = changed.items()
    if copy.name != "parquet":
        lines = (set(text.split(b"\n")) for text in (before[copy.root / file], data))
        assert len(next(lines) ^ next(lines)) == 2  # one line, as it was and as it is
    assert all(path.read_bytes() == data for path, data in before.items())

    other = Copy(copy.name, tmp_path / "two")
    shutil.copytree(copy.root, other.root)
    other.lay(changed)
    again = other.dataset()
    assert again.names.tolist() == dataset.names.tolist()
    differ = np.flatnonzero(again.labels != dataset.labels)
    assert [(again.names[row], again.labels[row]) for row in differ] == [(name, new)]
    assert again.problems == dataset.problems

    excluded = copy.export(tmp_path / "excluded.txt", "--as", "excluded").read_text().split()
    assert excluded == [dataset.names[2]]


def test_an_excluded_image_is_gone_from_the_label_file_or_the_export_says_why_not(copy, tmp_path: Path, capsys) -> None:
    dataset = copy.dataset()
    name, new = correct(copy, tmp_path)
    capsys.readouterr()
    assert copy.run("export", "--preview") == 0
    foretold = capsys.readouterr().err
    out = copy.export(tmp_path / ("out" if copy.name in FOLDERS else "out.x"))
    written = capsys.readouterr().out
    stays = copy.name in KEEPING
    sentence = (
        "stays in the file, because"
        if stays
        else "because fer2013new.csv belongs"
        if copy.name == "ferplus"
        else "left out"
    )
    assert sentence in foretold and sentence in written
    other = Copy(copy.name, tmp_path / "two")
    shutil.copytree(copy.root, other.root)
    other.lay(copy.read(out))
    again = other.dataset()
    gone = set(dataset.names) - set(again.names)
    assert gone == (set() if stays else {dataset.names[2]})
    assert again.classes[again.labels[again.index_of(name)]] == dataset.classes[new]


def test_a_ledger_goes_to_a_fresh_copy_and_stops_at_other_faces(copy: Copy, tmp_path: Path, capsys) -> None:
    correct(copy, tmp_path)
    folder = copy.name in FOLDERS
    expected = copy.read(copy.export(tmp_path / ("out" if folder else "out.x")))
    ledger = copy.export(tmp_path / "ledger.jsonl", "--as", "ledger")
    line = json.loads(ledger.read_text().splitlines()[0])
    assert {"image", "sha256", "from", "to", "who", "when", "evidence"} <= set(line)
    fresh = Copy(copy.name, tmp_path / "fresh")
    shutil.copytree(copy.root, fresh.root)
    applied = tmp_path / ("applied" if folder else "applied.x")
    assert main(["apply", str(ledger), str(fresh.root), *fresh.labels, "--out", str(applied)]) == 0
    assert fresh.read(applied) == expected

    _spoil(fresh)
    refused = tmp_path / ("refused" if folder else "refused.x")
    common = ["apply", str(ledger), str(fresh.root), *fresh.labels, "--keep-excluded"]
    assert main([*common, "--out", str(refused)]) == 1
    assert "refused" in capsys.readouterr().err
    now = fresh.read(refused)
    assert all(data == (fresh.root / file).read_bytes() for file, data in now.items())


def _spoil(copy: Copy) -> None:
    """Other pixels for the second image."""
    dataset = copy.dataset()
    if dataset.paths[1]:
        save(copy.root / str(dataset.paths[1]), picture(40))
    elif dataset.format == "cifar10":
        path = copy.root / "data_batch_1"
        batch = pickle.loads(path.read_bytes(), encoding="bytes")
        batch[b"data"][1] = 7
        path.write_bytes(pickle.dumps(batch, protocol=2))
    else:
        path = copy.root / "fer2013.csv"
        lines = path.read_text().split("\n")
        label, pixels, usage = lines[2].split(",")
        lines[2] = ",".join((label, " ".join(["7", *pixels.split(" ")[1:]]), usage))
        path.write_text("\n".join(lines))


def test_votes_are_replaced_or_kept(tmp_path: Path) -> None:
    copy = Copy("ferplus", tmp_path / "one")
    copy.root.mkdir(parents=True)
    BUILT["ferplus"](copy.root)
    correct(copy, tmp_path)  # fear 6, anger 4: the majority was fear, now contempt
    source = (copy.root / "fer2013new.csv").read_text().splitlines()
    replaced = copy.export(tmp_path / "replaced.csv").read_text().splitlines()
    assert source[2].endswith("0,0,0,0,4,0,6,0,0,0")
    assert replaced[2].endswith("0,0,0,0,0,0,0,10,0,0")
    assert replaced[3].endswith("0,0,0,0,0,0,0,0,0,10")  # excluded: not a face
    assert [line for line in replaced if line not in source] == replaced[2:]
    kept = copy.export(tmp_path / "kept.csv", "--votes", "keep").read_text().splitlines()
    assert [line.rpartition(",")[0] for line in kept] == source
    assert [line.rpartition(",")[2] for line in kept] == ["label", "happiness", "contempt", "NF"]


@pytest.mark.parametrize("link", ["copy", "symlink", "hardlink"])
def test_a_folder_tree_opens_as_a_data_set(tmp_path: Path, link: str) -> None:
    copy = Copy("rafdb", tmp_path / "one")
    copy.root.mkdir(parents=True)
    BUILT["rafdb"](copy.root)
    correct(copy, tmp_path)
    out = copy.export(tmp_path / "tree", "--as", "folder", "--link", link)
    files = sorted(str(path.relative_to(out)) for path in out.rglob("*.jpg"))
    assert [Path(file).parts[-2:] for file in files] == [
        ("fear", "train_00002_aligned.jpg"), ("sadness", "train_00001_aligned.jpg"),
    ]  # fmt: skip
    faces = list(out.rglob("*.jpg"))
    assert all(path.is_symlink() == (link == "symlink") for path in faces)
    if link != "symlink":  # links lead out of the new root, which the loader refuses to follow
        assert sorted(open_dataset(out).classes) == ["fear", "sadness"]


def test_corrupted_lists_are_opened_with_their_flags(tmp_path: Path, capsys) -> None:
    lines = "".join(f"train_{i:05d}.jpg {i % 7 + 1}\n" for i in range(1, 71))
    root = rafdb(tmp_path / "data", lines.encode(), 70)
    out = root / "EmoLabel/noisy.txt"
    common = ["corrupt", str(root), "--seed", "1"]
    assert main([*common, "--rate", "0.2", "--kind", "lookalike", "--out", str(out)]) == 0
    flags = [line.split()[2] for line in out.read_text().splitlines()]
    assert flags.count("1") == 14
    assert main([*common, "--rate", "0.2", "--kind", "lookalike", "--out", str(tmp_path / "again.txt")]) == 0
    assert (tmp_path / "again.txt").read_bytes() == out.read_bytes()
    noisy, clean = open_dataset(root, label_file="noisy.txt"), open_dataset(root)
    assert ((noisy.labels != clean.labels) == (np.array(flags) == "1")).all()
    assert main([*common, "--imbalance", "10", "--out", str(root / "EmoLabel/tail.txt")]) == 0
    counts = sorted(open_dataset(root, label_file="tail.txt").counts().tolist())
    assert counts[-1] / counts[0] == 10
