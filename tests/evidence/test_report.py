"""auditor/evidence/report.py: the summary's figures."""

import numpy as np
import pytest

from auditor.evidence import (
    report,
)


def test_rank_correlation_of_a_constant_is_none():
    assert report.rank_correlation(np.array([1.0, 2, 3]), np.array([3.0, 2, 1])) == pytest.approx(-1)
    assert report.rank_correlation(np.array([1.0, 2, 3]), np.ones(3)) == 0
