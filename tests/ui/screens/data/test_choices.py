"""auditor/ui/screens/data/choices.py: doubtful guesses are asked about before a data set opens, and can be changed."""

from auditor.data.opening import open_dataset
from auditor.ui.screens.data import choices
from tests.data.kinds.cases import WORDS, every, listed, numbered, pictures

CASES = every()


def test_a_list_that_contradicts_the_folders_is_asked_about(tmp_path):
    names = pictures(tmp_path, [f"{WORDS[i % 3]}/{i}.png" for i in range(9)])
    listed(tmp_path, "labels.csv", names)
    assert choices.doubt(open_dataset(tmp_path)) is None  # they agree
    listed(tmp_path, "labels.csv", names, WORDS[::-1])
    dataset = open_dataset(tmp_path)
    doubt = choices.doubt(dataset)
    assert (doubt.what, doubt.chosen, doubt.alternatives) == ("format", "table", ("folder",))
    assert choices.doubt(dataset, frozenset(("format",))) is None
    first, second = choices.options(dataset, doubt)
    assert (first.words, second.words) == ("Table or list of images and labels", "Image folder")
    assert first.dataset.counts().tolist() == second.dataset.counts().tolist() == [3, 3, 3]
    assert first.dataset.labels.tolist() != second.dataset.labels.tolist()


def test_a_lone_test_list_is_asked_about(tmp_path):
    CASES["a_lone_test_list"][0](tmp_path)
    dataset = open_dataset(tmp_path)
    doubt = choices.doubt(dataset)
    asked, trained = choices.options(dataset, doubt)
    assert trained.words == "No split: every row is a training row"
    assert [len(each.dataset.rows("train")) for each in (asked, trained)] == [0, 6]


def test_an_alternative_that_cannot_be_opened_says_why(tmp_path):
    pictures(tmp_path / "images", numbered(4))
    (tmp_path / "labels.csv").write_text(
        "image,label,rater_1,rater_2\n" + "".join(f"{i:03d}.jpg,,{WORDS[i % 2]},{WORDS[0]}\n" for i in range(4))
    )
    dataset = open_dataset(tmp_path)
    choice = dataset.choice("label column")
    found = {option.words: option for option in choices.options(dataset, choice)}
    assert all(option.dataset is not None or option.error for option in found.values())


def test_six_faces_of_as_many_classes_as_there_are(tmp_path):
    CASES["paths_say_the_split"][0](tmp_path)
    dataset = open_dataset(tmp_path)
    rows = choices.sample_rows(dataset)
    assert len(rows) == len(set(rows)) == 6
    assert {int(dataset.labels[row]) for row in rows[:3]} == {0, 1, 2}


def test_the_faces_are_those_about_which_the_readings_differ(tmp_path):
    names = pictures(tmp_path / "images", numbered(12))
    text = "".join(f"{n},{WORDS[i % 3]},{WORDS[i % 3 if i < 9 else 0]}\n" for i, n in enumerate(names))
    (tmp_path / "labels.csv").write_text("image,rater1,rater2\n" + text)
    dataset = open_dataset(tmp_path)
    found = choices.options(dataset, choices.doubt(dataset))
    faces = choices.sample_paths([option.dataset for option in found])
    assert (faces[:2], len(faces)) == (["images/010.jpg", "images/011.jpg"], 6)
    assert choices.sample_paths([dataset]) == []
