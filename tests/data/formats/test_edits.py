"""auditor/data/formats/edits.py: only few lines of a long list are parsed, and none that matters is passed over."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from auditor.data.dataset import Dataset
from auditor.data.files import long_list
from auditor.data.files.labellines import match_line
from auditor.data.files.textfile import TextFile
from auditor.data.formats import edits
from auditor.errors import ExportError

NAMES = ["a.jpg", "a b.jpg", "a b c.jpg", "ab.jpg", "é.jpg", "e\u0301.jpg", "b.jpg x.jpg", "A.JPG", "sub/a.jpg"]
LINES = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["", "", "", " ", "\t"]), st.sampled_from(NAMES), st.sampled_from("1234")).map(
            lambda part: f"{part[0]}{part[1]} {part[2]}"
        ),
        st.sampled_from(["", "# a note", "a", "a.jpg", "\x1ca.jpg 1", "a.jpg\x1c 2", "a.jpg 1 flagged"]),
    ),
    max_size=14,
)


def read(lines, missing):
    """A data set of the first line of each name whose image is there, as a reader keeps it."""
    first = {}
    for number, line in enumerate(lines, 1):
        match = match_line(line)
        if match is not None and match[2] in "1234" and match[1] not in missing:
            first.setdefault(match[1], (number, int(match[2]) - 1))
    names = np.array(list(first), dtype=object)
    numbers, labels = (np.array([each[place] for each in first.values()], np.int32) for place in (0, 1))
    return Dataset(
        root=Path(), format="rafdb", label_file="list.txt", key="0" * 12, title="", classes=tuple("wxyz"),
        codes=tuple("1234"), names=names, paths=names, split=np.zeros(len(names), np.int8),
        labels=labels.astype(np.int16), lines=numbers, sources=("list.txt",),
    )  # fmt: skip


def outcome(dataset, lines, wanted):
    try:
        return edits.of_lines(dataset, 0, lines, wanted)
    except ExportError as error:
        return str(error)


@given(
    LINES,
    st.sets(st.sampled_from(NAMES), max_size=3),
    st.data(),
    st.sampled_from(["as it was", "a line less", "two lines changed places"]),
)
def test_the_lines_that_may_name_an_image_are_all_that_matter(lines, missing, data, since):
    dataset = read(lines, missing)
    rows = data.draw(st.lists(st.integers(0, max(0, len(dataset) - 1)), unique=True)) if len(dataset) else []
    wanted = {row: data.draw(st.sampled_from(["1", "2", None])) for row in rows}
    if since == "a line less":
        lines = lines[1:]
    elif since == "two lines changed places":
        lines = [*lines[1:2], *lines[:1], *lines[2:]]
    text = long_list.of("\n".join(lines).encode())
    named = [(number, match[1], match[2]) for number, line in enumerate(lines, 1) if (match := match_line(line))]
    few = set(edits._candidates(dataset, 0, text, wanted))
    assert outcome(dataset, [each for each in named if each[0] in few], wanted) == outcome(dataset, named, wanted)


@given(st.lists(st.sampled_from("abc"), max_size=8), st.data())
def test_a_file_is_rebuilt_line_by_line(lines, data):
    text = TextFile.parse("\n".join(lines).encode())
    replaced = data.draw(
        st.dictionaries(st.integers(1, 10), st.tuples(st.integers(1, 3), st.lists(st.sampled_from("xy"), max_size=2)))
    )
    expected, at = [], 1
    while at <= len(text.lines):
        height, new = replaced.get(at, (1, [text.lines[at - 1]]))
        expected += new
        at += height
    assert edits.rebuilt(text, replaced) == text.joined(expected)


def test_a_line_that_spells_an_accent_in_the_other_way_is_corrected_too(tmp_path):
    lines = ["é.jpg 1", "b.jpg 1", "e\u0301.jpg 1"]
    (tmp_path / "list.txt").write_text("\n".join(lines), encoding="utf-8")
    dataset = replace(read(lines, {"e\u0301.jpg"}), root=tmp_path)
    assert edits.of_list(dataset, 0, {0: "2"}).cells == {1: "2", 3: "2"}


def test_where_every_line_is_an_images_own_no_other_is_read():
    lines = ["a.jpg 1", "b.jpg 2", "c.jpg 3", ""]
    read_once = long_list.of("\n".join(lines).encode())
    assert edits._candidates(read(lines, ()), 0, read_once, {1: "3"}) == [2]
    again = [*lines[:3], "b.jpg 4", ""]
    assert edits._candidates(read(again, ()), 0, long_list.of("\n".join(again).encode()), {1: "3"}) == [2, 4]
