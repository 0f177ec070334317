"""The Data page's part on erasing: choose what, see every place it is in, confirm, and read what was done."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from auditor.data.dataset import Dataset
from auditor.erasure import erase
from auditor.erasure.erase import ErasurePlan, Report
from auditor.erasure.scope import Wish
from auditor.plural import counted
from auditor.ui.look import allowed
from auditor.ui.look.plain import plain
from auditor.ui.state import acts, library, session
from auditor.ui.web import thumbnails

IMAGES, ANNOTATOR, WHOLE = "Images", "An annotator", "The whole data set"
_REPORT = "erase-report"


def show(dataset: Dataset) -> None:
    """Draw the part on erasing."""
    st.markdown(
        "Erasing removes images, a person's name or the whole data set from the workspace: decoded pictures, evidence, "
        "runs, decisions, saved lists and exports. The data set's own files are never changed: delete an image there "
        "first."
    )
    wish = _wish(dataset)
    if wish is None:
        return
    with st.spinner("Looking through the workspace …"):
        plan = erase.plan(session.workspace(), session.store(), dataset.key, wish)
    if not plan.acts:
        st.info("Nothing of this is in the workspace.", icon=":material/info:")
        return
    _confirm(dataset, plan)


def tell() -> None:
    """Show what the erasure before did, once, on whatever the page shows now: the data set itself may be gone."""
    report: Report | None = st.session_state.pop(_REPORT, None)
    if report is not None:
        _tell(report)


def warning(wish: Wish, title: str, places: int) -> str:
    """Return what is about to go, as a sentence."""
    images = counted(len(wish.images), "image")
    if wish.whole:
        what = f"All of {title}, including its decisions,"
    elif wish.images:
        what = f"{images} of {title}"
    else:
        what = f"The name {wish.annotator} on {title}"
    where = counted(places, "place")
    return f"{what} will be erased from {where} in the workspace. This cannot be undone."


def _wish(dataset: Dataset) -> Wish | None:
    """Ask what is to be erased; None until something is named."""
    kind = st.radio("What to erase", [IMAGES, ANNOTATOR, WHOLE], horizontal=True, key=f"erase-what-{dataset.key}")
    if kind == WHOLE:
        return Wish(whole=True)
    if kind == ANNOTATOR:
        people = sorted(session.store().erasing.annotators(dataset.key))
        if not people:
            st.info("Nobody has decided anything on this data set yet.", icon=":material/info:")
            return None
        name = st.selectbox("Annotator", people, index=None, placeholder="Choose a name", key="erase-annotator")
        st.caption("The decisions stay; the name becomes 'erased' and a number.")
        return Wish(annotator=name) if name else None
    text = st.text_area("Names of the images, one on each line", key="erase-images", placeholder="train_00003.jpg")
    keep = st.radio(
        "Decisions on them",
        [True, False],
        format_func=lambda keeps: "Keep in History without the name" if keeps else "Remove from History",
        horizontal=True,
        key="erase-keep",
    )
    names = tuple(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))
    if not names:
        st.caption("Name at least one image to see where it is.")
        return None
    return Wish(images=names, keep=bool(keep))


def _confirm(dataset: Dataset, plan: ErasurePlan) -> None:
    st.dataframe(
        pd.DataFrame([(act.place, act.what) for act in plan.acts], columns=["place", "what will be done"]),
        width="stretch",
        hide_index=True,
    )
    for note in plan.notes:
        st.caption(plain(note))
    st.warning(plain(warning(plan.scope.wish, dataset.title, len(plan.acts))), icon=":material/warning:")
    # The wish is in the key, so that a tick is for what was listed and nothing else.
    sure = st.checkbox("I have read the list", key=f"erase-sure-{hash((dataset.key, plan.scope.wish, len(plan.acts)))}")
    if st.button(
        "Erase for good", type="primary", icon=":material/delete_forever:", **allowed.greyed("erase", disabled=not sure)
    ):
        with st.spinner("Erasing …"):
            st.session_state[_REPORT] = acts.erase(plan, session.store())
        library.reread()
        thumbnails.forget()
        if plan.scope.wish.whole:
            st.session_state.pop("ds", None)
            st.query_params.clear()
        st.rerun()


def _tell(report: Report) -> None:
    if report.failed:
        st.error(
            f"{len(report.failed):,} of {counted(len(report.failed) + len(report.done), 'place')} could not be erased; "
            "the reasons are in the list. Erase again to try them again.",
            icon=":material/error:",
        )
    else:
        st.success(f"Erased from {counted(len(report.done), 'place')}.", icon=":material/check_circle:")
    rows = [(place, f"failed: {why}") for place, why in report.failed] + list(report.done)
    with st.expander("What was done"):
        st.dataframe(pd.DataFrame(rows, columns=["place", "what was done"]), width="stretch", hide_index=True)
    for note in report.notes:
        st.caption(plain(note))
