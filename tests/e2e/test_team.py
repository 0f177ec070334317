"""docs/team.md: its command starts a server for its own name, for people that the proxy names, and for nobody else."""

import http.client
import os
import re
import shlex
import subprocess
import sys
import time

import pytest

from tests.conftest import REPOSITORY
from tests.e2e.conftest import Server

NAME = "faces.example.org"
START = ["streamlit", "run", "streamlit_app.py"]


def blocks(language=""):
    """The page's blocks of this language."""
    text = (REPOSITORY / "docs" / "team.md").read_text(encoding="utf-8")
    found = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.S | re.M)
    return [block for kind, block in found if kind == language]


def documented():
    """The command and the variables of the block that starts a server."""
    block = next(block for block in blocks() if "streamlit run" in block)
    variables = dict(
        shlex.split(line, comments=True)[1].split("=", 1) for line in block.splitlines() if "export" in line
    )
    return shlex.split(next(line for line in block.splitlines() if line.startswith("streamlit run"))), variables


def environment(folder, variables=None):
    """This process's variables with those of the page, with a workspace, data and a database of the test's own."""
    own = {"AUDITOR_WORKSPACE": str(folder / "ws"), "AUDITOR_DATA_ROOTS": str(folder)}
    given = {**os.environ, **(documented()[1] if variables is None else variables), **own}
    return {
        name: value for name, value in given.items() if name not in ("AUDITOR_DATABASE_URL", "AUDITOR_EXPORT_ROOTS")
    }


def status(port, host, path="/_stcore/health", **headers):
    asked = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        asked.request("GET", path, headers={"Host": host, **headers})
        return asked.getresponse().status
    finally:
        asked.close()


@pytest.mark.e2e
def test_the_documented_server_answers_to_its_name_and_to_people_that_its_proxy_names(tmp_path):
    command, variables = documented()
    assert command[:3] == START and {"AUDITOR_DATA_ROOTS", "AUDITOR_DATABASE_URL"} <= variables.keys()
    port = Server(tmp_path).port
    process = subprocess.Popen(
        [sys.executable, "-m", *command, "--server.port", str(port)],
        cwd=REPOSITORY, env=environment(tmp_path), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        end = time.monotonic() + 120
        while True:
            try:
                assert status(port, f"{NAME}:{port}") == 200
                break
            except OSError:
                assert process.poll() is None and time.monotonic() < end
                time.sleep(0.2)
        assert status(port, NAME, "/review") == 403  # nobody
        assert status(port, NAME, "/review", **{"X-Remote-User": "ada"}) == 200  # this test is at the proxy's address
        for other in ("evil.example", f"localhost:{port}", f"x.{NAME}"):
            assert status(port, other, "/review", **{"X-Remote-User": "ada"}) == 400
    finally:
        process.terminate()
        process.wait(20)


@pytest.mark.e2e
@pytest.mark.parametrize(
    ("missing", "more", "said"),
    [
        (("AUDITOR_IDENTITY_HEADER", "AUDITOR_TRUSTED_PROXIES"), [], "answers to faces.example.org"),
        (("AUDITOR_IDENTITY_HEADER", "AUDITOR_TRUSTED_PROXIES"), ["--server.address", "0.0.0.0"], "binds to 0.0.0.0"),
        (("FORWARDED_ALLOW_IPS",), [], "set FORWARDED_ALLOW_IPS to the empty text"),
    ],
)
def test_without_a_part_of_the_login_it_refuses_to_start_in_one_sentence(tmp_path, missing, more, said):
    command, variables = documented()
    kept = {name: value for name, value in variables.items() if name not in missing}
    given = {name: value for name, value in environment(tmp_path, kept).items() if name not in missing}
    ended = subprocess.run(
        [sys.executable, "-m", *command, "--server.port", str(Server(tmp_path).port), *more],
        cwd=REPOSITORY, env=given, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert ended.returncode and said in ended.stderr and "Traceback" not in ended.stderr
