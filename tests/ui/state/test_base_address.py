"""auditor/ui/state/base_address.py: the same for a server at the root and for one behind a prefix."""

import pytest
import streamlit as st

from auditor.ui.state.base_address import base


@pytest.mark.parametrize(("option", "address"), [("", ""), ("audit", "/audit"), ("/audit/faces/", "/audit/faces")])
def test_what_stands_before_every_address(option, address, monkeypatch):
    monkeypatch.setattr(st, "get_option", {"server.baseUrlPath": option}.get)
    assert base() == address
