"""Every format lists what is wrong by file and line, and never runs or follows anything."""

import pytest

from auditor.data.opening import open_dataset
from tests.data.broken import broken

BROKEN = broken()  # of every registered format, or it raises


@pytest.mark.parametrize("name", BROKEN)
def test_every_problem_is_listed_with_file_and_line(tmp_path, name):
    expected = BROKEN[name](tmp_path / "data")
    dataset = open_dataset(tmp_path / "data")
    assert dataset.format == name.partition("-")[0]
    assert {(problem.file, problem.line, problem.kind) for problem in dataset.problems} == expected
    assert len(dataset) >= 2
    assert not (tmp_path / "data" / "ran").exists()
