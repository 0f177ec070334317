"""auditor/data/files/long_list.py: the bytes of a list with some lines replaced are those of its text."""

from hypothesis import given
from hypothesis import strategies as st

from auditor.data.files import long_list
from auditor.data.files.long_list import ByteList, TextList
from auditor.data.files.textfile import TextFile

BODIES = st.one_of(
    st.lists(st.text("ab é\r\u2028", max_size=4), max_size=6).map(lambda lines: "\n".join(lines).encode()),
    st.binary(max_size=24),
)
MARKS = st.sampled_from([b"", b"", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"])


@given(MARKS, BODIES, st.dictionaries(st.integers(1, 7), st.one_of(st.none(), st.text("xyé", max_size=3)), max_size=4))
def test_lines_are_replaced_and_removed_as_in_the_text(mark, body, replaced):
    data = mark + body
    read, text = long_list.of(data), TextFile.parse(data)
    assert isinstance(read, ByteList) == (text.encoding == "utf-8" and not text.mark and b"\n" in data)
    assert [read.line(number) for number in range(1, len(read) + 1)] == text.lines
    replaced = {number: new for number, new in replaced.items() if number <= len(read)}
    if text.encoding != "latin-1":  # which has not every letter
        assert read.rebuilt(replaced) == TextList(text).rebuilt(replaced)
    assert read.rebuilt({}) == data


def test_the_last_line_takes_its_line_end_with_it():
    assert long_list.of(b"a 1\r\nb 2\r\nc 3").rebuilt({3: None}) == b"a 1\r\nb 2"
    assert long_list.of(b"a 1\r\nb 2\r\n").rebuilt({2: None}) == b"a 1\r\n"
    assert long_list.of(b"a 1\nb 2").rebuilt({1: None, 2: None}) == b""
