"""auditor/ui/look/words.py: shares and names of choices."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from auditor.ui.look import words


def test_only_names_that_occur_twice_are_longer():
    names = {"a": "faces", "b": "faces", "c": "others", "d": "faces"}
    more = {"a": "in /x", "b": "in /y", "c": "in /x", "d": "in /x"}
    told = words.distinct(names, more)
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


@pytest.mark.parametrize(
    ("share", "text"), [(0.001, "under 1 %"), (0.426, "43 %"), (0.999, "over 99 %"), (np.nan, "unknown")]
)
def test_shares_never_claim_nothing_or_all(share, text):
    assert words.percent(share) == text
