"""auditor/ui/screens/methods/charts.py: figures hold every image."""

import numpy as np
import pytest

from auditor.ui.screens.methods import charts
from models import landscape


def test_a_flow_has_every_image_in_every_column():
    flows = [np.array([[5, 1, 0], [2, 3, 0], [0, 0, 4]]), np.array([[7, 0, 0], [1, 3, 0], [0, 0, 4]])]
    chart = charts.division_flow(flows, [0, 4, 9])
    links = chart.data[0].link
    assert sum(links.value) == 30
    assert [a.text for a in chart.layout.annotations] == ["epoch 1", "epoch 5", "epoch 10"]
    assert max(links.target) == 8 and all(b // 3 - a // 3 == 1 for a, b in zip(links.source, links.target, strict=True))
    assert all(0 < y < 1 for y in chart.data[0].node.y)


def test_the_landscape_is_the_method_s_own_and_holds_every_image():
    p_given, p_other = np.array([0.6, 0.2, 0.5]), np.array([0.3, 0.7, 0.4])
    top = np.array([True, False, True])
    chart = charts.weight_landscape(p_given, p_other, top, np.array([0, 2, 1]), epoch=3, epochs=10)
    hills = [trace for trace in chart.data if trace.type == "contour"]
    step = 1 / (charts.GRID_STEPS - 1)
    x, y = round(0.6 / step), round(0.3 / step)
    hill = landscape.gaussian_true(3, 10)
    assert hills[0].z[y][x] == pytest.approx(hill.height * np.exp(hill.exponent(x * step, y * step)))
    assert np.isnan(hills[0].z[x][y]) and not np.isnan(hills[1].z[x][y])
    images = [trace for trace in chart.data if trace.type == "scatter"]
    assert sum(len(trace.x) for trace in images) == 3
    assert [trace.name for trace in images if trace.showlegend] == ["clean", "ambiguous", "noisy"]


def test_weights_learning_and_two_opinions_are_drawn_for_what_is_there():
    summary = {"methods": ["man", "rul"], "weights": {"man": 3.0, "rul": 1.0}, "alone": {"man": 0.9, "rul": 0.5}}
    assert list(charts.weights(summary).data[0].x) == [0.75, 0.25]
    assert list(charts.learning({"man": [(1, 0.4), (2, 0.5)]}).data[0].y) == [0.4, 0.5]
    drawn = charts.two_opinions(np.array([0.1, np.nan]), np.array([0.2, 0.3]), np.array([0, 0]), ("man", "rul"))
    assert sum(len(trace.x) for trace in drawn.data) == 1
    shares = charts.division_shares(np.array([[0.5, 0.3, 0.2], [0.7, 0.2, 0.1]]))
    assert [list(trace.y) for trace in shares.data] == [[0.5, 0.7], [0.3, 0.2], [0.2, 0.1]]
    bars = charts.by_uncertainty(np.array([0, 0, 1]), np.array([0.2, 0.4, 0.8]), 2)
    assert list(bars.data[0].y) == pytest.approx([0.3, 0.8])
