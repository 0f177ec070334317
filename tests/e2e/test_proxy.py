"""A team behind a reverse proxy that says who is logged in: pages, keys, roles and WebSockets in a real browser.

The screens are auditor/ui: look/door.py, look/allowed.py, screens/team.
"""

import urllib.error
import urllib.request

import pytest

from auditor.config import Workspace
from auditor.store.store import Store
from tests.e2e import proxy
from tests.e2e.conftest import Server, fill, wait_for

pytestmark = pytest.mark.e2e

FORGED = {"X-Remote-User": "lea", "X-Forwarded-For": proxy.AT}


@pytest.fixture(scope="module")
def team(small, tmp_path_factory):
    """A server that believes the proxy alone; ada annotates, vic looks, eve has no role, lea is the operator's lead."""
    folder = tmp_path_factory.mktemp("team")
    settings = {
        "AUDITOR_IDENTITY_HEADER": "X-Remote-User", "AUDITOR_TRUSTED_PROXIES": proxy.AT, "AUDITOR_LEADS": "lea",
        "FORWARDED_ALLOW_IPS": "", "AUDITOR_DATA_ROOTS": str(folder),
    }  # fmt: skip
    running = Server(folder / "workspace")
    running.dataset = fill(running.workspace, small, folder / "faces")
    store = Store.open(Workspace(running.workspace))
    for name, role in (("ada", "annotator"), ("vic", "viewer")):
        store.roles.give(name, role, by="lea", keep_a_lead=False)
    store.close()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in settings.items():
            patch.setenv(name, value)
        running.start()
    yield running
    running.stop()


@pytest.fixture
def log_in(team):
    """Make a proxy on which somebody is logged in, and return its address."""
    made = []

    def at(person):
        made.append(proxy.Proxy(team.port, person))
        return made[-1].url

    yield at
    for each in made:
        each.stop()


def sprite(page):
    """The address of the picture with the page's faces."""
    return page.locator(".cell .face").first.evaluate("face => getComputedStyle(face).backgroundImage.slice(5, -2)")


def review(page, url, team):
    page.goto(f"{url}/review?ds={team.dataset.key}")
    page.locator(".cell.focus").wait_for()


def test_an_annotator_decides_under_the_login_whatever_the_browser_remembers(page, team, log_in, decisions):
    url = log_in("ada")
    page.add_init_script("sessionStorage.setItem('auditor.annotator', 'mallory')")
    page.context.add_cookies([{"name": "auditor_annotator", "value": "mallory", "url": url}])
    review(page, url, team)
    page.get_by_text("Logged in as ada (annotator)").wait_for()
    assert page.get_by_label("Annotator", exact=True).count() == 0
    page.wait_for_function("sessionStorage.getItem('auditor.annotator') === 'ada'")
    face = page.locator(".cell.focus").get_attribute("title")
    page.keyboard.press("2")
    assert wait_for(lambda: face in decisions(team, team.dataset.key))
    assert decisions(team, team.dataset.key)[face].annotator == "ada"
    assert page.get_by_role("button", name="Train …").is_disabled()
    # Faces are pictures beside the pages: they come through the proxy as well, and not around it.
    picture = sprite(page)
    assert page.evaluate("address => fetch(address).then((got) => got.status)", picture) == 200
    around = urllib.request.Request(picture.replace(url, team.url), headers=FORGED)
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(around, timeout=20)


def test_a_viewer_s_key_is_refused_and_told(page, team, log_in, decisions):
    before = dict(decisions(team, team.dataset.key))
    review(page, log_in("vic"), team)
    page.keyboard.press("3")
    page.get_by_text("The role of vic is viewer and does not allow to decide").first.wait_for()
    assert decisions(team, team.dataset.key).keys() == before.keys()


def test_somebody_without_a_role_sees_one_sentence_until_a_lead_gives_one(context, page, team, log_in):
    url = log_in("eve")
    page.goto(f"{url}/review?ds={team.dataset.key}")
    page.get_by_text("The person eve has no role here").wait_for()
    assert page.locator(".cell, [data-testid=stSidebar] a").count() == 0
    lead = context.new_page()
    lead.goto(f"{log_in('lea')}/team")
    lead.get_by_label("Login", exact=True).fill("eve")
    lead.get_by_role("button", name="Give the role").click()
    lead.get_by_text("eve has the role viewer now.").wait_for()
    review(page, url, team)
    lead.close()


def test_an_annotator_gives_no_role(page, log_in):
    page.goto(f"{log_in('ada')}/team")
    page.get_by_text("You are ada, annotator.").wait_for()
    assert page.get_by_role("button", name="Give the role").is_disabled()


@pytest.mark.parametrize("path", ["/", "/review", "/_stcore/host-config", "/auditor-ui/x/review/main.js"])
def test_around_the_proxy_a_forged_header_opens_nothing(team, path):
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(urllib.request.Request(f"{team.url}{path}", headers=FORGED), timeout=20)
    assert refused.value.code == 403 and b"through its proxy only" in refused.value.read()


def test_around_the_proxy_a_forged_header_opens_no_websocket(team):
    client = pytest.importorskip("websockets.sync.client", reason="the server's own websockets package is missing")
    exceptions = pytest.importorskip("websockets.exceptions")
    address = f"ws://localhost:{team.port}/_stcore/stream"
    with (
        pytest.raises(exceptions.InvalidStatus) as refused,
        client.connect(
            address, origin=team.url, subprotocols=["streamlit"], additional_headers=FORGED, open_timeout=20
        ),
    ):
        pass
    assert refused.value.response.status_code == 403
