"""The prefix of every address of the app."""

from __future__ import annotations

import streamlit as st


def base() -> str:
    """Return the prefix of every address of the app: '' or '/prefix'."""
    prefix = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{prefix}" if prefix else ""
