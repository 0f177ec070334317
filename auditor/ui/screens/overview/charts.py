"""The charts of the Overview, each drawn from arrays; the customdata of a mark names the images to open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from auditor.plural import counted
from auditor.ui.components.matrix.component import Cell
from auditor.ui.look import charts, palette
from auditor.ui.look.palette import ASSIGNMENTS
from auditor.ui.screens.overview.figures import NOISY
from auditor.ui.state.overlay import REVIEWED

BINS = 40


def division(counts: NDArray[np.int64], classes: Sequence[str], noise: Mapping[str, Any]) -> go.Figure:
    """Draw clean, ambiguous and noisy by given class, and beside it each class's estimated noise rate.

    Args:
        counts: Images [C, 3].
        classes: Names.
        noise: `summary['noise']`: by_class, by_class_low, by_class_high in [0, 1], None for an empty class.
    """
    chart = make_subplots(
        1, 2, shared_yaxes=True, column_widths=[0.68, 0.32], horizontal_spacing=0.07,
        subplot_titles=("Images", "Wrong labels, estimated"),
    )  # fmt: skip
    names = list(classes)
    for assignment, colour in enumerate(charts.theme().assignment):
        chart.add_bar(
            y=names, x=counts[:, assignment], orientation="h", name=ASSIGNMENTS[assignment], marker_color=colour,
            customdata=[[label, assignment] for label in range(len(names))],
            hovertemplate="%{y}: %{x:,} " + ASSIGNMENTS[assignment] + "<extra></extra>", row=1, col=1,
        )  # fmt: skip
    rate, low, high = (_floats(noise.get(name)) for name in ("by_class", "by_class_low", "by_class_high"))
    if len(rate) == len(names):
        reach = {"type": "data", "symmetric": False, "array": high - rate, "arrayminus": rate - low, "thickness": 1.6}
        chart.add_scatter(
            y=names, x=rate, error_x=reach, mode="markers", showlegend=False, row=1, col=2,
            marker={"size": 9, "color": charts.theme().text}, customdata=[[label, 3] for label in range(len(names))],
            hovertemplate="%{y}: %{x:.0%}<extra></extra>",
        )  # fmt: skip
    charts.dressed(chart, height=92 + 30 * len(names))
    chart.update_layout(barmode="stack", legend={"y": 1.12})
    chart.update_annotations(font_size=13, yshift=-2)
    chart.update_yaxes(autorange="reversed", showgrid=False)
    reach_to = min(1.0, 1.15 * float(np.nanmax(high, initial=0.05)))
    chart.update_xaxes(range=[0, reach_to], tickformat=".0%", nticks=4, row=1, col=2)
    chart.update_xaxes(nticks=5, row=1, col=1)
    return chart


def _floats(values: object) -> NDArray[np.float64]:
    return (
        np.array([np.nan if v is None else v for v in values], dtype=np.float64)
        if isinstance(values, list)
        else np.zeros(0)
    )


def proposal_cells(counts: NDArray[np.int64], classes: Sequence[str]) -> list[list[Cell]]:
    """Return the matrix of given and suggested labels; off the diagonal, stronger is a larger share of the class."""
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    off = np.where(np.eye(len(counts), dtype=bool), 0, shares)
    top = max(float(off.max(initial=0)), 1e-9)
    return [
        [
            _cell(int(counts[g, s]), g == s, float(shares[g, s]) / top, classes[g], classes[s])
            for s in range(len(counts))
        ]
        for g in range(len(counts))
    ]


def _cell(count: int, same: bool, strength: float, given: str, suggested: str) -> Cell:
    if count == 0:
        return Cell("")
    if same:
        return Cell(
            f"{count:,}", 0.35, f"{counted(count, 'image')} given and suggested {given}: review them", True, "same"
        )
    words = f"{counted(count, 'image')} given {given}, suggested {suggested}: review them"
    return Cell(f"{count:,}", strength, words, True)


def suspicion(values: NDArray[np.floating[Any]], assignment: NDArray[np.integer[Any]]) -> go.Figure:
    """Draw the distribution of the probability of a wrong label, by assignment; a range drawn on it can be opened."""
    edges = np.linspace(0, 1, BINS + 1)
    chart = go.Figure()
    for code, colour in enumerate(charts.theme().assignment):
        heights, _ = np.histogram(values[assignment == code], bins=edges)
        chart.add_bar(
            x=(edges[:-1] + edges[1:]) / 2, y=heights, name=ASSIGNMENTS[code], marker_color=colour, width=1 / BINS,
            customdata=np.stack([edges[:-1], edges[1:]], axis=1).tolist(),
            hovertemplate="%{customdata[0]:.1%} to %{customdata[1]:.1%}: %{y:,}<extra>" + ASSIGNMENTS[code],
        )  # fmt: skip
    charts.dressed(chart, height=230)
    chart.update_layout(barmode="stack", bargap=0.06, dragmode="select", selectdirection="h")
    chart.update_xaxes(
        range=[0, 1], tickformat=".0%", title_text="Probability that the given label is wrong", fixedrange=True
    )
    chart.update_yaxes(title_text="Images", fixedrange=True)
    return chart


def votes(counts: NDArray[np.int64]) -> go.Figure:
    """Draw the number of images by how many methods call them noisy."""
    most = len(counts) - 1
    names = ["none", *(f"{number} of {most}" for number in range(1, most + 1))]
    low, high = (np.array(palette.rgb(c), float) for c in (charts.theme().muted, charts.theme().assignment[NOISY]))
    shades = [palette.hexadecimal(low + (high - low) * n / max(most, 1)) for n in range(most + 1)]
    chart = go.Figure(
        go.Bar(
            y=names, x=counts, orientation="h", marker_color=shades, textangle=0, text=[f"{n:,}" for n in counts],
            textposition="auto", customdata=[[number] for number in range(most + 1)],
            hovertemplate="%{x:,} images, noisy for %{y}<extra></extra>",
        )
    )  # fmt: skip
    charts.dressed(chart, height=60 + 34 * (most + 1), legend=False)
    chart.update_yaxes(autorange="reversed", showgrid=False)
    return chart


def progress(counts: NDArray[np.int64]) -> go.Figure:
    """Draw the decisions on the clean, ambiguous and noisy images, as shares of each."""
    colours = charts.theme()
    shades = [
        "rgba(128,128,128,0.28)", colours.assignment[0], colours.classes[2], colours.assignment[1],
        colours.assignment[2], colours.muted,
    ]  # fmt: skip
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    names = [f"{ASSIGNMENTS[code]} · {counts[code].sum():,}" for code in range(3)]
    chart = go.Figure()
    for action in (1, 2, 3, 4, 5, 0):
        chart.add_bar(
            y=names, x=share[:, action], orientation="h", name=REVIEWED[action], marker_color=shades[action],
            customdata=[[code, action, int(counts[code, action])] for code in range(3)],
            hovertemplate="%{y}: %{customdata[2]:,} " + REVIEWED[action] + "<extra></extra>",
        )  # fmt: skip
    charts.dressed(chart, height=200)
    chart.update_layout(barmode="stack", bargap=0.35)
    chart.update_xaxes(range=[0, 1], tickformat=".0%")
    chart.update_yaxes(showgrid=False)
    return chart
