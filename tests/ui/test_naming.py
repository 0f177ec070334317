"""auditor/ui/naming.py: choices that read alike are told apart."""

from streamlit.testing.v1 import AppTest

from auditor.ui import naming


def test_only_names_that_occur_twice_are_longer():
    names = {"a": "faces", "b": "faces", "c": "others", "d": "faces"}
    more = {"a": "in /x", "b": "in /y", "c": "in /x", "d": "in /x"}
    told = naming.distinct(names, more)
    assert told == {"a": "faces · in /x · a", "b": "faces · in /y", "c": "others", "d": "faces · in /x · d"}


def test_streamlit_takes_choices_that_read_alike_for_one():
    """Why this module is there: without it, any click went on with another data set of the same title."""

    def page():
        import streamlit as st

        st.session_state["chosen"] = st.selectbox("One", [0, 1, 2], index=1, format_func=lambda _: "faces", key="k")
        st.button("Go on")

    test = AppTest.from_function(page).run()
    assert test.session_state["chosen"] == 1
    test.button[0].click().run()
    assert test.session_state["chosen"] in (0, 2)
