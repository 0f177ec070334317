"""Test models/landscape.py: the densities of NLA's weights, against the paper's figures and a hand calculation."""

import math

import numpy as np
import pytest

from models.landscape import Gaussian, gaussian_false, gaussian_true, narrowing


def test_covariances_of_the_paper(reference):
    figures = reference("losses")["nla"]
    (variance, covariance), _ = figures["cov_otherwise"]
    false = gaussian_false()
    assert (false.variance, false.covariance) == (pytest.approx(variance), pytest.approx(covariance))
    assert list(false.mean) == figures["mu_otherwise"]
    (variance, covariance), _ = figures["cov_when_gt_is_max_before_eps"]
    true = gaussian_true(60_000, 60)
    assert (true.variance, true.covariance) == (pytest.approx(variance), pytest.approx(covariance))
    assert list(true.mean) == figures["mu_when_gt_is_max"]
    for case in figures["cases"]:
        assert narrowing(case["epoch_zero_based"], case["epochs"]) == pytest.approx(case["eps"], abs=1e-6)


def test_density_of_a_round_gaussian_by_hand():
    round_one = Gaussian((0.0, 0.0), 1.0, 0.0)
    points = np.array([0.0, 1.0])
    density = round_one.height * np.exp(round_one.exponent(points, points))
    assert density == pytest.approx([1 / (2 * math.pi), math.exp(-1) / (2 * math.pi)])


def test_the_true_gaussian_is_round_at_first_and_then_runs_along_the_diagonal():
    assert gaussian_true(0, 60).covariance == 0
    late = gaussian_true(59, 60)
    assert late.exponent(0.9, 0.1) > late.exponent(0.9, 0.9)
