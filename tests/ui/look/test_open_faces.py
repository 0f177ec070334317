"""open_faces.py: faces picked in a chart open in Review, in a blind tab only after a question."""

from streamlit.testing.v1 import AppTest


def page(rows, blind):
    from unittest import mock

    import numpy as np
    import streamlit as st

    from auditor.ui.look import open_faces

    with (
        mock.patch.object(open_faces.session, "blind", lambda: blind),
        mock.patch.object(open_faces.session, "save_selection", lambda rows, label: f"{len(rows)} {label}"),
        mock.patch.object(open_faces.session, "open_page", lambda name, sel: st.text(f"{name}: {sel}")),
    ):
        open_faces.open_rows(np.array(rows, dtype=np.int64), "a cell")


def drawn(rows, *, blind):
    return AppTest.from_function(page, args=(rows, blind)).run()


def test_rows_open_as_a_selection():
    assert drawn([3, 5], blind=False).text[0].value == "review: 2 a cell"


def test_a_blind_tab_is_asked_first():
    test = drawn([3, 5], blind=True)
    assert not test.text
    assert [button.key for button in test.button] == ["open-eyes-rows", "stay-blind"]


def test_nothing_to_open_is_said():
    test = drawn([], blind=False)
    assert "No images: a cell" in test.toast[0].value and not test.text
