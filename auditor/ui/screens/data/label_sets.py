"""The Data page's part on label sets: the audited one, their agreement, and an audit of each annotator."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray

from auditor.data import agreement
from auditor.data.agreement import GIVEN, AnnotatorAudit, LabelSetAgreement
from auditor.data.dataset import Dataset
from auditor.data.formats.selection import Selection
from auditor.data.opening import list_label_files, open_dataset
from auditor.evidence import annotators
from auditor.evidence.annotators import Annotator
from auditor.evidence.versions import EvidenceVersion
from auditor.plural import counted
from auditor.ui.components.matrix import component as matrix
from auditor.ui.components.matrix.component import Cell
from auditor.ui.look import charts, open_faces
from auditor.ui.look.allowed import greyed
from auditor.ui.look.plain import plain
from auditor.ui.screens.data import opening
from auditor.ui.state import session

ALONE = (
    "There is only one label set, so there is nothing to compare. More come with a table with several label columns, "
    "RAF-DB's machine labels, FER+'s votes beside FER2013's labels, or annotators' columns beside CIFAR-10."
)


@dataclass(frozen=True, eq=False)
class Voice:
    """One label set on the screen, judged by the evidence or, before there is any, by the other sets.

    Attributes:
        title: Its name on the screen.
        sentence: A sentence on it.
        rate: Share of wrong labels with its interval, or None without evidence.
        confusion: int64 [C, C], row = the likely class (or the others' majority), column = this set's label.
        reference: int16 [N], the likely class by data set row, -1 unknown.
        labels: int16 [N], this set's label, -1 for none.
    """

    title: str
    sentence: str
    rate: tuple[float, float, float] | None
    confusion: NDArray[np.int64]
    reference: NDArray[np.int16]
    labels: NDArray[np.int16]

    def cell(self, likely: int, label: int) -> NDArray[np.intp]:
        """Return the data set rows of a cell of the confusion matrix."""
        return np.flatnonzero((self.reference == likely) & (self.labels == label))

    def wrong(self, dataset: Dataset) -> NDArray[np.intp]:
        """Return the data set rows of the training images whose label in this set differs from the likely class."""
        comparable = (self.reference >= 0) & (self.labels >= 0) & (dataset.split == 0)
        return np.flatnonzero(comparable & (self.reference != self.labels))


def show(dataset: Dataset, evidence: EvidenceVersion | None) -> None:
    """Draw the part on label sets."""
    _choose(dataset)
    names, labels = agreement.collect(dataset)
    if len(names) < 2:
        st.info(ALONE, icon=":material/info:")
        return
    voices = _voices(dataset, evidence)
    left, right = st.columns(2, gap="large")
    with left:
        _agreement(dataset, labels, _agree(dataset))
        if evidence is not None:
            _rates(dataset, voices)
    with right:
        _confusion(dataset, voices, evidence is not None)


def _choose(dataset: Dataset) -> None:
    """Draw the menu of the audited labels."""
    files = list_label_files(dataset.root, dataset.format)
    now = dataset.label_file
    files = files if now in files else [now, *files]
    left, right = st.columns([2, 3], vertical_alignment="bottom", gap="large")
    audited = left.selectbox(
        "Audited labels",
        files,
        index=files.index(now),
        format_func=lambda file: written(file) or "the data set's own",
        key=f"audited_{dataset.key}",
        **greyed("open", disabled=len(files) < 2),
    )
    right.caption("These labels are trained on, audited and corrected. NoisyFER also learns from the others.")
    if audited != now:
        with st.spinner("Reading the labels …"):
            cache = session.workspace().cache
            reopened = open_dataset(dataset.root, label_file=audited or None, format=dataset.format, cache=cache)
        st.session_state["data_tab"] = "sets"
        opening.show(reopened)


def written(file: str) -> str:
    """Return a label file's title: 'labels.csv?label=annotator_2' -> 'annotator_2 · labels.csv'."""
    return Selection.parse(file).title


@lru_cache(2)
def _agree(dataset: Dataset) -> LabelSetAgreement:
    return agreement.agreement(dataset)


@lru_cache(2)
def _voices(dataset: Dataset, evidence: EvidenceVersion | None) -> list[Voice]:
    if evidence is not None:
        return [_judged(dataset, who) for who in annotators.audit(dataset, evidence)]
    names, labels = agreement.collect(dataset)
    audits = agreement.audit(dataset)
    return [_compared(dataset, audits[s], labels, s) for s in range(len(names))]


def _judged(dataset: Dataset, who: Annotator) -> Voice:
    reference, labels = np.full((2, len(dataset)), -1, dtype=np.int16)
    reference[who.rows], labels[who.rows] = who.suggested, who.labels
    habits = ", ".join(
        f"{dataset.classes[likely]} labelled {dataset.classes[label]} ({count:,})"
        for likely, label, count in who.habits()
    )
    share = f"{who.rate:.0%} of {counted(len(who.rows), 'label')}"
    rate = f"{share} are estimated to be wrong ({who.low:.0%} to {who.high:.0%})"
    sentence = f"{rate}; most often {habits}." if habits else f"{rate}."
    return Voice(titled(who.name), sentence, (who.rate, who.low, who.high), who.confusion, reference, labels)


def _compared(dataset: Dataset, audit: AnnotatorAudit, labels: NDArray[np.int16], s: int) -> Voice:
    others = np.delete(labels, s, axis=1)
    reference, _ = agreement.majority(others, dataset.num_classes)
    sentence = "This set shares no image with the others."
    if audit.judged:
        sentence = (
            f"Agrees with the others' majority on {audit.agreement:.0%} of {counted(audit.judged, 'image')} "
            f"(kappa {audit.kappa:.2f})."
        )
    return Voice(titled(audit.name), sentence, None, audit.confusion, reference, labels[:, s])


def titled(name: str) -> str:
    """Return a label set's name on the screen."""
    return "audited labels" if name == GIVEN else name


def _agreement(dataset: Dataset, labels: NDArray[np.int16], kappas: LabelSetAgreement) -> None:
    st.subheader("Do the label sets agree?", anchor=False)
    names = [titled(name) for name in kappas.names]
    pressed = matrix.show(
        kappa_cells(kappas),
        names,
        names,
        key=f"kappa-{dataset.key}",
        caption=(
            "Cohen's kappa: 1 is full agreement, 0 is chance. Click a cell to open the images where two sets differ."
        ),
    )
    if pressed:
        first, second = pressed
        a, b = labels[:, first], labels[:, second]
        differ = (a >= 0) & (b >= 0) & (a != b) & (dataset.split == 0)
        open_faces.open_rows(np.flatnonzero(differ), f"{names[first]} and {names[second]} differ")


def kappa_cells(kappas: LabelSetAgreement) -> list[list[Cell]]:
    """Return the matrix of kappas; the diagonal is empty, and two sets that share no image get a dash."""
    size = len(kappas.names)
    return [[_kappa_cell(kappas, i, j) for j in range(size)] for i in range(size)]


def _kappa_cell(kappas: LabelSetAgreement, i: int, j: int) -> Cell:
    if i == j:
        return Cell("")
    if not kappas.shared[i, j]:
        return Cell("–")
    value = float(kappas.kappa[i, j])
    words = (
        f"{titled(kappas.names[i])} and {titled(kappas.names[j])}: kappa {value:.2f}, the same label on "
        f"{kappas.same[i, j]:.0%} of {counted(kappas.shared[i, j], 'image')}: review where they differ"
    )
    return Cell(f"{value:.2f}", max(value, 0.0), words, True)


def _rates(dataset: Dataset, voices: list[Voice]) -> None:
    st.subheader("Wrong labels, estimated", anchor=False)
    estimated = [(place, voice) for place, voice in enumerate(voices) if voice.rate and np.isfinite(voice.rate[0])]
    for point in charts.draw(
        rates(estimated),
        "sets-rates",
        select=True,
        words="With the 95 % interval. Click a mark to open the images that the set probably labels wrong.",
    )[:1]:
        voice = voices[int(point["customdata"][0])]
        open_faces.open_rows(voice.wrong(dataset), f"{voice.title} is probably wrong")


def rates(estimated: list[tuple[int, Voice]]) -> go.Figure:
    """Draw noise rates with their intervals; a mark's customdata is the position of its label set."""
    values = np.array([voice.rate for _, voice in estimated], dtype=np.float64).reshape(-1, 3)
    reach = {
        "type": "data",
        "symmetric": False,
        "array": values[:, 2] - values[:, 0],
        "arrayminus": values[:, 0] - values[:, 1],
    }
    chart = go.Figure(
        go.Scatter(
            y=[voice.title for _, voice in estimated], x=values[:, 0],
            error_x={**reach, "thickness": 1.6}, mode="markers",
            marker={"size": 12, "color": charts.theme().assignment[2]}, customdata=[[place] for place, _ in estimated],
            hovertemplate="%{y}: %{x:.0%}<extra></extra>",
        )
    )  # fmt: skip
    charts.dressed(chart, height=60 + 34 * len(estimated), legend=False)
    chart.update_xaxes(rangemode="tozero", tickformat=".0%", nticks=6)
    chart.update_yaxes(autorange="reversed", showgrid=False)
    return chart


def _confusion(dataset: Dataset, voices: list[Voice], judged: bool) -> None:
    st.subheader("Each annotator", anchor=False)
    titles = [voice.title for voice in voices]
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    number = left.selectbox("Label set", range(len(voices)), format_func=titles.__getitem__, key=f"voice_{dataset.key}")
    voice = voices[number]
    wrong = voice.wrong(dataset)
    if right.button(f"Open {len(wrong):,} in Review", disabled=not len(wrong), width="stretch", key="open_wrong"):
        open_faces.open_rows(wrong, f"{voice.title} is probably wrong")
    st.markdown(plain(voice.sentence))
    likely = "likely" if judged else "majority"
    pressed = matrix.show(
        confusion_cells(voice, dataset.classes, likely),
        dataset.classes,
        dataset.classes,
        key=f"confusion-{dataset.key}-{number}",
        corner=f"{likely} ↓ label →",
        caption=(
            "Images by likely class and by this set's label. Click a cell to open its images in Review."
            if judged
            else "Images by the other sets' majority and by this set's label; after training, by the evidence instead."
        ),
    )
    if pressed:
        row, column = pressed
        rows = voice.cell(row, column)
        words = f"{likely} {dataset.classes[row]}, labelled {dataset.classes[column]} by {voice.title}"
        open_faces.open_rows(rows[dataset.split[rows] == 0], words)


def confusion_cells(voice: Voice, classes: tuple[str, ...], likely: str) -> list[list[Cell]]:
    """Return the matrix of one set; off the diagonal, stronger is a larger share of the likely class."""
    counts = voice.confusion
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    top = max(float(np.where(np.eye(len(counts), dtype=bool), 0, shares).max(initial=0)), 1e-9)
    lines = []
    for k, line in enumerate(counts):
        cells = []
        for label, count in enumerate(line):
            words = (
                f"{counted(count, 'image')} {likely} {classes[k]}, labelled {classes[label]} by {voice.title}: review "
                "them"
            )
            strength = 0.35 if k == label else float(shares[k, label]) / top
            cells.append(
                Cell(f"{count:,}", strength, words, True, "same" if k == label else "plain") if count else Cell("")
            )
        lines.append(cells)
    return lines
