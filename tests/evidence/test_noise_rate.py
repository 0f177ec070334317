"""auditor/evidence/noise_rate.py: the rate, its interval and the confused pairs, calculated by hand."""

import numpy as np
import pytest

from auditor.evidence import (
    noise_rate,
)


def test_transition_and_confused_pairs():
    posterior = np.array([[0.8, 0.2], [0.6, 0.4], [0.5, 0.5]], np.float32)
    matrix = noise_rate.transition_matrix(np.array([0, 0, 1]), posterior)
    np.testing.assert_allclose(matrix, [[0.7, 0.3], [0.5, 0.5]], rtol=1e-6)
    pairs = noise_rate.confused_pairs(matrix, [2, 1])
    assert [(pair["given"], pair["true"]) for pair in pairs] == [(0, 1), (1, 0)]
    assert pairs[0]["expected"] == pytest.approx(0.6)


@pytest.mark.parametrize(("skill", "error"), [(0.9, 0.06), (0.85, 0.06), (0.65, 0.09), (0.45, 0.12), (0.0, 0.12)])
def test_interval_of_the_noise_rate_is_wider_after_poor_training(skill, error):
    assert noise_rate.off(skill) == pytest.approx(error)
    estimate = noise_rate.noise_rate(np.zeros(100_000, np.int64), np.full(100_000, 0.5, np.float32), 2, skill=skill)
    assert estimate["high"] - estimate["low"] == pytest.approx(min(1, 2 * 1.96 * error), abs=0.01)


def test_interval_of_the_noise_rate_grows_with_the_methods_disagreement():
    labels, p = np.zeros(400, int), np.full(400, 0.2, np.float32)
    alone = noise_rate.noise_rate(labels, p, 2)
    assert (
        alone["overall"] == pytest.approx(0.2)
        and alone["high"] == pytest.approx(0.2 + 1.96 * np.hypot(0.02, 0.06), abs=0.004)
        and alone["by_class"][1] is None
    )
    apart = noise_rate.noise_rate(labels, p, 2, [(1.0, np.full(3, 0.1)), (1.0, np.full(3, 0.3))])
    assert apart["high"] - apart["low"] > 0.3
