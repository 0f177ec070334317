"""The parts of the Overview: each draws one chart and opens the images behind a mark."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from auditor.data.dataset import Dataset
from auditor.evidence import schema
from auditor.evidence.noise_rate import HARDLY
from auditor.plural import counted
from auditor.store import counts
from auditor.ui.components.matrix import component as matrix
from auditor.ui.components.matrix.cells import agreement_cells
from auditor.ui.look import charts, open_faces
from auditor.ui.look.palette import ASSIGNMENTS
from auditor.ui.look.plain import plain
from auditor.ui.look.words import percent
from auditor.ui.screens.overview import charts as overview_charts
from auditor.ui.screens.overview import figures
from auditor.ui.state import library, session
from auditor.ui.state.columns import differing, rows_where
from auditor.ui.state.overlay import REVIEWED, Overlay
from models.titles import title

if TYPE_CHECKING:
    import pandas as pd

    from auditor.evidence.versions import EvidenceVersion


@dataclass(frozen=True, eq=False)
class Overview:
    """The data that the parts draw."""

    dataset: Dataset
    evidence: EvidenceVersion
    table: pd.DataFrame
    summary: dict[str, Any]
    overlay: Overlay

    @classmethod
    def of(cls, dataset: Dataset, evidence: EvidenceVersion) -> Overview:
        """Gather the data that the parts draw."""
        overlay = library.overlay(session.workspace(), dataset)
        return cls(dataset, evidence, evidence.table, evidence.summary, overlay)

    @property
    def tally(self) -> counts.Tally:
        """Counts of the decisions on the audited faces, the same as on every other page."""
        return counts.tally(self.overlay.action[counts.audited(self.dataset)])

    def _noisy_left(self) -> NDArray[np.bool_]:
        left = ~counts.reviewed(self.overlay.action[self.table[schema.ROW].to_numpy()])
        noisy: NDArray[np.bool_] = left & (self.table[schema.ASSIGNMENT] == figures.NOISY).to_numpy()
        return noisy

    def _unscored(self, done: counts.Tally) -> str:
        number = done.faces - len(self.table)
        return f"; {number:,} were scored by no method, so the charts below leave them out" if number > 0 else ""

    def open(self, mask: NDArray[Any], label: str) -> None:
        """Open exactly the images of a mask [M] in Review."""
        open_faces.open_rows(rows_where(self.table, mask), label)

    def head(self) -> None:
        """Draw the title and the source of the figures."""
        st.title("Overview", anchor=False)
        methods = ", ".join(title(name) for name in self.summary["methods"])
        methods += " and a student" if self.summary.get("student") else ""
        st.caption(
            f"{plain(self.dataset.title)} · evidence {self.evidence.name} · {methods} · "
            f"{self.summary['evidence']} scores"
        )
        skill = max((float(skill) for skill in self.summary["skills"].values()), default=0.0)
        if skill < HARDLY:
            st.warning(
                "The methods have learnt little in these runs, so the share of wrong labels is uncertain: train longer."
                if skill > 0
                else "No method has learnt anything in these runs, so these figures are hardly better than chance: "
                "train longer.",
                icon=":material/warning:",
            )

    def figures(self) -> None:
        """Draw the three main figures, each in a card."""
        noise, done = self.summary["noise"], self.tally
        suspects = int(self._noisy_left().sum())
        first, second, third = st.columns(3, gap="medium", border=True)
        with first:
            low, high = percent(noise["low"]), percent(noise["high"])
            _figure(percent(noise["overall"]), "of the labels are estimated to be wrong")
            _range(noise["overall"], noise["low"], noise["high"])
            st.caption(f"95 % interval: {low} to {high}")
        with second:
            _figure(f"{done.reviewed:,}", f"of {counted(done.faces, 'face')} reviewed")
            _range(done.share, None, None)
            skipped = f"{done.skipped:,} skipped; " if done.skipped else ""
            st.caption(f"{skipped}{suspects:,} called noisy are not reviewed yet{self._unscored(done)}")
        with third:
            self._planted_errors()

    def _planted_errors(self) -> None:
        from auditor.data.demo import generate

        planted = generate.truth(self.dataset.root)
        if planted is None:
            called = self.summary["assignments"]
            _figure(f"{called['ambiguous']:,}", "faces show more than one emotion, according to the methods")
            _range(called["ambiguous"] / max(len(self.table), 1), None, None)
            marked = self.tally.ambiguous
            subject = f"{marked:,} marked as ambiguous in Review; they" if marked else "They"
            st.caption(f"{subject} keep their label, or get shares of several in Review")
            return
        corrections = session.store().decisions.state(self.dataset.key).apply(self.dataset)
        result = figures.compare_with_planted(self.dataset, planted, self.table, self.overlay, corrections)
        _figure(f"{result.corrected:,}", f"of {counted(result.planted, 'planted error')} corrected")
        _range(result.corrected / max(result.planted, 1), None, None)
        spoilt = f", {counted(result.spoilt, 'right label')} changed to wrong ones" if result.spoilt else ""
        st.caption(f"The evidence calls {result.flagged:,} of them noisy{spoilt}. Known only because this is the demo.")

    def division(self) -> None:
        """Draw clean, ambiguous and noisy by class."""
        st.subheader("By class", anchor=False)
        images = figures.division(self.table, self.dataset.num_classes)
        chart = charts.kept(overview_charts.division, images, self.dataset.classes, self.summary["noise"])
        for point in charts.draw(chart, "overview-division", select=True)[:1]:
            label, code = (int(value) for value in point["customdata"])
            self._open_class(label, code)
        with st.popover("Open images of a class", icon=":material/open_in_new:"):
            label = st.selectbox(
                "Given label", range(self.dataset.num_classes), format_func=self.dataset.classes.__getitem__
            )
            code = st.segmented_control(
                "Assignment", range(3), default=2, format_func=ASSIGNMENTS.__getitem__, required=True
            )
            if st.button("Open in Review", key="overview-open-class"):
                self._open_class(int(label), int(code))

    def _open_class(self, label: int, code: int) -> None:
        in_class = self.table[schema.GIVEN] == label
        name = self.dataset.classes[label]
        if code < len(ASSIGNMENTS):
            self.open(
                (in_class & (self.table[schema.ASSIGNMENT] == code)).to_numpy(), f"{ASSIGNMENTS[code]}, given {name}"
            )
        else:
            self.open(in_class.to_numpy(), f"given {name}")

    def proposals(self) -> None:
        """Draw the matrix of given and suggested labels."""
        st.subheader("Given and suggested", anchor=False)
        images = figures.proposals(self.table, self.dataset.num_classes)
        names = self.dataset.classes
        pressed = matrix.show(
            overview_charts.proposal_cells(images, names),
            names,
            names,
            key="overview-proposals",
            corner="given ↓ suggested →",
            caption="Images by given and suggested label; darker is a larger share of the given class. "
            "Click a cell to open its images in Review.",
        )
        if pressed:
            given, suggested = pressed
            mask = (self.table[schema.GIVEN] == given) & (self.table[schema.SUGGESTED] == suggested)
            self.open(mask.to_numpy(), f"given {names[given]}, suggested {names[suggested]}")

    def suspicion(self) -> None:
        """Draw the distribution of suspicion, and a slider to open the images of a range."""
        st.subheader("Suspicion", anchor=False)
        values = self.table[schema.P_MISLABELLED].to_numpy()
        chart = charts.kept(overview_charts.suspicion, values, self.table[schema.ASSIGNMENT].to_numpy()).figure
        times = st.session_state.setdefault("overview-suspicion-times", 0)
        event = st.plotly_chart(
            chart, key=f"overview-suspicion-{times}", config=charts.CONFIG, theme=None, on_select="rerun",
            selection_mode=("points", "box"),
        )  # fmt: skip
        edges = [edge for point in event["selection"]["points"] for edge in point["customdata"]]
        if edges:
            st.session_state["overview-suspicion-range"] = (float(min(edges)), float(max(edges)))
            st.session_state["overview-suspicion-times"] = times + 1
            st.rerun()
        st.session_state.setdefault("overview-suspicion-range", (0.5, 1.0))
        slider, button = st.columns([3, 2], vertical_alignment="bottom")
        bounds: Any = slider.slider(
            "Range of suspicion", 0.0, 1.0, step=0.005, key="overview-suspicion-range", format="percent"
        )
        low, high = bounds
        mask = (values >= low) & (values <= high)
        label = f"Open {mask.sum():,} in Review"
        if button.button(label, disabled=not mask.any(), width="stretch", key="overview-open-range"):
            self.open(mask, f"suspicion {low:.0%} to {high:.0%}")

    def progress(self) -> None:
        """Draw the decisions by assignment, and what is left."""
        st.subheader("Reviewed and left", anchor=False)
        images = figures.progress(self.table, self.overlay)
        for point in charts.draw(charts.kept(overview_charts.progress, images), "overview-progress", select=True)[:1]:
            code, action = int(point["customdata"][0]), int(point["customdata"][1])
            decided = self.overlay.action[self.table[schema.ROW].to_numpy()] == action
            mask = decided & (self.table[schema.ASSIGNMENT] == code).to_numpy()
            self.open(mask, f"{ASSIGNMENTS[code]}, {REVIEWED[action]}")
        if st.button("Open the noisy ones not reviewed yet", key="overview-open-left", icon=":material/open_in_new:"):
            self.open(self._noisy_left(), "noisy, not reviewed yet")

    def votes(self) -> None:
        """Draw the number of methods that call an image noisy."""
        st.subheader("Votes for noisy", anchor=False)
        votes = figures.votes(self.table)
        for point in charts.draw(charts.kept(overview_charts.votes, votes), "overview-votes", select=True)[:1]:
            self._open_votes(int(point["customdata"][0]))
        most = len(votes) - 1
        words = f"Open where all {most} agree" if most > 1 else "Open the noisy ones"
        if st.button(words, key="overview-open-votes", icon=":material/open_in_new:"):
            self._open_votes(most)

    def _open_votes(self, number: int) -> None:
        self.open((self.table[schema.VOTES_NOISY] == number).to_numpy(), f"{counted(number, 'vote')} for noisy")

    def agreement(self) -> None:
        """Draw how often two methods assign an image alike."""
        st.subheader("Do the methods agree?", anchor=False)
        methods = list(self.summary["methods"])
        if len(methods) < 2:
            st.markdown("Train a second method: two different methods are better evidence than one.")
            return
        names = [title(name) for name in methods]
        pressed = matrix.show(
            agreement_cells(self.summary["agreement"], methods),
            names,
            names,
            key="overview-agreement",
            caption="Share of images with the same assignment (clean, ambiguous, noisy) by two methods. "
            "Click a cell to open the images on which they differ.",
        )
        if pressed:
            first, second = (methods[place] for place in pressed)
            self.open(differing(self.table, first, second), f"{title(first)} and {title(second)} differ")

    def warnings(self) -> None:
        """Show what limits the trust in these figures."""
        if self.summary["warnings"]:
            with st.expander("How far to trust these figures", icon=":material/info:"):
                st.markdown("\n".join(f"- {plain(sentence)}" for sentence in self.summary["warnings"]))


def _figure(number: str, words: str) -> None:
    style = "font-size:1.9rem;font-weight:600;font-variant-numeric:tabular-nums"
    st.html(f'<div style="line-height:1.2"><span style="{style}">{number}</span> <span>{words}</span></div>')


def _range(value: float, low: float | None, high: float | None) -> None:
    """Draw a share on a line from 0 to 1: filled up to it, or as a mark in its interval."""
    colours = charts.theme()
    bar = "position:absolute;height:8px;border-radius:4px"
    if low is None or high is None:
        filled = 100 * float(np.clip(value, 0, 1))
        marks = f'<div style="{bar};left:0;width:{filled:.2f}%;background:{colours.assignment[0]}"></div>'
    else:
        tone = colours.assignment[2]
        marks = (
            f'<div style="{bar};left:{100 * low:.2f}%;width:{100 * (high - low):.2f}%;background:{tone}66"></div>'
            f'<div style="{bar};left:calc({100 * value:.2f}% - 2px);top:-3px;width:4px;height:14px;'
            f'background:{tone}"></div>'
        )
    line = f"position:relative;height:8px;border-radius:4px;background:{colours.muted}38"
    st.html(f'<div aria-hidden="true" style="{line}">{marks}</div>')
