"""What stands before every address of the app, told to all who build one."""

from __future__ import annotations

import streamlit as st


def base() -> str:
    """What stands before every address of the app: '' or '/prefix'."""
    prefix = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{prefix}" if prefix else ""
