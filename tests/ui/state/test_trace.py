"""What the audit trail learns from the pages. Mirrors trace.py."""

import pytest
from streamlit.testing.v1 import AppTest

from auditor.ui.state import access, trace


def page():
    import streamlit as st

    from auditor.ui.state import trace

    trace.entered()
    trace.looked("review")
    trace.looked("review")
    st.session_state["taken"] = trace.downloading("table", lambda: b"content")


@pytest.fixture
def behind_proxy(monkeypatch):
    monkeypatch.setenv("AUDITOR_IDENTITY_HEADER", "X-Remote-User")
    monkeypatch.setenv("AUDITOR_TRUSTED_PROXIES", "127.0.0.1")
    monkeypatch.setenv("AUDITOR_LEADS", "lea")
    monkeypatch.setattr(access, "from_headers", lambda _: ("lea", []))
    access.forget_roles()
    trace._noted.clear()
    trace._entered.clear()


def test_a_login_a_look_and_a_download_are_noted_once(store, behind_proxy):
    shown = AppTest.from_function(page).run(timeout=60)
    assert not shown.exception
    AppTest.from_function(page).run(timeout=60)  # another tab
    assert shown.session_state["taken"]() == b"content"
    events = [(each.who, each.what, each.detail) for each in store.trail.list()]
    assert events == [("lea", "download", "table"), ("lea", "login", "lead, by the proxy's header x-remote-user")]
    assert [(each.who, each.page, each.times) for each in store.glances.list()] == [("lea", "review", 1)]
