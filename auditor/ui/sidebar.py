"""The sidebar of every page: on what, where to go, who decides, what is running, and training again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import streamlit as st

from auditor.jobs import manager
from auditor.store.runs import RunRecord
from auditor.ui.look import boundary, progress
from auditor.ui.look.plain import plain
from auditor.ui.look.words import titles_of
from auditor.ui.screens.review.room import LAST_VIEW
from auditor.ui.screens.runs import train_form
from auditor.ui.state import session

COOKIE_SCRIPT = """
export default ({ data }) => {
  document.cookie = `${data.name}=${data.value}; path=/; max-age=31536000; samesite=lax`
}
"""
POLL = 2.0


def show(pages: Mapping[str, Any]) -> None:
    """Draw the sidebar.

    Raises:
        StoreError: The database cannot be reached.
    """
    if session.address_is_strange():
        _say_strange()
    _dataset()
    for name, page in pages.items():
        extra = st.session_state.get(LAST_VIEW, {}) if name == "review" else {}
        st.page_link(page, query_params=session.parameters(**extra), width="stretch")
    st.divider()
    _annotator()
    if session.dataset_key() is not None:
        _newer()
        if st.button("Train …", width="stretch", help="Train methods on the given or the corrected labels"):
            train_form.dialog()
        running()


def _say_strange() -> None:
    """Tell that another data set is shown than the address asks for, and have it ask for what is shown."""
    shown = session.dataset_key()
    titles = {record.key: record.title for record in session.store().datasets.list()}
    asked = plain(str(st.query_params["ds"])[:40])
    instead = f"{plain(titles[shown])} is shown instead" if shown in titles else "open one on the Data page"
    st.toast(f"This workspace has no data set “{asked}”: {instead}.", icon=":material/warning:", duration="long")
    if shown is None:
        del st.query_params["ds"]
    else:
        session.choose(shown)


def _dataset() -> None:
    known = session.store().datasets.list()
    if not known:
        st.markdown("**Label auditor**")
        return
    if len(known) == 1:  # nothing to choose: a menu would cost the first visit 150 kB
        name = plain(known[0].title)
        st.markdown(f"**{name}**")
        return
    keys = [record.key for record in known]
    titles = titles_of(known)
    now = session.dataset_key()
    # The key of the widget holds the data set, so that opening another one elsewhere is seen here.
    chosen = st.selectbox(
        "Data set",
        keys,
        index=keys.index(now) if now in keys else 0,
        format_func=titles.__getitem__,
        key=f"ds_{now}",
    )
    if chosen != now:
        session.choose(chosen)
        st.session_state.pop(LAST_VIEW, None)
        st.rerun()


def _annotator() -> None:
    name = st.text_input("Annotator", session.annotator(), max_chars=60, help="Your name stands beside what you decide")
    if name.strip() and name.strip() != session.annotator():
        st.session_state["annotator"] = name.strip()
        st.session_state["annotator_new"] = name.strip()
    if "annotator_new" in st.session_state:
        # A cookie, so that the browser remembers who sits before it; the name itself is nothing secret.
        value = quote(st.session_state["annotator_new"])
        cookie = st.components.v2.component("auditor_cookie", js=COOKIE_SCRIPT)
        cookie(key="cookie", data={"name": session.COOKIE, "value": value}, height=1)


def _newer() -> None:
    name = session.newer_evidence()
    if name is not None and st.button(f"Show new evidence ({name})", type="primary", width="stretch"):
        session.use_newest_evidence()
        st.rerun()


def active(records: list[RunRecord]) -> list[RunRecord]:
    """The runs that are waiting or at work."""
    return [record for record in records if not record.ended]


def running() -> None:
    """What is running, polled only while something is."""
    with boundary.sentence():
        manager.refresh(session.workspace(), session.store())
        now = active(session.store().runs.list())
        st.session_state["active_runs"] = [record.id for record in now]
        if now:
            _progress()


@st.fragment(run_every=POLL)
def _progress() -> None:
    with boundary.sentence():
        manager.refresh(session.workspace(), session.store())
        now = active(session.store().runs.list())
        if [record.id for record in now] != st.session_state.get("active_runs"):
            st.rerun()  # one began or ended: the whole page looks again
        for record in now:
            progress.bar(record)
            progress.cancel(record, "sidebar")
