"""The benchmark by hand: benchmarks/judging.py, yield_figure.py, planting.py, simulated_crowds.py."""

import json
from xml.etree import ElementTree

import numpy as np
import pytest

from auditor.config import Workspace
from auditor.errors import DataError
from benchmarks import judging, yield_figure
from benchmarks.detection import accuracy
from benchmarks.planting import flip, flipped
from tests.data.layouts import cifar10
from tests.exports.small import rafdb


def truth():
    votes = np.array([[10, 0], [4, 6], [1, 9], [5, 5.0]])
    return judging.from_votes(votes, np.array([0, 1, 1, 0]), np.array([0, 0, 0, 1]))


def test_truth_from_votes():
    judged = truth()
    assert judged.mislabelled.tolist() == [False, True, True, True]
    assert judged.strict.tolist() == [False, False, True, False]
    assert judged.three.tolist() == [0, 0, 2, 1]
    assert judged.entropy[3] == pytest.approx(np.log(2))


def test_votes_are_found_by_name_or_by_file_name(tmp_path):
    file = tmp_path / "votes.csv"
    file.write_text("name,crowd_label,votes_sad,votes_happy\nb.png,2,1,9\na.png,1,7,3\n")
    for names in (["a.png", "b.png"], ["train/sad/a.png", "train/happy/b.png"]):
        judged = judging.read_votes(file, names, ("sad", "happy"), np.array([0, 0]))
        assert judged.mislabelled.tolist() == [False, True] and judged.strict.tolist() == [False, True]
    with pytest.raises(DataError, match=r"no line for x/c\.png"):
        judging.read_votes(file, ["a.png", "x/c.png"], ("sad", "happy"), np.array([0, 0]))
    with pytest.raises(DataError, match="two images, of one name"):
        judging.read_votes(file, ["x/a.png", "y/a.png"], ("sad", "happy"), np.array([0, 0]))
    with pytest.raises(DataError, match="no column votes_afraid"):
        judging.read_votes(file, ["a.png", "b.png"], ("sad", "afraid"), np.array([0, 0]))


def test_three_votes_or_shares_count_as_ten():
    votes = np.array([[3, 0], [1, 2], [0, 3.0]])
    for scale in (1, 1 / 3):
        judged = judging.from_votes(votes * scale, np.array([0, 1, 1]), np.array([0, 0, 0]))
        assert judged.strict.tolist() == [False, False, True] and judged.three.tolist() == [0, 0, 2]


def test_images_without_a_score_are_in_the_middle():
    assert judging.filled(np.array([1, np.nan, 5, 3.0])).tolist() == [1, 3, 5, 3]


def test_within_class_counts_pairs_inside_a_class_only():
    # In class 0 the right label outranks one of two wrong ones; class 1 has no pair.
    assert judging.within_class(np.array([0.5, 0.9, 0.1, 0.0]), truth()) == 0.5


def test_calibration_error():
    # Bins 0.2 and 0.8: stated 0.2 against actual 0.5, stated 0.8 against actual 1.
    p, wrong = np.array([0.25, 0.25, 0.85, 0.85]), np.array([True, False, True, True])
    assert judging.calibration_error(p, wrong) == pytest.approx((0.25 * 2 + 0.15 * 2) / 4)


def test_yield_curve_of_a_perfect_score():
    looked, found = judging.yield_curve(np.array([3.0, 2, 1, 0]), np.array([True, True, False, False]), points=5)
    assert looked.tolist() == [0, 0.25, 0.5, 0.75, 1] and found.tolist() == [0, 0.5, 1, 1, 1]


def test_figure_is_well_formed():
    curve = judging.yield_curve(np.arange(4.0), np.array([True, False, True, False]))
    root = ElementTree.fromstring(yield_figure.svg({"a < b": curve}, "found"))
    assert len(root.findall("{http://www.w3.org/2000/svg}polyline")) == 1


@pytest.mark.parametrize("alike", [False, True])
def test_a_simulated_crowd_has_the_noise_asked_for(alike):
    from benchmarks.simulated_crowds import crowd

    inputs, labels = crowd(1, 2000, 0.3, 1.0, alike)
    assert inputs.shape == (2000, 64) and np.isfinite(inputs).all()
    assert labels.mislabelled.mean() == pytest.approx(0.3, abs=0.04)


def test_planted_flags_are_read(tmp_path):
    (tmp_path / "l.txt").write_text("a.jpg 1 0\nb.jpg 2 1\nc.jpg 3\n")
    assert flipped(tmp_path / "l.txt") == {"a.jpg": False, "b.jpg": True, "c.jpg": False}
    (tmp_path / "l.csv").write_text("path,label,flipped,split\na.jpg,x,0,train\nb.jpg,y,1,train\n")
    assert flipped(tmp_path / "l.csv") == {"a.jpg": False, "b.jpg": True}


def test_labels_of_any_format_can_be_flipped_and_opened(tmp_path):
    lists = b"".join(b"train_%05d.jpg %d\n" % (i, i % 3 + 1) for i in range(1, 11))
    batches = {"data_batch_1": [0, 1] * 3, "data_batch_2": [2, 3] * 2, "test_batch": [4]}
    for data in (rafdb(tmp_path / "faces", lists, 10), cifar10(tmp_path / "objects", batches)):
        workspace = Workspace(tmp_path / f"{data.name} studied")
        for rate in (0.2, 0.4, 0.2):  # what is there already is written again
            study = flip(data, workspace, "symmetric", rate)
            opened, flags = study.open(), study.flags()
            names = opened.names[opened.rows("train")]
            assert len(names) == 10
            assert sum(flags[name] for name in names) == 10 * rate
    others = cifar10(tmp_path / "others", {"data_batch_1": [5, 6] * 2})
    assert len(flip(others, workspace, "symmetric", 0.5).open()) == 4  # in one workspace, but not the same images


def test_accuracies_are_the_last_ones_and_empty_where_there_are_no_test_images(tmp_path):
    workspace = Workspace(tmp_path)
    workspace.run("r").mkdir(parents=True)
    lines = [{"method": "nla", "held_out_accuracy": x} for x in (0.2, 0.3)]
    lines.append({"method": "student", "test_accuracy": 0.5})
    (workspace.run("r") / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert accuracy(workspace, "r") == [
        {"method": "nla", "test accuracy": "", "held-out agreement": 0.3},
        {"method": "student", "test accuracy": 0.5, "held-out agreement": ""},
    ]
