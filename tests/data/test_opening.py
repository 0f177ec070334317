import pytest

from auditor.data import opening
from auditor.data.formats.base import formats, get_format
from auditor.data.opening import list_label_files, open_dataset, recognise
from auditor.errors import DataError
from tests.data.drawn import draw, raf


def test_every_format_has_a_name_and_a_title():
    registered = formats()
    assert {"rafdb", "table", "huggingface", "folder"} <= {form.name for form in registered}
    assert all(form.title for form in registered)


@pytest.mark.parametrize("inner", ["", "EmoLabel", "Image", "EmoLabel/train_label.txt"])
def test_a_path_near_the_root_is_enough(tmp_path, inner):
    root = raf(tmp_path / "basic")
    assert open_dataset(root / inner).root == root
    assert list_label_files(root / inner)[0] == "EmoLabel/train_label.txt"


def test_an_unpacked_folder_around_the_root_is_enough(tmp_path):
    raf(tmp_path / "basic")
    assert open_dataset(tmp_path).root == tmp_path / "basic"


def test_the_label_file_that_is_given_is_the_default(tmp_path):
    root = raf(tmp_path, noise01="train_00001.jpg 2\n")
    noise = root / "EmoLabel" / "noise01.txt"
    assert list_label_files(noise)[0] == "EmoLabel/noise01.txt"
    assert open_dataset(noise).label_file == "EmoLabel/noise01.txt"


def test_the_format_can_be_overruled(tmp_path):
    for name in ("happy/0.jpg", "sad/1.jpg", "sad/2.jpg"):
        draw(tmp_path / name)
    (tmp_path / "labels.csv").write_text("path,label\nhappy/0.jpg,x\nsad/1.jpg,y\nsad/2.jpg,y\n")
    assert [each.format.name for each in recognise(tmp_path)] == ["table", "folder"]
    assert open_dataset(tmp_path).classes == ("x", "y")
    assert open_dataset(tmp_path, format="folder").classes == ("happy", "sad")


@pytest.mark.parametrize(
    ("path", "options", "message"),
    [
        ("absent", {}, "does not exist"),
        ("", {}, "Nothing in .* is a known data set"),
        ("", {"format": "nonsense"}, "choose one of .*rafdb"),
        ("", {"format": "rafdb"}, "no label file"),
        ("picture.jpg", {}, "not a label file"),
        ("x\0y", {}, "cannot be opened|does not exist"),
        ("n" * 5000, {}, "cannot be opened|does not exist"),
    ],
)
def test_what_cannot_be_opened_is_one_sentence(tmp_path, path, options, message):
    draw(tmp_path / "picture.jpg")
    with pytest.raises(DataError, match=message) as caught:
        open_dataset(f"{tmp_path}/{path}", **options)
    sentence = str(caught.value)
    assert "\n" not in sentence and sentence[0].isupper() and sentence.endswith(".")


def test_rows_inside_archives_need_their_format(tmp_path):
    dataset = open_dataset(raf(tmp_path))
    assert list(get_format("rafdb").image_files(dataset)) == list(dataset.paths)
    with pytest.raises(DataError, match="no image file"):
        get_format("rafdb").read_image(dataset, 0)


def test_what_went_after_the_folder_was_recognised_is_not_opened(tmp_path, monkeypatch):
    root = raf(tmp_path / "raf")
    before = open_dataset(root)
    gone = before.rows("train")[0]
    locate = opening.locate

    def and_then_it_goes(*words):
        found = locate(*words)
        (root / before.paths[gone]).unlink()
        return found

    monkeypatch.setattr(opening, "locate", and_then_it_goes)
    assert set(before.names) - set(open_dataset(root).names) == {before.names[gone]}
