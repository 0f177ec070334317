"""auditor/data/formats/ferplus.py, ferplus_files.py and ferplus_votes.py: FER2013 with FER+."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.data.formats.ferplus_files import parse_votes, picture, pictures
from auditor.data.formats.ferplus_votes import share_out
from auditor.data.images import cache
from auditor.data.opening import list_label_files, open_dataset
from auditor.errors import DataError, ExportError, ImageError
from auditor.exports.source import CorrectionRequest, corrected
from tests.data.layouts import ferplus, grey, prepared, votes

ROWS = [
    (0, "Training", votes(anger=8, sadness=2), "fer0000000.png"),
    (3, "Training", votes(NF=9, happiness=1), ""),
    (3, "Training", votes(happiness=5, neutral=5), "fer0000001.png"),
    (6, "PublicTest", votes(contempt=6, neutral=4), "fer0000002.png"),
    (5, "PrivateTest", votes(fear=7, surprise=3), "fer0000003.png"),
    (2, "Training", votes(unknown=10), "fer0000004.png"),
]


def test_votes_are_joined_by_row(tmp_path: Path) -> None:
    root = ferplus(tmp_path / "fer", ROWS)
    assert list_label_files(root) == ["fer2013new.csv", "fer2013.csv"]
    dataset = open_dataset(root)
    assert (dataset.format, dataset.num_classes) == ("ferplus", 8)
    assert dataset.names.tolist() == ["fer0000000.png", "fer0000001.png", "fer0000002.png", "fer0000003.png"]
    assert [dataset.classes[label] for label in dataset.labels] == ["anger", "neutral", "contempt", "fear"]
    assert dataset.split.tolist() == [0, 0, 1, 2]
    assert dataset.lines.tolist() == [2, 4, 5, 6]
    original, soft = dataset.label_sets
    assert [dataset.classes[label] for label in original.labels] == ["anger", "happiness", "neutral", "surprise"]
    assert soft.probs is not None
    assert soft.probs[0, dataset.classes.index("anger")] == pytest.approx(0.8)
    assert soft.probs.sum(axis=1) == pytest.approx(1.0)
    assert any("2 rows judged unknown or not a face" in note for note in dataset.notes)
    assert any("1 row with a tie" in note for note in dataset.notes)
    for row, record in enumerate((0, 2, 3, 4)):
        assert (cache.decode(dataset, row)[..., 0] == grey(record)).all()


def test_fer2013s_own_labels_with_the_votes_beside_them(tmp_path: Path) -> None:
    dataset = open_dataset(ferplus(tmp_path / "fer", ROWS), label_file="fer2013.csv")
    assert dataset.classes[3] == "happy"
    assert dataset.labels.tolist() == [0, 3, 3, 2, 6, 5]
    assert dataset.names.tolist()[:3] == ["fer0000000.png", "row-00001", "fer0000001.png"]
    (crowd,) = dataset.label_sets
    assert crowd.labels.tolist() == [0, -1, 3, -1, 6, 2]
    assert (cache.decode(dataset, 1)[..., 0] == grey(1)).all()
    alone = tmp_path / "alone"
    alone.mkdir()
    (alone / "fer2013new.csv").write_text("junk")
    (alone / "fer2013.csv").write_bytes((dataset.root / "fer2013.csv").read_bytes())
    without = open_dataset(alone, label_file="fer2013.csv")
    assert without.label_sets == ()
    assert [p.kind for p in without.problems] == ["bad-table"]


def test_files_that_do_not_fit_are_listed(tmp_path: Path) -> None:
    root = ferplus(tmp_path / "fer", ROWS)
    lines = (root / "fer2013.csv").read_text().splitlines()
    lines[1] = "9" + lines[1][1:]
    lines[3] = lines[3].replace(" ", "", 1)
    (root / "fer2013.csv").write_text("\n".join(lines) + "\n\n")
    dataset = open_dataset(root, label_file="fer2013.csv")
    written = {(p.file, p.line, p.kind) for p in dataset.problems}
    assert {("fer2013.csv", 2, "label-range"), ("fer2013.csv", 4, "bad-line")} <= written
    assert dataset.lines.tolist() == [3, 7, 5, 6]
    with pytest.raises(ImageError):
        picture(root / "fer2013.csv", 2)
    (root / "fer2013.csv").write_bytes(b"\0" * 100_000)
    with pytest.raises(DataError, match="can be used"):
        open_dataset(root, label_file="fer2013.csv")


def without_line(file: Path, place: int) -> None:
    lines = file.read_text().splitlines()
    file.write_text("\n".join(lines[:place] + lines[place + 1 :]) + "\n")


def test_votes_are_not_joined_to_another_number_of_rows(tmp_path: Path) -> None:
    root = ferplus(tmp_path / "fer", ROWS)
    without_line(root / "fer2013.csv", 2)
    with pytest.raises(
        DataError, match=r"fer2013new\.csv has 6 rows and fer2013\.csv has 5, .* choose fer2013\.csv as"
    ):
        open_dataset(root)
    dataset = open_dataset(root, label_file="fer2013.csv")
    assert dataset.label_sets == ()
    assert sorted(dataset.names) == [f"row-{record:05d}" for record in range(5)]
    assert [(p.file, p.line, p.kind) for p in dataset.problems] == [("fer2013new.csv", None, "rows-differ")]


def test_votes_are_not_joined_to_rows_of_another_usage(tmp_path: Path) -> None:
    root = ferplus(tmp_path / "fer", ROWS)
    without_line(root / "fer2013.csv", 2)
    without_line(root / "fer2013new.csv", 4)
    with pytest.raises(
        DataError, match=r"have 5 rows each, of which 1 differ in Usage \(the first are line 4 and line 4\)"
    ):
        open_dataset(root)
    assert [p.kind for p in open_dataset(root, label_file="fer2013.csv").problems] == ["rows-differ"]


@pytest.mark.parametrize("file", ["fer2013new.csv", "fer2013.csv"])
def test_usages_beside_the_votes_count_where_the_pixels_have_none(tmp_path: Path, file: str) -> None:
    root = ferplus(tmp_path / "fer", ROWS)
    lines = (root / "fer2013.csv").read_text().splitlines()
    (root / "fer2013.csv").write_text("\n".join(line.rpartition(",")[0] for line in lines) + "\n")
    dataset = open_dataset(root, label_file=file)
    assert sorted(dataset.names[dataset.split == 1]) == ["fer0000002.png"]
    assert sorted(dataset.names[dataset.split == 2]) == ["fer0000003.png"]


def test_columns_in_another_order_and_long_lines(tmp_path: Path) -> None:
    pixels = " ".join(map(str, grey(1).ravel()))
    (tmp_path / "fer2013.csv").write_text(
        f"emotion, Usage, pixels\n4,Training,{pixels}\n{'x' * 200_000}\n1,Training,{pixels}\n"
    )
    records = pictures(tmp_path / "fer2013.csv")
    assert records.emotions.tolist() == [4, -1, 1]
    assert records.lines.tolist() == [2, 3, 4]
    assert (picture(tmp_path / "fer2013.csv", 2) == grey(1)).all()


def test_prepared_folders(tmp_path: Path) -> None:
    root = prepared(tmp_path, "FER2013Train", [("fer0000000.png", votes(fear=10)), ("fer0000001.png", votes(NF=10)),
                                               ("fer0000005.png", votes(anger=6, fear=4))])  # fmt: skip
    prepared(root, "FER2013Test", [("fer0000009.png", votes(sadness=10))])
    with (root / "FER2013Train/label.csv").open("a") as file:
        file.write('gone.png,"(0, 0, 48, 48)",1,0,0,0,0,0,0,0,0,0\n../up.png,"(0)",1,0,0,0,0,0,0,0,0,0\nbad,line\n')
    dataset = open_dataset(root)
    assert dataset.names.tolist() == ["fer0000000.png", "fer0000005.png", "fer0000009.png"]
    assert dataset.split.tolist() == [0, 0, 2]
    assert dataset.lines.tolist() == [1, 3, 1]
    assert [(p.line, p.kind) for p in dataset.problems] == [(6, "bad-line"), (4, "missing-image"), (5, "outside-root")]
    assert (cache.decode(dataset, 1)[..., 0] == grey(2)).all()
    source = (root / "FER2013Train/label.csv").read_bytes()
    labels = dataset.labels.copy()
    labels[1] = dataset.classes.index("disgust")
    (written,) = corrected(CorrectionRequest(dataset, labels, {})).values()
    assert written == source.replace(b"0,0,0,0,6,0,4,0,0,0", b"0,0,0,0,0,10,0,0,0,0")


def test_a_prepared_folder_opened_by_itself_keeps_its_split(tmp_path: Path) -> None:
    for folder in ("FER2013Train", "FER2013Test"):
        prepared(tmp_path, folder, [("fer0000000.png", votes(fear=10)), ("fer0000001.png", votes(anger=10))])
    dataset = open_dataset(tmp_path / "FER2013Test")
    choice = dataset.choice("split")
    assert choice is not None and (len(dataset.rows("test")), len(dataset), choice.close) == (2, 2, True)
    assert (choice.chosen, choice.alternatives, choice.role) == ("every row is a test row", ("none",), "split")
    unsplit = open_dataset(tmp_path / "FER2013Test", chosen={"split": "none"})
    assert (len(unsplit.rows("train")), unsplit.sources) == (2, ("label.csv",))
    with pytest.raises(DataError, match="cannot be taken from 'Usage'"):
        open_dataset(tmp_path / "FER2013Test", chosen={"split": "Usage"})
    assert len(open_dataset(tmp_path / "FER2013Train").rows("train")) == 2


def test_the_labels_of_a_prepared_folder_are_opened_with_those_of_the_other_splits(tmp_path: Path) -> None:
    for folder in ("FER2013Train", "FER2013Test"):
        prepared(tmp_path, folder, [("fer0000000.png", votes(fear=10)), ("fer0000001.png", votes(anger=10))])
    dataset = open_dataset(tmp_path / "FER2013Test/label.csv")
    assert (dataset.root, dataset.sources[0]) == (tmp_path, "FER2013Test/label.csv")
    assert dataset.paths[dataset.rows("test")].tolist() == ["FER2013Test/fer0000000.png", "FER2013Test/fer0000001.png"]
    assert dataset.paths[dataset.rows("train")].tolist() == [
        path.replace("Test", "Train") for path in dataset.paths[2:]
    ]


@pytest.mark.parametrize("folders", [False, True])
def test_votes_without_a_usage_take_the_split_of_names(tmp_path: Path, folders: bool) -> None:
    rows = [(f"fer000000{i}.png", votes(fear=10)) for i in range(2)]
    root = prepared(tmp_path, "test/images" if folders else "images", rows)
    (next(root.rglob("label.csv"))).rename(root / ("labels.csv" if folders else "test.csv"))
    assert len(open_dataset(root).rows("test")) == 2


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_votes_replaced_or_kept(tmp_path: Path, end: str) -> None:
    root = ferplus(tmp_path / "fer", ROWS, end)
    source = (root / "fer2013new.csv").read_bytes()
    dataset = open_dataset(root)
    assert corrected(CorrectionRequest(dataset, dataset.labels, {})) == {"fer2013new.csv": source}
    labels = dataset.labels.copy()
    labels[0] = dataset.classes.index("sadness")
    half = tuple(0.5 if name in ("happiness", "neutral") else 0.0 for name in dataset.classes)
    (replaced,) = corrected(CorrectionRequest(dataset, labels, {1: half})).values()
    assert replaced == source.replace(b"0,0,0,2,8,0,0,0,0,0", b"0,0,0,10,0,0,0,0,0,0")
    (kept,) = corrected(CorrectionRequest(dataset, labels, {}, "keep")).values()
    added = ["label", "sadness", "", "neutral", "contempt", "fear", ""]
    lines = source.decode().split(end)
    assert kept.decode() == end.join([*(f"{line},{cell}" for line, cell in zip(lines, added, strict=False)), ""])
    with pytest.raises(ExportError, match="replace or keep"):
        corrected(CorrectionRequest(dataset, labels, {}, "both"))


def test_fer2013_there_and_back(tmp_path: Path) -> None:
    root = ferplus(tmp_path / "fer", ROWS, "\r\n")
    source = (root / "fer2013.csv").read_bytes()
    dataset = open_dataset(root, label_file="fer2013.csv")
    labels = dataset.labels.copy()
    labels[dataset.index_of("fer0000001.png")] = 4
    (written,) = corrected(CorrectionRequest(dataset, labels, {})).values()
    before, after = source.split(b"\n"), written.split(b"\n")
    assert [i for i, pair in enumerate(zip(before, after, strict=True)) if pair[0] != pair[1]] == [3]
    assert after[3] == b"4" + before[3][1:]
    (root / "fer2013.csv").write_bytes(source.replace(b"\r\n3,", b"\r\n2,"))
    with pytest.raises(ExportError, match="line 4"):
        corrected(CorrectionRequest(dataset, labels, {}))


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), min_size=2, max_size=8).filter(lambda s: sum(s) > 0.01), st.integers(1, 20))
def test_votes_add_up(shares: list[float], total: int) -> None:
    counts = share_out(tuple(shares), total)
    exact = np.array(shares) / sum(shares) * total
    assert sum(counts) == total
    assert np.abs(counts - exact).max() < 1


def test_what_are_votes() -> None:
    assert parse_votes(["1"] * 10) == [1.0] * 10
    for cells in (["1"] * 9, ["x"] * 10, ["-1"] * 10, ["nan"] * 10, ["1e9"] * 10):
        assert parse_votes(cells) is None
