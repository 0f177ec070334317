"""roots.py: the app opens and lists only below the folders that the operator names."""

import os
import subprocess
import sys

import pytest

from auditor.config import Workspace
from auditor.custody import roots
from auditor.errors import ConfigError, DataError
from tests.conftest import REPOSITORY


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    (tmp_path / "data" / "raf").mkdir(parents=True)
    (tmp_path / "database").mkdir()
    monkeypatch.setenv(roots.DATA, f"{tmp_path / 'data'}{os.pathsep} {tmp_path / 'more'}")
    return Workspace(tmp_path / "workspace")


def test_below_the_roots_and_our_own_copies_may_be_opened(workspace, tmp_path):
    for path in (tmp_path / "data", tmp_path / "data/raf/x.txt", tmp_path / "more/y", workspace.demo):
        assert roots.check_data(workspace, path) == path
    assert roots.check_data(workspace, workspace.path / "aligned" / "key")
    assert roots.check_data(workspace, workspace.runs / "r/checkpoint.pt", workspace.runs)


@pytest.mark.parametrize("path", ["/", "/etc", "~", "data/../database", "database", "data/out", "workspace/runs", "."])
def test_elsewhere_is_refused_alike_whether_it_is_there_or_not(workspace, tmp_path, path):
    (tmp_path / "data" / "out").symlink_to("/etc")
    asked = path if path[0] in "/~" else f"{tmp_path}/{path}"
    with pytest.raises(DataError, match="outside of the folders that this server opens"):
        roots.check_data(workspace, asked)
    with pytest.raises(DataError, match="outside of the folders that this server opens"):
        roots.check_data(workspace, f"{asked}/absent")


@pytest.mark.parametrize("path", ["a\0b", "~nobody-of-that-name/x"])
def test_what_is_no_path_is_a_sentence(workspace, path):
    with pytest.raises(DataError, match=r"cannot be opened; give|outside"):
        roots.check_data(workspace, path)


def test_without_roots_one_s_own_computer_is_open(tmp_path, monkeypatch):
    monkeypatch.delenv(roots.DATA, raising=False)
    assert roots.check_data(Workspace(tmp_path), "/etc")
    for address in roots.HERE:
        roots.check_served(address)


@pytest.mark.parametrize("address", [None, "", "0.0.0.0", "::", "192.168.1.7", "faces.example.org"])
def test_others_are_served_only_from_named_folders_or_on_insisting(monkeypatch, address):
    monkeypatch.delenv(roots.DATA, raising=False)
    with pytest.raises(ConfigError, match="AUDITOR_DATA_ROOTS"):
        roots.check_served(address)
    monkeypatch.setenv(roots.DATA, "/")
    roots.check_served(address)


def test_a_team_behind_a_proxy_on_this_computer_is_others_too(monkeypatch):
    monkeypatch.delenv(roots.DATA, raising=False)
    with pytest.raises(ConfigError, match="people log in"):
        roots.check_served("localhost", team=True)


@pytest.mark.slow
def test_the_server_itself_refuses_to_start(tmp_path):
    environment = {**os.environ, "AUDITOR_WORKSPACE": str(tmp_path / "ws"), "AUDITOR_INSECURE": "1"}
    environment.pop(roots.DATA, None)
    command = [sys.executable, "-m", "streamlit", "run", "streamlit_app.py", "--server.port", "0"]
    command += ["--server.address", "0.0.0.0"]
    ended = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=120)
    assert ended.returncode != 0
    assert "set AUDITOR_DATA_ROOTS to the folders with your data" in ended.stdout + ended.stderr
    assert "Traceback" not in ended.stdout + ended.stderr
