"""Grey places stand while a page is drawn, and never on one that is drawn already."""

from streamlit.testing.v1 import AppTest


def page(shown):
    import streamlit as st

    from auditor.ui.look import skeleton

    st.session_state[skeleton.SHOWN] = shown
    with skeleton.until_drawn("review"):
        st.write("faces")


def test_grey_places_go_when_the_page_is_there():
    for shown in ("map", "review"):
        run = AppTest.from_function(page, args=(shown,)).run(timeout=30)
        assert not run.exception
        assert [each.value for each in run.markdown] == ["faces"]
        assert not [each for each in run.main if each.type == "html"]
        assert list(run.main.children) == [0, 1]  # what follows has one place, or the browser would draw it anew
