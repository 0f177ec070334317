import csv
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.data.files.delimited import guess_delimiter, quote_like, records, spans, split

CELLS = st.text(st.sampled_from('ab,"\n\t; é'), max_size=6).map(lambda cell: cell.strip())


@given(st.lists(st.lists(CELLS, min_size=2, max_size=4), min_size=1, max_size=6), st.sampled_from(",\t;|"))
def test_what_the_csv_module_writes_is_read_as_it_was(tmp_path_factory, rows, delimiter):
    import io

    buffer = io.StringIO()
    csv.writer(buffer, delimiter=delimiter, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(rows)
    parsed = [
        split(record, delimiter) for _, height, record in records(buffer.getvalue().split("\n"), delimiter) if height
    ]
    assert parsed == rows


def test_a_stray_quote_costs_one_line():
    lines = ['a,"open', "b,1", "", 'c,"two', 'lines"', "d\0,1", "x" * 200_000, "e,1\r"]
    assert [(number, height) for number, height, _ in records(lines, ",")] == [
        (1, 0),
        (2, 1),
        (4, 2),
        (6, 0),
        (7, 0),
        (8, 1),
    ]


@given(st.text(st.sampled_from('a," b'), max_size=12), st.text(st.sampled_from('x,"'), min_size=1, max_size=3))
def test_replacing_a_span_changes_that_field_alone(record, value):
    before = split(record, ",")
    for place, (start, end) in enumerate(spans(record, ",")):
        changed = record[:start] + quote_like(value, record[start:end], ",") + record[end:]
        after = split(changed, ",")
        if '"' not in record:
            assert after[:place] + after[place + 1 :] == before[:place] + before[place + 1 :]
            assert after[place].strip() == value


@pytest.mark.parametrize(
    ("lines", "delimiter"), [(["a;b", "1,5;2"], ";"), (["a\tb c"], "\t"), (["a"], ","), (['"x,y"|b', "c|d"], "|")]
)
def test_the_delimiter_is_guessed(lines, delimiter):
    assert guess_delimiter(lines) == delimiter


def test_hostile_quotes_do_not_take_long():
    """By this thread's own time, which other load does not lengthen; a pattern that backtracks takes hours."""
    began = time.thread_time()
    for line in ('"' * 90_000, 'a,"' * 30_000, '" ' * 45_000, '","' * 30_000):
        for _, height, record in records([line] * 5, ","):
            if height:
                split(record, ",")
    assert time.thread_time() - began < 60
