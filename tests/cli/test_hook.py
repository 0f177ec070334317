"""auditor/cli/_hook.py: the command of --on-done."""

import argparse
import json
import sys

import pytest

from auditor.cli import _hook, build_parser
from auditor.config import Workspace
from auditor.errors import JobError

TELL = "import json, os, sys; json.dump({k: v for k, v in os.environ.items() if k.startswith('AUDITOR_')} | {'words': sys.argv[2:]}, open(sys.argv[1], 'w'))"  # noqa: E501


def parsed(command):
    parser = argparse.ArgumentParser()
    _hook.add_hook(parser)
    return parser.parse_args(["--on-done", command]).on_done


def test_the_command_is_told_about_the_run_and_no_shell_reads_it(tmp_path):
    script, told = tmp_path / "tell.py", tmp_path / "told.json"
    script.write_text(TELL)
    command = parsed(f"{sys.executable} {script} {told} '$HOME; ls' '*' | wc")
    workspace = Workspace(tmp_path / "w")
    with _hook.after(command, workspace, "r1", "abc") as ending:
        ending.state, ending.message = "done", "New evidence waits."
    found = json.loads(told.read_text())
    assert found.pop("words") == ["$HOME; ls", "*", "|", "wc"]
    assert {name: found[f"AUDITOR_{name}"] for name in ("RUN", "STATE", "MESSAGE", "DATASET")} == {
        "RUN": "r1", "STATE": "done", "MESSAGE": "New evidence waits.", "DATASET": "abc",
    }  # fmt: skip
    assert found["AUDITOR_RUN_FOLDER"] == str(workspace.run("r1"))
    assert found["AUDITOR_WORKSPACE"] == str(workspace.path)


def test_a_run_that_fails_is_told_too(tmp_path):
    script, told = tmp_path / "tell.py", tmp_path / "told.json"
    script.write_text(TELL)
    with (
        pytest.raises(JobError, match="disk is full"),
        _hook.after([sys.executable, str(script), str(told)], Workspace(tmp_path), "r1", "abc"),
    ):
        raise JobError("The disk is full; free some space.")
    found = json.loads(told.read_text())
    assert (found["AUDITOR_STATE"], found["AUDITOR_MESSAGE"]) == ("failed", "The disk is full; free some space.")


@pytest.mark.parametrize(
    ("command", "message"),
    [(["/nowhere/notify"], "cannot be started"), ([sys.executable, "-c", "raise SystemExit(4)"], "exit code 4")],
)
def test_a_command_that_fails_is_said_and_harms_nothing(tmp_path, capsys, command, message):
    with _hook.after(command, Workspace(tmp_path), "r1", "abc") as ending:
        ending.state = "done"
    said = capsys.readouterr().err
    assert message in said and "the run is not affected" in said


@pytest.mark.parametrize("command", ["", "notify 'open"])
def test_what_is_no_command_is_refused_before_the_run(capsys, command):
    with pytest.raises(SystemExit):
        build_parser().parse_args(["train", "faces", "--on-done", command])
    assert "--on-done" in capsys.readouterr().err
