"""Streamlit's own login against a real OpenID provider on localhost, as docs/team.md sets it up."""

import importlib.util
import json
import re
import socket
import subprocess
import sys
import urllib.error
import urllib.request

import pytest

from auditor.config import Workspace
from auditor.store.store import Store
from tests.e2e.conftest import Server, fill, wait_for
from tests.e2e.test_proxy import sprite
from tests.e2e.test_team import blocks

pytestmark = pytest.mark.e2e


@pytest.fixture
def provider():
    """An OpenID provider that knows ada, bob, whose address it has not verified, and eve."""
    pytest.importorskip("authlib", reason="Streamlit's login needs Authlib: pip install '.[login]'")
    if importlib.util.find_spec("oidc_provider_mock") is None:
        pytest.skip("the provider for this test is missing: pip install oidc-provider-mock")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://localhost:{port}"
    try:
        for name, verified in (("ada", True), ("bob", False), ("eve", True)):
            claims = {"email": f"{name}@example.org", "email_verified": verified}
            assert wait_for(lambda sent=claims, who=name: told(f"{address}/users/{who}", sent), within=60)
        yield address
    finally:
        process.terminate()
        process.wait(20)


def told(address, claims):
    """Whether the provider took a person's claims; it may still be starting."""
    asked = urllib.request.Request(address, json.dumps(claims).encode(), method="PUT")
    asked.add_header("content-type", "application/json")
    try:
        urllib.request.urlopen(asked, timeout=20).close()
    except urllib.error.URLError:
        return False
    return True


@pytest.fixture
def app(provider, small, tmp_path, monkeypatch):
    running = Server(tmp_path / "workspace")
    running.dataset = fill(running.workspace, small, tmp_path / "faces")
    store = Store.open(Workspace(running.workspace))
    for name in ("ada", "bob"):
        store.roles.give(f"{name}@example.org", "annotator", by="lea", keep_a_lead=False)
    store.close()
    text = blocks("toml")[0]
    for documented, own in (
        ("https://faces.example.org", running.url),
        ("https://login.example.org", provider),
    ):
        assert documented in text
        text = text.replace(documented, own)
    secrets = tmp_path / "secrets.toml"
    secrets.write_text(text)
    monkeypatch.setenv("STREAMLIT_SECRETS_FILES", str(secrets))
    monkeypatch.setenv("AUDITOR_LEADS", "lea@example.org")
    monkeypatch.setenv("AUDITOR_DATA_ROOTS", str(tmp_path))
    running.start()
    yield running
    running.stop()


def log_in(page, app, name):
    page.goto(f"{app.url}/review?ds={app.dataset.key}")
    page.get_by_role("button", name="Log in").click()
    page.locator("input[name=sub]").fill(name)
    page.get_by_role("button", name="Authorize").click()


def test_people_log_in_and_decide_under_their_verified_address(browser, app, decisions):
    key = app.dataset.key
    for name, said in (("eve", r"eve@.?example.org has no role here"), ("bob", "does not identify you")):
        context = browser.new_context()
        page = context.new_page()
        log_in(page, app, name)
        page.get_by_text(re.compile(said)).wait_for()
        assert page.locator("[data-testid=stSidebar] a").count() == 0
        context.close()
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(90_000)
    log_in(page, app, "ada")
    page.get_by_text(re.compile(r"Logged in as ada@.?example.org \(annotator\)")).wait_for()  # see plain.JOINER
    page.goto(f"{app.url}/review?ds={key}")
    page.locator(".cell.focus").wait_for()
    face = page.locator(".cell.focus").get_attribute("title")
    page.keyboard.press("2")
    assert wait_for(lambda: face in decisions(app, key))
    assert decisions(app, key)[face].annotator == "ada@example.org"
    picture = sprite(page)
    assert context.request.get(picture).status == 200
    stranger = browser.new_context()
    assert stranger.request.get(picture).status == 403  # the address alone opens nothing
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url(re.compile("/oauth2/end_session"))  # the provider asks whether to end its own session, too
    page.goto(app.url)
    page.get_by_role("button", name="Log in").wait_for()
    for each in (context, stranger):
        each.close()
