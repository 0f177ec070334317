"""`python -m auditor evidence`: list, use, pin, rename, compare and delete, as a person types it."""

import io
import re

import pytest

from auditor.cli import evidence, main
from auditor.evidence import choice, versions
from benchmarks import synthetic


@pytest.fixture
def world(tmp_path):
    workspace, dataset = synthetic.build(tmp_path, 30)
    with versions.new_version(workspace, dataset.key) as (folder, _):
        for file in (workspace.evidence / dataset.key / "v0001").iterdir():
            (folder / file.name).write_bytes(file.read_bytes())
        summary = (folder / "summary.json").read_text().replace('"man": 0.6', '"man": 0.2')
        (folder / "summary.json").write_text(re.sub(r'": 0\.6\b', '": 0.2', summary))
    return workspace, dataset


def test_the_versions_are_listed_chosen_named_compared_and_deleted(world, capsys, monkeypatch):
    workspace, dataset = world
    words = ["evidence", str(dataset.root), "--workspace", str(workspace.path)]

    def say(*more, code=0):
        assert main([*words, *more]) == code
        got = capsys.readouterr()
        return got.out + got.err

    listed = say("--list")
    assert re.search(r"v0001  in use  2026-01-01 00:00  skill 0\.60  wrong labels \d", listed)
    assert "given labels: MAN, RUL, NLA, NoisyFER 8 epochs" in listed and "r20260101-000000-given" in listed
    assert "its held-out skill is 0.20, and that of v0001 is 0.60" in listed
    assert "v0002 is in use" in say("--use", "v0002") and choice.in_use(workspace, dataset.key).name == "v0002"
    assert "v0001 is in use and pinned" in say("--pin", "v0001") and choice.standing(workspace, dataset.key).pinned
    assert "v0001 is in use; a new version" in say("--unpin") and not choice.standing(workspace, dataset.key).pinned
    assert "v0001 stays in use" in say("--keep")
    say("--rename", "v0002", "a poor try")
    assert "v0002  a poor try" in say("--list")
    assert "Of 30 images in both, 0 differ in the assignment" in say("--compare", "v0001", "v0002")
    assert "in use; use another version first" in say("--delete", "v0001", "--yes", code=2)
    assert "There is no evidence v0009" in say("--delete", "v0009", "--yes", code=2)
    assert "is built from run r20260101-000000-given" in say("--delete", "r20260101-000000-given", "--yes", code=2)
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    assert "add --yes" in say("--delete", "v0002", code=2)  # nobody to ask
    monkeypatch.setattr(evidence.sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda _: "n")
    assert "Nothing was deleted" in say("--delete", "v0002", code=1)
    monkeypatch.setattr("builtins.input", lambda _: "y")
    assert "v0002 was deleted" in say("--delete", "v0002")
    assert [version.name for version in versions.versions(workspace, dataset.key)] == ["v0001"]


def test_the_file_is_of_the_evidence_in_use_and_says_what_waits(world, tmp_path, capsys):
    workspace, dataset = world
    out = tmp_path / "e.csv"
    assert main(["evidence", str(dataset.root), "--workspace", str(workspace.path), "--out", str(out)]) == 0
    said = capsys.readouterr().out
    assert "30 images, evidence v0001" in said and "Use it with --use v0002" in said
    assert len(out.read_text().splitlines()) == 31
