"""The sidebar of every page: data set, navigation, annotator, running runs, and the button to train."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from auditor.errors import UnavailableError
from auditor.jobs import manager
from auditor.store.runs import LEARNING, RunRecord
from auditor.ui.components import identity
from auditor.ui.look import boundary, door, progress
from auditor.ui.look.allowed import greyed
from auditor.ui.look.plain import plain
from auditor.ui.look.words import titles_of
from auditor.ui.screens.runs import train_form
from auditor.ui.state import access, library, session

POLL = 2.0


def show(pages: Mapping[str, Any], page: str = "") -> None:
    """Draw the sidebar; while the database is away, only the links to the pages.

    Args:
        pages: Every page by name.
        page: The name of the current page: Runs has its own buttons to train and to pause.
    """
    try:
        session.store().datasets.list()
    except UnavailableError:
        _links(pages, {"ds": st.session_state["ds"]} if "ds" in st.session_state else {})
        boundary.wait_for_database()
        return
    if session.address_is_strange():
        _say_strange()
    _dataset()
    _changed_folder()
    _links(pages, session.parameters())
    st.divider()
    _annotator()
    if session.dataset_key() is not None:
        _other_evidence()
        buttons = page != "runs"
        words = "Train methods on the given or the corrected labels"
        if buttons and st.button("Train …", width="stretch", **greyed("train", words=words)):
            train_form.dialog()
        running(buttons)


def _links(pages: Mapping[str, Any], parameters: Mapping[str, str]) -> None:
    for name, page in pages.items():
        if name == "team" and access.configured().typed:
            continue  # a page for leads where people log in
        extra = st.session_state.get(session.LAST_VIEW, {}) if name == "review" else {}
        st.page_link(page, query_params={**parameters, **extra}, width="stretch")


def _say_strange() -> None:
    """Show that the address names an unknown data set, and correct the address."""
    key = session.dataset_key()
    titles = {record.key: record.title for record in session.store().datasets.list()}
    requested = plain(str(st.query_params["ds"])[:40])
    instead = f"{plain(titles[key])} is shown instead" if key in titles else "open one on the Data page"
    st.toast(f"This workspace has no data set “{requested}”: {instead}.", icon=":material/warning:", duration="long")
    if key is None:
        del st.query_params["ds"]
    else:
        session.choose(key)


def _dataset() -> None:
    records = session.store().datasets.list()
    if not records:
        st.markdown("**Label auditor**")
        return
    if len(records) == 1:  # no menu for a single data set: it would cost the first visit 150 kB
        name = plain(records[0].title)
        st.markdown(f"**{name}**")
        return
    keys = [record.key for record in records]
    titles = titles_of(records)
    now = session.dataset_key()
    # The key of the widget holds the data set, so that the widget follows when another one is opened elsewhere.
    selected = st.selectbox(
        "Data set",
        keys,
        index=keys.index(now) if now in keys else 0,
        format_func=titles.__getitem__,
        key=f"ds_{now}",
    )
    if selected != now:
        session.forget_view()
        session.choose(selected)
        st.rerun()


def _changed_folder() -> None:
    """Offer to read a data set again whose folders have changed since it was read."""
    message = st.session_state.pop("read_again", "")
    if message:
        st.toast(f"The folder was read again. {message}", icon=":material/sync:", duration="long")
    key = session.dataset_key()
    if key is None or not library.folder_changed(session.workspace(), key):
        return
    st.caption("The folder of this data set has changed since it was read.")
    if st.button("Read it again", icon=":material/sync:", width="stretch"):
        with boundary.sentence():
            st.session_state["read_again"] = library.read_again(session.workspace(), key)
            st.rerun()


def _annotator() -> None:
    if access.name() is not None:
        person = access.person()
        st.caption(f"Logged in as **{plain(person.name)}** ({person.role})")
        door.log_out()
        # Typed, so that it replaces a name that this tab kept from before people logged in here.
        identity.mount(person.name, 1, session.COOKIE, _nothing)
        return
    name = st.text_input("Annotator", session.annotator(), max_chars=60, help="Your name is saved with your decisions")
    if name.strip() and name.strip() != session.annotator():
        session.call_annotator(name)
        st.session_state["annotator_typed"] = st.session_state.get("annotator_typed", 0) + 1
    identity.mount(session.annotator(), st.session_state.get("annotator_typed", 0), session.COOKIE, _come_back)


def _nothing() -> None:
    """Leave the login's name as it is, whatever the tab remembers."""


def _come_back() -> None:
    """Restore this tab's annotator after a reload, instead of the name typed last in another tab."""
    name = identity.remembered()
    if name is not None and "annotator_typed" not in st.session_state:
        session.call_annotator(name)


def _other_evidence() -> None:
    requested = session.evidence_is_strange()
    if requested is not None:
        version = session.evidence_name()
        instead = "There is no evidence yet" if version is None else f"{version} is shown instead"
        st.toast(f"Evidence {plain(requested[:20])} does not exist (any more). {instead}.", icon=":material/warning:")
        del st.query_params["ev"]
    other = session.other_evidence()
    if other is None:
        return
    name, newer = other
    words = f"Show new evidence ({name})" if newer else f"Show the evidence in use ({name})"
    if st.button(words, type="primary", width="stretch"):
        session.show_evidence_in_use()
        st.rerun()


def active(records: list[RunRecord]) -> list[RunRecord]:
    """Return the runs that are queued or running."""
    return [record for record in records if not record.ended]


def running(buttons: bool = True) -> None:
    """Show the running runs; the database is polled only while there are any.

    Args:
        buttons: Whether runs that the Runs page lists can be paused here too.
    """
    with boundary.sentence():
        manager.refresh(session.workspace(), session.store())
        now = active(session.store().runs.list())
        st.session_state["active_runs"] = [record.id for record in now]
        if now:
            _progress(buttons)


@st.fragment(run_every=POLL)
def _progress(buttons: bool) -> None:
    with boundary.sentence():
        manager.refresh(session.workspace(), session.store())
        now = active(session.store().runs.list())
        if [record.id for record in now] != st.session_state.get("active_runs"):
            st.rerun()  # a run began or ended: redraw the whole page
        titles = titles_of(session.store().datasets.list())
        for record in now:
            progress.bar(record, titles.get(record.dataset, "") if len(titles) > 1 else "")
            if buttons or record.kind not in LEARNING or record.dataset != session.dataset_key():
                progress.pause(record, "sidebar")
