"""run.py, sources.py, picture.py, formats/eyes.py, formats/rafdb_faces.py: the eyes of every face at one place."""

from __future__ import annotations

import io
import os
import signal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from auditor.cli import align as cli_align
from auditor.cli import main
from auditor.data.align import run as module
from auditor.data.align.picture import aligned_jpeg
from auditor.data.align.run import align
from auditor.data.align.sources import SOURCES_FILE, prune, why_not
from auditor.data.formats.eyes import landmark_eyes, manual_eyes, npy_eyes
from auditor.data.images.cache import decode
from auditor.data.opening import open_dataset
from auditor.errors import DataError, ImageError
from tests.data.layouts import affectnet, affectnet2, landmarks
from tests.exports.small import picture, rafdb, save


def dots(size: tuple[int, int], *eyes: tuple[float, float], radius: float = 4) -> bytes:
    """A white picture with a red left and a blue right dot."""
    image = Image.new("RGB", size, "white")
    for (x, y), colour in zip(eyes, ("red", "blue"), strict=True):
        ImageDraw.Draw(image).ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def centre(pixels: np.ndarray, channel: int) -> tuple[float, float]:
    """Where the red (0) or blue (2) dot is, as (x, y)."""
    others = [c for c in (0, 1, 2) if c != channel]
    mask = (pixels[..., channel] > 150) & (pixels[..., others] < 110).all(axis=-1)
    y, x = np.nonzero(mask)
    return float(x.mean()), float(y.mean())


@settings(max_examples=25, deadline=None)
@given(x=st.floats(90, 160), y=st.floats(90, 160), angle=st.floats(-1.2, 1.2), distance=st.floats(40, 90))
def test_eyes_land_where_the_protocol_says(x: float, y: float, angle: float, distance: float) -> None:
    right = (x + distance * np.cos(angle), y + distance * np.sin(angle))
    data = aligned_jpeg(dots((260, 260), (x, y), right), "x", ((x, y), right), 256, 0.3)
    pixels = np.asarray(Image.open(io.BytesIO(data)))
    assert pixels.shape == (256, 256, 3)
    assert centre(pixels, 0) == pytest.approx((76.8, 76.8), abs=3)
    assert centre(pixels, 2) == pytest.approx((179.2, 76.8), abs=3)


def test_a_large_picture_is_shrunk_to_the_same_place() -> None:
    eyes = ((800.0, 900.0), (1500.0, 1000.0))
    data = aligned_jpeg(dots((2400, 2400), *eyes, radius=40), "x", eyes, 64, 0.3)
    pixels = np.asarray(Image.open(io.BytesIO(data)))
    assert centre(pixels, 0) == pytest.approx((19.2, 19.2), abs=1.2)
    assert centre(pixels, 2) == pytest.approx((44.8, 19.2), abs=1.2)
    with pytest.raises(ImageError, match="outside"):
        aligned_jpeg(dots((50, 50), (1, 1), (9, 9)), "x", ((500.0, 1.0), (600.0, 1.0)), 64, 0.3)


@pytest.mark.parametrize(
    "text", ["30\t40\n70 42\n1 2\n", "30 40\r\n70\t42", "\ufeff30.0,40\n70,42\n", "70 42\n30 40\n"]
)
def test_manual_annotation(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.txt").write_text(text, encoding="utf-8")
    if text.startswith("\ufeff"):
        (tmp_path / "a.txt").write_text(text[1:], encoding="utf-8")
    assert manual_eyes(tmp_path / "a.txt") == ((30.0, 40.0), (70.0, 42.0))


@pytest.mark.parametrize("text", ["", "30 40", "x y\n1 2", "30 40\n30 40\n", "nan nan\n1 2\n"])
def test_no_manual_annotation(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.txt").write_text(text)
    with pytest.raises(DataError):
        manual_eyes(tmp_path / "a.txt")


def test_landmarks() -> None:
    left, right = landmark_eyes(landmarks((30, 40), (70, 42)))
    assert left == pytest.approx((30, 40))
    assert right == pytest.approx((70, 42))
    for text in ("", "1;2;3", "a;" * 136, ";".join(["nan"] * 136)):
        with pytest.raises(DataError):
            landmark_eyes(text)


@pytest.fixture
def raf(tmp_path: Path) -> Path:
    root = rafdb(tmp_path / "raf", b"train_00001.jpg 5\r\ntrain_00002.jpg 1\ntrain_00003.jpg 2\ntrain_00004.jpg 2", 4)
    for index in (1, 2, 3):
        save(root / f"Image/original/train_{index:05d}.jpg", picture(index))
    for index, text in ((1, "15\t20\n33\t21\n"), (2, "16 20\n34 20\n"), (3, "broken")):
        path = root / f"Annotation/manual/train_{index:05d}_manu_attri.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def test_rafdb_is_a_new_data_set(raf: Path, tmp_path: Path) -> None:
    calls: list[tuple[int, int, str]] = []
    out = tmp_path / "aligned"
    result = align(open_dataset(raf), out, size=64, progress=lambda *a: calls.append(a))
    assert (result.made, result.kept, result.finished) == (2, 0, True)
    assert [(p.kind, p.line) for p in result.problems] == [("missing-eyes", 3), ("missing-image", 4)]
    assert calls == [(2, 2, "aligning faces")]
    dataset = open_dataset(out)
    assert dataset.format == "rafdb"
    assert dataset.names.tolist() == ["train_00001.jpg", "train_00002.jpg"]
    assert dataset.paths[0] == "Image/myaligned/imgs/train_00001.jpg"
    assert decode(dataset, 0).shape == (64, 64, 3)
    assert (out / "EmoLabel/train_label.txt").read_bytes() == (raf / "EmoLabel/train_label.txt").read_bytes()


def test_it_goes_on_where_it_was(raf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CHUNK", 1)
    dataset, out = open_dataset(raf), tmp_path / "aligned"
    stopped = align(dataset, out, cancelled=lambda: True)
    assert (stopped.made, stopped.finished) == (1, False)
    again = align(dataset, out)
    assert (again.made, again.kept, again.finished) == (1, 1, True)
    os.utime(raf / "Image/original/train_00001.jpg", ns=(1, 1))
    assert align(dataset, out).made == 1
    with pytest.raises(DataError, match="holds no such alignment"):
        align(dataset, out, size=128)
    with pytest.raises(DataError, match="inside"):
        align(dataset, raf / "aligned")
    assert [path.name for path in out.rglob(".*") if path.is_file()] == [SOURCES_FILE]


def test_a_face_whose_picture_is_gone_is_deleted_at_the_next_opening(raf: Path, tmp_path: Path) -> None:
    dataset, out = open_dataset(raf), tmp_path / "aligned"
    align(dataset, out)
    faces = [out / "Image/myaligned/imgs" / f"train_0000{number}.jpg" for number in (1, 2)]
    assert prune(out, dataset) == 0
    (raf / "Image/original/train_00002.jpg").unlink()
    assert prune(out, dataset) == 1
    assert [face.exists() for face in faces] == [True, False]
    (out / SOURCES_FILE).unlink()  # a copy of before pictures were noted
    (raf / "Image/original/train_00001.jpg").unlink()
    (raf / "Image/original/train_00003.jpg").write_bytes(faces[0].read_bytes())
    prune(out, open_dataset(raf))
    assert not faces[0].exists()


def test_a_copy_of_a_data_set_that_moved_is_gone_on_with(raf: Path, tmp_path: Path) -> None:
    align(open_dataset(raf), tmp_path / "aligned", size=64)
    moved = raf.rename(tmp_path / "moved")
    assert align(open_dataset(moved), tmp_path / "aligned", size=64).kept == 2


def test_processes_make_the_same_faces(raf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = open_dataset(raf)
    one = align(dataset, tmp_path / "one", size=64).folder
    monkeypatch.setattr(module, "SERIAL_BELOW", 1)
    many = align(dataset, tmp_path / "many", size=64).folder
    for path in one.rglob("*.jpg"):
        assert path.read_bytes() == (many / path.relative_to(one)).read_bytes()


def test_affectnet_by_its_landmarks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = affectnet(tmp_path / "an", [("1/a.jpg", 0, 0, 0), ("2/a.jpg", 3, 0, 0), ("2/b.jpg", 9, 0, 0)])
    assert main(["align", str(root), "--workspace", str(tmp_path / "ws"), "--size", "64"]) == 0
    folder = Path(capsys.readouterr().out.splitlines()[-1])
    dataset = open_dataset(folder)
    assert dataset.paths.tolist() == ["myaligned/1/a.jpg", "myaligned/2/a.jpg"]
    assert decode(dataset, 1).shape == (64, 64, 3)
    assert main(["align", str(folder), "--workspace", str(tmp_path / "ws")]) == 2
    assert "aligned already" in capsys.readouterr().err


def test_the_command_stops_when_asked_and_goes_on(tmp_path: Path, capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    root = affectnet(tmp_path / "an", [(f"1/{i}.jpg", 0, 0, 0) for i in range(4)])
    command = ["align", str(root), "--workspace", str(tmp_path / "ws"), "--size", "64"]
    monkeypatch.setattr(module, "CHUNK", 1)
    monkeypatch.setattr(cli_align, "show_progress", lambda done, *_: done == 2 and os.kill(os.getpid(), signal.SIGINT))
    assert main(command) == 3
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "2 faces aligned, 0 aligned before, 0 left out"
    assert "run the same command to continue" in lines[1]
    monkeypatch.setattr(cli_align, "show_progress", lambda *_: None)
    assert main(command) == 0
    assert capsys.readouterr().out.startswith("2 faces aligned, 2 aligned before, 0 left out")


def test_other_sets_are_used_as_they_are(tmp_path: Path) -> None:
    for name in ("x", "y"):
        save(tmp_path / "f" / name / "1.png", picture(1))
    with pytest.raises(DataError, match="used as they are"):
        align(open_dataset(tmp_path / "f"), tmp_path / "out")
    with pytest.raises(DataError, match="alignment needs"):
        align(open_dataset(rafdb(tmp_path / "raf", b"train_00001.jpg 5", 1)), tmp_path / "out")


def points(root: Path, name: str, kind: str = "f8", shape: tuple[int, ...] = (136,)) -> Path:
    """An AffectNet `_lnd.npy` whose eyes are those of `landmarks`."""
    values = np.array([float(value) for value in landmarks((15, 20), (33, 21)).split(";")])
    np.save(root / f"{name}_lnd.npy", values.astype(kind).reshape(shape))
    return root / f"{name}_lnd.npy"


@pytest.mark.parametrize(("kind", "shape"), [("f8", (136,)), ("<f4", (68, 2)), (">f4", (1, 136)), ("i8", (68, 2))])
def test_landmarks_of_a_file_of_their_own(tmp_path: Path, kind: str, shape: tuple[int, ...]) -> None:
    left, right = npy_eyes(points(tmp_path, "a", kind, shape))
    assert left == pytest.approx((15, 20), abs=0.5)
    assert right == pytest.approx((33, 21), abs=0.5)


def test_what_are_no_landmarks(tmp_path: Path) -> None:
    good = points(tmp_path, "a").read_bytes()
    np.save(tmp_path / "object_lnd.npy", np.array([{}], dtype=object), allow_pickle=True)
    np.save(tmp_path / "few_lnd.npy", np.arange(134.0))
    np.save(tmp_path / "column_lnd.npy", np.asfortranarray(np.zeros((68, 2))))
    for place, data in enumerate((b"", good[:-1], good + b"x", good.replace(b"NUMPY", b"NAMPY"))):
        (tmp_path / f"{place}_lnd.npy").write_bytes(data)
    (tmp_path / "a_lnd.npy").unlink()
    for path in tmp_path.iterdir():
        with pytest.raises(DataError, match="68 points"):
            npy_eyes(path)


def test_affectnets_second_release_takes_its_annotations_along(tmp_path: Path) -> None:
    root = affectnet2(tmp_path / "an", "train_set", [(1, 0, 0.5, -0.5), (2, 3, 0.25, 0), (3, 1, 0, 0)])
    affectnet2(root, "val_set", [(9, 2, 0, 0)])
    dataset = open_dataset(root)
    for path in root.rglob("*_lnd.npy"):
        path.unlink()
    assert "no landmarks" in why_not(dataset)
    for name in ("1", "2"):
        points(root / "train_set/annotations", name)
    points(root / "val_set/annotations", "9")
    assert why_not(dataset) == ""
    result = align(dataset, tmp_path / "out", size=64)
    assert (result.made, [(p.kind, p.file) for p in result.problems]) == (
        3,
        [("missing-eyes", "train_set/annotations/3_lnd.npy")],
    )
    aligned = open_dataset(result.folder)
    assert aligned.format == "affectnet2"
    assert aligned.names.tolist() == ["train_set/images/1.jpg", "train_set/images/2.jpg", "val_set/images/9.jpg"]
    assert aligned.labels.tolist() == [0, 3, 2]
    assert aligned.problems == ()
    assert decode(aligned, 1).shape == (64, 64, 3)
    assert "aligned already" in why_not(aligned)
    assert align(dataset, tmp_path / "out", size=64).kept == 3


def test_why_a_data_set_is_not_aligned_is_one_sentence(raf: Path, tmp_path: Path) -> None:
    assert why_not(open_dataset(raf)) == ""
    for name in ("x", "y"):
        save(tmp_path / "f" / name / "1.png", picture(1))
    folder = open_dataset(tmp_path / "f")
    assert why_not(folder) == "This data set has no eye positions for an alignment; its faces are used as they are."
    assert "Annotation/manual" in why_not(open_dataset(rafdb(tmp_path / "plain", b"train_00001.jpg 5", 1)))
    root = affectnet(tmp_path / "an", [("1/a.jpg", 0, 0, 0), ("1/b.jpg", 0, 0, 0)])
    assert why_not(open_dataset(root)) == ""
    text = (root / "training.csv").read_text().replace("facial_landmarks", "marks")
    (root / "training.csv").write_text(text)
    assert "no column facial_landmarks" in why_not(open_dataset(root))
