"""auditor/data/formats/reading.py."""

from auditor.data.formats.reading import Reading


def test_the_problems_are_counted_by_kind(tmp_path):
    reading = Reading(tmp_path, "labels.txt")
    assert reading.counted() == "it is empty"
    assert reading.counted("no rows") == "no rows"
    for line in (1, 2):
        reading.problems.add("labels.txt", line, "bad-line", "x")
    reading.problems.add("labels.txt", 3, "missing-image", "y")
    assert reading.counted() == "2 bad-line, 1 missing-image"
    assert Reading(tmp_path, "").problems is not reading.problems
