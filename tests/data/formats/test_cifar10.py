"""auditor/data/formats/cifar10.py, cifar10_annotators.py and cifar10_batches.py."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest

from auditor.data.formats.cifar10_annotators import numbering
from auditor.data.formats.cifar10_batches import patch_labels
from auditor.data.images import cache
from auditor.data.opening import list_label_files, open_dataset
from auditor.errors import DataError, ExportError
from auditor.exports.source import CorrectionRequest, write
from tests.data.layouts import cifar10
from tests.exports.small import picture

LABELS = {"data_batch_1": [6, 9, 9], "data_batch_2": [4, 1], "test_batch": [3, 8]}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return cifar10(tmp_path / "cifar-10-batches-py", LABELS)


def test_batches(root: Path) -> None:
    dataset = open_dataset(root.parent)
    assert (dataset.format, dataset.root) == ("cifar10", root)
    assert dataset.classes[6] == "frog"
    assert dataset.labels.tolist() == [6, 9, 9, 4, 1, 3, 8]
    assert dataset.split.tolist() == [0, 0, 0, 0, 0, 2, 2]
    assert dataset.names[3] == "data_batch_2/00000-face_s_000000.png"
    assert dataset.lines.tolist() == [1, 2, 3, 1, 2, 1, 2]
    assert [(p.file, p.kind) for p in dataset.problems] == [(f"data_batch_{i}", "missing-batch") for i in (3, 4, 5)]
    for row in range(len(dataset)):
        assert (cache.decode(dataset, row) == picture(row, 32)).all()


def test_annotators_from_a_table(root: Path) -> None:
    (root / "humans.csv").write_text(
        "index,worker1,worker2\n0,frog,9\n1,truck,\n4,cat,1\n4,cat,1\n77,cat,1\n2,9,zebra\n"
    )
    assert list_label_files(root) == ["", "humans.csv?label=worker1", "humans.csv?label=worker2"]
    dataset = open_dataset(root)
    assert [s.name for s in dataset.label_sets] == ["worker1", "worker2"]
    assert dataset.label_sets[0].labels.tolist() == [6, 9, 9, -1, 3, -1, -1]
    assert dataset.label_sets[1].labels.tolist() == [9, -1, -1, -1, 1, -1, -1]
    decoded = {(p.line, p.kind) for p in dataset.problems if p.file == "humans.csv"}
    assert decoded == {(5, "duplicate-name"), (6, "missing-image"), (7, "label-range")}
    worker = open_dataset(root, label_file="humans.csv?label=worker1")
    assert worker.labels.tolist() == [6, 9, 9, 3, 3, 8]
    assert worker.lines.tolist()[:4] == [2, 3, 7, 4]
    assert [s.name for s in worker.label_sets] == ["batches", "worker2"]
    assert (cache.decode(worker, 3) == picture(4, 32)).all()
    with pytest.raises(DataError, match="choose one of humans"):
        open_dataset(root, label_file="humans.csv?label=nobody")


def test_an_index_counts_through_a_published_batch_that_is_absent():
    whole = [(f"data_batch_{place}", 10_000) for place in range(1, 6)]
    assert numbering(whole).rows == {number: number for number in range(50_000)}
    missing = numbering([*whole[:1], ("data_batch_2", None), *whole[2:]])
    assert (missing.known, missing.gap, len(missing.rows)) == (50_000, "", 40_000)
    assert [missing.rows.get(number) for number in (9_999, 10_000, 19_999, 20_000)] == [9_999, None, None, 10_000]


@pytest.mark.parametrize("damaged", [False, True])
def test_an_index_is_not_joined_behind_a_batch_of_unknown_size(tmp_path: Path, damaged: bool) -> None:
    root = cifar10(tmp_path / "cifar", {f"data_batch_{place + 1}": [place] * 3 for place in range(5)})
    (root / "humans.csv").write_text("index,worker1\n" + "".join(f"{number},{number // 3}\n" for number in range(15)))
    assert open_dataset(root, label_file="humans.csv").labels.tolist() == [
        place for place in range(5) for _ in range(3)
    ]
    (root / "data_batch_3").write_bytes(b"junk") if damaged else (root / "data_batch_3").unlink()
    dataset = open_dataset(root, label_file="humans.csv")
    assert {(name[:12], int(label)) for name, label in zip(dataset.names, dataset.labels, strict=True)} == {
        ("data_batch_1", 0),
        ("data_batch_2", 1),
    }
    left_out = [problem for problem in dataset.problems if problem.file == "humans.csv"]
    assert [(problem.line, problem.kind) for problem in left_out] == [(line, "missing-batch") for line in range(8, 17)]
    assert left_out[0].message.startswith("data_batch_3 is not there or cannot be read")


def test_labels_by_name_of_the_image(root: Path) -> None:
    (root / "a.tsv").write_text("name\tlabel\ndata_batch_2/00001-face_s_000001.png\tship\n")
    assert open_dataset(root).label_sets[0].labels.tolist() == [-1, -1, -1, -1, 8, -1, -1]


def test_damaged_batches_are_listed(root: Path) -> None:
    (root / "data_batch_2").write_bytes(b"cos\nsystem\n(S'touch hacked'\ntR.")
    (root / "batches.meta").write_bytes(b"")
    cifar10(root / "x", {"data_batch_4": [1, 2]})
    (root / "data_batch_4").write_bytes((root / "x/data_batch_4").read_bytes().replace(b"K\x01K\x02", b"K\x01K\x0c", 1))
    dataset = open_dataset(root)
    assert dataset.labels.tolist() == [6, 9, 9, 1, 3, 8]
    kinds = [(p.file, p.kind) for p in dataset.problems]
    assert ("data_batch_2", "bad-batch") in kinds
    assert ("batches.meta", "bad-batch") in kinds
    assert ("data_batch_4", "label-range") in kinds
    for name in ("data_batch_1", "data_batch_4"):
        (root / name).write_bytes(pickle.dumps({b"data": np.zeros((2, 5), dtype=np.uint8), b"labels": [1, 2]}, 2))
    with pytest.raises(DataError, match="no training batch"):
        open_dataset(root)


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4])
def test_there_and_back(tmp_path: Path, protocol: int) -> None:
    root = cifar10(tmp_path / "cifar", LABELS, protocol)
    dataset = open_dataset(root)
    (same,) = write(CorrectionRequest(dataset, dataset.labels, {}), tmp_path / "same")
    files = sorted(path.name for path in root.iterdir())
    assert sorted(path.name for path in same.iterdir()) == files
    assert all((same / name).read_bytes() == (root / name).read_bytes() for name in files)
    labels = dataset.labels.copy()
    labels[[1, 2, 6]] = [0, 7, 2]
    (out,) = write(CorrectionRequest(dataset, labels, {}), tmp_path / "out")
    assert open_dataset(out).labels.tolist() == [6, 0, 7, 4, 1, 3, 2]
    before, after = (folder / "data_batch_1" for folder in (root, out))
    differing = [i for i, (a, b) in enumerate(zip(before.read_bytes(), after.read_bytes(), strict=True)) if a != b]
    assert len(differing) == 2
    assert (out / "data_batch_2").read_bytes() == (root / "data_batch_2").read_bytes()
    with pytest.raises(ExportError, match="has changed"):
        patch_labels(before.read_bytes(), "data_batch_1", {0: (5, 1)})


def test_more_labels_than_one_chunk_of_a_pickle_holds(tmp_path: Path) -> None:
    codes = [i % 10 for i in range(2500)]
    raw = pickle.dumps({b"labels": codes, b"data": b"xx", b"filenames": [b"labels"] * 3}, 2)
    decoded = pickle.loads(patch_labels(raw, "b", {999: (9, 1), 1000: (0, 5), 2499: (9, 2)}))[b"labels"]
    codes[999], codes[1000], codes[2499] = 1, 5, 2
    assert decoded == codes


def test_an_annotators_export_is_the_table(root: Path, tmp_path: Path) -> None:
    (root / "humans.csv").write_bytes(b"index;worker1;worker2\r\n0;frog;9\r\n1;truck;\r\n")
    dataset = open_dataset(root, label_file="humans.csv?label=worker2")
    labels = dataset.labels.copy()
    labels[0] = 4
    (out,) = write(CorrectionRequest(dataset, labels, {}), tmp_path / "out.csv")
    assert out.read_bytes() == b"index;worker1;worker2\r\n0;frog;4\r\n1;truck;\r\n"
