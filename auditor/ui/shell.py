"""The frame around every page: navigation, sidebar, and the one place where errors become sentences."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from auditor import literals, locations
from auditor.errors import ConfigError
from auditor.ui import sidebar
from auditor.ui.look import boundary, door, icon, skeleton, theme
from auditor.ui.state import session, trace

SIDEBAR = 232  # pixels: room for the names, the rest is for faces

FACELESS = frozenset(("export", "runs", "team"))
"""Pages that show no face; the audit trail notes who looks at the others."""


@dataclass(frozen=True)
class Screen:
    """One page of the app, as its file in pages/ states it.

    Attributes:
        name: The file's name; also the last part of its address.
        title: Its title in the navigation.
        icon: Its icon in Streamlit's notation, such as ':material/map:'.
        order: Its place in the navigation, the lowest first.
    """

    name: str
    title: str
    icon: str
    order: int


def screens() -> tuple[Screen, ...]:
    """Return every page in pages/, in the order of the navigation.

    Raises:
        ConfigError: A page does not state its TITLE, ICON and ORDER.
    """
    pages = [
        _screen(file)
        for file in sorted((locations.app_folder() / "pages").glob("*.py"))
        if not file.name.startswith("_")
    ]
    return tuple(sorted(pages, key=lambda screen: screen.order))


def _screen(file: Path) -> Screen:
    attributes = literals.values(literals.parse(file))
    match attributes.get("TITLE"), attributes.get("ICON"), attributes.get("ORDER"):
        case str(title), str(icon), int(order):
            return Screen(file.stem, title, icon, order)
    raise ConfigError(
        f"The page {file} does not state its place in the app; it needs TITLE and ICON (texts) and ORDER (a number)."
    )


def _pages() -> tuple[Any, dict[str, Any]]:
    """Return the first page and all pages by name; made once per session because each one reads its file."""
    if "pages" not in st.session_state:
        folder = locations.app_folder() / "pages"
        st.session_state["pages"] = {
            each.name: st.Page(folder / f"{each.name}.py", title=each.title, icon=each.icon, url_path=each.name)
            for each in screens()
        }
        # The default page has no path of its own in Streamlit, so the first page is listed twice: at / and at /data.
        st.session_state["home"] = st.Page(folder / "data.py", title="Data", url_path="home", default=True)
    return st.session_state["home"], st.session_state["pages"]


@st.fragment(run_every=3600.0)
def _come_back() -> None:
    """Do nothing, once an hour, so that the page is redrawn after a restart of its server.

    Streamlit's front end asks a restarted server for the whole page only where a fragment of it runs or repeats. Any
    other page would keep asking for fragments that the new server has never drawn, and get no answer.
    """


def main() -> None:
    """Run the page that the address names, inside the frame."""
    st.set_page_config(
        page_title="Label auditor", page_icon=icon.page_icon(), layout="wide", initial_sidebar_state=SIDEBAR
    )
    home, pages = _pages()
    page = st.navigation([home, *pages.values()], position="hidden")
    theme.apply()
    _come_back()
    if not door.open_to_person():
        return
    session.blind_in_address(review=page.url_path == "review")
    with st.sidebar, boundary.sentence():
        sidebar.show(pages, page.url_path)
    if page.url_path not in FACELESS:
        trace.looked(page.url_path or "data")  # the first page has no path of its own
    with boundary.sentence():
        page.run()
    st.session_state[skeleton.SHOWN] = page.url_path


if __name__ == "__main__":  # a process that multiprocessing spawns imports this file as well
    main()
