"""The Team page behind a trusted proxy, where lea is a lead."""

import pytest
from streamlit.testing.v1 import AppTest

from auditor.ui.state import access


@pytest.fixture
def open_as(monkeypatch, request):
    """Open the test module's `page` as a person, by the login that the proxy sends."""
    monkeypatch.setenv("AUDITOR_IDENTITY_HEADER", "X-Remote-User")
    monkeypatch.setenv("AUDITOR_TRUSTED_PROXIES", "127.0.0.1")
    monkeypatch.setenv("AUDITOR_LEADS", "lea")
    access.forget_roles()

    def open_page(name):
        monkeypatch.setattr(access, "from_headers", lambda _: (name, []))
        return AppTest.from_function(request.module.page).run(timeout=60)

    return open_page
