"""The annotator of a browser tab: an invisible component that keeps the annotator's name in the tab itself.

A cookie alone is shared by all tabs: the first tab, reloaded, would take the name that was last typed in the second.
"""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from auditor.ui.web import assets

KEY = "identity"
LIMIT = 60


def mount(name: str, typed: int, cookie: str, on_name: Callable[[], None]) -> None:
    """Send the tab its annotator, and receive the one that it had before.

    Args:
        name: The session's annotator.
        typed: Number of names typed in this session; with none, the tab's own name applies.
        cookie: The cookie that a new tab takes its first name from.
        on_name: Called before the script where the tab has another annotator than the session.
    """
    data = {"name": name, "typed": typed, "cookie": cookie}
    assets.component("auditor_identity", "identity/index.js")(key=KEY, data=data, on_name_change=on_name, height=1)


def remembered() -> str | None:
    """Return the name that the tab has kept, or None before it sent one."""
    state = st.session_state.get(KEY)
    name = state.get("name") if state else None
    return name.strip()[:LIMIT] or None if isinstance(name, str) else None
