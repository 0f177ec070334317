"""The folder browser lists what may be opened and nothing else."""

import pytest

from auditor.errors import DataError
from auditor.ui.screens.data import folders


@pytest.fixture
def tree(tmp_path, monkeypatch):
    for name in ("allowed/b", "allowed/A", "allowed/.hidden", "secret"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("labels.csv", "face.jpg", ".x.csv"):
        (tmp_path / "allowed" / name).touch()
    (tmp_path / "allowed" / "out").symlink_to(tmp_path / "secret")
    monkeypatch.setenv("AUDITOR_DATA_ROOTS", str(tmp_path / "allowed"))
    return tmp_path


def test_folders_and_label_files_are_listed_and_a_link_that_leads_out_is_not(tree, workspace):
    here = folders.look(workspace, tree / "allowed")
    assert (here.folders, here.files, here.parent, here.left_out) == (("A", "b"), ("labels.csv",), None, 0)
    assert folders.look(workspace, tree / "allowed" / "b").parent == tree / "allowed"


@pytest.mark.parametrize("place", ["secret", "allowed/out", "allowed/../secret"])
def test_nothing_outside_is_listed(tree, workspace, place):
    with pytest.raises(DataError, match="outside of the folders"):
        folders.look(workspace, tree / place)


def test_a_folder_that_is_gone_is_told_of_and_many_are_cut_short(tree, workspace, monkeypatch):
    with pytest.raises(DataError, match="cannot be read"):
        folders.look(workspace, tree / "allowed" / "gone")
    monkeypatch.setattr(folders, "MOST", 1)
    assert folders.look(workspace, tree / "allowed").left_out == 1


def test_without_named_folders_it_begins_at_home(workspace, monkeypatch):
    monkeypatch.delenv("AUDITOR_DATA_ROOTS", raising=False)
    assert folders.starts(workspace)[0] == folders.Path.home()
