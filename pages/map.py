"""Map: every image as a point; draw round some to review, relabel, tag or export them."""

import streamlit as st

from auditor.ui import map_actions, map_data, map_filters, map_room, needs


def main() -> None:
    dataset, evidence = needs.evidence("Map", "every image as a point among its look-alikes")
    embeddings = map_data.embedding_choices(list(evidence.map_columns))
    if not embeddings:
        st.title("Map", anchor=False)
        st.write("The positions are computed right after a training; come back in a moment.")
        return
    head, embedding_column, colour_column, filter_column = st.columns([3, 3, 3, 2], vertical_alignment="bottom")
    head.title("Map", anchor=False)
    embedding = embedding_column.selectbox(
        "Positions",
        list(embeddings),
        format_func=embeddings.__getitem__,
        key="map-embedding",
        help="Which network's view of the faces the points lie in. UMAP arrives some minutes after PCA.",
    )
    by = colour_column.selectbox(
        "Colour by", map_data.colourings(evidence.table), format_func=map_data.TITLES.__getitem__, key="map-by"
    )
    room = map_room.enter(dataset, evidence, embedding, by)
    with filter_column:
        wanted = map_filters.controls(room)
    show(room, wanted)


@st.fragment
def show(room: map_room.Room, wanted: map_filters.Filters) -> None:
    canvas, panel = st.columns([4, 1.15], gap="medium")
    with canvas:
        chosen = map_room.canvas(room, room.shown(wanted))
    with panel:
        map_actions.panel(room, chosen)


main()
