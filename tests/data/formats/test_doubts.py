"""Where two readings of somebody's folder are about as likely: neither is taken without a word."""

import pytest

from auditor.data.dataset import SPLITS
from auditor.data.opening import open_dataset
from auditor.errors import DataError
from tests.data.kinds.cases import listed, numbered, pictures, rightly


def labels_of(dataset) -> dict[str, str]:
    return {str(name): dataset.classes[label] for name, label in zip(dataset.names, dataset.labels, strict=True)}


def kinds(dataset) -> list[str]:
    return [problem.kind for problem in dataset.problems]


def close(dataset) -> list[str]:
    return [choice.what for choice in dataset.choices if choice.close and choice.what != "format"]


def test_a_comma_too_many_or_too_few_does_not_put_another_column_under_the_label(tmp_path):
    names = pictures(tmp_path, numbered(14))
    head = "image,notes,label,source\n"
    rows = [f"{name},fine,{('angry', 'happy', 'sad')[place % 3]},web\n" for place, name in enumerate(names[:12])]
    (tmp_path / "labels.csv").write_text(head + "".join(rows) + "012.jpg,hello, sad,happy,web\n013.jpg,happy,sad\n")
    dataset = open_dataset(tmp_path)
    assert (len(dataset), kinds(dataset)) == (12, ["bad-line"] * 2)


def test_behind_the_label_a_comma_more_or_less_does_no_harm(tmp_path):
    names = pictures(tmp_path, numbered(8))
    listed(tmp_path, "labels.csv", names[:6], head="image,label,notes,source\n")
    lines = (tmp_path / "labels.csv").read_text().replace("y\n", "y,fine,web\n").replace("sad\n", "sad,fine,web\n")
    (tmp_path / "labels.csv").write_text(lines + "006.jpg,sad,so, so,web\n007.jpg,happy\n")
    dataset = open_dataset(tmp_path)
    assert rightly(dataset)
    assert [labels_of(dataset)[name] for name in ("006.jpg", "007.jpg")] == ["sad", "happy"]
    assert kinds(dataset).count("ragged-line") == 2


@pytest.mark.parametrize("names", [["#1.jpg", "2.jpg", "#3.jpg", "4.jpg"], ["#1.jpg", "#2.jpg", "#3.jpg", "#4.jpg"]])
def test_an_image_may_be_called_as_a_comment_begins(tmp_path, names):
    listed(tmp_path, "labels.csv", pictures(tmp_path, names), head="")
    assert labels_of(open_dataset(tmp_path)) == dict(zip(names, ("angry", "happy", "sad", "angry"), strict=True))


def test_names_with_a_comma_between_tabs(tmp_path):
    names = pictures(tmp_path, [f"a, b{place}.jpg" for place in range(6)])
    listed(tmp_path, "labels.txt", names, head="", mark="\t")
    assert rightly(open_dataset(tmp_path))


@pytest.mark.parametrize(
    ("file", "text"),
    [("label_map.csv", "id,name\n0,angry\n1,happy\n2,sad\n"), ("id2label.json", '{"0":"angry","1":"happy","2":"sad"}')],
)
def test_the_names_of_classes_are_no_labels_of_images_that_are_called_by_numbers(tmp_path, file, text):
    names = pictures(tmp_path, [f"{place}.jpg" for place in range(12)])
    listed(tmp_path, "labels.csv", names, "012")
    (tmp_path / file).write_text(text)
    dataset = open_dataset(tmp_path)
    assert (dataset.label_file, len(dataset), rightly(dataset)) == ("labels.csv", 12, True)


def test_lists_of_a_split_by_bare_stems_and_by_folders_that_are_others(tmp_path):
    for place, name in enumerate(("angry", "happy")):
        pictures(tmp_path / name, [f"{name}{number}.jpg" for number in range(6)], 6 * place)
    (tmp_path / "test.txt").write_text("angry0\nangry1\nhappy1\nangry/happy5.jpg\n")
    dataset = open_dataset(tmp_path)
    held_out = {str(dataset.names[row]).rpartition("/")[2] for row in dataset.rows("test")}
    assert held_out == {"angry0.jpg", "angry1.jpg", "happy1.jpg"}
    assert kinds(dataset) == ["missing-image"]


def test_columns_that_say_something_else_of_a_person_are_not_the_emotion(tmp_path):
    names = pictures(tmp_path, numbered(14))
    for column, asked in (("expr", []), ("kind", ["label column"])):
        rows = "".join(f"{name},{1 - place % 2},{place % 2},{place % 7}\n" for place, name in enumerate(names))
        (tmp_path / "labels.csv").write_text(f"image,male,female,{column}\n{rows}")
        dataset = open_dataset(tmp_path)
        assert close(dataset) == asked
        assert (dataset.choices[2].chosen, dataset.num_classes) == (("expr", 7) if column == "expr" else ("one-hot", 2))


def test_two_columns_of_numbers_without_names_are_asked_about(tmp_path):
    names = pictures(tmp_path, numbered(12))
    (tmp_path / "labels.csv").write_text("".join(f"{name},{p % 5},{p % 3}\n" for p, name in enumerate(names)))
    assert close(open_dataset(tmp_path)) == ["label column"]


def test_images_of_one_name_in_two_usual_folders_are_asked_about(tmp_path):
    for folder in ("images", "faces"):
        pictures(tmp_path / folder, numbered(12))
    listed(tmp_path, "labels.csv", numbered(12))
    dataset = open_dataset(tmp_path)
    assert (dataset.paths[0], close(dataset)) == ("images/000.jpg", ["image folder"])
    assert dataset.choices[-1].why == "faces/ also has images of these names (rename images/ to use those)"


def test_a_name_without_an_ending_that_two_files_have_is_neither(tmp_path):
    pictures(tmp_path, [*numbered(12), "000.png"])
    listed(tmp_path, "labels.csv", numbered(12, "{:03d}"))
    dataset = open_dataset(tmp_path)
    assert (len(dataset), kinds(dataset)) == (11, ["ambiguous-image"])


def test_a_list_opens_by_its_own_path_as_its_folder_does(tmp_path):
    pictures(tmp_path / "images/origin", numbered(12))
    listed(tmp_path, "labels/list.csv", numbered(12))
    for path in (tmp_path, tmp_path / "labels/list.csv"):
        dataset = open_dataset(path)
        assert (dataset.root, dataset.label_file, len(dataset)) == (tmp_path, "labels/list.csv", 12)
        assert SPLITS[dataset.split[0]] == "train"


def test_a_table_with_the_columns_of_ours_is_called_that(tmp_path):
    listed(tmp_path, "labels.csv", numbered(3), head="path,label,flipped\n")
    with pytest.raises(DataError, match=r"columns of a table that this program wrote, and lacks labels of its own"):
        open_dataset(tmp_path)
