"""auditor/cli/app.py, demo.py and _serve.py, jobs/server.py and jobs/demo.py: the app from a terminal."""

import json
import socket
import subprocess
import sys

import pytest

from auditor.cli import main
from auditor.config import Workspace
from auditor.data.demo import generate
from auditor.errors import ConfigError, JobError
from auditor.jobs import manager, server
from auditor.store.store import Store
from models import titles


class Ended:
    """A process that has printed what it had to."""

    returncode = 0

    def wait(self, *_):
        return 0

    def poll(self):
        return 0


@pytest.fixture
def started(monkeypatch):
    """What `server.start` was asked for, without a server."""
    calls = []

    def start(workspace, port=None, **_):
        calls.append((workspace, port))
        return server.Server(Ended(), port or server.PORT)

    monkeypatch.setattr(server, "start", start)
    return calls


def test_app_registers_the_data_set_and_leads_to_it(tmp_path, started, capsys):
    faces = generate.generate(tmp_path / "faces", images=14)
    assert main(["app", str(faces), "--workspace", str(tmp_path / "work"), "--port", "9000", "--json"]) == 0
    store = Store.open(Workspace(tmp_path / "work"))
    (known,) = store.datasets.list()
    store.close()
    facts = json.loads(capsys.readouterr().out)
    assert facts["address"] == f"http://localhost:9000/overview?ds={known.key}"
    assert started == [(Workspace(tmp_path / "work"), 9000)]


def test_app_without_data_and_without_a_browser_says_the_address(tmp_path, started, capsys, monkeypatch):
    monkeypatch.setattr("webbrowser.open", lambda _: False)
    assert main(["app", "--workspace", str(tmp_path / "work"), "--open"]) == 0
    said = capsys.readouterr()
    assert said.out.startswith("http://localhost:8501/ ") and "No browser" in said.err


def test_demo_opened_is_drawn_trained_once_and_shown(tmp_path, started, capsys, monkeypatch):
    opened, begun = [], []

    def begin(workspace, config, store, by=None):
        begun.append(config)
        return manager.create(store, workspace, config, by=by)

    monkeypatch.setattr("webbrowser.open", lambda address: opened.append(address) or True)
    monkeypatch.setattr(manager, "start", begin)
    command = ["demo", "--open", "--images", "14", "--workspace", str(tmp_path / "work")]
    assert main(command) == 0 and main(command) == 0
    assert [config.methods for config in begun] == [
        (titles.demo_method(),)
    ]  # the second time it is being trained already
    assert (tmp_path / "work" / "demo" / "demo.json").is_file()
    assert len(opened) == 2 and all(address.startswith("http://localhost:8501/runs?ds=") for address in opened)


def test_demo_without_a_folder_asks_for_one(capsys):
    assert main(["demo"]) == 2
    assert "--out DIR" in capsys.readouterr().err


def test_a_taken_port_is_named_and_none_is_looked_for_where_one_was_wanted(monkeypatch):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        with pytest.raises(ConfigError, match=f"Port {taken} is used by another program"):
            server.free_port(taken)
        monkeypatch.setattr(server, "PORT", taken)
        assert server.free_port() not in (taken, 0)
    with pytest.raises(ConfigError, match="from 1 to 65535"):
        server.free_port(70_000)


def test_an_app_that_ends_before_it_answers_is_an_error_that_names_its_log(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(JobError, match=r"ended with code 1 before it answered; see .*app\.log"):
        server.start(Workspace(tmp_path), log=tmp_path / "app.log")


def test_an_app_that_never_answers_is_given_up_and_stopped(monkeypatch):
    process = subprocess.Popen(["sleep", "60"])
    waiting = server.Server(process, server.free_port())
    with pytest.raises(JobError, match="did not answer on port"):
        server._wait(waiting, patience=0.2, log=None)
    waiting.stop()
    assert not waiting.running()
