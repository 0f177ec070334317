"""A slice of `python -m benchmarks.fuzz`, which damages 10,000 files for every parser."""

import pytest

from auditor.data.formats.base import formats
from benchmarks import fuzz, fuzz_seeds

KNOWN = {form.name for form in formats()}


@pytest.mark.parametrize("parser", [p for p in fuzz.parsers() if fuzz_seeds.FORMATS.get(p, p) in {*KNOWN, fuzz.IMAGE}])
def test_a_damaged_file_is_opened_or_refused(parser):
    counts = fuzz.run(parser, 60, seed=0)
    assert counts.failures == []
    assert counts.opened + counts.refused == 60
    assert counts.opened > 0 or parser == "parquet"  # whose own checks refuse nearly every damaged file
