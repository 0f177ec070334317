"""places.py, overwrite.py, cli/_writing.py: an export never replaces somebody's file without asking."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from auditor.cli import main
from auditor.config import Workspace
from auditor.data.opening import open_dataset
from auditor.errors import ExportError
from auditor.exports import places
from auditor.exports.atomic import write_file
from auditor.exports.ledger import Entry
from auditor.store.operations import Operation, item_of
from auditor.store.store import Store
from auditor.ui.look import overwrite
from auditor.ui.state import library
from tests.exports.small import rafdb

EXPORT_PAGE = Path(__file__).resolve().parents[2] / "pages" / "export.py"
NOTE = "$(touch ran)"


@pytest.fixture
def workspace():
    return Workspace.default().make()


@pytest.fixture
def root(tmp_path):
    return rafdb(tmp_path / "raf", b"train_00001.jpg 5\ntrain_00002.jpg 1\n", 2)


@pytest.fixture
def decided(workspace, root):
    """A decision whose note is a command of a shell."""
    dataset, store = open_dataset(root), Store.open(workspace)
    store.datasets.register(dataset)
    items = (item_of(dataset, 0, "relabel", 3), item_of(dataset, 0, "note", text=NOTE))
    store.decisions.append(Operation("operation", dataset.key, "ada", items=items))
    store.close()
    yield dataset
    library.forget_all()


def commands(root, out, ledger):
    return {
        "source": ["export", str(root), "--out", str(out)],
        "table": ["export", str(root), "--as", "table", "--out", str(out)],
        "soft": ["export", str(root), "--as", "soft", "--out", str(out)],
        "excluded": ["export", str(root), "--as", "excluded", "--out", str(out)],
        "ledger": ["export", str(root), "--as", "ledger", "--out", str(out)],
        "corrupt": ["corrupt", str(root), "--rate", "0.5", "--out", str(out)],
        "apply": ["apply", str(ledger), str(root), "--out", str(out)],
        "excluded-list": ["apply", str(ledger), str(root), "--out", f"{out}.labels", "--excluded", str(out)],
    }


@pytest.mark.parametrize("kind", list(commands("", "", "")))
def test_no_command_replaces_somebody_s_file_without_force(kind, decided, root, tmp_path, capsys):
    assert Entry  # what `apply` reads
    ledger, out = tmp_path / "ledger.jsonl", tmp_path / ".bashrc"
    assert main(["export", str(root), "--as", "ledger", "--out", str(ledger)]) == 0
    out.write_text("alias ll='ls -l'\n")
    asked = commands(root, out, ledger)[kind]
    assert main(asked) == 2
    assert out.read_text() == "alias ll='ls -l'\n"
    assert "exists already" in capsys.readouterr().err
    assert main([*asked, "--force"]) == 0
    written = out.read_bytes()
    assert written != b"alias ll='ls -l'\n"
    (tmp_path / f"{out.name}.labels").unlink(missing_ok=True)
    assert main(asked) == 0  # its own, unchanged
    out.write_bytes(written + b"# mine now\n")
    assert main(asked) == 2
    assert not list(tmp_path.glob(".*.part"))


@pytest.mark.parametrize("command", ["demo", "align"])
def test_a_folder_that_holds_something_is_left_alone(command, decided, root, tmp_path):
    out = tmp_path / "folder"
    out.mkdir()
    (out / "mine.txt").write_text("mine")
    asked = {"demo": ["demo", "--images", "14"], "align": ["align", str(root)]}[command]
    assert main([*asked, "--out", str(out)]) == 2
    assert [path.name for path in out.iterdir()] == ["mine.txt"]


def test_a_second_file_beside_the_first_is_protected_too(workspace, tmp_path):
    root = rafdb(tmp_path / "two", b"train_00001.jpg 5\n", 1, test=b"test_0001.jpg 3\n")
    dataset, store = open_dataset(root), Store.open(workspace)
    store.datasets.register(dataset)
    row = dataset.index_of("test_0001.jpg")
    store.decisions.append(Operation("operation", dataset.key, "ada", items=(item_of(dataset, row, "relabel", 1),)))
    store.close()
    beside = tmp_path / "out.test_label.txt"
    beside.write_text("mine")
    assert main(["export", str(root), "--out", str(tmp_path / "out.txt")]) == 2
    assert beside.read_text() == "mine"


def test_the_same_content_is_no_loss_and_a_link_is_not_followed(tmp_path):
    file, link = tmp_path / "file", tmp_path / "link"
    file.write_bytes(b"same")
    link.symlink_to(file)
    assert write_file(file, b"same") == file
    for path in (file, link):
        with pytest.raises(ExportError, match="exists already"):
            write_file(path, b"other")
    assert file.read_bytes() == b"same"


def test_what_was_written_is_remembered_privately_and_a_torn_line_forgets_nothing(workspace, tmp_path):
    out = tmp_path / "out"
    with places.writing(workspace):
        write_file(out, b"1")
        with (workspace.path / places.RECORD).open("a") as record:
            record.write('{"path": "cut sh\n')
        write_file(out, b"2")
    record = workspace.path / places.RECORD
    assert record.stat().st_mode & 0o777 == 0o600
    assert json.loads(record.read_text().splitlines()[0])["path"] == str(out)
    assert places.written_here(workspace, out)
    out.write_bytes(b"mine")
    assert not places.written_here(workspace, out)


def below(workspace, path):
    places.check_below(Path(path), (workspace.path / "exports",))


def test_the_app_writes_below_its_folders_alone(workspace, tmp_path):
    exports = workspace.path / "exports"
    exports.mkdir()
    (exports / "out").symlink_to(tmp_path)
    below(workspace, exports / "key" / "labels.txt")
    for path in (
        Path.home() / ".bashrc",
        exports / ".." / "auditor.db",
        exports / "key" / ".." / ".." / "faces.key",
        exports / "out" / "x",
        exports / "..",
        workspace.path / "exports-of-mine" / "x",
        "/etc/cron.d/x",
    ):
        with pytest.raises(ExportError, match="outside of the folders"):
            below(workspace, path)
    with places.writing(workspace, below=(exports,)), pytest.raises(ExportError, match="outside of the folders"):
        write_file(exports / "out" / "x", b"")  # where it is written, not where the button is drawn


def page(dataset, out, kind="table"):
    test = AppTest.from_file(str(EXPORT_PAGE), default_timeout=300)
    test.query_params["ds"] = dataset.key
    test.run()
    test.selectbox(key="export_kind").set_value(kind).run()
    test.text_input(key=f"export_out_{kind}_{dataset.key}").set_value(str(out)).run()
    return test


def press(test, name="Write"):
    next(button for button in test.button if button.label == name).click().run()
    assert not test.exception
    return test


def test_the_page_cannot_write_a_command_over_a_shell_s_start_up_file(decided, tmp_path):
    start_up = tmp_path / ".bashrc"
    start_up.write_text("# mine\n")
    shown = press(page(decided, start_up))
    assert "outside of the folders" in shown.error[0].value and not shown.success
    assert start_up.read_text() == "# mine\n"
    subprocess.run(["sh", "-c", f". {start_up}"], cwd=tmp_path, check=True)
    assert not (tmp_path / "ran").exists()


def test_the_page_asks_before_it_replaces_and_asks_again(decided, workspace):
    out = workspace.path / "exports" / "mine.csv"
    out.parent.mkdir()
    out.write_text("mine")
    shown = press(page(decided, out))
    assert "tick the box" in shown.error[0].value and out.read_text() == "mine"
    shown.checkbox[0].check().run()
    assert press(shown).success and NOTE in out.read_text()
    shown.run()
    assert not shown.checkbox[0].value  # another file is there now


def test_a_folder_that_the_operator_names_is_open_too(decided, tmp_path, monkeypatch):
    (tmp_path / "shared").mkdir()
    monkeypatch.setenv("AUDITOR_EXPORT_ROOTS", f"{tmp_path / 'shared'}{os.pathsep}")
    assert press(page(decided, tmp_path / "shared" / "new" / "table.csv")).success
    assert press(page(decided, "table.csv")).error[0].value
    assert overwrite.__doc__
