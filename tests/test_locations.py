"""auditor/locations.py: the environment of the program's own processes."""

import os
import site
import subprocess
import sys

from auditor import locations
from tests.conftest import REPOSITORY


def test_a_process_finds_the_program_and_nothing_of_the_folder_it_is_started_in(tmp_path):
    for name in ("random.py", "models.py", "auditor.py"):
        (tmp_path / name).write_text("raise SystemExit('a file of the user was imported as a library')")
    code = "import random, models, auditor; print(auditor.__file__)"
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=locations.child_environment(), capture_output=True, text=True
    )
    assert said.stdout.strip() == str(REPOSITORY / "auditor" / "__init__.py"), said.stderr


def test_site_packages_is_not_put_before_the_standard_library(monkeypatch):
    monkeypatch.setattr(locations, "HOME", REPOSITORY)
    mine = locations.child_environment({"PYTHONPATH": "/mine"})
    assert mine["PYTHONPATH"] == os.pathsep.join((str(REPOSITORY), "/mine"))
    monkeypatch.setattr(site, "getsitepackages", lambda: [str(REPOSITORY)])
    assert locations.child_environment({"PYTHONPATH": "/mine"})["PYTHONPATH"] == "/mine"


def test_the_app_is_in_the_checkout_or_in_the_package(tmp_path, monkeypatch):
    assert (locations.app_folder() / "streamlit_app.py").is_file()
    (tmp_path / "app").mkdir()
    monkeypatch.setattr(locations, "PACKAGE", tmp_path)
    assert locations.app_folder() == tmp_path / "app"
