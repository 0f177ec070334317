"""Data: open a data set; its recognised format, its counts and every problem."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from auditor.data.dataset import SPLITS, Dataset
from auditor.data.images.cache import decoding_problems
from auditor.data.problems import Problem
from auditor.evidence.versions import EvidenceVersion
from auditor.plural import counted
from auditor.store import counts as counting
from auditor.ui.look import boundary, charts, evidence_notice, needs
from auditor.ui.look.allowed import greyed
from auditor.ui.look.plain import plain
from auditor.ui.screens.data import alignment, choices, erasing, label_sets, opening, planted
from auditor.ui.state import library, session

ERASE = "erase"
"""The part that changes what there is, as the address calls it."""


def show() -> None:
    """Draw the page."""
    with boundary.sentence():
        dataset = session.dataset()
        erasing.tell()
        if dataset is None:
            welcome()
        else:
            header(dataset)
            show = {
                "images": counts,
                "problems": problems,
                "sets": lambda dataset: label_sets.show(dataset, session.evidence()),
                "alignment": alignment.show,
                ERASE: erasing.show,
            }
            show[chosen_tab(dataset)](dataset)


def chosen_tab(dataset: Dataset) -> str:
    """Return the part that is shown; the address holds it."""
    problem_count = sum(problem.count for problem in known_problems(dataset))
    titles = {
        "images": "Images",
        "problems": f"Problems · {problem_count:,}",
        "sets": f"Label sets · {1 + sum(bool((each.labels >= 0).any()) for each in dataset.label_sets)}",
        "alignment": "Alignment",
    }
    requested = st.session_state.pop("data_tab", None) or st.query_params.get("tab", "images")
    if requested == ERASE:
        if st.button("Back to the images", icon=":material/arrow_back:", type="tertiary", key="data-back"):
            st.query_params["tab"] = "images"
            st.rerun()
        return ERASE
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        tab = st.segmented_control(
            "Part",
            list(titles),
            default=requested if requested in titles else "images",
            format_func=titles.__getitem__,
            key=f"data-tab-{dataset.key}",
            label_visibility="collapsed",
            required=True,
        )
        # It changes what there is, where the parts beside it only show it.
        if st.button("Erase …", icon=":material/delete_forever:", type="tertiary", key="data-erase"):
            st.query_params["tab"] = ERASE
            st.rerun()
    if tab != st.query_params.get("tab", "images"):
        st.query_params["tab"] = tab
    return tab


def welcome() -> None:
    """Offer the demo and the form, where no data set is open."""
    st.title("Find the wrong labels in your data set")
    st.write(
        "Train a method on your data set, look at the faces it doubts, correct wrong labels from the keyboard, "
        "and export the corrected label file. Your files are only read, and nothing leaves this computer."
    )
    if choices.waits():  # a question about the user's own files needs the whole width
        with st.container(border=True), boundary.sentence():
            opening.form()
        return
    left, right = st.columns(2, gap="large", border=True)
    with left, boundary.sentence():
        st.subheader("Try it on drawn faces")
        st.write(
            "1,200 faces drawn by this program, some with a wrong label on purpose. Training takes a minute or two."
        )
        if st.button("Start the demo", type="primary", width="stretch", **greyed("open")):
            opening.try_demo()
    with right, boundary.sentence():
        st.subheader("Open your data set")
        opening.form()
    st.caption(
        "Recognised: RAF-DB, AffectNet, FER2013 and FER+, CK+, CIFAR-10, Hugging Face, a folder of images for each "
        "class, labels in file names, and tables or lists of images and labels (CSV, TSV, JSON, Parquet, text)."
    )


def header(dataset: Dataset) -> None:
    """Draw the title, the recognised format, and the next step."""
    version = session.evidence()
    with st.container(horizontal=True, vertical_alignment="center"):  # buttons as wide as their words on any screen
        st.title(plain(dataset.title), width="stretch")
        if version is not None and st.button("Review the suspects", type="primary"):
            session.open_page("review")
        if st.button("Open another"):
            st.session_state["show_opening"] = not st.session_state.get("show_opening", False)
    if st.session_state.get("show_opening"):
        with st.container(border=True), boundary.sentence():
            opening.form()
            if st.button("Or start the demo", **greyed("open")):
                opening.try_demo()
    st.write(plain(" ".join(dataset.notes)))
    st.caption(plain(f"{dataset.root}{' · ' + dataset.label_file if dataset.label_file else ''}"))
    key, message = st.session_state.get(opening.RECOGNISED, ("", ""))
    if key == dataset.key and message:
        st.info(plain(message), icon=":material/content_copy:")
    decided = counting.count(dataset, session.store().decisions.state(dataset.key))
    if decided.reviewed or decided.audited.skipped:
        st.caption(f"{decided.sentence}.")
    choices.change(dataset, opening.show)
    with boundary.sentence():
        evidence_notice.changed(dataset, version)
    next_step(dataset, version)


def next_step(dataset: Dataset, version: EvidenceVersion | None) -> None:
    """Show what to do next with this data set."""
    result = planted.compare(dataset, library.columns(dataset, version)) if version is not None else None
    if result is not None:
        as_many = counted(result.planted, "most suspicious face")
        st.success(
            f"The demo changed {counted(result.planted, 'label')} on purpose. {result.found:,} of them are among the "
            f"{as_many}, {result.named:,} with the true label as the suggestion.",
            icon=":material/check_circle:",
        )
    if version is None:
        st.info(
            "Training is running; progress is in the sidebar. The faces can be reviewed as soon as it is done."
            if needs.training(dataset)
            else "Next: train a method with **Train …** in the sidebar; then Review shows the faces it doubts first.",
            icon=":material/arrow_forward:",
        )


def counts(dataset: Dataset) -> None:
    """Show the images of each class, by split."""
    present = [name for name in SPLITS if len(dataset.rows(name))]
    table = pd.DataFrame(
        {name: dataset.counts(name) for name in present},
        index=pd.Index(
            [
                f"{code} · {name}" if code != name else name
                for code, name in zip(dataset.codes, dataset.classes, strict=True)
            ],
            name="class",
        ),
    )
    table.loc["all"] = table.sum()
    left, right = st.columns([2, 3], gap="large")
    left.caption(
        "Images of each class, by split"
    )  # placed under the table's own buttons, which would cover the tabs otherwise
    left.dataframe(table, width="stretch", height="content")
    with right:
        shares = table.iloc[:-1] / np.maximum(table.iloc[-1], 1)
        tones = (charts.theme().scale[4], charts.theme().muted, charts.theme().scale[1])
        figure = go.Figure()
        for name, tone in zip(present, tones, strict=False):
            figure.add_bar(
                x=list(dataset.classes), y=shares[name], name=name, marker_color=tone, hovertemplate="%{x}: %{y:.1%}"
            )
        figure.update_yaxes(tickformat=".0%")
        charts.draw(charts.dressed(figure, height=300), "shares", words="Share of each class")


def known_problems(dataset: Dataset) -> tuple[Problem, ...]:
    """Return the problems of the label file, and those found while decoding images."""
    return (*dataset.problems, *decoding_problems(dataset, session.workspace().cache))


def problems(dataset: Dataset) -> None:
    """List every problem of the label file and of the decoded images."""
    needs.open_eyes("Data", "lines of the label file", part="Problems")
    every = known_problems(dataset)
    total = sum(problem.count for problem in every)
    if not total:
        st.write("No problems: every line can be used, and every image decoded so far.")
        return
    ordered = sorted(every, key=lambda problem: (problem.file, problem.line or 0))
    table = pd.DataFrame(
        [(each.kind, each.file, each.line, each.message, each.count) for each in ordered],
        columns=["kind", "file", "line", "what is wrong and how it was handled", "count"],
    ).astype({"line": "Int64"})
    kinds = table.groupby("kind")["count"].sum().sort_values(ascending=False)
    selected = st.pills(
        f"{counted(total, 'problem')}; everything else is loaded. Show only:",
        list(kinds.index),
        format_func=lambda kind: f"{kind} ({kinds[kind]:,})",
        selection_mode="multi",
    )
    listed = table[table["kind"].isin(selected)] if selected else table
    if (listed["count"] == 1).all():
        listed = listed.drop(columns="count")
    st.dataframe(listed, width="stretch", hide_index=True)
