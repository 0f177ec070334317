"""The review grid: a components-v2 component whose scripts and styles are fetched once, by address."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import streamlit as st

from auditor.ui import routes


@cache
def _component() -> Callable[..., Any]:
    # Streamlit sends a component's script with every change of its data; a loader of two lines keeps a key small.
    script = f"""
const address = new URL({routes.asset_url("review/main.js")!r}, location.origin).href
export default async (component) => (await import(address)).default(component)
"""
    return st.components.v2.component("auditor_review", js=script)


def mount(key: str, data: dict[str, Any], on_room: Callable[[], None]) -> None:
    """Put the grid on the page.

    Args:
        key: Names its state: `st.session_state[key]['room']` is what the browser sent.
        data: What to show (auditor.ui.review.payload).
        on_room: Called before the script, whenever the browser sent something.
    """
    _component()(key=key, data=data, on_room_change=on_room, height="content")
