"""The frame around every page: navigation, sidebar, and the one place where errors become sentences."""

from __future__ import annotations

from typing import Any

import streamlit as st

from auditor import locations
from auditor.ui import sidebar
from auditor.ui.look import boundary, icon, theme

SIDEBAR = 232  # pixels: room for the names, the rest is for faces
PAGES = (
    ("data", "Data", ":material/folder_open:"),
    ("overview", "Overview", ":material/insights:"),
    ("review", "Review", ":material/grid_view:"),
    ("map", "Map", ":material/scatter_plot:"),
    ("methods", "Methods", ":material/science:"),
    ("runs", "Runs", ":material/timeline:"),
    ("compare", "Compare", ":material/compare_arrows:"),
    ("export", "Export", ":material/ios_share:"),
    ("history", "History", ":material/history:"),
)


def _pages() -> tuple[Any, dict[str, Any]]:
    """The first page and all pages by name; made once a session, for each looks its file up on the disk."""
    if "pages" not in st.session_state:
        folder = locations.app_folder() / "pages"
        st.session_state["pages"] = {
            name: st.Page(folder / f"{name}.py", title=title, icon=icon, url_path=name) for name, title, icon in PAGES
        }
        # The default page has no path of its own in Streamlit, so the first page stands twice: at / and at /data.
        st.session_state["home"] = st.Page(folder / "data.py", title="Data", url_path="home", default=True)
    return st.session_state["home"], st.session_state["pages"]


def main() -> None:
    """Run the page that the address names inside the frame."""
    st.set_page_config(
        page_title="Label auditor", page_icon=icon.page_icon(), layout="wide", initial_sidebar_state=SIDEBAR
    )
    home, pages = _pages()
    page = st.navigation([home, *pages.values()], position="hidden")
    theme.apply()
    with st.sidebar, boundary.sentence():
        sidebar.show(pages)
    with boundary.sentence():
        page.run()


if __name__ == "__main__":  # a process that multiprocessing spawns imports this file as well
    main()
