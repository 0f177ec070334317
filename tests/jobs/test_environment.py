"""auditor/jobs/environment.py, and the app's side of the jobs: no torch."""

import subprocess
import sys

from auditor.jobs import environment


def test_the_app_side_of_jobs_imports_no_torch():
    jobs = ("manager", "progress", "graphics", "probing", "budgeting")
    modules = ", ".join([*(f"auditor.jobs.{name}" for name in jobs), "models.titles"])
    code = f"import {modules}, sys; print('torch' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "False"


def test_what_the_user_decided_stays():
    wanted = {"OMP_WAIT_POLICY": "ACTIVE"}
    environment.prepare(wanted)
    assert wanted == {**environment.WANTED, "OMP_WAIT_POLICY": "ACTIVE"}
    environment.prepare(empty := {})
    assert empty == environment.WANTED
