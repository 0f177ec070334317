"""The review grid: a components-v2 component whose scripts and styles are fetched once, by address."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from auditor.ui.web import assets


def mount(key: str, data: dict[str, Any], on_room: Callable[[], None]) -> None:
    """Put the grid on the page.

    Args:
        key: Names its state: `st.session_state[key]['room']` is what the browser sent.
        data: What to show (auditor.ui.screens.review.room.payload).
        on_room: Called before the script, whenever the browser sent something.
    """
    assets.component("auditor_review", "review/main.js")(key=key, data=data, on_room_change=on_room, height="content")
