"""auditor/evidence/features.py: the features over the epochs, calculated by hand."""

import numpy as np
import pytest

from auditor.evidence import (
    features,
)
from auditor.evidence.gather import join
from tests.evidence.records import record


def test_features_over_two_epochs(tmp_path):
    probs = np.array([[[0.8, 0.2]], [[0.4, 0.6]]])
    strand = join("man", "r", [record(tmp_path, probs, np.array([0]))], np.array([0]))
    described = features.describe(strand)
    assert described.confidence[0] == pytest.approx(0.6, abs=1e-3)
    assert described.variability[0] == pytest.approx(0.2, abs=1e-3)
    assert described.correctness[0] == 0.5 and described.forgetting[0] == 1 and described.dissent[0] == 1
    assert described.margin[0] == pytest.approx((np.log(4) + np.log(2 / 3)) / 2, abs=2e-3)
    geometric = np.sqrt([0.8 * 0.4, 0.2 * 0.6])
    np.testing.assert_allclose(described.probs[0], geometric / geometric.sum(), atol=1e-3)
