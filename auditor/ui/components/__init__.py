"""Widgets of our own, built on Streamlit's components v2."""
