"""The tab of a method without a tab of its own: the faces along the values of each of its columns."""

from __future__ import annotations

import streamlit as st

from auditor.ui.screens.methods import eighths
from auditor.ui.screens.methods.parts import Methods
from models.titles import descriptions

DIRECTIONS = {
    "higher": "Higher values are more suspicious.",
    "lower": "Lower values are more suspicious.",
    "none": "Its values alone do not indicate wrong labels.",
}
POINTS = {"nowhere": "In this run its values are not related to wrong labels.", **DIRECTIONS}
OWN_MODEL = "Your own model; its run shows its source."
P_GIVEN = ("p_given", "Probability of the given label", "lower")  # a column of every method


def show(page: Methods, name: str) -> None:
    """Draw the faces along one of the method's columns; the default is the probability of the given label."""
    columns = [P_GIVEN, *_own(page, name)]
    number = st.selectbox("Column", range(len(columns)), format_func=[c[1] for c in columns].__getitem__,
                          key=f"methods-{name}-column") if len(columns) > 1 else 0  # fmt: skip
    column, help_, direction = columns[number]
    points = page.evidence.summary["directions"].get(f"{name}_{column}", {}).get("points", direction)
    about = descriptions()[name].about if name in descriptions() else OWN_MODEL
    st.markdown(f"{about} {help_}. {POINTS.get(str(points), '')}".strip())
    eighths.draw(page, name, f"{name}_{column}", ("lowest", "highest"), column)


def _own(page: Methods, name: str) -> list[tuple[str, str, str]]:
    """Return name, help and direction of the method's own columns that hold one number per image."""
    strand = page.strands.get(name)
    if strand is None:
        return []
    return [
        (column, info.help, info.direction)
        for column, info in strand.records[0].columns.items()
        if f"{name}_{column}" in page.table and info.dtype.startswith("float")
    ]
