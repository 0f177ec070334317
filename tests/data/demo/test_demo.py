"""auditor/data/demo: generate.py, parameters.py, faces.py, features.py and canvas.py; and the command cli/demo.py."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from auditor.cli import main
from auditor.data.demo import generate
from auditor.data.demo.faces import render
from auditor.data.demo.parameters import CLASSES, EXPRESSIONS, HAIR_STYLES, LOOK_ALIKE, UNITS, draw_face, mixed
from auditor.data.opening import open_dataset
from auditor.errors import DataError


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generate.generate(tmp_path_factory.mktemp("demo") / "faces", images=48, seed=3)


def contents(root: Path) -> dict[str, str]:
    files = (path for path in sorted(root.rglob("*")) if path.is_file())
    return {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_same_seed_same_bytes_other_seed_other_faces(small: Path, tmp_path: Path) -> None:
    again = generate.generate(tmp_path / "again", images=48, seed=3)
    other = generate.generate(tmp_path / "other", images=48, seed=4)
    assert contents(again) == contents(small)
    same = set(contents(other).values()) & set(contents(small).values())
    assert not same


def test_true_labels_are_of_the_same_faces(small: Path, tmp_path: Path) -> None:
    sound = generate.generate(tmp_path / "sound", images=48, seed=3, true_labels=True)
    same = {file for file, content in contents(sound).items() if contents(small)[file] == content}
    assert same == {file for file in contents(small) if "Image" in file or "test_label" in file}
    before, planted = generate.truth(small), generate.truth(sound)
    assert before is not None and planted is not None
    assert (planted.given == planted.true).all() and (planted.true == before.true).all()
    assert set(planted.kind) == {0, 1} and (before.given != before.true).any()
    with pytest.raises(DataError):
        generate.generate(sound, images=48, seed=3)  # it holds another demo


def test_processes_draw_the_same_bytes_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generate, "CHUNK", 9)
    monkeypatch.setattr(generate, "SERIAL_BELOW", 20)
    calls: list[tuple[int, int, str]] = []
    many = generate.generate(tmp_path / "many", images=20, seed=5, progress=lambda *a: calls.append(a))
    monkeypatch.setattr(generate, "SERIAL_BELOW", 21)
    assert contents(generate.generate(tmp_path / "one", images=20, seed=5)) == contents(many)
    assert [done for done, _, _ in calls] == [9, 18, 20]


def test_opens_as_rafdb_and_truth_lines_up(small: Path) -> None:
    dataset = open_dataset(small)
    planted = generate.truth(small)
    assert dataset.format == "rafdb"
    assert dataset.problems == ()
    assert planted is not None
    assert len(planted) == len(dataset) == 48
    rows = planted.rows(dataset.names)
    assert (planted.given[rows] == dataset.labels).all()
    test = dataset.split == 2
    assert test.sum() == 8
    assert (planted.true[rows][test] == dataset.labels[test]).all()
    assert planted.rows(np.array(["elsewhere.jpg"], dtype=object)).tolist() == [-1]


def test_plan_is_what_it_says() -> None:
    planted = generate.plan(6000, seed=1)
    train = np.arange(len(planted)) < 5000
    noisy, ambiguous, clean = (planted.kind == k for k in (2, 1, 0))
    assert ((planted.given != planted.true) == noisy)[~ambiguous].all()
    assert 0.11 < ambiguous.mean() < 0.13
    assert (planted.share[ambiguous] <= 0.6).all()
    assert (planted.share[~ambiguous] >= 0.8).all()
    assert (planted.second != planted.true).all()
    rate = [noisy[train & (planted.true == k) & ~ambiguous].mean() for k in range(7)]
    assert rate == pytest.approx([generate.FLIPPED[name] for name in CLASSES], abs=0.05)
    assert not noisy[~train].any()
    flipped = planted.given[noisy & (planted.true == CLASSES.index("surprise"))]
    assert np.bincount(flipped).argmax() == CLASSES.index("fear")
    assert clean.any()


def test_every_class_even_in_the_smallest_demo() -> None:
    planted = generate.plan(14, seed=0)
    assert set(planted.true[:7]) == set(planted.true[7:]) == set(range(7))


def test_folder_is_whole_or_absent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(generate, "_draw_all", fail)
    with pytest.raises(DataError, match="No space left on device"):
        generate.generate(tmp_path / "faces", images=20)
    assert list(tmp_path.iterdir()) == []


def test_never_writes_over_anything(small: Path, tmp_path: Path) -> None:
    before = contents(small)
    assert generate.generate(small, images=48, seed=3) == small
    with pytest.raises(DataError, match="other settings"):
        generate.generate(small, images=49, seed=3)
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(DataError, match="not empty"):
        generate.generate(tmp_path, images=48, seed=3)
    with pytest.raises(DataError, match="too small"):
        generate.generate(tmp_path / "new", images=3)
    assert contents(small) == before


def test_truth_is_none_elsewhere(tmp_path: Path, small: Path) -> None:
    assert generate.truth(tmp_path) is None
    (tmp_path / generate.RECIPE_FILE).write_text("{}")
    (tmp_path / generate.TRUTH_FILE).write_text("name,given\nx,1\n")
    assert generate.truth(tmp_path) is None


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--out", str(tmp_path / "faces"), "--images", "14", "--seed", "1"]) == 0
    assert capsys.readouterr().out.strip() == str(tmp_path / "faces")
    assert main(["demo", "--out", str(tmp_path), "--images", "14"]) == 2


def test_parameters_are_consistent() -> None:
    assert set(EXPRESSIONS) == set(LOOK_ALIKE) == set(CLASSES)
    assert all(unit in UNITS for forms in EXPRESSIONS.values() for form in forms for unit in form)
    for name, others in LOOK_ALIKE.items():
        assert name not in others
        assert sum(others.values()) == pytest.approx(1.0)


def test_a_blend_lies_between_its_classes() -> None:
    def corner(share: float) -> float:
        return float(
            np.mean([mixed("happiness", "sadness", share, np.random.default_rng(i))["corner"] for i in range(99)])
        )

    assert corner(1.0) > corner(0.5) > corner(0.0)
    assert corner(0.0) < -0.3 < 0.3 < corner(1.0)


@pytest.mark.parametrize("name", CLASSES)
def test_faces_fill_the_picture(name: str) -> None:
    styles = set()
    for seed in range(6):
        face = draw_face(name, "neutral", 1.0, np.random.default_rng(seed))
        picture = render(face, 64)
        styles.add(face.hair_style)
        assert picture.shape == (64, 64, 3)
        assert picture.dtype == np.uint8
        assert picture.std() > 15
    assert styles <= set(HAIR_STYLES)
