"""Who a connection comes from: the header of a trusted proxy, and no header that others write. Mirrors identity.py."""

import json

import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient, WebSocketDenialResponse
from starlette.websockets import WebSocketDisconnect
from streamlit import config
from streamlit.runtime.secrets import secrets_singleton
from streamlit.web.server.starlette import starlette_app_utils

from auditor.custody.access import Person
from auditor.ui.state import access
from auditor.ui.web import addresses, identity, routes

PROXY, ELSEWHERE = ("10.0.0.5", 50_000), ("10.0.0.6", 50_000)
USER = {"X-Remote-User": "ada"}


async def echo(request):
    return JSONResponse(access.from_headers(request.headers))


async def socket(websocket):
    await websocket.accept()
    await websocket.send_json(access.from_headers(websocket.headers))
    await websocket.close()


def client(peer=PROXY):
    app = Starlette(
        routes=[Route("/who", echo), Route("/_stcore/health", echo), WebSocketRoute("/ws", socket), *routes.routes()]
    )
    return TestClient(identity.Identified(app), client=peer)


@pytest.fixture
def behind_proxy(monkeypatch):
    access.forget_roles()
    monkeypatch.setenv("AUDITOR_IDENTITY_HEADER", "X-Remote-User")
    monkeypatch.setenv("AUDITOR_TRUSTED_PROXIES", PROXY[0])
    monkeypatch.setenv("AUDITOR_ROLES_HEADER", "X-Groups")
    yield
    access.forget_roles()


def test_the_proxy_is_believed(behind_proxy):
    assert client().get("/who", headers={**USER, "X-Groups": "lead, staff"}).json() == ["ada", ["lead", "staff"]]
    with client().websocket_connect("/ws", headers=USER) as opened:
        assert opened.receive_json() == ["ada", [""]]


@pytest.mark.parametrize("peer", [ELSEWHERE, ("127.0.0.1", 50_000), ("testclient", 50_000), (PROXY[0], 0)])
def test_the_header_of_anybody_else_is_refused_with_the_whole_connection(behind_proxy, peer):
    answer = client(peer).get("/who", headers=USER)
    assert answer.status_code == 403 and "through its proxy only" in answer.text
    with (
        pytest.raises((WebSocketDenialResponse, WebSocketDisconnect)),
        client(peer).websocket_connect("/ws", headers=USER),
    ):
        pass


@pytest.mark.parametrize(
    "headers",
    [[], [("X-Remote-User", "")], [("X-Remote-User", " ")], [("X-Remote-User", "ada"), ("X-Remote-User", "bob")],
     [("X-Remote-User", "a" * 201)], [("X_Remote_User", "ada")]],
)  # fmt: skip
def test_without_the_header_or_with_two_of_them_nobody_comes_in(behind_proxy, headers):
    answer = client().get("/who", headers=headers)
    assert answer.status_code == 403 and "did not identify you" in answer.text


def test_nobody_can_write_what_the_server_hands_on(behind_proxy):
    guess = {"x-auditor-" + "0" * 32 + "-name": "lead", **USER}
    assert client().get("/who", headers=guess).json()[0] == "ada"
    assert len(access.PROOF) == len("x-auditor-") + 32


def test_a_name_in_any_alphabet_comes_through(behind_proxy):
    for raw in ("Zoë", "李", "é".encode("latin-1")):
        value = raw if isinstance(raw, bytes) else raw.encode()
        found = client().get("/who", headers=[(b"X-Remote-User", value)]).json()
        assert found[0] == (raw if isinstance(raw, str) else "é")


def test_the_health_check_needs_nobody(behind_proxy):
    assert client(ELSEWHERE).get("/_stcore/health").status_code == 200


def test_without_a_login_nothing_is_asked_and_nothing_believed():
    assert client(ELSEWHERE).get("/who", headers=USER).json() is None


def test_a_face_needs_a_role_beside_its_token(behind_proxy, dataset, store):
    with access.requesting(Person("ada", "lead")):
        url = addresses.face_url(dataset, 2, 96)
    for groups, status in (("viewer", 200), ("lead", 200), ("staff", 403), ("", 403)):
        answer = client().get(url, headers={**USER, "X-Groups": groups})
        assert answer.status_code == status
        assert status == 200 or "ask a lead" in answer.text


def test_a_role_of_the_table_opens_faces_until_it_is_taken_away(behind_proxy, dataset, store, monkeypatch):
    monkeypatch.delenv("AUDITOR_ROLES_HEADER")
    url = addresses.face_url(dataset, 2, 96)
    for role, status in ((None, 403), ("viewer", 200), ("none", 403)):
        if role:
            store.roles.give("ada", role, by="operator", keep_a_lead=False)
        access.forget_roles()
        assert client().get(url, headers={**USER, "X-Groups": "lead"}).status_code == status


@pytest.fixture
def oidc(tmp_path):
    """Streamlit's own login: a secrets file with a cookie's secret and the app's address."""
    file = tmp_path / "secrets.toml"
    file.write_text(
        '[auth]\nredirect_uri = "http://testserver/oauth2callback"\ncookie_secret = "s3cret"\nclient_id = "a"\n'
        'client_secret = "b"\nserver_metadata_url = "http://localhost:1/none"\n'
    )
    before = config.get_option("secrets.files")
    config.set_option("secrets.files", [str(file)])
    secrets_singleton._reset()
    yield
    config.set_option("secrets.files", before)
    secrets_singleton._reset()


def cookie(secret="s3cret", **claims):
    value = json.dumps({"is_logged_in": True, "origin": "http://testserver", "email": "ada@x.org", **claims})
    signed = starlette_app_utils.create_signed_value(secret, "_streamlit_user", value)
    return {"cookie": f"_streamlit_user={signed.decode()}"}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (cookie, 200),
        (lambda: {}, 403),
        (lambda: cookie(secret="other"), 403),
        (lambda: cookie(origin="http://elsewhere"), 403),
        (lambda: cookie(is_logged_in=False), 403),
        (lambda: cookie(email="bob@x.org"), 403),
        (lambda: cookie(email_verified=False), 403),
        (lambda: {"x-remote-user": "ada@x.org"}, 403),
    ],
)
def test_with_oidc_a_face_needs_the_cookie_of_a_login_with_a_role(oidc, dataset, store, headers, status):
    access.forget_roles()
    store.roles.give("ada@x.org", "viewer", by="operator", keep_a_lead=False)
    url = addresses.face_url(dataset, 2, 96)
    assert client(ELSEWHERE).get(url, headers=headers()).status_code == status
    assert client(ELSEWHERE).get("/who").status_code == 200  # pages are open: they lead to the login
