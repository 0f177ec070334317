"""A slice of `python -m benchmarks.fuzz`, which damages 10,000 files for every parser."""

import pytest

from benchmarks import fuzz


@pytest.mark.parametrize("parser", fuzz.parsers())
def test_a_damaged_file_is_opened_or_refused(parser):
    counts = fuzz.run(parser, 60, seed=0)
    assert counts.failures == []
    assert counts.opened + counts.refused == 60
    assert counts.opened > 0 or parser == "table-parquet"  # whose own checks refuse nearly every damaged file
