"""The sidebar of every page: where to go, on what, who decides, and what is running."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from auditor.ui import session


def show(pages: Mapping[str, Any]) -> None:
    """Draw the sidebar.

    Raises:
        StoreError: The database cannot be reached.
    """
    for page in pages.values():
        st.page_link(page, query_params=session.parameters(), width="stretch")
