"""auditor/ui/methods_charts.py, overview_charts.py, compare_parts.py, history_parts.py: figures hold every image."""

import numpy as np
import pytest

from auditor.ui import compare_data, compare_parts, history_data, history_parts, methods_charts, overview_charts
from models import landscape
from tests.ui.invented import CLASSES


def test_a_flow_has_every_image_in_every_column():
    flows = [np.array([[5, 1, 0], [2, 3, 0], [0, 0, 4]]), np.array([[7, 0, 0], [1, 3, 0], [0, 0, 4]])]
    chart = methods_charts.division_flow(flows, [0, 4, 9])
    links = chart.data[0].link
    assert sum(links.value) == 30
    assert [a.text for a in chart.layout.annotations] == ["epoch 1", "epoch 5", "epoch 10"]
    assert max(links.target) == 8 and all(b // 3 - a // 3 == 1 for a, b in zip(links.source, links.target, strict=True))
    assert all(0 < y < 1 for y in chart.data[0].node.y)


def test_the_landscape_is_the_method_s_own_and_holds_every_image():
    p_given, p_other = np.array([0.6, 0.2, 0.5]), np.array([0.3, 0.7, 0.4])
    top = np.array([True, False, True])
    chart = methods_charts.weight_landscape(p_given, p_other, top, np.array([0, 2, 1]), epoch=3, epochs=10)
    hills = [trace for trace in chart.data if trace.type == "contour"]
    step = 1 / (methods_charts.GRID_STEPS - 1)
    x, y = round(0.6 / step), round(0.3 / step)
    hill = landscape.gaussian_true(3, 10)
    assert hills[0].z[y][x] == pytest.approx(hill.height * np.exp(hill.exponent(x * step, y * step)))
    assert np.isnan(hills[0].z[x][y]) and not np.isnan(hills[1].z[x][y])
    assert sum(len(trace.x) for trace in chart.data if trace.type == "scatter") == 3


def test_a_division_by_class_opens_class_and_side():
    counts = np.array([[4, 1, 2], [0, 3, 0], [5, 0, 1]])
    noise = {"by_class": [0.2, None, 0.1], "by_class_low": [0.1, None, 0.0], "by_class_high": [0.3, None, 0.2]}
    chart = overview_charts.division(counts, CLASSES, noise)
    bars = [trace for trace in chart.data if trace.type == "bar"]
    assert [list(bar.x) for bar in bars] == counts.T.tolist()
    assert list(bars[2].customdata[1]) == [1, 2]
    assert np.isnan(chart.data[-1].x[1])


def test_spread_votes_and_progress_count_every_image():
    values, sides = np.array([0.0, 0.01, 0.5, 1.0]), np.array([0, 0, 1, 2])
    chart = overview_charts.suspicion(values, sides)
    assert sum(sum(bar.y) for bar in chart.data) == 4
    assert list(overview_charts.votes(np.array([3, 0, 1])).data[0].x) == [3, 0, 1]
    progress = overview_charts.progress(np.array([[2, 2, 0, 0, 0, 0], [0] * 6, [1, 0, 3, 0, 0, 0]]))
    assert sum(bar.x[2] for bar in progress.data) == pytest.approx(1)


def test_a_comparison_marks_what_is_sure():
    sure = compare_data.Difference("all", 100, 0.5, 0.7, 0.1, 0.3, 25, 5, 0.0003)
    not_sure = compare_data.Difference("fear", 10, 0.5, 0.4, -0.3, 0.1, 1, 2, 1.0)
    chart = compare_parts.by_class([sure, not_sure], None)
    assert [trace.name for trace in chart.data if trace.mode == "markers"] == ["before", "after"]
    assert list(chart.data[-1].y) == ["all *", "fear"]


def test_the_pace_has_a_colour_for_every_annotator():
    counts = {"ada": np.array([3, 0]), "bob": np.array([0, 2])}
    chart = history_parts.pace(history_data.Activity(np.array([0.0, 60.0]), 60, counts))
    assert len({bar.marker.color for bar in chart.data}) == 2


def test_weights_learning_and_two_opinions_are_drawn_for_what_is_there():
    summary = {"methods": ["man", "rul"], "weights": {"man": 3.0, "rul": 1.0}, "alone": {"man": 0.9, "rul": 0.5}}
    assert list(methods_charts.weights(summary).data[0].x) == [0.75, 0.25]
    assert list(methods_charts.learning({"man": [(1, 0.4), (2, 0.5)]}).data[0].y) == [0.4, 0.5]
    drawn = methods_charts.two_opinions(np.array([0.1, np.nan]), np.array([0.2, 0.3]), np.array([0, 0]), ("man", "rul"))
    assert sum(len(trace.x) for trace in drawn.data) == 1
    shares = methods_charts.division_shares(np.array([[0.5, 0.3, 0.2], [0.7, 0.2, 0.1]]))
    assert [list(trace.y) for trace in shares.data] == [[0.5, 0.7], [0.3, 0.2], [0.2, 0.1]]
    bars = methods_charts.by_uncertainty(np.array([0, 0, 1]), np.array([0.2, 0.4, 0.8]), 2)
    assert list(bars.data[0].y) == pytest.approx([0.3, 0.8])
