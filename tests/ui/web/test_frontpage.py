"""The first HTML names what the screens load, in the version of Streamlit that is installed."""

import re

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from auditor.ui.web import assets, frontpage


@pytest.fixture
def client():
    pages = Starlette(routes=frontpage.routes(("review", "map")))
    return TestClient(pages)


def test_every_page_begins_with_streamlits_own_html(client):
    for path in ("/", "/review", "/map"):
        answer = client.get(path)
        assert answer.headers["cache-control"] == "no-cache"
        assert "window.__streamlit = {BACKEND_BASE_URL" in answer.text
        assert re.search(r'<script type="module" crossorigin src="/static/js/index\.', answer.text)
        assert '"./' not in answer.text


def test_what_is_written_behind_a_page_leads_to_the_page(client):
    for path in ("/review/", "/review/a%2Fb/ü"):
        answer = client.get(f"{path}?ds=12", follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (307, "/review?ds=12")
    assert client.get("/review/_stcore/health").status_code == 404


def test_it_names_the_parts_that_the_screens_need():
    text = frontpage.html("review")
    named = re.findall(r'href="/static/js/([\w.-]+)"', text)
    assert len(named) == len(set(named))
    assert {name.split(".")[0] for name in named} >= {"BidiComponent", "PageLink", "Html", "TextInput"}
    assert all((frontpage.STATIC / "static" / "js" / name).is_file() for name in named)
    assert assets.asset_url("review/main.js") in text
    assert assets.asset_url("map/index.js") not in text


def test_another_build_of_streamlit_is_left_as_it_is():
    assert frontpage.parts("<html><head></head></html>") == []
    assert frontpage.parts('<script src="./static/js/index.gone.js">') == []
