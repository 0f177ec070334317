import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.data.files import labellines
from auditor.data.files.labellines import label_span, parse_labels, written_labels
from auditor.data.files.textfile import TextFile
from auditor.data.problems import Problems

FRAGMENTS = st.sampled_from(
    ["train_1.jpg", "a b.png", " ", "\t", "5", "8", "-1", "x", "7.0", "\n", "\r\n", "../", "/", "\0", "é", '"']
)


def parse(text: str):
    problems = Problems()
    return parse_labels(TextFile.parse(text.encode()), "f", 1, 7, problems), problems.freeze()


def test_the_forms_a_line_may_have():
    parsed, problems = parse("a.jpg 5\r\n\tb.jpg\t\t1  \n\nmy face.jpg 3\nc.jpg 2.0 1\nd 7")
    assert parsed.names == ["a.jpg", "b.jpg", "my face.jpg", "c.jpg", "d"]
    assert parsed.labels == [5, 1, 3, 2, 7]
    assert parsed.lines == [1, 2, 4, 5, 6]
    assert parsed.flagged == 1
    assert problems == ()


def test_every_bad_line_is_listed_with_its_number():
    bad = [
        "a.jpg 1",
        "a.jpg 2",
        "b.jpg",
        "c.jpg 0",
        "d.jpg 8",
        "e.jpg x",
        "i\0.jpg 1",
    ]
    parsed, problems = parse("\n".join([*bad, "x" * 10_000_000 + " 1", "٥.jpg ٥", "n" * 2000 + " 3"]))
    assert parsed.names == ["a.jpg"]
    assert [(p.line, p.kind) for p in problems] == [
        (2, "duplicate-name"), (3, "bad-line"), (4, "label-range"), (5, "label-range"), (6, "bad-label"),
        (7, "bad-line"), (8, "bad-line"), (9, "bad-label"), (10, "bad-line"),
    ]  # fmt: skip
    assert all(len(p.message) < 300 for p in problems)


def test_a_name_may_be_the_path_of_another_computer():
    parsed, problems = parse("../f.jpg 1\n/g.jpg 2\nC:\\h.jpg 3\n")
    assert (parsed.names, problems) == (["../f.jpg", "/g.jpg", "C:\\h.jpg"], ())


@given(st.lists(FRAGMENTS, max_size=40).map("".join))
def test_no_line_is_dropped_silently(text):
    parsed, problems = parse(text)
    lines = [line for line in TextFile.parse(text.encode()).lines if line and not line.isspace()]
    assert len(parsed.names) + sum(p.count for p in problems if p.kind != "encoding") == len(lines)
    assert len(set(parsed.names)) == len(parsed.names)


PLAIN = st.sampled_from(
    ["a.jpg 5", "b.jpg 5\r", "c/d.png 7", "a.jpg 2", "e 8", "/f 1", "g..h 3", "i  4", "j.jpg 06", "k 1 9"]
)


@given(st.lists(PLAIN, max_size=8).map("\n".join), st.sampled_from(["", "\n", "\n\n"]))
def test_a_list_that_is_read_at_once_says_what_its_lines_say(text, end):
    at_once = parse(text + end)
    counted = written_labels(TextFile.parse((text + end).encode()))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(labellines, "_plainest", lambda _: None)
        assert parse(text + end) == at_once
        assert written_labels(TextFile.parse((text + end).encode())) == counted


@given(st.lists(FRAGMENTS.filter(lambda f: "\n" not in f), max_size=8).map("".join))
def test_the_span_is_the_label_and_nothing_else(line):
    span = label_span(line)
    parsed, _ = parse(line)
    if parsed.labels:
        assert span is not None
        assert int(float(line[slice(*span)])) == parsed.labels[0]
        changed, _ = parse(line[: span[0]] + "6" + line[span[1] :])
        assert (changed.names, changed.labels) == (parsed.names, [6])


def test_a_hostile_line_does_not_take_long():
    """By this thread's own time, which other load does not lengthen; a pattern that backtracks takes hours."""
    began = time.thread_time()
    for line in (" .jpg" * 800, "a " * 2000, "\t" * 4000, ".jpg" * 1000 + " "):
        parse(line)
    assert time.thread_time() - began < 60
