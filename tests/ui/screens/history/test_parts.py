"""auditor/ui/screens/history/parts.py."""

import numpy as np

from auditor.ui.screens.history import lines, parts


def test_the_pace_has_a_colour_for_every_annotator():
    counts = {"ada": np.array([3, 0]), "bob": np.array([0, 2])}
    chart = parts.pace(lines.Activity(np.array([0.0, 60.0]), 60, counts))
    assert len({bar.marker.color for bar in chart.data}) == 2
