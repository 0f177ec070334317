"""docs/team.md with a real nginx: its server block, its password file, its variables, over TLS, in a real browser."""

import os
import shutil
import socket
import subprocess
import time

import pytest

from auditor.config import Workspace
from auditor.store.store import Store
from tests.e2e.conftest import Server, fill, wait_for
from tests.e2e.test_team import blocks, documented

PASSWORD = "correct horse"


def run(*command, **more):
    return subprocess.run(command, check=True, capture_output=True, text=True, **more).stdout


@pytest.fixture
def nginx():
    found = os.environ.get("NGINX") or shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if found is None or shutil.which("openssl") is None:
        pytest.skip("no nginx or no openssl (set NGINX)")
    return found


@pytest.fixture
def app(small, tmp_path, monkeypatch):
    """The documented server, with a workspace and an SQLite database of the test's own."""
    variables = documented()[1]
    for name in ("AUDITOR_DATABASE_URL", "AUDITOR_EXPORT_ROOTS", "AUDITOR_WORKSPACE"):
        del variables[name]
    for name, value in (variables | {"AUDITOR_DATA_ROOTS": str(tmp_path)}).items():
        monkeypatch.setenv(name, value)
    running = Server(tmp_path / "workspace")
    running.dataset = fill(running.workspace, small, tmp_path / "faces")
    store = Store.open(Workspace(running.workspace))
    store.roles.give("bob", "annotator", by="ada", keep_a_lead=False)
    store.close()
    running.start()
    yield running
    running.stop()


@pytest.fixture
def site(nginx, app, tmp_path):
    """The documented proxy before it; returns its address."""
    folder = tmp_path / "nginx"
    folder.mkdir()
    folder.chmod(0o755)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
        "-keyout", str(folder / "faces.key"), "-out", str(folder / "faces.pem"))  # fmt: skip
    hashed = run("openssl", "passwd", "-apr1", PASSWORD)
    (folder / "faces.htpasswd").write_text("".join(f"{name}:{hashed}" for name in ("ada", "bob")))
    block = blocks("nginx")[0]
    for documented_text, own in (
        ("listen 443 ssl", f"listen 127.0.0.1:{port} ssl"), ("server_name faces.example.org", "server_name localhost"),
        ("/etc/ssl/certs/faces.pem", f"{folder}/faces.pem"), ("/etc/ssl/private/faces.key", f"{folder}/faces.key"),
        ("/etc/nginx/faces.htpasswd", f"{folder}/faces.htpasswd"), ("127.0.0.1:8501", f"127.0.0.1:{app.port}"),
    ):  # fmt: skip
        assert documented_text in block
        block = block.replace(documented_text, own)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "\n".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"{user} daemon off; pid {folder}/pid; error_log {folder}/error.log;\nevents {{}}\n"
        f"http {{ access_log off; {temporary}\n{block}\n}}\n"
    )
    process = subprocess.Popen([nginx, "-p", str(folder), "-e", str(folder / "error.log"), "-c", "nginx.conf"])
    end = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            break
        except OSError:
            assert process.poll() is None and time.monotonic() < end, (folder / "error.log").read_text()
            time.sleep(0.1)
    yield f"https://localhost:{port}"
    process.terminate()
    process.wait(20)


@pytest.mark.e2e
def test_the_documented_proxy_lets_in_who_knows_the_password_and_decisions_carry_the_name(
    browser, site, app, decisions
):
    login = {"username": "bob", "password": PASSWORD}
    for credentials, status in ((None, 401), ({**login, "password": "guess"}, 401)):
        stranger = browser.new_context(ignore_https_errors=True, http_credentials=credentials)
        # A name in the header is replaced by the proxy, which asks for the password all the same.
        answer = stranger.request.get(f"{site}/review", headers={"X-Remote-User": "ada"})
        assert answer.status == status
        stranger.close()
    context = browser.new_context(ignore_https_errors=True, http_credentials=login)
    page = context.new_page()
    page.set_default_timeout(90_000)
    page.goto(f"{site}/review?ds={app.dataset.key}")
    page.locator(".cell.focus").wait_for()
    page.get_by_text("Logged in as bob (annotator)").wait_for()
    face = page.locator(".cell.focus").get_attribute("title")
    page.keyboard.press("2")
    assert wait_for(lambda: face in decisions(app, app.dataset.key))
    assert decisions(app, app.dataset.key)[face].annotator == "bob"
    assert context.request.get(f"{site}/review", headers={"X-Remote-User": "ada"}).status == 200  # as bob: see above
    context.close()
