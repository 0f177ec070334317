"""auditor/evidence/confident.py: the confident joint, calculated by hand."""

import numpy as np

from auditor.evidence import (
    confident,
)


def test_confident_joint():
    # Thresholds: class 0 (0.9 + 0.5 + 0.1) / 3 = 0.5, class 1 (0.8 + 0.6) / 2 = 0.7. Image 1 passes for 0, image 2 for
    # 1, image 4 (0.6 < 0.7, 0.4 < 0.5) for neither.
    labels = np.array([0, 0, 0, 1, 1])
    probs = np.array([[0.9, 0.1], [0.5, 0.5], [0.1, 0.9], [0.2, 0.8], [0.4, 0.6]], np.float32)
    np.testing.assert_allclose(confident.confident_joint(labels, probs), [[2 / 5, 1 / 5], [0, 2 / 5]])
