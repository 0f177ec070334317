"""The map for a browser without WebGL2: a sample of the points in plotly; a lasso selects from all points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray

from auditor.plural import counted
from auditor.ui.look import charts
from auditor.ui.look.lasso import GRID, Lasso, Picked

if TYPE_CHECKING:
    from auditor.ui.components.map.component import Points
    from auditor.ui.screens.map.view import MapView

SAMPLE = 4_000


def sample(passing: NDArray[np.bool_], size: int = SAMPLE) -> NDArray[np.int64]:
    """Return the points to draw: all that are shown where they are few, else an even sample."""
    candidates = np.flatnonzero(passing)
    if len(candidates) <= size:
        return candidates
    return np.random.default_rng(0).choice(candidates, size, replace=False)


def figure(points: Points, drawn: NDArray[np.int64]) -> go.Figure:
    """Draw the sample in the colours of the canvas."""
    colours = np.array(points.colouring.colours["dark" if charts.is_dark() else "light"])
    chart = go.Figure()
    codes = points.colouring.codes[drawn]
    for label, group in points.colouring.groups:
        members = drawn[np.isin(codes, group)]
        if len(members):
            place = points.positions[members]
            marker = {"size": 5, "color": colours[points.colouring.codes[members]].tolist(), "opacity": 0.8}
            chart.add_scatter(x=place[:, 0], y=place[:, 1], mode="markers", marker=marker, name=label)
    bare = {"visible": False, "range": [-GRID * 0.03, GRID * 1.03]}
    chart.update_layout(xaxis=bare, yaxis={**bare, "scaleanchor": "x"}, dragmode="lasso")
    charts.literal(chart)
    return charts.dressed(chart, height=520)


def show(view: MapView, points: Points, picked: Picked) -> NDArray[np.bool_]:
    """Draw the sample and apply its lasso.

    Returns:
        The selection, over all points and not only the drawn ones [N].
    """
    drawn = sample(points.shown)
    st.info(
        f"This browser has no WebGL2, so the map shows {len(drawn):,} of {counted(len(points.shown), 'image')}. "
        "A lasso still selects every image inside it, drawn or not.",
        icon=":material/info:",
    )
    event = st.plotly_chart(
        figure(points, drawn), key=f"map-sample-{view.embedding}", on_select="rerun", selection_mode=("lasso", "box")
    )
    selection: Any = event.get("selection") or {}
    outlines = [*(selection.get("lasso") or []), *map(_corners, selection.get("box") or [])]
    passing, codes = points.shown, points.colouring.codes
    selected = picked if outlines else Picked(np.zeros(len(passing), dtype=bool))
    for number, outline in enumerate(outlines):
        polygon = np.stack([np.asarray(outline["x"], float), np.asarray(outline["y"], float)], axis=1)
        stroke = Lasso(picked.done, "add" if number else "new", polygon)
        selected = selected.after(stroke, points.positions, passing=passing, codes=codes)
    return selected.effective(passing, codes)


def _corners(box: Any) -> dict[str, list[float]]:
    (left, right), (low, high) = box["x"], box["y"]
    return {"x": [left, right, right, left], "y": [low, low, high, high]}
