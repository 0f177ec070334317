"""MAN's tab: the co-division over the epochs."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from auditor.plural import counted
from auditor.ui.components.matrix import component as matrix
from auditor.ui.components.matrix.component import Cell
from auditor.ui.look import charts
from auditor.ui.look.palette import ASSIGNMENTS
from auditor.ui.screens.methods import charts as method_charts
from auditor.ui.screens.methods import figures
from auditor.ui.screens.methods.parts import Methods


def show(page: Methods) -> None:
    """Draw MAN's co-division over the epochs."""
    strand = page.strands.get("man")
    if strand is None or not strand.has("assignment"):
        page.explain_absence("The run that made this evidence was deleted: its division over the epochs is not shown.")
        return
    st.markdown(
        "Two networks predict every image after each epoch. **Clean**: both agree with the given label. "
        "**Ambiguous**: one does. **Noisy**: neither does."
    )
    division = figures.divisions(strand)
    steps = figures.stages(len(division))
    flows = [figures.flow(division[a], division[b]) for a, b in pairwise(steps)]
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.subheader("How assignments change", anchor=False)
        if flows:
            charts.draw(method_charts.division_flow(flows, steps), "methods-man-flow")
    with right:
        st.subheader("Shares after every epoch", anchor=False)
        charts.draw(method_charts.division_shares(figures.shares(division)), "methods-man-shares")
    _sides(page, division)


def _sides(page: Methods, division: NDArray[np.int8]) -> None:
    start = st.slider("From epoch", 1, max(len(division), 2), max(1, len(division) // 2), key="methods-man-from")
    first = division[min(start, len(division)) - 1]
    counts = figures.flow(first, division[-1])
    left, right = st.columns([3, 2], gap="large")
    with left:
        top = max(int(counts.max()), 1)
        cells = [
            [_count(int(n), n / top, f"{ASSIGNMENTS[a]} after epoch {start}, {ASSIGNMENTS[b]} at the end", a == b)
             for b, n in enumerate(line)]
            for a, line in enumerate(counts)
        ]  # fmt: skip
        pressed = matrix.show(
            cells,
            ASSIGNMENTS,
            ASSIGNMENTS,
            key="methods-man-sides",
            corner="this epoch ↓ last epoch →",
            caption="Click a cell to open its images.",
        )
        if pressed:
            label = f"MAN: {ASSIGNMENTS[pressed[0]]} after epoch {start}, then {ASSIGNMENTS[pressed[1]]}"
            page.open((first == pressed[0]) & (division[-1] == pressed[1]), label)
    with right:
        changed = figures.changes(division)
        often = st.slider(
            "Changes of assignment, at least", 1, max(int(changed.max(initial=1)), 2), 2, key="methods-man-often"
        )
        st.caption("Images that keep changing are ambiguous, or their label contradicts what the networks learn.")
        page.open_button(changed >= often, f"MAN: assignment changed {often} times or more", "methods-man-open")


def _count(number: int, strength: float, words: str, same: bool) -> Cell:
    if number == 0:
        return Cell("")
    return Cell(f"{number:,}", strength, f"{counted(number, 'image')}: {words}", True, "same" if same else "plain")
