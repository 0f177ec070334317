"""What is no data set is refused in a sentence that names the nearest miss. data/opening.py."""

import pytest

from auditor.data.opening import open_dataset
from auditor.errors import DataError
from tests.data.kinds.cases import WORDS, pictures


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["train/1.png", "train/2.png", "test/3.png"], "'folder': test, train hold images.* a folder for each class"),
        (["happy/1.png", "happy/2.png"], "one is too few"),
        (["1.png", "2.png"], "it holds 2 images"),
        (["video1/1.png", "video2/1.png"], "folders called after classes"),
        (["S001/001/1.png", "S002/001/1.png"], "folders called after classes"),
    ],
)
def test_a_refusal_names_the_nearest_miss(tmp_path, names, message):
    pictures(tmp_path, names)
    with pytest.raises(DataError, match=message):
        open_dataset(tmp_path)


def test_a_refusal_names_the_columns_and_the_links(tmp_path):
    pictures(tmp_path / "data", ["x/1.png"])
    (tmp_path / "data/t.csv").write_text("width,height\n1.5,2.5\n")
    with pytest.raises(DataError, match=r"width, height.*a column of images"):
        open_dataset(tmp_path / "data")
    (tmp_path / "links").mkdir()
    (tmp_path / "links/angry").symlink_to(tmp_path / "data/x")
    with pytest.raises(DataError, match=r"link that leads out of it or nowhere \(angry\)"):
        open_dataset(tmp_path / "links")


@pytest.mark.parametrize(
    ("name", "what"),
    [("labels.csv.zip", "unpack it"), ("labels.xlsx", "as CSV"), ("X.npy", "write its images as files")],
)
def test_a_refusal_says_what_to_do_with_a_file_that_is_not_read(tmp_path, name, what):
    pictures(tmp_path, ["images/1.png"])
    (tmp_path / name).write_bytes(b"1")
    with pytest.raises(DataError, match=f"; {name} is not read as it is: .*{what}"):
        open_dataset(tmp_path)


def test_several_data_sets_below_are_named(tmp_path):
    for name in ("one", "two"):
        pictures(tmp_path / name, [f"{WORDS[i % 3]}/{i}.png" for i in range(6)])
    with pytest.raises(DataError, match=r"2 data sets \(one, two\)"):
        open_dataset(tmp_path)
