"""auditor/ui/look/charts.py and what is drawn with it: outlines over a chart count for every image."""

import numpy as np
import plotly.graph_objects as go
import pytest

from auditor.ui.look import charts
from auditor.ui.screens.map import fallback

X = np.array([0.1, 0.5, 0.9, np.nan])
Y = np.array([0.1, 0.5, 0.9, 0.5])


@pytest.mark.parametrize(
    ("selection", "taken"),
    [
        ({"box": [{"x": [0.6, 0.4], "y": [0.4, 0.6]}]}, [0, 1, 0, 0]),
        ({"lasso": [{"x": [0, 1, 0], "y": [0, 0, 1]}]}, [1, 0, 0, 0]),
        ({"box": [{"x": [0, 0.2], "y": [0, 0.2]}, {"x": [0.8, 1], "y": [0.8, 1]}]}, [1, 0, 1, 0]),
    ],
)
def test_an_outline_takes_every_image_inside(selection, taken):
    assert charts.outlined({"selection": selection}, X, Y).astype(int).tolist() == taken


def test_nothing_drawn_is_not_the_same_as_nothing_inside():
    assert charts.outlined({"selection": {"points": []}}, X, Y) is None
    assert not charts.outlined({"selection": {"box": [{"x": [0.2, 0.3], "y": [0, 1]}]}}, X, Y).any()


def test_the_map_without_webgl_draws_a_sample_of_what_is_shown():
    shown = np.arange(100) % 2 == 0
    assert fallback.sample(shown).tolist() == np.flatnonzero(shown).tolist()
    few = fallback.sample(shown, size=10)
    assert len(set(few.tolist())) == 10 and shown[few].all()


def test_names_are_drawn_as_they_are_though_plotly_reads_html():
    chart = go.Figure([go.Bar(x=["a<b>", "R&B"], y=[1, 2], name="<i>ada"), go.Pie(values=[1])])
    charts.literal(chart)
    assert chart.data[0].x == ("a&lt;b&gt;", "R&amp;B") and chart.data[0].y == (1, 2)
    assert chart.data[0].name == "&lt;i&gt;ada"


def test_a_kept_chart_is_built_once_for_its_values_and_colours(monkeypatch):
    built = []

    def build(values, names):
        built.append(names)
        return go.Figure(go.Bar(y=names, x=values))

    monkeypatch.setattr(charts, "is_dark", lambda: False)
    first = charts.kept(build, np.array([1, 2]), ["a&b", "c"])
    assert charts.kept(build, np.array([1, 2]), ["a&b", "c"]) is first and len(built) == 1
    assert list(first.figure.data[0].y) == ["a&amp;b", "c"]  # escaped once
    others = charts.kept(build, np.array([1, 3]), ["a&b", "c"]), charts.kept(build, np.array([1, 2]), ["a", "c"])
    monkeypatch.setattr(charts, "is_dark", lambda: True)
    assert len({id(each) for each in (first, *others, charts.kept(build, np.array([1, 2]), ["a&b", "c"]))}) == 4
