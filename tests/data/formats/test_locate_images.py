from auditor.data.formats.assemble import SPLIT_CODES
from auditor.data.formats.locate_images import Finder
from auditor.data.problems import Problems
from tests.data.drawn import draw


def test_names_relative_to_usual_folders_are_found_with_one_listing_a_folder(tmp_path):
    for name in ("a/0.jpg", "a/1.png", "b/2.jpg"):
        draw(tmp_path / "images" / name)
    problems = Problems()
    finder = Finder(tmp_path, "", problems)
    base = finder.base(["a/0.jpg", "a/1", "b/2.jpg"])
    assert base == "images"
    paths = [
        finder.find(base, name, "t.csv", 1) for name in ("a/0.jpg", "a/1", ".\\b\\2.jpg", f"{tmp_path}/images/b/2.jpg")
    ]
    assert paths == ["images/a/0.jpg", "images/a/1.png", "images/b/2.jpg", "images/b/2.jpg"]
    assert len(problems) == 0
    assert finder.knows(base, ["a/1"])
    assert not finder.knows("", ["a/1"])


def test_what_is_not_found_is_listed(tmp_path):
    draw(tmp_path / "0.jpg")
    (tmp_path / "away").symlink_to("/etc")
    problems = Problems()
    finder = Finder(tmp_path, "", problems)
    names = ["", "9.jpg", "../0.jpg", "/etc/passwd", "away/passwd", "x" * 5000, "0.jpg/1.jpg"]
    assert [finder.find("", name, "t.csv", line) for line, name in enumerate(names, 2)] == [""] * len(names)
    assert [p.kind for p in problems.freeze()] == [
        "missing-name",
        "missing-image",
        "outside-root",
        "outside-root",
        "outside-root",
        "missing-image",
        "missing-image",
    ]


def test_splits_by_what_they_are_called():
    assert [SPLIT_CODES[name] for name in ("training", "publictest", "privatetest", "dev")] == [0, 1, 2, 1]
