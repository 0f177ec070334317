"""The frame around every page: navigation, sidebar, and the one place where errors become sentences."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from auditor.ui import boundary, icon, sidebar, theme

REPOSITORY = Path(__file__).resolve().parents[2]
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


def main() -> None:
    """Run the page that the address names inside the frame."""
    st.set_page_config(
        page_title="Label auditor", page_icon=icon.page_icon(), layout="wide", initial_sidebar_state=SIDEBAR
    )
    pages = {
        name: st.Page(REPOSITORY / "pages" / f"{name}.py", title=title, icon=icon, url_path=name)
        for name, title, icon in PAGES
        if (REPOSITORY / "pages" / f"{name}.py").is_file()
    }
    st.session_state["pages"] = pages
    # The default page has no path of its own in Streamlit, so the first page stands twice: at / and at /data.
    home = st.Page(REPOSITORY / "pages" / "data.py", title="Data", url_path="home", default=True)
    page = st.navigation([home, *pages.values()], position="hidden")
    theme.apply()
    with st.sidebar, boundary.sentence():
        sidebar.show(pages)
    with boundary.sentence():
        page.run()


if __name__ == "__main__":  # a process that multiprocessing spawns imports this file as well
    main()
