"""Ways to a data set without typing a path: a folder browser, and the data sets that were opened before."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from auditor import durations
from auditor.errors import DataError
from auditor.plural import counted
from auditor.ui.look.plain import plain
from auditor.ui.look.words import titles_of
from auditor.ui.screens.data import folders
from auditor.ui.state import session

PATH = "path"
"""Key of the field that the chosen folder goes into."""
SHOWN, PLACE = "browser_shown", "browser_place"
RECENT = 6


def toggle() -> None:
    """Open or close the browser."""
    st.session_state[SHOWN] = not st.session_state.get(SHOWN, False)


def show() -> None:
    """Draw the browser where it is open."""
    if not st.session_state.get(SHOWN, False):
        return
    starts = folders.starts(session.workspace())
    with st.container(border=True, key="folder-browser"):
        if not starts:
            st.caption("None of the folders that this server opens exists; have the operator check AUDITOR_DATA_ROOTS.")
            return
        try:
            here = folders.look(session.workspace(), st.session_state.get(PLACE, starts[0]))
        except DataError as error:
            st.error(plain(error), icon=":material/error:")
            here = folders.look(session.workspace(), starts[0])
        _draw(here, starts)


def _draw(here: folders.Folder, starts: tuple[Path, ...]) -> None:
    with st.container(horizontal=True, gap="small"):
        for number, start in enumerate(starts):
            st.button(plain(str(start)), key=f"browse_start_{number}", on_click=_go, args=(start,), type="tertiary")
    st.markdown(f"**{plain(str(here.path))}**")
    with st.container(horizontal=True, gap="small"):
        st.button(
            "Up", key="browse_up", icon=":material/arrow_upward:", disabled=here.parent is None, on_click=_go,
            args=(here.parent or here.path,),
        )  # fmt: skip
        st.button("Choose this folder", key="browse_this", type="primary", on_click=_choose, args=(here.path,))
    with st.container(height=200, border=False, key="folder-list"):
        for name in here.folders:
            st.button(
                plain(name), key=f"browse_folder_{name}", icon=":material/folder:", type="tertiary", on_click=_go,
                args=(here.path / name,),
            )  # fmt: skip
        for name in here.files:
            st.button(
                plain(name), key=f"browse_file_{name}", icon=":material/description:", type="tertiary",
                on_click=_choose, args=(here.path / name,),
            )  # fmt: skip
        if not here.folders and not here.files:
            st.caption("No folders or label files here.")
        if here.left_out:
            st.caption(f"{here.left_out:,} more are not listed; type the path of the one you mean.")


def _go(place: Path) -> None:
    st.session_state[PLACE] = place


def _choose(place: Path) -> None:
    st.session_state[PATH] = str(place)
    st.session_state[SHOWN] = False


def recent() -> None:
    """Draw the data sets that were opened before, the last one first, without the one on the screen."""
    registered = session.store().datasets.list()
    titles = titles_of(registered)
    others = [record for record in registered if record.key != session.dataset_key()][:RECENT]
    if not others:
        return
    st.markdown("**Opened before**")
    for record in others:
        gone = not Path(record.root).exists()
        words = (
            f"{plain(titles[record.key])} · {counted(record.images, 'image')} · {durations.moment(record.opened_at)}"
        )
        if st.button(
            words if not gone else f"{words} · its folder is gone",
            key=f"recent_{record.key}",
            help=plain(record.root),
            disabled=gone,
            type="tertiary",
            icon=":material/history:",
        ):
            session.choose(record.key)
            st.session_state["show_opening"] = False
            st.rerun()
