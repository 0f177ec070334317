"""Draw plotly charts in the app's theme, with clicks that open exactly the images behind a mark."""

from __future__ import annotations

import hashlib
import html
import pickle
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray

from auditor.recent import Recent
from auditor.ui.look import lasso, palette
from auditor.ui.look.plain import plain

FONT = '"Source Sans", "Source Sans Pro", sans-serif'
PAINT = 0.08
"""Seconds in which a browser paints a screen of words."""

CONFIG = {"displayModeBar": False, "responsive": True}


def is_dark() -> bool:
    """Return whether the reader's page is dark."""
    return bool(st.context.theme.type == "dark")


def theme() -> palette.Palette:
    """Return the colours of the reader's page."""
    return palette.DARK if is_dark() else palette.LIGHT


def dressed(figure: go.Figure, *, height: int = 300, legend: bool = True) -> go.Figure:
    """Style a chart like all others: no frame, a faint grid, room for its text.

    Args:
        figure: The chart; changed in place.
        height: Pixels.
        legend: False hides it.
    """
    colours = theme()
    line = "rgba(128,128,128,0.22)"
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 8, "t": 34 if figure.layout.annotations else 8, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"color": colours.text, "size": 13, "family": FONT},
        showlegend=legend,
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.0, "x": 0, "title": None, "traceorder": "normal"},
        hoverlabel={"font": {"size": 13}},
        bargap=0.25,
    )
    axis = {"title_font_size": 13, "gridcolor": line, "zerolinecolor": line, "linecolor": line, "automargin": True}
    figure.update_xaxes(axis)
    figure.update_yaxes(axis)
    return figure


def literal(figure: go.Figure) -> None:
    """Escape a name, so that plotly, which reads text as HTML, shows it unchanged."""
    for trace in figure.data:
        if trace.name:
            trace.name = html.escape(trace.name, quote=False)
        for axis in {"x", "y"} & set(trace):
            values = trace[axis]
            if values is not None and any(isinstance(value, str) for value in values):
                trace[axis] = [html.escape(str(value), quote=False) for value in values]


def let_paint() -> None:
    """Wait until the browser has painted what was sent so far.

    Charts that come along are drawn first, which takes a third of a second; until then the words above are not there.
    """
    time.sleep(PAINT)


@dataclass(frozen=True, eq=False)
class Kept:
    """A chart that is shown again as it is: never change it.

    Attributes:
        figure: The chart, its names escaped by `literal`.
    """

    figure: go.Figure


_kept: Recent[bytes, Kept] = Recent(64)


def kept(build: Callable[..., go.Figure], *values: Any) -> Kept:
    """Build a chart, or take the one that was built from the same values in the same colours: building takes long.

    Args:
        build: A function of nothing but the values and the theme.
        values: Arrays, numbers, texts, and lists and dicts of them.
    """
    state = pickle.dumps((build.__module__, build.__qualname__, is_dark(), values))
    key = hashlib.blake2b(state, digest_size=16).digest()
    chart = _kept.get(key)
    if chart is None:
        figure = build(*values)
        literal(figure)
        chart = _kept.put(key, Kept(figure))
    return chart


def draw(chart: go.Figure | Kept, key: str, *, select: bool = False, words: str = "") -> list[dict[str, Any]]:
    """Show a chart.

    Args:
        chart: The chart.
        key: Its identifier within the page.
        select: Whether its marks can be clicked.
        words: A text that says what the chart shows, for readers who cannot see it; also the caption beneath.

    Returns:
        The points clicked since the last run, each with its `customdata`.
    """
    figure = chart.figure if isinstance(chart, Kept) else chart
    if not isinstance(chart, Kept):
        literal(figure)
    if words:
        st.caption(plain(words))
    if not select:
        st.plotly_chart(figure, key=key, config=CONFIG, theme=None)
        return []
    count = st.session_state.setdefault(f"{key}-times", 0)
    event = st.plotly_chart(
        figure, key=f"{key}-{count}", config=CONFIG, theme=None, on_select="rerun", selection_mode="points"
    )
    points: list[dict[str, Any]] = list((event.get("selection") or {}).get("points") or [])
    if points:  # a kept selection would open Review again when the reader comes back
        st.session_state[f"{key}-times"] = count + 1
    return points


def outlined(event: Any, x: NDArray[np.floating[Any]], y: NDArray[np.floating[Any]]) -> NDArray[np.bool_] | None:
    """Return the images inside the outline that was drawn over a chart whose axes run from 0 to 1.

    A chart may show a sample; the outline counts for every image.

    Args:
        event: The return value of `st.plotly_chart(on_select=...)`.
        x: First coordinate of every image [M], NaN for an image that is not on the chart.
        y: Second coordinate [M].

    Returns:
        bool [M], or None where nothing was drawn.
    """
    selection = event.get("selection") or {}
    outlines = [(outline["x"], outline["y"]) for outline in selection.get("lasso") or []]
    for box in selection.get("box") or []:
        (left, right), (low, high) = sorted(box["x"]), sorted(box["y"])
        outlines.append(([left, right, right, left], [low, low, high, high]))
    if not outlines:
        return None
    on_chart = np.isfinite(x) & np.isfinite(y)
    places = np.rint(np.stack([np.where(on_chart, x, 0), np.where(on_chart, y, 0)], axis=1) * lasso.GRID)
    mask = np.zeros(len(x), dtype=bool)
    for across, up in outlines:
        polygon = np.stack([np.asarray(across, float), np.asarray(up, float)], axis=1) * lasso.GRID
        mask |= lasso.inside(places.astype(np.int64), polygon)
    inside: NDArray[np.bool_] = mask & on_chart
    return inside
