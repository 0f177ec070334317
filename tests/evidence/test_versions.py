"""auditor/evidence/versions.py: whole versions, numbered, and damage in a sentence."""

import threading

import pytest

from auditor.config import Workspace
from auditor.errors import EvidenceError
from auditor.evidence import versions


def test_versions_are_numbered_and_a_failed_one_leaves_nothing(tmp_path):
    workspace = Workspace(tmp_path)
    assert versions.latest(workspace, "k") is None
    with versions.new_version(workspace, "k") as (folder, made):
        (folder / "summary.json").write_text("{}")
    with pytest.raises(RuntimeError), versions.new_version(workspace, "k") as (folder, _):
        (folder / "half").write_text("x")
        raise RuntimeError
    with versions.new_version(workspace, "k") as (_, again):
        pass
    assert (made[0].name, again[0].name) == ("v0001", "v0002")
    assert sorted(entry.name for entry in (workspace.evidence / "k").iterdir()) == ["v0001", "v0002"]


def test_two_builders_at_once_get_two_versions(tmp_path):
    workspace, barrier = Workspace(tmp_path), threading.Barrier(4)

    def work():
        with versions.new_version(workspace, "k") as (folder, _):
            (folder / "summary.json").write_text("{}")
            barrier.wait()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [version.name for version in versions.versions(workspace, "k")] == [f"v{n:04d}" for n in range(1, 5)]


def test_damaged_evidence_says_what_to_do(tmp_path):
    version = versions.EvidenceVersion(tmp_path)
    (tmp_path / "table.parquet").write_bytes(b"PAR1 not really")
    for read in (lambda: version.summary, lambda: version.table, lambda: version.probs):
        with pytest.raises(EvidenceError, match="build it again"):
            read()


def test_row_and_place_are_inverse(version):
    assert [version.place(int(row)) for row in version.rows[:5]] == [0, 1, 2, 3, 4]
    assert version.place(10**6) == -1
