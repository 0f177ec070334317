"""Review."""

import streamlit as st

st.title("Review")
st.write(dict(st.query_params))
