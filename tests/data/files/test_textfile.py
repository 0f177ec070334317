import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.data.files.regular import read_regular, reason
from auditor.data.files.textfile import TextFile, read_bytes, read_text
from auditor.data.problems import Problems
from auditor.errors import DataError


@given(st.binary(max_size=300) | st.text(max_size=100).map(lambda t: t.encode("utf-16")))
def test_any_bytes_come_back_the_same(data):
    assert TextFile.parse(data).to_bytes() == data


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_lines_are_numbered_the_same_in_every_encoding(encoding, newline):
    text = TextFile.parse(newline.join(["ä.jpg 1", "", "b.jpg 2"]).encode(encoding))
    assert [line.strip() for line in text.lines] == ["ä.jpg 1", "", "b.jpg 2"]


def test_bytes_that_are_no_text_are_listed_with_their_first_line(tmp_path):
    file = tmp_path / "labels.txt"
    file.write_bytes(b"a.jpg 1\n\xe4.jpg 2\n")
    problems = Problems()
    assert read_text(file, "labels.txt", problems).lines[1] == "ä.jpg 2"
    assert [(p.line, p.kind) for p in problems.freeze()] == [(2, "encoding")]


def test_read_regular_leaves_no_file_open(tmp_path):
    (tmp_path / "file").write_bytes(b"12345")
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208  names are counted, not paths
    assert read_regular(tmp_path / "file", 5) == b"12345"
    for path, largest in ((tmp_path, 9), (tmp_path / "file", 4)):
        with pytest.raises(OSError, match=r"regular file|5 bytes"):
            read_regular(path, largest)
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208
    assert reason(ValueError("embedded null byte")) == "embedded null byte"


def test_what_is_no_file_is_refused_and_does_not_hang(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DataError, match="not a regular file"):
        read_bytes(tmp_path / "pipe")
    with pytest.raises(DataError, match="cannot be read"):
        read_bytes(tmp_path / "absent")
    (tmp_path / "large").write_bytes(b"12345")
    with pytest.raises(DataError, match="5 bytes"):
        read_bytes(tmp_path / "large", largest=4)
