"""Map: every image as a point; select some with a lasso to review, relabel, tag or export them."""

from __future__ import annotations

import streamlit as st

from auditor.ui.components.map.colouring import titles_of_columns
from auditor.ui.look import needs
from auditor.ui.screens.map import actions, canvas, filters, points
from auditor.ui.screens.map.view import MapView, enter


def show() -> None:
    """Draw the page."""
    needs.open_eyes("Map", "the label of every face")
    dataset, evidence = needs.evidence("Map", "every image as a point, near images that look alike")
    embeddings = points.embedding_choices(list(evidence.map_columns))
    if not embeddings:
        st.title("Map", anchor=False)
        st.write("The positions are computed right after training; come back in a moment.")
        return
    head, embedding_column, colour_column, filter_column = st.columns([3, 3, 3, 2], vertical_alignment="bottom")
    head.title("Map", anchor=False)
    embedding = embedding_column.selectbox(
        "Positions",
        list(embeddings),
        format_func=embeddings.__getitem__,
        key="map-embedding",
        help="The network whose features place the points. UMAP is ready a few minutes after PCA.",
    )
    by = colour_column.selectbox(
        "Colour by", points.colourings(evidence.table), format_func=titles_of_columns().__getitem__, key="map-by"
    )
    place = st.empty()  # taken with or without a note, or the canvas below would be drawn anew
    note = points.placed_note(evidence, embedding)
    if note:
        place.caption(note)
    view = enter(dataset, evidence, embedding, by)
    with filter_column:
        wanted = filters.controls(view)
    work(view, wanted)


@st.fragment
def work(view: MapView, wanted: filters.Filters) -> None:
    """Draw the canvas and the actions on its selection; this fragment reruns by itself."""
    left, right = st.columns([4, 1.15], gap="medium")
    with left:
        points = canvas.canvas(view, view.passing(wanted))
    with right:
        actions.panel(view, points)
