"""The charts of the Methods page, each drawn from arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from auditor.ui.look import charts, palette
from auditor.ui.look.palette import ASSIGNMENTS
from models import landscape
from models.titles import title

SAMPLE = 3_000
GRID_STEPS = 61


def _clear(colour: str, alpha: float) -> str:
    return "rgba({},{},{},{})".format(*palette.rgb(colour), alpha)


def division_flow(flows: Sequence[NDArray[np.int64]], epochs: Sequence[int]) -> go.Figure:
    """Draw MAN's assignments as a flow: a column of three for each epoch shown, and ribbons for the images between.

    Args:
        flows: Number of images by assignment in two successive epochs shown, int64 [3, 3] each.
        epochs: The epochs, 0-based, one more than flows.
    """
    colours = charts.theme().assignment
    links: dict[str, list[Any]] = {"source": [], "target": [], "value": [], "color": []}
    for step, counts in enumerate(flows):
        for before, after in np.ndindex(3, 3):
            if counts[before, after]:
                links["source"].append(3 * step + before)
                links["target"].append(3 * (step + 1) + after)
                links["value"].append(int(counts[before, after]))
                links["color"].append(_clear(colours[after], 0.32))
    heights = [flow.sum(axis=1) for flow in flows] + ([flows[-1].sum(axis=0)] if flows else [])
    labels = [
        f"{heights[step][side]:,}" if heights[step][side] else "" for step in range(len(epochs)) for side in range(3)
    ]
    places = [0.001 + 0.998 * step / max(len(epochs) - 1, 1) for step in range(len(epochs))]
    nodes = {
        "label": labels, "color": list(colours) * len(epochs), "pad": 14, "thickness": 12,
        "line": {"width": 0}, "x": [place for place in places for _ in range(3)],
        "y": [float(middle) for stage in heights for middle in _middles(stage)],
    }  # fmt: skip
    chart = go.Figure(go.Sankey(node=nodes, link=links, arrangement="snap", hoverlabel={"font": {"size": 13}}))
    # Plotly draws a white shadow behind the numbers, which are white themselves in the dark theme.
    chart.update_traces(textfont={"color": charts.theme().text, "shadow": "none"})
    charts.dressed(chart, height=340, legend=False)
    for step, (place, epoch) in enumerate(zip(places, epochs, strict=True)):
        side = "left" if step == 0 else "right" if step == len(epochs) - 1 else "center"
        chart.add_annotation(
            x=place, y=1.06, text=f"epoch {epoch + 1}", showarrow=False, xref="paper", yref="paper", xanchor=side
        )
    chart.update_layout(margin_t=34)
    return chart


def _middles(heights: NDArray[np.int64], gap: float = 0.04) -> NDArray[np.float64]:
    """Return the centres of the three parts of one column, from 0 at the top to 1, with gaps between them."""
    tall = heights / max(int(heights.sum()), 1) * (1 - 2 * gap)
    middles: NDArray[np.float64] = np.clip(np.cumsum(tall) - tall / 2 + gap * np.arange(3), 0.001, 0.999)
    return middles


def division_shares(shares: NDArray[np.float64]) -> go.Figure:
    """Draw clean, ambiguous and noisy as shares of all images after every epoch."""
    chart = go.Figure()
    for code, colour in enumerate(charts.theme().assignment):
        chart.add_scatter(
            x=np.arange(1, len(shares) + 1), y=shares[:, code], stackgroup="one", mode="lines", name=ASSIGNMENTS[code],
            line={"width": 0.5, "color": colour}, fillcolor=_clear(colour, 0.8), hovertemplate="%{y:.0%}",
        )  # fmt: skip
    charts.dressed(chart, height=250)
    chart.update_layout(hovermode="x unified")
    chart.update_yaxes(range=[0, 1], tickformat=".0%")
    chart.update_xaxes(title_text="Epoch")
    return chart


def by_uncertainty(places: NDArray[np.int64], suspicion: NDArray[np.floating[Any]], bins: int) -> go.Figure:
    """Draw how likely a wrong label is in each bin of uncertainty, from the most to the least certain."""
    means = [float(suspicion[places == place].mean()) if (places == place).any() else 0.0 for place in range(bins)]
    scale = palette.scale_colours(charts.theme(), bins)
    chart = go.Figure(
        go.Bar(x=list(range(bins)), y=means, marker_color=scale, customdata=[[b] for b in range(bins)],
               hovertemplate="%{y:.0%} likely to be mislabelled<extra></extra>")
    )  # fmt: skip
    charts.dressed(chart, height=150, legend=False)
    chart.update_layout(bargap=0.08, margin={"l": 0, "r": 0, "t": 4, "b": 4})
    chart.update_xaxes(visible=False, range=[-0.5, bins - 0.5])
    chart.update_yaxes(visible=False, rangemode="tozero", automargin=False)
    chart.update_traces(text=[f"{mean:.0%}" for mean in means], textposition="auto", textangle=0)
    return chart


def weight_landscape(
    p_given: NDArray[np.floating[Any]],
    p_other: NDArray[np.floating[Any]],
    true_case: NDArray[np.bool_],
    assignment: NDArray[np.integer[Any]],
    *,
    epoch: int,
    epochs: int,
) -> go.Figure:
    """Draw NLA's two weight landscapes as contours, each with the images it weights.

    Args:
        p_given: Probability of the given label [M].
        p_other: Largest probability of another class [M].
        true_case: Whether the given label is the most probable class [M].
        assignment: The consensus's assignment, for the colours [M].
        epoch: 0-based; it determines the landscape of the true case.
        epochs: Number of epochs.
    """
    chart = make_subplots(
        1, 2, shared_yaxes=True, horizontal_spacing=0.04,
        subplot_titles=("Given label most probable", "Another class most probable"),
    )  # fmt: skip
    axis = np.linspace(0, 1, GRID_STEPS)
    x, y = np.meshgrid(axis, axis)
    hills = (landscape.gaussian_true(epoch, epochs), landscape.gaussian_false())
    for column, (hill, weighted) in enumerate(zip(hills, (true_case, ~true_case), strict=True), start=1):
        possible = (x + y <= 1.0 + 1e-9) & ((x >= y) if column == 1 else (x <= y))
        weight = np.where(possible, hill.height * np.exp(hill.exponent(x, y)), np.nan)
        chart.add_contour(
            x=axis, y=axis, z=weight, colorscale=palette.plotly_scale(charts.theme()), showscale=column == 2,
            contours={"coloring": "heatmap", "showlines": True}, line={"width": 0.5, "color": "rgba(255,255,255,0.4)"},
            colorbar={"title": {"text": "weight"}, "thickness": 10, "len": 0.9}, opacity=0.75, ncontours=14,
            hovertemplate="weight %{z:.2f}<extra></extra>", row=1, col=column,
        )  # fmt: skip
        _images(chart, column, p_given, p_other, weighted, assignment)
    charts.dressed(chart, height=430)
    chart.update_annotations(font_size=13)
    chart.update_layout(dragmode="select", legend_y=1.08)
    chart.update_xaxes(range=[0, 1], title_text="Probability of the given label", showgrid=False)
    chart.update_yaxes(range=[0, 1], showgrid=False)
    chart.update_yaxes(title_text="Largest probability of another class", col=1)
    return chart


def _images(
    chart: go.Figure,
    column: int,
    p_given: NDArray[np.floating[Any]],
    p_other: NDArray[np.floating[Any]],
    selected: NDArray[np.bool_],
    assignment: NDArray[np.integer[Any]],
) -> None:
    """Draw the images over their landscape, or a sample where there are many."""
    drawn = np.flatnonzero(selected & np.isfinite(p_given))
    if len(drawn) > SAMPLE:
        drawn = np.random.default_rng(0).choice(drawn, SAMPLE, replace=False)
    named = {trace.name for trace in chart.data if trace.type == "scatter" and len(trace.x)}
    for code, colour in enumerate(charts.theme().assignment):
        points = drawn[assignment[drawn] == code]
        chart.add_scatter(
            x=p_given[points], y=p_other[points], mode="markers", name=ASSIGNMENTS[code], legendgroup=ASSIGNMENTS[code],
            showlegend=len(points) > 0 and ASSIGNMENTS[code] not in named, hoverinfo="skip", row=1, col=column,
            marker={"size": 4.5, "color": colour, "line": {"width": 0.6, "color": charts.theme().background}},
        )  # fmt: skip


def two_opinions(
    first: NDArray[np.floating[Any]],
    second: NDArray[np.floating[Any]],
    assignment: NDArray[np.integer[Any]],
    names: tuple[str, str],
) -> go.Figure:
    """Draw two methods' suspicion of the same images, or of a sample; in the corners they differ most."""
    drawn = np.flatnonzero(np.isfinite(first) & np.isfinite(second))
    if len(drawn) > SAMPLE:
        drawn = np.random.default_rng(0).choice(drawn, SAMPLE, replace=False)
    chart = go.Figure()
    for code, colour in enumerate(charts.theme().assignment):
        points = drawn[assignment[drawn] == code]
        chart.add_scatter(x=first[points], y=second[points], mode="markers", name=ASSIGNMENTS[code], hoverinfo="skip",
                          marker={"size": 5, "color": colour, "opacity": 0.75})  # fmt: skip
    charts.dressed(chart, height=420)
    chart.update_layout(dragmode="select")
    chart.update_xaxes(range=[-0.02, 1.02], title_text=f"{title(names[0])}: rank of suspicion")
    chart.update_yaxes(range=[-0.02, 1.02], title_text=f"{title(names[1])}: rank of suspicion")
    return chart


def weights(summary: Mapping[str, Any]) -> go.Figure:
    """Draw each method's weight in the consensus, and the agreement of its own ranking with the consensus."""
    names = [str(name) for name in summary["methods"]]
    total = sum(float(summary["weights"].get(name, 0)) for name in names) or 1.0
    share = [float(summary["weights"].get(name, 0)) / total for name in names]
    alone = [float(summary["alone"].get(name, 0)) for name in names]
    chart = make_subplots(1, 2, shared_yaxes=True, horizontal_spacing=0.06,
                          subplot_titles=("Weight in the consensus", "Own ranking against all methods'"))  # fmt: skip
    labels = [title(name) for name in names]
    tint = [palette.method_colour(charts.theme(), name) for name in names]
    chart.add_bar(y=labels, x=share, orientation="h", marker_color=tint, text=[f"{s:.0%}" for s in share], row=1, col=1)
    chart.add_bar(y=labels, x=alone, orientation="h", marker_color=tint, text=[f"{a:.2f}" for a in alone], row=1, col=2)
    chart.update_traces(textangle=0)
    charts.dressed(chart, height=80 + 36 * len(names), legend=False)
    chart.update_annotations(font_size=13)
    chart.update_xaxes(range=[0, 1])
    chart.update_yaxes(autorange="reversed", showgrid=False)
    return chart


def learning(curves: Mapping[str, Sequence[tuple[int, float]]]) -> go.Figure:
    """Draw the held-out agreement with the labels trained on, by epoch."""
    chart = go.Figure()
    for name, points in curves.items():
        colour = palette.method_colour(charts.theme(), name)
        epochs, values = zip(*points, strict=True)
        chart.add_scatter(x=epochs, y=values, mode="lines+markers", name=title(name), line={"color": colour},
                          marker={"size": 5})  # fmt: skip
    charts.dressed(chart, height=260)
    chart.update_layout(hovermode="x unified")
    chart.update_yaxes(tickformat=".0%")
    chart.update_xaxes(title_text="Epoch")
    return chart
