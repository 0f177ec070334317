"""auditor/jobs/catalogue.py and environment.py: the methods without torch."""

import subprocess
import sys

from auditor.config import Workspace
from auditor.jobs import catalogue, environment


def test_the_methods_are_asked_once_and_remembered(tmp_path, monkeypatch):
    workspace = Workspace(tmp_path).make()
    monkeypatch.setattr(catalogue, "_known", {})
    first = catalogue.catalogue(workspace)
    assert {"man", "rul", "nla"} <= {method["name"] for method in first}
    monkeypatch.setattr(catalogue, "_known", {})
    monkeypatch.setattr(catalogue, "_ask", lambda: 1 / 0)
    assert catalogue.catalogue(workspace) == first
    assert {"options", "presets", "columns", "title"} <= set(first[0])


def test_the_app_side_of_jobs_imports_no_torch():
    code = (
        "import auditor.jobs.manager, auditor.jobs.catalogue, auditor.jobs.progress, sys; print('torch' in sys.modules)"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "False"


def test_what_the_user_decided_stays():
    wanted = {"OMP_WAIT_POLICY": "ACTIVE"}
    environment.prepare(wanted)
    assert wanted == {"OMP_WAIT_POLICY": "ACTIVE"}
    environment.prepare(empty := {})
    assert empty == {"OMP_WAIT_POLICY": "PASSIVE"}
