"""The Methods page's tabs: what only that method shows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from auditor.data.dataset import Dataset
from auditor.evidence.gather import Strand
from auditor.ui import charts, methods_charts, methods_data, overview_data, routes, session
from auditor.ui.components.matrix import component as matrix
from auditor.ui.components.matrix.component import Cell
from auditor.ui.palette import ASSIGNMENTS

if TYPE_CHECKING:
    import pandas as pd

    from auditor.evidence.table import EvidenceVersion


@dataclass(frozen=True, eq=False)
class Methods:
    """What the tabs draw from."""

    dataset: Dataset
    evidence: EvidenceVersion

    @property
    def table(self) -> pd.DataFrame:
        """The evidence table [M rows]."""
        return self.evidence.table

    @cached_property
    def strands(self) -> dict[str, Strand]:
        """What each method left, in the table's order."""
        return methods_data.strands(session.workspace(), self.evidence)

    def column(self, name: str) -> NDArray[np.float64]:
        """A column of the evidence table [M]."""
        values: NDArray[np.float64] = self.table[name].to_numpy(np.float64)
        return values

    def open(self, mask: NDArray[Any], label: str) -> None:
        """Open exactly the images of a mask [M] in Review."""
        charts.open_rows(overview_data.rows_where(self.table, mask), label)

    def open_button(self, mask: NDArray[Any], label: str, key: str) -> None:
        """A button that opens the images of a mask, with their number."""
        number = int(np.count_nonzero(mask))
        if st.button(f"Open {number:,} in Review", key=key, disabled=number == 0, icon=":material/open_in_new:"):
            self.open(mask, label)

    def missing(self, method: str, what: str) -> None:
        """Say that a method was not trained, or left nothing to draw."""
        st.markdown(f"**{method.upper()}** {what}")
        if method not in self.table.columns and st.button("Train it", key=f"methods-train-{method}"):
            st.session_state["retrain_open"] = True
            session.open_page("runs")

    def man(self) -> None:
        """MAN's co-division over the epochs."""
        strand = self.strands.get("man")
        if strand is None or not strand.has("assignment"):
            self.missing("man", "has left no division; train it to see how images change sides over the epochs.")
            return
        st.markdown(
            "Two networks predict every image after each epoch. **Clean**: both agree with the given label. "
            "**Ambiguous**: one does. **Noisy**: neither does."
        )
        division = methods_data.divisions(strand)
        steps = methods_data.stages(len(division))
        flows = [methods_data.flow(division[a], division[b]) for a, b in pairwise(steps)]
        left, right = st.columns([3, 2], gap="large")
        with left:
            st.subheader("How images change sides", anchor=False)
            if flows:
                charts.draw(methods_charts.division_flow(flows, steps), "methods-man-flow")
        with right:
            st.subheader("Shares after every epoch", anchor=False)
            charts.draw(methods_charts.division_shares(methods_data.shares(division)), "methods-man-shares")
        self._man_sides(division)

    def _man_sides(self, division: NDArray[np.int8]) -> None:
        start = st.slider("From epoch", 1, max(len(division), 2), max(1, len(division) // 2), key="methods-man-from")
        first = division[min(start, len(division)) - 1]
        counts = methods_data.flow(first, division[-1])
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
                corner="then ↓ at the end →",
                caption="A cell opens the images that went that way.",
            )
            if pressed:
                label = f"MAN: {ASSIGNMENTS[pressed[0]]} after epoch {start}, then {ASSIGNMENTS[pressed[1]]}"
                self.open((first == pressed[0]) & (division[-1] == pressed[1]), label)
        with right:
            changed = methods_data.changes(division)
            often = st.slider(
                "Changed sides at least", 1, max(int(changed.max(initial=1)), 2), 2, key="methods-man-often"
            )
            st.caption("Images that never settle are ambiguous, or their label fights what the networks learn.")
            self.open_button(changed >= often, f"MAN: changed sides {often} times or more", "methods-man-open")

    def rul(self) -> None:
        """RUL's faces along the axis of uncertainty."""
        if "rul_sigma" not in self.table:
            self.missing("rul", "has not been trained; it orders faces from the surest to the least sure.")
            return
        points = self.evidence.summary["directions"].get("rul_sigma", {}).get("points", "nowhere")
        sense = {
            "higher": "In this run the least sure faces are the more often mislabelled ones.",
            "lower": "In this run the surest faces are the more often mislabelled ones: read the axis with care.",
            "nowhere": "In this run it says nothing about wrong labels; it still orders faces by how hard they are.",
        }[str(points)]
        st.markdown(f"Uncertainty is relative: only its rank within this run means anything. {sense}")
        names = ("all classes", *self.dataset.classes)
        chosen = st.selectbox("Given label", range(len(names)), format_func=names.__getitem__, key="methods-rul-class")
        sigma = self.column("rul_sigma")
        mask = np.ones(len(sigma), bool) if chosen == 0 else (self.table["given"] == chosen - 1).to_numpy()
        places = methods_data.quantile_bins(sigma, mask)
        st.caption("How likely a wrong label is, by eighths from the surest to the least sure")
        charts.draw(
            methods_charts.by_uncertainty(places, self.column("p_mislabelled"), methods_data.BINS), "methods-rul-bars"
        )
        columns = st.columns(methods_data.BINS, gap="small")
        for place, column in enumerate(columns):
            number = int((places == place).sum())
            words = f"{number:,} faces, eighth {place + 1} of 8 from sure to unsure: open in Review"
            if column.button(
                f"{number:,}", key=f"methods-rul-{place}", help=words, width="stretch", disabled=number == 0
            ):
                self.open(places == place, f"RUL: eighth {place + 1} of uncertainty, {names[chosen]}")
        st.caption("← surest · least sure →")
        self._sheet(methods_data.examples(places, sigma))

    def _sheet(self, grid: NDArray[np.int64]) -> None:
        """Faces in a grid [lines, 8] of table rows on one picture; gaps repeat nothing but stay empty."""
        lines = [line for line in grid if (line >= 0).all()]
        if not lines:
            return
        rows = [int(self.evidence.rows[place]) for line in lines for place in line]
        url = routes.sprite_url(self.dataset, rows, 96)
        words = "Faces in eight columns from the surest on the left to the least sure on the right"
        st.html(f'<img src="{url}" alt="{words}" style="width:100%;border-radius:.5rem;display:block">')

    def nla(self) -> None:
        """NLA's weight landscape with the images on it."""
        if "nla_p_gt" not in self.table:
            self.missing(
                "nla", "has not been trained; it weighs images by how p of their label and its best rival lie."
            )
            return
        strand = self.strands.get("nla")
        epochs = strand.epochs if strand is not None else 1
        epoch = epochs
        if epochs > 1:
            epoch = st.slider("After epoch", 1, epochs, epochs, key="methods-nla-epoch")
        if strand is not None and epoch < epochs:
            p_given, p_other, case = (
                strand.column(name, epoch - 1).astype(np.float64) for name in ("p_gt", "p_nn", "case")
            )
        else:
            p_given, p_other, case = (self.column(f"nla_{name}") for name in ("p_gt", "p_nn", "case"))
        chart = methods_charts.weight_landscape(
            p_given, p_other, case == 1, self.table["assignment"].to_numpy(), epoch=epoch - 1, epochs=epochs
        )
        event = st.plotly_chart(chart, key="methods-nla", config=charts.CONFIG, theme=None, on_select="rerun",
                                selection_mode=("box", "lasso"))  # fmt: skip
        mask = charts.outlined(event, p_given, p_other)
        st.caption("Draw a frame over images, or set a range, to open them. NLA learns most from bright places.")
        left, right, button = st.columns([2, 2, 1], vertical_alignment="bottom", gap="medium")
        x = left.slider("p of the given label", 0.0, 1.0, (0.0, 0.2), 0.01, key="methods-nla-x")
        y = right.slider("Largest other p", 0.0, 1.0, (0.6, 1.0), 0.01, key="methods-nla-y")
        if mask is None:
            mask = (p_given >= x[0]) & (p_given <= x[1]) & (p_other >= y[0]) & (p_other <= y[1])
        with button:
            self.open_button(mask, "NLA: a part of the weight landscape", "methods-nla-open")


def _count(number: int, strength: float, words: str, same: bool) -> Cell:
    if number == 0:
        return Cell("")
    return Cell(f"{number:,}", strength, f"{number:,} images: {words}", True, "same" if same else "plain")
