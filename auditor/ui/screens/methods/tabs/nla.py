"""NLA's tab: the weight landscape with the images on it."""

from __future__ import annotations

import numpy as np
import streamlit as st

from auditor.evidence import schema
from auditor.ui.look import charts
from auditor.ui.screens.methods import charts as method_charts
from auditor.ui.screens.methods.parts import Methods


def show(page: Methods) -> None:
    """Draw NLA's weight landscape with the images on it."""
    strand = page.strands.get("nla")
    epochs = strand.epochs if strand is not None else 1
    epoch = epochs
    if epochs > 1:
        epoch = st.slider("After epoch", 1, epochs, epochs, key="methods-nla-epoch")
    if strand is not None and epoch < epochs:
        p_given, p_other, case = (
            strand.column(name, epoch - 1).astype(np.float64) for name in ("p_gt", "p_nn", "case")
        )
    else:
        p_given, p_other, case = (page.column(f"nla_{name}") for name in ("p_gt", "p_nn", "case"))
    chart = method_charts.weight_landscape(
        p_given, p_other, case == 1, page.table[schema.ASSIGNMENT].to_numpy(), epoch=epoch - 1, epochs=epochs
    )
    event = st.plotly_chart(chart, key="methods-nla", config=charts.CONFIG, theme=None, on_select="rerun",
                            selection_mode=("box", "lasso"))  # fmt: skip
    mask = charts.outlined(event, p_given, p_other)
    st.caption(
        "Draw a box or a lasso around images, or set the ranges, to open them. NLA learns most where the map is bright."
    )
    left, right, button = st.columns([2, 2, 1], vertical_alignment="bottom", gap="medium")
    x = left.slider("Probability of the given label", 0.0, 1.0, (0.0, 0.2), 0.01, key="methods-nla-x")
    y = right.slider("Largest probability of another class", 0.0, 1.0, (0.6, 1.0), 0.01, key="methods-nla-y")
    if mask is None:
        mask = (p_given >= x[0]) & (p_given <= x[1]) & (p_other >= y[0]) & (p_other <= y[1])
    with button:
        page.open_button(mask, "NLA: a part of the weight landscape", "methods-nla-open")
