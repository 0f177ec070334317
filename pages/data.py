"""Data: open a data set, see what was recognised and every problem found."""

import streamlit as st

st.title("Data")
