from pathlib import Path

import numpy as np
import pytest

from auditor.data.files.listing import Listing
from auditor.data.formats.rafdb import CLASSES
from auditor.data.formats.rafdb_images import choices, find_all
from auditor.data.images.cache import read_encoded
from auditor.data.opening import list_label_files, open_dataset
from auditor.errors import DataError
from tests.data.drawn import draw, kinds, raf

BOTH = "train_00001.jpg 5\ntest_0001.jpg 2\ntrain_00002.jpg 1\n"


def test_real_faces(fer_raf):
    dataset = open_dataset(fer_raf)
    assert (len(dataset.rows("train")), len(dataset.rows("test"))) == (6000, 1500)
    assert dataset.classes == CLASSES
    assert dataset.names[0] == "train_00001.jpg"
    assert dataset.labels[0] == 3
    assert dataset.problems == ()
    combined = open_dataset(fer_raf, label_file="list_patition_label.txt")
    assert (combined.labels == dataset.labels).all()


def test_every_label_file_can_be_audited(tmp_path):
    root = raf(
        tmp_path, test_label="test_0001.jpg 2\n", list_patition_label=BOTH, noise01="train_00002.jpg 3\n",
        list_label_Model=BOTH, list_va_Model="train_00001.jpg 0.5 -3\n",
    )  # fmt: skip
    files = ["train_label", "list_patition_label", "noise01", "list_label_Model", "test_label"]
    assert list_label_files(root) == [f"EmoLabel/{file}.txt" for file in files]
    noise = open_dataset(root, label_file="noise01.txt")
    assert list(noise.names) == ["train_00002.jpg", "test_0001.jpg"]
    assert noise.labels.tolist() == [2, 1]
    assert open_dataset(root / "EmoLabel" / "noise01.txt").key == noise.key
    combined = open_dataset(root, label_file="list_patition_label.txt")
    assert list(combined.names) == ["train_00001.jpg", "train_00002.jpg", "test_0001.jpg"]
    assert combined.lines.tolist() == [1, 3, 2]
    machine = open_dataset(root, label_file="list_label_Model.txt")
    assert [s.name for s in machine.label_sets] == ["list_patition_label"]


def test_a_label_file_elsewhere(tmp_path, monkeypatch):
    root = raf(tmp_path / "data", test_label="test_0001.jpg 2\n")
    (tmp_path / "mine.txt").write_text("train_00002.jpg 4 1\n")
    for given in (str(tmp_path / "mine.txt"), "mine.txt"):
        monkeypatch.chdir(tmp_path)
        dataset = open_dataset(root, label_file=given)
        assert dataset.labels.tolist() == [3, 1]
        assert dataset.label_file == str(tmp_path / "mine.txt")
        assert "the rest is ignored" in " ".join(dataset.notes)


def test_extra_label_sets_and_valence(tmp_path):
    va = "train_00001.jpg 0.5 -3\ntrain_00001.jpg 0 0\ntrain_00002.jpg nan 1\nnobody.jpg 1 1\n"
    dataset = open_dataset(
        raf(tmp_path, list_label_AffectnetModel="train_00002.jpg 7\ntrain_00001.jpg 9\n", list_va_AffectnetModel=va)
    )
    (machine,) = dataset.label_sets
    assert (machine.name, machine.labels.tolist()) == ("AffectnetModel", [-1, 6])
    np.testing.assert_array_equal(dataset.valence_arousal, np.array([[0.5, -1], [np.nan, np.nan]], np.float32))
    assert kinds(dataset) == [
        ("EmoLabel/list_label_AffectnetModel.txt", 2, "label-range"),
        ("EmoLabel/list_va_AffectnetModel.txt", 2, "duplicate-name"),
        ("EmoLabel/list_va_AffectnetModel.txt", 3, "bad-line"),
    ]


def test_rows_without_an_image_are_left_out_and_listed(tmp_path):
    root = raf(tmp_path, "a.jpg 1\nb.jpg 2\nc.jpg 3\n", images=["a.jpg"])
    (root / "Image/aligned/c_aligned.jpg").symlink_to("/etc/hostname")
    dataset = open_dataset(root)
    assert list(dataset.names) == ["a.jpg"]
    assert sorted(kinds(dataset)) == [
        ("EmoLabel/train_label.txt", 2, "missing-image"),
        ("EmoLabel/train_label.txt", 3, "outside-root"),
    ]


def test_an_image_that_two_lines_name_otherwise_has_one_row(tmp_path):
    more = ["train_00001_aligned.jpg 2", "sub/train_00002.jpg 7", "./train_00001.jpg 3"]
    root = raf(tmp_path, "\n".join(["train_00001.jpg 5", "train_00002.jpg 1", *more]), images=[])
    for i in (1, 2):
        draw(root / f"Image/aligned/train_0000{i}_aligned.jpg", i)
    dataset = open_dataset(root)
    assert (list(dataset.names), dataset.labels.tolist()) == (["train_00001.jpg", "train_00002.jpg"], [4, 0])
    assert {(line, kind) for _, line, kind in kinds(dataset)} >= {(line, "other-name") for line in (3, 4, 5)}
    messages = {problem.line: problem.message for problem in dataset.problems}
    assert "train_00001_aligned.jpg is the image of train_00001.jpg on line 1 already" in messages[3]
    assert "which line 2 of EmoLabel/train_label.txt names already: the row is left out" in messages[4]


@pytest.mark.parametrize(
    ("name", "file", "how"),
    [
        ("train_{}.jpg", "Image/aligned/train_{}_aligned.JPG", "case"),
        ("Image\\aligned\\train_{}.jpg", "Image/aligned/train_{}_aligned.jpg", "end of the path"),
        ("C:\\raf\\Image\\aligned\\train_{}.jpg", "Image/aligned/train_{}_aligned.jpg", "end of the path"),
        ("/home/me/raf/train_{}.jpg", "Image/aligned/train_{}.jpg", "end of the path"),
        ("../raf/train_{}.jpg", "Image/aligned/train_{}_aligned.jpg", "end of the path"),
        ("TRAIN_{}.jpg", "Image/aligned/train_{}_aligned.jpg", "case"),
        ("train_{}.jpg", "Image/aligned/here/train_{}_aligned.JPG", "case"),
        ("train_{}.jpg", "image/Aligned/train_{}_aligned.jpg", "end of the path"),
    ],
)
def test_names_that_are_no_file_are_matched_by_their_end_and_listed(tmp_path, name, file, how):
    root = raf(tmp_path, "".join(f"{name.format(i)} {i}\n" for i in (3, 5)), images=[])
    for i in (3, 5):
        draw(root / file.format(i), i)
        if file.startswith("Image/aligned"):  # the originals have the same names
            draw(root / "Image/original" / Path(file.format(i)).name.replace("_aligned", ""), i + 10)
    dataset = open_dataset(root)
    assert list(dataset.paths) == [file.format(i) for i in (3, 5)] and dataset.labels.tolist() == [2, 4]
    assert [kind for *_, kind in kinds(dataset)] == ["matched-image"] * 2
    assert all(f" was matched by its {how}: " in problem.message for problem in dataset.problems)
    assert all(read_encoded(dataset, row) for row in range(2))


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("Image/aligned/train_{}.jpg", "Image/aligned"), ("Image/aligned/train_{}.jpg", "Image/Image/aligned"),
        ("aligned/train_{}.jpg", "Image/aligned/aligned"), ("./train_{}.jpg", "Image/aligned/aligned"),
    ],
)  # fmt: skip
def test_names_with_a_folder_and_folders_unpacked_twice_are_no_guess(tmp_path, name, folder):
    root = raf(tmp_path, "".join(f"{name.format(i)} {i}\n" for i in (3, 5)), images=[])
    for i in (3, 5):
        draw(root / folder / f"train_{i}_aligned.jpg", i)
    dataset = open_dataset(root)
    assert list(dataset.paths) == [f"{folder}/train_{i}_aligned.jpg" for i in (3, 5)]


@pytest.mark.parametrize(
    "inner", ["", "EmoLabel", "EmoLabel/EmoLabel", "EmoLabel/EmoLabel/train_label.txt", "Image", "Image/Image"]
)
def test_archives_unpacked_into_folders_of_their_names(tmp_path, inner):
    root = raf(tmp_path / "data", noise01="train_00002.jpg 3\n")
    for name in ("EmoLabel", "Image"):
        (root / name).rename(root / "moved")
        (root / name).mkdir()
        (root / "moved").rename(root / name / name)
    dataset = open_dataset(root / inner)
    assert (dataset.root, dataset.label_file) == (root, "EmoLabel/EmoLabel/train_label.txt")
    assert (len(dataset), dataset.paths[0]) == (2, "Image/Image/aligned/train_00001_aligned.jpg")
    assert list_label_files(root)[1] == "EmoLabel/EmoLabel/noise01.txt"
    assert dataset.problems == ()


@pytest.mark.parametrize("inner", ["", "labels/list_patition_label.txt"])
def test_lists_in_a_folder_of_another_name(tmp_path, inner):
    root = raf(tmp_path / "data", None, list_patition_label=BOTH)
    (root / "EmoLabel").rename(root / "labels")
    dataset = open_dataset(root / inner)
    assert (dataset.format, dataset.root) == ("rafdb", root)
    assert (dataset.split.tolist(), dataset.problems) == ([0, 0, 2], ())


def test_a_held_out_name_is_known_however_its_path_is_written(tmp_path):
    root = raf(tmp_path, None, images=["train_1.jpg", "test_1.jpg"], mine="train_1.jpg 5\nC:\\raf\\Test_1.jpg 2\n")
    assert open_dataset(root).split.tolist() == [0, 2]


@pytest.mark.parametrize("name", ["train_00001.jpg", "train_00001_aligned.jpg"])
def test_an_image_of_both_lists_is_held_out(tmp_path, name):
    root = raf(tmp_path, images=["train_00001.jpg", "train_00002.jpg"], test_label=f"{name} 2\n")
    dataset = open_dataset(root)
    assert (list(dataset.names), dataset.split.tolist()) == (["train_00002.jpg", name], [0, 2])
    assert dataset.labels.tolist() == [0, 1]
    assert kinds(dataset) == [("EmoLabel/train_label.txt", 1, "in-two-splits")]
    assert "is a test image on line 1 of EmoLabel/test_label.txt" in dataset.problems[0].message


def test_what_an_image_file_may_be_called():
    assert choices("train_1.jpg")[:2] == ("train_1_aligned.jpg", "train_1.jpg")
    listing = Listing(files={"a_aligned.png", "b.jpg", "c.d_aligned.jpg", "e"})
    names = np.array(["a.jpg", "b.jpg", "c.d.jpg", "e", "f.jpg", "x/b.jpg"], dtype=object)
    paths = find_all(Path("/nowhere"), "I", names, listing)
    assert list(paths) == ["I/a_aligned.png", "I/b.jpg", "I/c.d_aligned.jpg", "I/e", "", ""]


def test_images_beside_their_list_are_read(tmp_path):
    for name in ("train_00001_aligned.jpg", "train_00002.jpg"):
        draw(tmp_path / name)
    (tmp_path / "train_label.txt").write_text("train_00001.jpg 5\ntrain_00002.jpg 1\n")
    dataset = open_dataset(tmp_path)
    assert (dataset.format, list(dataset.paths)) == ("rafdb", ["train_00001_aligned.jpg", "train_00002.jpg"])
    assert "The images come from its own folder." in dataset.notes
    assert all(read_encoded(dataset, row) for row in range(2))


@pytest.mark.parametrize("folder", ["Image/aligned", "Image/myaligned/imgs", "Image/original/imgs"])
def test_where_the_images_may_lie(tmp_path, folder):
    root = raf(tmp_path, images=[])
    for i in (1, 2):
        draw(root / folder / f"train_0000{i}.jpg")
    assert list(open_dataset(root).paths) == [f"{folder}/train_0000{i}.jpg" for i in (1, 2)]


@pytest.mark.parametrize(
    "text",
    [
        b"\xef\xbb\xbftrain_00001.jpg 5\r\ntrain_00002.jpg\t1  ",
        "train_00001.jpg 5\ntrain_00002.jpg 1\n".encode("utf-16"),
        b"train_00001.jpg 5\rtrain_00002.jpg 1\r",
    ],
)
def test_encodings_and_line_ends(tmp_path, text):
    root = raf(tmp_path, text, images=["train_00001.jpg", "train_00002.jpg"])
    dataset = open_dataset(root, format="rafdb", label_file="train_label.txt")
    assert dataset.labels.tolist() == [4, 0]
    assert dataset.lines.tolist() == [1, 2]
    assert dataset.problems == ()


def test_nothing_usable_is_one_sentence(tmp_path):
    with pytest.raises(DataError, match=r"No line .* can be used .*2 missing-image"):
        open_dataset(raf(tmp_path / "images", images=[]))
    root = raf(tmp_path / "labels", "a.jpg 1\n")
    (root / "EmoLabel/train_label.txt").write_bytes(b"\xff\xd8\xff\xe0 no text at all \0\0\n" * 50)
    with pytest.raises(DataError, match="No line"):
        open_dataset(root, format="rafdb", label_file="train_label.txt")
    with pytest.raises(DataError, match=r"no label file 'other.txt'.*"):
        open_dataset(raf(tmp_path / "third"), label_file="other.txt")


def test_a_folder_that_is_a_link_out_of_the_root_is_named(tmp_path):
    root = raf(tmp_path / "data", images=[])
    (raf(tmp_path / "disk") / "Image").rename(tmp_path / "faces")
    (root / "Image").symlink_to(tmp_path / "faces")
    with pytest.raises(DataError, match="Image/aligned: the folder is a link that leads out"):
        open_dataset(root)
