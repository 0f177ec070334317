"""auditor/ui/look/lasso.py: a lasso selects exactly the shown points inside it."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.errors import DataError
from auditor.ui.look import lasso as selections
from auditor.ui.look.lasso import Lasso, Picked

SQUARE = np.array([[10, 10], [20, 10], [20, 20], [10, 20]], dtype=float)


def even_odd(point, polygon):
    """The rule in fractions, point by point."""
    x, y = (Fraction(int(v)) for v in point)
    corners = [(Fraction(round(a * 256), 256), Fraction(round(b * 256), 256)) for a, b in polygon.tolist()]
    odd = False
    for (x0, y0), (x1, y1) in zip(corners, corners[1:] + corners[:1], strict=True):
        if (y0 > y) != (y1 > y) and x < (x1 - x0) * (y - y0) / (y1 - y0) + x0:
            odd = not odd
    return odd


@given(
    points=st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=30),
    polygon=st.lists(st.tuples(st.floats(-5, 45), st.floats(-5, 45)), min_size=3, max_size=12),
)
@settings(max_examples=150, deadline=None)
def test_inside_is_the_even_odd_rule_in_exact_numbers(points, polygon):
    points, polygon = np.array(points, dtype=np.uint16).reshape(-1, 2), np.array(polygon)
    assert selections.inside(points, polygon).tolist() == [even_odd(p, polygon) for p in points]


def test_neighbours_share_an_edge_but_no_point():
    grid = np.stack(np.meshgrid(np.arange(41), np.arange(41)), axis=-1).reshape(-1, 2).astype(np.uint16)
    left, right = SQUARE, SQUARE + np.array([10, 0])
    a, b = selections.inside(grid, left), selections.inside(grid, right)
    assert not (a & b).any()
    assert (a.sum(), b.sum()) == (100, 100)


def test_too_few_corners_take_nothing_and_far_corners_are_harmless():
    points = np.array([[1, 1], [65_535, 65_535]], dtype=np.uint16)
    assert not selections.inside(points, SQUARE[:2]).any()
    everywhere = np.array([[-1e300, -1e300], [1e300, -1e300], [1e300, 1e300], [-1e300, 1e300]])
    assert selections.inside(points, everywhere).all()


def test_strokes_start_add_take_and_toggle_but_never_touch_what_is_hidden():
    points = np.array([[11, 11], [12, 12], [13, 13], [30, 30]], dtype=np.uint16)
    shown = np.array([True, False, True, True])
    codes = np.array([0, 0, 1, 0], dtype=np.uint8)

    def stroke(selected, **changes):
        lasso = Lasso.parse({"id": 1, "mode": "new", "polygon": SQUARE.ravel().tolist(), **changes})
        picked = Picked(np.array(selected, dtype=bool))
        return picked.after(lasso, points, passing=shown, codes=codes).points.astype(int).tolist()

    assert stroke([0, 0, 0, 0]) == [1, 0, 1, 0]
    assert stroke([0, 0, 0, 0], hidden=[1]) == [1, 0, 0, 0]
    assert stroke([0, 0, 0, 1], mode="add") == [1, 0, 1, 1]
    assert stroke([1, 0, 1, 1], mode="take", hidden=[1]) == [0, 0, 1, 1]
    assert stroke([1, 0, 0, 1], mode="toggle") == [0, 0, 1, 1]
    assert stroke([0, 0, 0, 0], polygon=[], points=[3, 1, 99]) == [0, 0, 0, 1]


def test_what_is_hidden_later_leaves_the_selection_and_comes_back():
    shown, codes = np.array([True, True, True]), np.array([0, 1, 2], dtype=np.uint8)
    picked = Picked(np.array([True, True, False]), by="given")
    legend = Lasso.parse({"id": 7, "mode": "legend", "hidden": [1, 999]})
    picked = picked.after(legend, np.zeros((3, 2), dtype=np.uint16), passing=shown, codes=codes)
    assert (picked.done, picked.effective(shown, codes).tolist()) == (7, [True, False, False])
    assert picked.effective(~shown, codes).tolist() == [False, False, False]
    assert picked.coloured("given") is picked
    assert picked.coloured("suggested").effective(shown, codes).tolist() == [True, True, False]


def test_a_queue_is_applied_once_and_in_order():
    queue = [{"id": n, "mode": "add", "points": [n]} for n in (1, 2, 3)]
    assert [lasso.number for lasso in selections.pending(queue, done=1)] == [2, 3]
    assert list(selections.pending(None, done=0)) == []


@pytest.mark.parametrize(
    "message",
    [{}, {"id": 1, "mode": "melt"}, {"id": 1, "mode": "new", "polygon": [1, 2, 3]},
     {"id": 1, "mode": "new", "polygon": [float("nan")] * 6}, {"id": "x", "mode": "new"}],
)  # fmt: skip
def test_what_is_no_stroke_is_refused(message):
    with pytest.raises(DataError, match="draw it again"):
        Lasso.parse(message)


def test_positions_keep_their_proportions_on_the_grid():
    laid, corner, step = selections.on_grid(np.array([[0.0, 0.0], [10.0, 5.0], [np.nan, 1.0]]))
    assert laid[:2].tolist() == [[0, 16384], [65535, 49151]]
    assert corner == pytest.approx((0.0, -2.5))
    assert step == pytest.approx(10 / 65535)
    assert selections.on_grid(np.zeros((3, 2)))[0].std() == 0
