"""auditor/cli/erase.py: a list first, then a report, for people and for programs."""

import json

import pytest

from auditor.cli import main
from auditor.config import Workspace
from auditor.store.store import Store
from tests.exports.small import rafdb

NAME = "train_00001.jpg"


@pytest.fixture
def decided(tmp_path):
    """A data set with one decision; the arguments that erase from its workspace."""
    root = rafdb(tmp_path / "data", b"train_00001.jpg 5\ntrain_00002.jpg 1\n", 2)
    (tmp_path / "decisions.csv").write_text(f"name,action,label\n{NAME},relabel,1\n")
    place = ["--workspace", str(tmp_path / "work")]
    command = ["decide", str(root), *place, "--annotator", "ada", "--from", str(tmp_path / "decisions.csv")]
    assert main(command) == 0
    return ["erase", str(root), *place]


def test_without_yes_it_lists_and_with_yes_it_does(decided, capsys, tmp_path):
    capsys.readouterr()
    assert main([*decided, "--image", NAME]) == 0
    listed = capsys.readouterr().out
    assert "1 decision kept without its name" in listed and "add --yes to erase it" in listed
    assert "is still in" in listed
    assert main([*decided, "--image", NAME, "--decisions", "remove", "--yes", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["done"] and facts["failed"] == [] and any("removed from view" in p["what"] for p in facts["places"])
    assert main(["verify", "--workspace", str(tmp_path / "work")]) == 0
    assert NAME.encode() not in (tmp_path / "work/auditor.db").read_bytes()
    assert main([*decided, "--image", NAME]) == 0
    assert "Nothing of this is in the workspace." in capsys.readouterr().out


def test_exports_and_erasures_are_in_the_audit_trail(decided, tmp_path):
    assert main(["export", *decided[1:], "--as", "ledger", "--out", str(tmp_path / "ledger.jsonl")]) == 0
    assert main([*decided, "--annotator", "ada", "--yes"]) == 0
    with Store.opened(Workspace(tmp_path / "work")) as store:
        assert [(event.what, event.detail) for event in store.trail.list()] == [
            ("erasure", "an annotator (now 'erased 1'): 1 place"), ("export", "ledger: 1 changed label, 0 exclusions"),
        ]  # fmt: skip


def test_a_wish_that_makes_no_sense_is_one_sentence(decided, capsys, tmp_path):
    for arguments, said in (
        (decided, "Nothing to erase was named"),
        ([*decided, "--annotator", "eve"], "there is ada"),
        (["erase", "x", "--all", "--workspace", str(tmp_path / "none")], "There is no workspace"),
        (["erase", str(tmp_path / "x"), "--all", *decided[2:]], "Nothing of"),
    ):
        capsys.readouterr()
        assert main(arguments) == 2
        assert said in capsys.readouterr().err
