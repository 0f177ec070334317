"""Divide the faces into eight equal groups along a column; show each group's share of wrong labels and some faces."""

from __future__ import annotations

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from auditor.evidence import schema
from auditor.plural import counted
from auditor.ui.look import charts
from auditor.ui.screens.methods import charts as method_charts
from auditor.ui.screens.methods import figures
from auditor.ui.screens.methods.parts import Methods
from auditor.ui.web import addresses
from models.titles import title


def draw(page: Methods, method: str, column: str, ends: tuple[str, str], noun: str) -> None:
    """Draw the groups of one class or of all classes, each with a button that opens it in Review.

    Args:
        page: The page.
        method: The method's name.
        column: A column of the evidence table.
        ends: Words for the lowest and the highest values, such as 'most certain' and 'least certain'.
        noun: The quantity in the column, for the title of the opened images.
    """
    low, high = ends
    names = ("all classes", *page.dataset.classes)
    which = st.selectbox("Given label", range(len(names)), format_func=names.__getitem__, key=f"methods-{method}-class")
    values = page.column(column)
    mask = np.ones(len(values), bool) if which == 0 else (page.table[schema.GIVEN] == which - 1).to_numpy()
    places = figures.quantile_bins(values, mask)
    st.caption(f"How likely a wrong label is, by eighths from the {low} to the {high}")
    charts.draw(
        method_charts.by_uncertainty(places, page.column(schema.P_MISLABELLED), figures.BINS), f"methods-{method}-bars"
    )
    for place, button in enumerate(st.columns(figures.BINS, gap="small")):
        number = int((places == place).sum())
        words = f"{counted(number, 'face')}, eighth {place + 1} of 8 from the {low} to the {high}: open in Review"
        if button.button(
            f"{number:,}", key=f"methods-{method}-{place}", help=words, width="stretch", disabled=number == 0
        ):
            page.open(places == place, f"{title(method)}: eighth {place + 1} of {noun}, {names[which]}")
    st.caption(f"← {low} · {high} →")
    _sheet(page, figures.examples(places, values), ends)


def _sheet(page: Methods, grid: NDArray[np.int64], ends: tuple[str, str]) -> None:
    """Draw the faces of a grid [lines, 8] of table rows in one picture; gaps stay empty."""
    lines = [line for line in grid if (line >= 0).all()]
    if not lines:
        return
    rows = [int(page.evidence.rows[place]) for line in lines for place in line]
    url = addresses.sprite_url(page.dataset, rows, 96)
    words = f"Faces in eight columns from the {ends[0]} on the left to the {ends[1]} on the right"
    st.html(f'<img src="{url}" alt="{words}" style="width:100%;border-radius:.5rem;display:block">')
