"""The Methods page's tabs: what only that method shows."""

from __future__ import annotations

import html
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from auditor.data.dataset import Dataset
from auditor.evidence import student
from auditor.evidence.gather import Strand
from auditor.ui.components.matrix import component as matrix
from auditor.ui.components.matrix.cells import agreement_cells
from auditor.ui.components.matrix.component import Cell
from auditor.ui.look import charts, palette
from auditor.ui.look.palette import ASSIGNMENTS
from auditor.ui.screens.methods import charts as method_charts
from auditor.ui.screens.methods import figures
from auditor.ui.state import session
from auditor.ui.state.columns import differing, rows_where
from auditor.ui.web import addresses

if TYPE_CHECKING:
    import pandas as pd

    from auditor.evidence.versions import EvidenceVersion


SHOWN = 8


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
        return figures.strands(session.workspace(), self.evidence)

    def column(self, name: str) -> NDArray[np.float64]:
        """A column of the evidence table [M]."""
        values: NDArray[np.float64] = self.table[name].to_numpy(np.float64)
        return values

    def open(self, mask: NDArray[Any], label: str) -> None:
        """Open exactly the images of a mask [M] in Review."""
        charts.open_rows(rows_where(self.table, mask), label)

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
        division = figures.divisions(strand)
        steps = figures.stages(len(division))
        flows = [figures.flow(division[a], division[b]) for a, b in pairwise(steps)]
        left, right = st.columns([3, 2], gap="large")
        with left:
            st.subheader("How images change sides", anchor=False)
            if flows:
                charts.draw(method_charts.division_flow(flows, steps), "methods-man-flow")
        with right:
            st.subheader("Shares after every epoch", anchor=False)
            charts.draw(method_charts.division_shares(figures.shares(division)), "methods-man-shares")
        self._man_sides(division)

    def _man_sides(self, division: NDArray[np.int8]) -> None:
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
                corner="then ↓ at the end →",
                caption="A cell opens the images that went that way.",
            )
            if pressed:
                label = f"MAN: {ASSIGNMENTS[pressed[0]]} after epoch {start}, then {ASSIGNMENTS[pressed[1]]}"
                self.open((first == pressed[0]) & (division[-1] == pressed[1]), label)
        with right:
            changed = figures.changes(division)
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
        places = figures.quantile_bins(sigma, mask)
        st.caption("How likely a wrong label is, by eighths from the surest to the least sure")
        charts.draw(
            method_charts.by_uncertainty(places, self.column("p_mislabelled"), figures.BINS), "methods-rul-bars"
        )
        columns = st.columns(figures.BINS, gap="small")
        for place, column in enumerate(columns):
            number = int((places == place).sum())
            words = f"{number:,} faces, eighth {place + 1} of 8 from sure to unsure: open in Review"
            if column.button(
                f"{number:,}", key=f"methods-rul-{place}", help=words, width="stretch", disabled=number == 0
            ):
                self.open(places == place, f"RUL: eighth {place + 1} of uncertainty, {names[chosen]}")
        st.caption("← surest · least sure →")
        self._sheet(figures.examples(places, sigma))

    def _sheet(self, grid: NDArray[np.int64]) -> None:
        """Faces in a grid [lines, 8] of table rows on one picture; gaps repeat nothing but stay empty."""
        lines = [line for line in grid if (line >= 0).all()]
        if not lines:
            return
        rows = [int(self.evidence.rows[place]) for line in lines for place in line]
        url = addresses.sprite_url(self.dataset, rows, 96)
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
        chart = method_charts.weight_landscape(
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


def noisyfer(page: Methods) -> None:
    """NoisyFER's decoded faces for each label, and the posteriors of its label sets."""
    groups = figures.posterior_columns(list(page.table.columns), page.dataset.num_classes)
    if not groups and "noisyfer_assignment" not in page.table:
        page.missing("noisyfer", "has not been trained; it draws each face as every label would have it.")
        return
    _decoded(page)
    for number, columns in enumerate(groups):
        title = "What it sees in each given class" if len(groups) == 1 else f"Label set {number + 1}, by given class"
        st.subheader(title, anchor=False)
        _posteriors(page, columns, number)
    if "noisyfer_plausibility" in page.table:
        _plausibility(page)


def _decoded(page: Methods) -> None:
    runs = [session.workspace().run(str(name)) for name in page.evidence.summary["runs"]]
    found = next((faces for faces in map(figures.decoded_faces, runs) if faces is not None), None)
    st.subheader("Each face as every label would have it", anchor=False)
    if found is None:
        st.markdown(
            "This run left no decoded faces. They are drawn when the training ends; train NoisyFER to see them."
        )
        return
    if float(page.evidence.summary["skills"].get("noisyfer", 1)) <= 0:
        st.info("The decoder has learnt little in this run, so its faces mean nothing yet; train it longer.")
    pages = -(-len(found.rows) // SHOWN)
    number = st.pagination(pages, key="methods-noisyfer-page") if pages > 1 else 1
    start = SHOWN * (int(number or 1) - 1)
    rows, faces = found.rows[start : start + SHOWN], np.asarray(found.faces[start : start + SHOWN])
    names = ("itself", *page.dataset.classes)[: faces.shape[1]]
    given = page.dataset.labels[rows]
    head, picture = st.columns([1, 5], gap="small")
    with head:
        lines = "".join(
            f'<div style="flex:1;display:flex;align-items:center;justify-content:flex-end">given&nbsp;<b>'
            f"{html.escape(page.dataset.classes[int(label)])}</b></div>"
            for label in given
        )
        ratio = faces.shape[1] / (5 * len(faces))
        st.html(
            f'<div style="display:flex;flex-direction:column;aspect-ratio:{ratio:.4f};margin-top:1.6rem">{lines}</div>'
        )
    with picture:
        heads = "".join(
            f'<div style="flex:1;text-align:center;height:1.6rem">{html.escape(name)}</div>' for name in names
        )
        st.html(f'<div style="display:flex">{heads}</div>')
        st.image(_sheet(faces, given), width="stretch")
    st.caption(
        "The outlined face is drawn for the given label: where another one looks more like the image, look again."
    )
    if st.button("Open these faces in Review", key="methods-noisyfer-open", icon=":material/open_in_new:"):
        charts.open_rows(found.rows.astype(np.int64), "NoisyFER: decoded faces")


def _sheet(faces: NDArray[np.uint8], given: NDArray[np.integer]) -> NDArray[np.uint8]:
    """Faces uint8 [K, 1 + C, H, W, 3] on one picture, the one drawn for the given label outlined."""
    count, across, height, width, _ = faces.shape
    framed = faces.copy()
    edge = max(2, height // 24)
    colour = np.array(palette.rgb(charts.theme().assignment[1]), dtype=np.uint8)
    for place, label in enumerate(given):
        if 0 <= label < across - 1:
            face = framed[place, label + 1]
            face[:edge], face[-edge:], face[:, :edge], face[:, -edge:] = colour, colour, colour, colour
    return framed.transpose(0, 2, 1, 3, 4).reshape(count * height, across * width, 3)


def _posteriors(page: Methods, columns: list[str], number: int) -> None:
    means = figures.mean_by_class(page.table, columns, page.dataset.num_classes)
    names = page.dataset.classes
    cells = [
        [_share(float(means[g, s]), f"given {names[g]}: posterior of {names[s]}", g == s) for s in range(len(columns))]
        for g in range(len(names))
    ]
    pressed = matrix.show(
        cells, names, names, key=f"methods-noisyfer-{number}", corner="given ↓ posterior →",
        caption="Mean posterior by given class. A cell opens those whose posterior is highest there.",
    )  # fmt: skip
    if pressed:
        given, seen = pressed
        best = page.table[columns].to_numpy().argmax(axis=1) == seen
        mask = best & (page.table["given"] == given).to_numpy()
        page.open(mask, f"NoisyFER: given {names[given]}, sees {names[seen]}")


def _share(share: float, words: str, same: bool) -> Cell:
    if not np.isfinite(share):
        return Cell("")
    return Cell(f"{share:.0%}", share, f"{words}, {share:.0%} on average", True, "same" if same else "plain")


def _plausibility(page: Methods) -> None:
    st.subheader("Least plausible pairs of face and label", anchor=False)
    values = page.column("noisyfer_plausibility")
    share = st.slider(
        "Of all images, the least plausible", 0.5, 20.0, 2.0, 0.5, format="%.1f %%", key="methods-plausible"
    )
    limit = np.nanquantile(values, share / 100) if np.isfinite(values).any() else -np.inf
    page.open_button(values <= limit, f"NoisyFER: {share:g} % least plausible", "methods-plausible-open")


def comparison(page: Methods) -> None:
    """How the methods compare: what they count for, where they differ, how they learnt."""
    summary = page.evidence.summary
    methods = [str(name) for name in summary["methods"]]
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("What each adds", anchor=False)
        charts.draw(method_charts.weights(summary), "methods-weights")
        if summary.get("student"):
            share = student.say(len(page.evidence.table))
            st.caption(f"A student that has learnt what they say together has {share:.0%} of their say in the ranking.")
    with right:
        st.subheader("Where they agree", anchor=False)
        names = [name.upper() for name in methods]
        pressed = matrix.show(
            agreement_cells(summary["agreement"], methods), names, names, key="methods-agreement",
            caption="Share of images divided alike. A cell opens the images on which two methods differ.",
        )  # fmt: skip
        if pressed:
            first, second = (methods[place] for place in pressed)
            page.open(differing(page.table, first, second), f"{first} and {second} differ")
    left, right = st.columns(2, gap="large")
    with left:
        _opinions(page, student.heard(page.evidence))
    with right:
        st.subheader("How they learnt", anchor=False)
        curves: dict[str, list[tuple[int, float]]] = {}
        for run in summary["runs"]:
            curves |= figures.accuracy(session.workspace().run(str(run)))
        if curves:
            charts.draw(
                method_charts.learning(curves), "methods-learning",
                words="Agreement with the labels trained on, on images held out from training",
            )  # fmt: skip
        else:
            st.markdown("No training log lies beside this evidence.")


def _opinions(page: Methods, methods: list[str]) -> None:
    st.subheader("Two opinions", anchor=False)
    if len(methods) < 2:
        st.markdown("Train a second method to compare two opinions of the same image.")
        return
    across, up = st.columns(2)
    first = across.selectbox("Across", methods, 0, format_func=str.upper, key="methods-across")
    second = up.selectbox("Up", methods, 1, format_func=str.upper, key="methods-up")
    x, y = page.column(f"{first}_suspicion"), page.column(f"{second}_suspicion")
    chart = method_charts.two_opinions(x, y, page.table["assignment"].to_numpy(), (first, second))
    event = st.plotly_chart(chart, key="methods-opinions", config=charts.CONFIG, theme=None, on_select="rerun",
                            selection_mode=("box", "lasso"))  # fmt: skip
    mask = charts.outlined(event, x, y)
    if mask is None:
        mask = (x < 0.5) & (y > 0.9)
        st.caption(f"Calm for {first.upper()}, among the most suspicious tenth for {second.upper()}:")
    page.open_button(mask, f"{first.upper()} against {second.upper()}", "methods-opinions-open")
