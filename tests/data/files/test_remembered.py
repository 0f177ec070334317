"""auditor/data/files/remembered.py."""

import pytest

from auditor.data.files.remembered import until_changed
from auditor.errors import DataError


def test_a_file_is_read_again_only_when_it_changed(tmp_path):
    read = []

    @until_changed(2)
    def content(path):
        read.append(path.name)
        return path.read_text()

    for name in "abc":
        (tmp_path / name).write_text(name)
    assert [content(tmp_path / name) for name in "aabbaa"] == list("aabbaa")
    assert read == ["a", "b"]
    content(tmp_path / "c")  # the third file: b is the one not asked for the longest
    assert content(tmp_path / "a") == "a"
    assert content(tmp_path / "b") == "b"
    assert read == ["a", "b", "c", "b"]
    (tmp_path / "b").write_text("new")
    assert content(tmp_path / "b") == "new"
    (tmp_path / "b").unlink()
    with pytest.raises(DataError, match="No such file"):
        content(tmp_path / "b")
