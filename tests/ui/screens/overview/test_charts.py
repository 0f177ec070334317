"""auditor/ui/screens/overview/charts.py: figures hold every image."""

import numpy as np
import pytest

from auditor.ui.screens.overview import charts
from tests.ui.invented import CLASSES


def test_a_division_by_class_opens_class_and_side():
    counts = np.array([[4, 1, 2], [0, 3, 0], [5, 0, 1]])
    noise = {"by_class": [0.2, None, 0.1], "by_class_low": [0.1, None, 0.0], "by_class_high": [0.3, None, 0.2]}
    chart = charts.division(counts, CLASSES, noise)
    bars = [trace for trace in chart.data if trace.type == "bar"]
    assert [list(bar.x) for bar in bars] == counts.T.tolist()
    assert list(bars[2].customdata[1]) == [1, 2]
    assert np.isnan(chart.data[-1].x[1])


def test_spread_votes_and_progress_count_every_image():
    values, sides = np.array([0.0, 0.01, 0.5, 1.0]), np.array([0, 0, 1, 2])
    chart = charts.suspicion(values, sides)
    assert sum(sum(bar.y) for bar in chart.data) == 4
    assert list(charts.votes(np.array([3, 0, 1])).data[0].x) == [3, 0, 1]
    progress = charts.progress(np.array([[2, 2, 0, 0, 0, 0], [0] * 6, [1, 0, 3, 0, 0, 0]]))
    assert sum(bar.x[2] for bar in progress.data) == pytest.approx(1)
