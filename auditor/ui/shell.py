"""The frame around every page: navigation, sidebar, and the one place where errors become sentences."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from auditor.ui import boundary, icon, sidebar, theme

REPOSITORY = Path(__file__).resolve().parents[2]
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
    st.set_page_config(page_title="Label auditor", page_icon=icon.page_icon(), layout="wide")
    pages = {
        name: st.Page(
            REPOSITORY / "pages" / f"{name}.py", title=title, icon=icon, url_path=name, default=name == "data"
        )
        for name, title, icon in PAGES
        if (REPOSITORY / "pages" / f"{name}.py").is_file()
    }
    st.session_state["pages"] = pages
    page = st.navigation(list(pages.values()), position="hidden")
    theme.apply()
    with st.sidebar, boundary.sentence():
        sidebar.show(pages)
    with boundary.sentence():
        page.run()


main()
