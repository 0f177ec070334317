"""private.py, start.py: nobody else on the machine reads a face, a decision or the key to them."""

import os
import re
import stat
import subprocess
import sys

import pytest

from auditor.cli import main
from auditor.config import Workspace
from auditor.custody import leftovers, private, start
from auditor.evidence import promises
from auditor.store.store import Store
from auditor.ui.state import key_table
from tests.conftest import REPOSITORY


def mode(path):
    return stat.S_IMODE(path.lstat().st_mode)


def open_to_others(folder):
    return [str(path) for path in (folder, *folder.rglob("*")) if not path.is_symlink() and mode(path) & private.OTHERS]


@pytest.fixture
def wide():
    """As most machines are set up: new files may be read by everybody."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture
def old(tmp_path, wide):
    """A workspace as an earlier version left it."""
    folder = tmp_path / "workspace"
    for name in ("auditor.db", "auditor.db-wal", "faces.key", "cache/images/k/64/pixels-0.npy", "demo/Image/a.jpg"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"face")
    return folder


def test_an_open_workspace_is_closed_with_a_notice_and_once(old):
    notice = start.prepare(Workspace(old))
    assert len(notice) == 1 and "could be read by other users" in notice[0] and str(old) in notice[0]
    assert mode(old) == 0o700 and mode(old / "auditor.db") == 0o600 and not open_to_others(old)
    assert start.prepare(Workspace(old)) == []


def test_a_folder_that_holds_other_things_is_not_closed_but_ours_in_it_are(old):
    (old / "photos").mkdir()
    assert private.repair(old)
    assert mode(old) == 0o755 and mode(old / "photos") == 0o755
    assert mode(old / "auditor.db") == 0o600 and not open_to_others(old / "cache")


def test_every_name_that_is_made_in_a_workspace_is_known():
    """A name that is missing from CONTENTS leaves its folder, and then the whole workspace, open to others."""
    text = "\n".join(path.read_text("utf-8") for path in (REPOSITORY / "auditor").rglob("*.py"))
    named = set(re.findall(r'(?:workspace|place|self)(?:\.make\(\))?\.path / "([^"]+)"', text))
    named |= {promises.FOLDER, key_table.FILE} | {place.split("/")[0] for place, _ in leftovers._PLACES} - {""}
    assert len(named) > 10 and named <= private.CONTENTS


def test_a_source_behind_a_link_keeps_its_permissions(old, tmp_path):
    source = tmp_path / "mine.jpg"
    source.write_bytes(b"face")
    (old / "exports").mkdir()
    os.link(source, old / "exports" / "hard.jpg")
    (old / "exports" / "soft.jpg").symlink_to(source)
    private.repair(old)
    assert mode(source) == 0o644


def test_a_database_is_made_private_by_any_process(tmp_path, wide):
    store = Store.open(Workspace(tmp_path / "workspace"))
    made = list((tmp_path / "workspace").glob("auditor.db*"))
    assert len(made) == 3 and not open_to_others(tmp_path / "workspace")
    store.close()


def test_commands_make_private_files_and_give_the_mask_back(tmp_path, wide, monkeypatch):
    """As a person would: the demo first, then a command in the same workspace, then an export that leaves it."""
    workspace, out = tmp_path / "workspace", tmp_path / "out" / "labels.txt"
    assert main(["demo", "--out", str(workspace / "demo"), "--images", "14"]) == 0
    assert mode(workspace) == 0o700
    workspace.chmod(0o755)  # as an earlier version left it
    assert main(["export", str(workspace / "demo"), "--workspace", str(workspace), "--out", str(out)]) == 0
    assert mode(workspace) == 0o700 and not open_to_others(workspace)
    assert mode(out) == 0o644 and mode(out.parent) == 0o755  # this one is for others, as the user's mask says
    inside = workspace / "exports" / "labels.txt"
    assert main(["export", str(workspace / "demo"), "--workspace", str(workspace), "--out", str(inside)]) == 0
    assert mode(inside) == 0o600 and mode(inside.parent) == 0o700
    now = os.umask(0o022)
    assert now == 0o022


def test_what_a_worker_writes_is_private(tmp_path):
    """The process itself, with the mask that most machines have."""
    code = "import os; os.umask(0o022); from auditor.custody import private; private.begin()"
    code += "; open('x', 'w'); os.mkdir('d')"
    subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(REPOSITORY)}, check=True
    )
    assert mode(tmp_path / "x") == 0o600 and mode(tmp_path / "d") == 0o700
    for file in ("streamlit_app.py", "auditor/jobs/worker.py", "auditor/jobs/align_worker.py"):
        assert "private.begin()" in (REPOSITORY / file).read_text(encoding="utf-8")
