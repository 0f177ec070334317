"""docs/team.md: its command starts a server that answers to the name it was given, and to no other."""

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


def documented():
    """The command and the variables of the first block that starts a server."""
    text = (REPOSITORY / "docs" / "team.md").read_text(encoding="utf-8")
    block = next(block for block in re.findall(r"```\n(.*?)```", text, re.S) if "streamlit run" in block)
    variables = dict(re.findall(r"export (\w+)=(\S+)", block))
    return shlex.split(next(line for line in block.splitlines() if line.startswith("streamlit run"))), variables


def status(port, host, path="/_stcore/health"):
    asked = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        asked.request("GET", path, headers={"Host": host})
        return asked.getresponse().status
    finally:
        asked.close()


@pytest.mark.e2e
def test_the_documented_server_answers_to_its_name(tmp_path):
    command, variables = documented()
    assert command[:3] == ["streamlit", "run", "streamlit_app.py"] and "AUDITOR_DATA_ROOTS" in variables
    port = Server(tmp_path).port
    environment = {**os.environ, "AUDITOR_WORKSPACE": str(tmp_path / "ws"), "AUDITOR_DATA_ROOTS": str(tmp_path)}
    process = subprocess.Popen(
        [sys.executable, "-m", *command, "--server.port", str(port)],
        cwd=REPOSITORY, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
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
        assert status(port, NAME, "/review") == 200
        for other in ("evil.example", f"localhost:{port}", f"x.{NAME}"):
            assert status(port, other, "/review") == 400
    finally:
        process.terminate()
        process.wait(20)
