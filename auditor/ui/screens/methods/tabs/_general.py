"""The tab of a method that has none of its own: its columns, each along its values."""

from __future__ import annotations

import streamlit as st

from auditor.ui.screens.methods import eighths
from auditor.ui.screens.methods.parts import Methods
from models.titles import descriptions

DIRECTIONS = {
    "higher": "Higher values are more suspicious.",
    "lower": "Lower values are more suspicious.",
    "none": "Its values say nothing about wrong labels by themselves.",
}
POINTS = {"nowhere": "In this run its values say nothing about wrong labels.", **DIRECTIONS}
OWN_MODEL = "A model of your own; its run says where it is from."
P_GIVEN = ("p_given", "Probability of the given label", "lower")  # what every method leaves


def show(page: Methods, name: str) -> None:
    """Draw one of the method's columns along its values, the probability of the given label at first."""
    columns = [P_GIVEN, *_own(page, name)]
    chosen = st.selectbox("Column", range(len(columns)), format_func=[c[1] for c in columns].__getitem__,
                          key=f"methods-{name}-column") if len(columns) > 1 else 0  # fmt: skip
    column, help_, direction = columns[chosen]
    points = page.evidence.summary["directions"].get(f"{name}_{column}", {}).get("points", direction)
    about = descriptions()[name].about if name in descriptions() else OWN_MODEL
    st.markdown(f"{about} {help_}. {POINTS.get(str(points), '')}".strip())
    eighths.draw(page, name, f"{name}_{column}", ("lowest", "highest"), column)


def _own(page: Methods, name: str) -> list[tuple[str, str, str]]:
    """Name, help and direction of the method's own columns that hold one number an image."""
    strand = page.strands.get(name)
    if strand is None:
        return []
    return [
        (column, info.help, info.direction)
        for column, info in strand.records[0].columns.items()
        if f"{name}_{column}" in page.table and info.dtype.startswith("float")
    ]
