"""auditor/data/files/jsonrecords.py and packed.py: documents of records, and packed text."""

import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.data.files import jsonedit, jsonrecords, packed
from auditor.errors import DataError

values = st.one_of(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6), st.integers(-9, 9))


@given(st.lists(st.fixed_dictionaries({"a": values, "b": values}), min_size=1, max_size=5), st.booleans(), st.data())
def test_one_value_is_replaced_and_every_other_character_stays(records, spaced, data):
    text = json.dumps({"rows": records, "more": [1, {"a": 2}]}, indent=2 if spaced else None)
    found = jsonrecords.parse(text, "x.json").records
    place = data.draw(st.integers(0, len(records) - 1))
    path = found[place]["b"].path
    new = "7" if isinstance(records[place]["b"], int) else 'a "new" word'
    after = jsonedit.edited(text, {path: new})
    expected = json.loads(text)
    expected["rows"][place]["b"] = 7 if new == "7" else new
    assert json.loads(after) == expected
    assert jsonedit.edited(text, {}) == text


@pytest.mark.parametrize("text", ["", "[]", "{}", "[1, 2]", '"x"', "[" * 100_000, '{"a": "\\ud800"}x'])
def test_what_holds_no_records_is_refused(text):
    with pytest.raises(DataError):
        jsonrecords.parse(text, "x.json")


def test_packed_text_is_read_in_bounds():
    data = gzip.compress(b"abc" * 1000)
    assert packed.unpack(data, "t.csv.gz") == b"abc" * 1000
    assert packed.unpack(data, "t.csv") == data
    assert packed.unpack(data[:20], "t.csv.gz", 8, part=True)[:3] in (b"abc", b"")
    assert packed.pack(b"x", "t.csv.gz") == packed.pack(b"x", "t.csv.gz")
    assert gzip.decompress(packed.pack(b"x", "t.csv.gz")) == b"x"
    for broken, message in ((data[:-9], "ends before"), (b"no gzip", "no whole gzip"), (data, "holds more")):
        with pytest.raises(DataError, match=message):
            packed.unpack(broken, "t.csv.gz", 100 if message == "holds more" else 10**6)
