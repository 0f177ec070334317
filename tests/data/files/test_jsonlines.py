"""auditor/data/files/jsonlines.py: one JSON object a line."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.data.files.jsonlines import parse, spans, written_like

VALUES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.lists(st.integers())


@given(
    st.dictionaries(st.text(max_size=5), VALUES, max_size=5),
    st.sampled_from([(", ", ": "), (",", ":"), (" , ", " : ")]),
    st.booleans(),
)
def test_every_value_is_where_it_is_said_to_be(record, separators, ascii_only):
    line = json.dumps(record, separators=separators, ensure_ascii=ascii_only)
    assert {name: json.loads(line[a:b]) for name, (a, b) in spans(line).items()} == record


def test_what_a_record_holds():
    assert parse('{"file_name": "a.png", "label": 3, "ok": true, "none": null, "box": [1, 2]}\r') == {
        "file_name": "a.png", "label": "3", "ok": "true", "none": "",
    }  # fmt: skip


@pytest.mark.parametrize(
    "line",
    ["", "[1]", "3", '"a"', "{", '{"a": 1} x', '{"a": "\\u0000"}', '{"a": "\\ud800"}', "[" * 90_000, "9" * 90_000],
)
def test_what_is_no_record(line):
    assert parse(line) is None


def test_a_new_value_is_written_as_the_old_one_was():
    assert written_like("3", "7") == "3"
    assert written_like("glücklich", '"traurig"') == '"gl\\u00fccklich"'
    assert written_like("glücklich", '"fröhlich"') == '"glücklich"'
