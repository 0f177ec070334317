"""auditor/cli/verify.py: the log of decisions is as it was saved, or the command says where it is not."""

import contextlib
import json
import sqlite3

import pytest

from auditor.cli import main
from tests.exports.small import rafdb


@pytest.fixture
def workspace(tmp_path):
    """A workspace with one decision."""
    root = rafdb(tmp_path / "data", b"train_00001.jpg 5\ntrain_00002.jpg 1\n", 2)
    (tmp_path / "decisions.csv").write_text("name,action,label\ntrain_00001.jpg,relabel,1\n")
    place = tmp_path / "work"
    command = ["decide", str(root), "--workspace", str(place), "--annotator", "ada"]
    assert main([*command, "--from", str(tmp_path / "decisions.csv")]) == 0
    return place


def test_a_log_as_it_was_saved_and_one_that_was_changed(workspace, capsys, tmp_path):
    capsys.readouterr()
    assert main(["verify", "--workspace", str(workspace), "--json"]) == 0
    facts = capsys.readouterr().out
    assert [log["operations"] for log in json.loads(facts)["logs"]] == [1]
    (tmp_path / "earlier.json").write_text(facts)
    against = ["verify", "--workspace", str(workspace), "--against", str(tmp_path / "earlier.json")]
    assert main(against) == 0
    with contextlib.closing(sqlite3.connect(next(workspace.glob("*.db")))) as connection:
        connection.execute("UPDATE operations SET annotator = 'eve'")
        connection.commit()
    assert main(against) == 1


def test_a_file_that_verify_did_not_print_is_refused(workspace, tmp_path, capsys):
    (tmp_path / "other.json").write_text("{}")
    assert main(["verify", "--workspace", str(workspace), "--against", str(tmp_path / "other.json")]) == 2
    assert "name such a file" in capsys.readouterr().err
