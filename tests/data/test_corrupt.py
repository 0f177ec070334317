"""auditor/data/corrupt.py: noise and imbalance on purpose.

And the command: cli/corrupt.py.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.cli import main
from auditor.data.corrupt import corrupt, long_tail, transitions
from auditor.data.demo.parameters import CLASSES
from auditor.data.opening import open_dataset
from auditor.errors import DataError
from tests.data.layouts import cifar10
from tests.data.test_agreement import dataset
from tests.exports.small import picture, rafdb, save


@settings(deadline=None)
@given(st.integers(2, 200), st.floats(0, 1), st.sampled_from(["symmetric", "lookalike"]), st.integers(0, 9))
def test_exactly_so_many_are_flipped(size: int, rate: float, kind: str, seed: int) -> None:
    data = dataset([i % 4 for i in range(size)], 4)
    corrupted = corrupt(data, rate=rate, kind=kind, seed=seed)
    assert corrupted.flipped.sum() == round(rate * size)
    assert (corrupted.flipped == (corrupted.labels != data.labels[corrupted.rows])).all()
    again = corrupt(data, rate=rate, kind=kind, seed=seed)
    assert (again.labels == corrupted.labels).all()


def test_where_flips_go() -> None:
    symmetric = transitions(("a", "b", "c"), "symmetric")
    assert symmetric[0].tolist() == [0, 0.5, 0.5]
    likes = transitions(CLASSES, "lookalike")
    assert likes[CLASSES.index("surprise")].argmax() == CLASSES.index("fear")
    assert np.diag(likes).tolist() == [0] * 7
    assert likes.sum(axis=1) == pytest.approx(1)
    eight = transitions(("neutral", "happy", "sad", "surprise", "fear", "disgust", "anger", "contempt"), "lookalike")
    assert eight[1].argmax() == 0
    assert eight[7].argmax() == 5
    assert transitions(("cat", "dog", "eel"), "lookalike").tolist() == [[0, 1, 0], [0, 0, 1], [1, 0, 0]]
    with pytest.raises(DataError):
        transitions(("a",), "symmetric")


def test_symmetric_noise_is_even() -> None:
    corrupted = corrupt(dataset([0] * 9000, 4), rate=1.0, seed=3)
    assert np.bincount(corrupted.labels, minlength=4)[1:] / 9000 == pytest.approx(1 / 3, abs=0.02)


@settings(deadline=None)
@given(st.lists(st.integers(20, 300), min_size=2, max_size=8), st.floats(1.5, 15))
def test_long_tail_has_the_factor(sizes: list[int], factor: float) -> None:
    labels = np.repeat(np.arange(len(sizes)), sizes).astype(np.int16)
    kept = np.bincount(labels[long_tail(labels, len(sizes), factor, np.random.default_rng(0))], minlength=len(sizes))
    order = np.argsort(-np.array(sizes), kind="stable")
    assert (np.diff(kept[order]) <= 0).all()
    assert kept.max() / (kept.min() + 1) <= factor <= (kept.max() + 1) / kept.min()


def test_impossible_requests() -> None:
    data = dataset([0, 0, 0, 1], 2)
    for words in ({"rate": 1.5}, {"rate": float("nan")}, {"kind": "x"}, {"imbalance": 0.5}, {"imbalance": 100.0}):
        with pytest.raises(DataError):
            corrupt(data, **words)


def test_command_on_rafdb(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lists = b"".join(b"train_%05d.jpg %d\n" % (i, i % 7 % 4 + 1) for i in range(1, 51))
    root = rafdb(tmp_path / "faces", lists, 50)
    out = root / "EmoLabel/list_patition_label_20_1.txt"
    assert main(["corrupt", str(root), "--rate", "0.2", "--kind", "lookalike", "--seed", "4", "--out", str(out)]) == 0
    lines = [line.split() for line in out.read_text().splitlines()]
    clean = [line.split() for line in (root / "EmoLabel/train_label.txt").read_text().splitlines()]
    assert [line[0] for line in lines] == [line[0] for line in clean]
    assert [int(line[2]) for line in lines] == [int(a[1] != b[1]) for a, b in zip(lines, clean, strict=True)]
    assert sum(int(line[2]) for line in lines) == 10
    noisy = open_dataset(root, label_file=out.name)
    assert [noisy.codes[label] for label in noisy.labels[noisy.rows()]] == [line[1] for line in lines]
    assert main(["corrupt", str(root), "--imbalance", "3", "--out", str(tmp_path / "tail.txt")]) == 0
    counts = np.bincount([int(line.split()[1]) for line in (tmp_path / "tail.txt").read_text().splitlines()])[1:]
    assert 2 <= counts.max() / counts.min() <= 4
    for words in (["--out", str(out), "--rate", "0.1"], ["--out", str(tmp_path / "x")]):
        assert main(["corrupt", str(root), *words]) == 2
    assert "There is nothing to do" in capsys.readouterr().err


def test_other_formats_become_a_table(tmp_path: Path) -> None:
    for index in range(4):
        save(tmp_path / "f" / f"class{index % 2}" / f"{index}.png", picture(index))
    out = tmp_path / "f/noisy.csv"
    assert main(["corrupt", str(tmp_path / "f"), "--rate", "0.5", "--out", str(out)]) == 0
    assert out.read_text().splitlines()[0] == "path,label,flipped"
    assert sum(line.endswith(",1") for line in out.read_text().splitlines()) == 2
    assert len(open_dataset(out)) == 4


def test_a_table_of_a_folder_keeps_its_splits(tmp_path: Path) -> None:
    for index in range(8):
        save(tmp_path / "f" / ("test" if index < 4 else "train") / f"c{index % 2}" / f"{index}.png", picture(index))
    out = tmp_path / "f/noisy.csv"
    assert main(["corrupt", str(tmp_path / "f"), "--rate", "1", "--out", str(out)]) == 0
    before, after = open_dataset(tmp_path / "f", format="folder"), open_dataset(out)
    assert (after.names == before.names).all() and (after.split == before.split).all()
    changed = np.array(after.codes)[after.labels] != np.array(before.codes)[before.labels]
    assert changed.tolist() == [True] * 4 + [False] * 4


def test_a_corrupted_table_does_not_become_the_data_set(tmp_path: Path) -> None:
    for index in range(10):
        save(tmp_path / "f" / f"c{index % 2}" / f"{index}.png", picture(index))
    for rate in ("0.2", "0.4"):
        assert main(["corrupt", str(tmp_path / "f"), "--rate", rate, "--out", str(tmp_path / f"f/{rate}.csv")]) == 0
    again = open_dataset(tmp_path / "f")
    assert again.format == "folder"
    flipped = open_dataset(tmp_path / "f/0.4.csv")
    assert (flipped.names == again.names).all() and (flipped.labels != again.labels).sum() == 4


def test_a_table_of_ones_own_may_say_which_images_are_mirrored(tmp_path: Path) -> None:
    for index in range(4):
        save(tmp_path / f"{index}.png", picture(index))
    lines = "".join(f"{index}.png,{index % 2},{index % 2}\n" for index in range(4))
    (tmp_path / "labels.csv").write_text(f"image,emotion,flipped\n{lines}")
    assert open_dataset(tmp_path).label_file == "labels.csv"


def test_a_class_that_a_table_reads_as_nothing_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for index in range(4):
        save(tmp_path / "f" / ("none" if index % 2 else "joy") / f"{index}.png", picture(index))
    assert main(["corrupt", str(tmp_path / "f"), "--rate", "0.5", "--out", str(tmp_path / "f/x.csv")]) == 2
    assert "the class 'none' as no label" in capsys.readouterr().err


def test_every_batch_of_cifar10_is_corrupted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = cifar10(tmp_path / "c", {"data_batch_1": [0, 1], "data_batch_2": [2, 3], "test_batch": [4]})
    assert main(["corrupt", str(root), "--rate", "1", "--out", str(tmp_path / "noisy.csv")]) == 0
    lines = [line.split(",")[2:] for line in (tmp_path / "noisy.csv").read_text().splitlines()[1:]]
    assert lines == [["1", "train"]] * 4 + [["0", "test"]]
    assert "export --as folder" in capsys.readouterr().out
