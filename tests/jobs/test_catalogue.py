"""auditor/jobs/catalogue.py and environment.py: the methods without torch."""

import json
import subprocess
import sys

from auditor.jobs import catalogue, environment


def test_the_methods_read_from_the_files_are_those_python_knows():
    answer = subprocess.run([sys.executable, "-m", "models"], capture_output=True, text=True, check=True)
    known = {method["name"]: method["title"] for method in json.loads(answer.stdout)}
    assert catalogue.titles() == known
    assert {"man", "rul", "nla", "noisyfer"} <= set(known)


def test_the_app_side_of_jobs_imports_no_torch():
    code = (
        "import auditor.jobs.manager, auditor.jobs.catalogue, auditor.jobs.progress, sys; print('torch' in sys.modules)"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "False"


def test_what_the_user_decided_stays():
    wanted = {"OMP_WAIT_POLICY": "ACTIVE"}
    environment.prepare(wanted)
    assert wanted == {"OMP_WAIT_POLICY": "ACTIVE", "GOMP_SPINCOUNT": "2000"}
    environment.prepare(empty := {})
    assert empty == {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "2000"}
