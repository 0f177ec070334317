"""leftovers.py, held.py: leftovers of a killed process are removed at the next start; files of a living one stay."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from auditor.config import Workspace
from auditor.custody import leftovers, start
from auditor.custody.held import held, is_held
from tests.conftest import REPOSITORY

LEFT = (
    "exports/key/.labels.txt.0a1b2c3d.part",
    "exports/key/.0a1b2c3d.part.csv",
    "exports/key/.tree.0a1b2c3d.part/train/happiness/face.jpg",
    "evidence/key/.building-ab12cd_/probs.npy",
    "evidence/key/.0a1b2c3d.part.json",
    "evidence/key/.deleted-v0002-4711/probs.npy",
    "evidence/key/v0001/.map.parquet.4711",
    "evidence/key/v0001/.0a1b2c3d.part.parquet",
    "runs/.deleted-0042-0a1b/dynamics/probs.npy",
    "runs/0042/man/checkpoints/.0a1b2c3d.part.pt",
    "runs/0042/man/.0a1b2c3d.part",
    "aligned/.key.0a1b2c3d/labels.txt",
    "aligned/key/Image/.face.jpg.0a1b2c3d",
    "aligned/key/Image/.0a1b2c3d.part.jpg",
    "cache/index/.key.npz-0a1b2c3d",
    "cache/index/.0a1b2c3d.part.npz",
    "cache/images/family/64-order/.manifest.json-0a1b2c3d",
    "cache/images/family/64-order/.0a1b2c3d.part.json",
    "cache/images/family/64-order/pixels-0a1b2c3d.npy",
    ".demo.part-ab12cd_/Image/aligned/face.jpg",
    "faces.key.0a1b2c3d4e5f",
)
KEPT = (
    "exports/key/.hidden",
    "exports/key/labels.part",
    "exports/key/.0a1b2c3d.partly",
    "exports/key/labels.txt",
    "evidence/key/v0001/map.parquet",
    "evidence/key/building-1",
    "runs/0042/man/checkpoints/checkpoint.pt",
    "aligned/key/Image/face.jpg",
    "cache/images/family/64-order/manifest.json",
    "cache/images/family/64-order/pixels-11111111.npy",
    "cache/images/family/64-order/building.npy",
    "faces.key",
)


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    folder = tmp_path / "ws"
    for name in (*LEFT, *KEPT):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"face")
    (folder / "cache/images/family/64-order/manifest.json").write_text(
        '{"version": 1, "pixels": "pixels-11111111.npy"}'
    )
    old(folder)
    return folder


def old(folder):
    for path in (folder, *folder.rglob("*")):
        os.utime(path, (1, 1))


def files(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_leftovers_are_swept_and_nothing_else(workspace):
    notices = start.prepare(Workspace(workspace), deep=True)
    assert files(workspace) == sorted(KEPT)
    assert "Removed 21 half-written files or folders of processes that were killed." in notices


def test_what_is_young_or_held_stays(workspace):
    building = workspace / "evidence/key/.building-ab12cd_"
    young = workspace / "exports/key/.labels.txt.0a1b2c3d.part"
    os.utime(young)
    with held(building):
        assert is_held(building)
        start.prepare(Workspace(workspace))
        assert building.is_dir() and young.exists()
    start.prepare(Workspace(workspace))
    assert not building.exists() and young.exists()


def test_folders_that_the_operator_names_are_swept_too(workspace, tmp_path, monkeypatch):
    root = tmp_path / "shared"
    (root / "team").mkdir(parents=True)
    (root / "team" / ".labels.txt.0a1b2c3d.part").touch()
    old(root)
    monkeypatch.setenv("AUDITOR_EXPORT_ROOTS", str(root))
    start.prepare(Workspace(workspace))
    assert files(root) == []


BUILD = """
import sys, time
from pathlib import Path
from auditor.config import Workspace
from auditor.evidence.versions import new_version
from auditor.custody import leftovers
with leftovers.temporary() as folder, new_version(Workspace(Path(sys.argv[1])), "killed") as (building, _):
    (building / "probs.npy").write_bytes(b"faces")
    print(folder, flush=True)
    time.sleep(60)
"""


def test_a_build_is_left_alone_while_it_lives_and_swept_when_it_was_killed(workspace, tmp_path, monkeypatch):
    monkeypatch.setattr(leftovers, "YOUNG", -1.0)
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "TMPDIR": str(tmp_path / "tmp")}
    command = [sys.executable, "-c", BUILD, str(workspace)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        folder = process.stdout.readline().strip()
        (building,) = (workspace / "evidence/killed").iterdir()
        start.prepare(Workspace(workspace))
        assert (building / "probs.npy").exists() and Path(folder).is_dir()
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
    start.prepare(Workspace(workspace))
    assert not building.exists() and not Path(folder).is_dir()


def test_an_export_to_the_same_place_sweeps_what_the_killed_one_left(tmp_path):
    mine = [tmp_path / name for name in (".labels.txt.0a1b2c3d.part", ".0a1b2c3d.part.txt")]
    others = [tmp_path / name for name in (".others.txt.0a1b2c3d.part", ".0a1b2c3d.part.csv")]
    for path in (*mine, *others):
        path.touch()
        os.utime(path, (1, time.time() - 3600))
    assert leftovers.sweep_beside(tmp_path / "labels.txt") == 2
    assert sorted(tmp_path.iterdir()) == sorted(others)


def test_a_cache_that_lives_elsewhere_is_swept_too(workspace, tmp_path, monkeypatch):
    elsewhere = tmp_path / "large"
    (workspace / "cache").rename(elsewhere)
    monkeypatch.setenv("AUDITOR_CACHE", str(elsewhere))
    leftovers.sweep(workspace, cache=Workspace(workspace).cache)
    for name in (name for name in (*LEFT, *KEPT) if name.startswith("cache/")):
        assert (elsewhere / name.removeprefix("cache/")).exists() == (name in KEPT)
