"""The wheel in an environment of its own, in a folder whose models.py, pages/ and random.py must not be imported.

The environment has the test run's libraries by a .pth file, to spare a download of gigabytes; the program is only what
the wheel holds.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import urllib.request
import zipfile
from pathlib import Path

import pytest

from auditor.config import Workspace
from auditor.evidence.versions import latest
from auditor.store.store import Store
from tests.e2e.conftest import REPOSITORY, end_workers, wait_for
from tests.e2e.test_main_job import open_folder, train

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
BUILT_FROM = ("auditor", "models", "pages", ".streamlit")
HOSTILE = "raise SystemExit('a file of the user was imported as a library')\n"


def run(command, **options):
    """Run to the end; what it printed."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Built as `pip install .` builds it, from a copy: building leaves folders behind."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for folder in BUILT_FROM:
        shutil.copytree(REPOSITORY / folder, source / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in REPOSITORY.iterdir():
        if file.is_file() and not file.name.startswith("."):
            shutil.copy(file, source)
    (source / "build" / "lib" / "left_behind").mkdir(parents=True)
    (source / "build" / "lib" / "left_behind" / "old.py").touch()
    run([sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", out, source])
    return next(out.glob("*.whl"))


@pytest.fixture(scope="module")
def environment(wheel, tmp_path_factory):
    """Its bin folder."""
    folder = tmp_path_factory.mktemp("environment")
    run([sys.executable, "-m", "venv", "--without-pip", folder])
    installed = Path(run([folder / "bin" / "python", "-c", "import site; print(site.getsitepackages()[0])"]).strip())
    (installed / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    pip = [sys.executable, "-m", "pip", "--python", folder / "bin" / "python"]
    run([*pip, "install", "--no-deps", "--no-index", wheel])
    return folder / "bin"


@pytest.fixture
def project(tmp_path):
    """A user's folder, with code of their own under names that libraries have, and a Streamlit open to the network."""
    folder = tmp_path / "project"
    (folder / "pages").mkdir(parents=True)
    (folder / "pages" / "data.py").write_text(HOSTILE)
    (folder / "pages" / "__init__.py").write_text("MINE = True\n")
    (folder / "models.py").write_text("MINE = True\n")
    (folder / "random.py").write_text(HOSTILE)
    (folder / ".streamlit").mkdir()
    (folder / ".streamlit" / "config.toml").write_text(
        '[server]\naddress = "0.0.0.0"\n[client]\ntoolbarMode = "developer"\n'
    )
    return folder


@pytest.fixture
def outside(tmp_path):
    """A user's process: no checkout on the path."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "AUDITOR_"))}
    return {**variables, "HOME": str(tmp_path), "AUDITOR_ANNOTATOR": "ada"}


class Installed:
    """`fer-auditor app` as a process."""

    def __init__(self, environment, project, variables):
        self.workspace = project / "work"
        command = [environment / "fer-auditor", "app", "--workspace", self.workspace, "--json"]
        self.process = subprocess.Popen(
            [str(part) for part in command], cwd=project, env=variables, stdout=subprocess.PIPE, text=True
        )
        facts = json.loads(self.process.stdout.readline() or "{}")
        if not facts:
            self.process.wait(20)
            pytest.fail("the app did not start")
        self.url, self.port = facts["address"].rstrip("/"), facts["port"]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(20)
        self.process.stdout.close()
        return code


@pytest.fixture
def installed(environment, project, outside):
    running = Installed(environment, project, outside)
    yield running
    end_workers(running.workspace)
    if running.process.poll() is None:
        running.stop()


def test_the_wheel_holds_everything_below_one_name(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0].partition("-")[0] for name in names} == {"auditor", "fer_label_auditor"}
    sources = [
        file for file in (REPOSITORY / "auditor").rglob("*") if file.is_file() and "__pycache__" not in file.parts
    ]
    wanted = {file.relative_to(REPOSITORY).as_posix() for file in sources}
    wanted |= {f"auditor/app/pages/{file.name}" for file in (REPOSITORY / "pages").glob("*.py")}
    wanted |= {
        f"auditor/{file.relative_to(REPOSITORY).as_posix()}" for file in (REPOSITORY / "models").rglob("*.py")
    } | {"auditor/app/streamlit_app.py", "auditor/app/.streamlit/config.toml"}
    assert wanted == {name for name in names if name.startswith("auditor/")}


def test_a_notebook_keeps_its_own_models_and_pages(environment, project, outside):
    (project / "random.py").unlink()  # in one process with the user's code, theirs would be everybody's
    code = (
        "import models, pages, auditor; from auditor.models import titles; "
        "print(models.MINE, pages.MINE, 'man' in titles.descriptions(), titles.__name__)"
    )
    said = run([environment / "python", "-W", "ignore", "-c", code], cwd=project, env=outside)
    assert said.split() == ["True", "True", "True", "auditor.models.titles"]


def test_the_main_job_from_the_wheel(page, installed, small):
    page.set_viewport_size({"width": 1280, "height": 800})
    open_folder(page, installed, small)
    workspace = Workspace(installed.workspace)
    store = Store.open(workspace)
    key = store.datasets.list()[0].key
    train(page, epochs=1)
    assert wait_for(lambda: latest(workspace, key), 300)
    page.get_by_test_id("stSidebar").get_by_role("link", name="Review").click()
    page.locator(".cell.focus").wait_for()
    name = page.locator(".cell.focus").get_attribute("title")
    page.keyboard.press("3")
    assert wait_for(lambda: {image: state.label for image, state in store.decisions.state(key).by_image.items()})
    assert store.decisions.state(key).by_image[name].label == "disgust"
    store.close()
    page.get_by_test_id("stSidebar").get_by_role("link", name="Export").click()
    page.get_by_role("button", name="Write").click()
    page.get_by_text("labels changed").wait_for()
    exported = (installed.workspace / "exports" / key / "train_label.txt").read_text().splitlines()
    assert f"{name} 3" in exported

    refused = subprocess.run(
        [sys.executable, "-c", f"import socket; socket.create_connection(('127.0.0.2', {installed.port}), 2)"],
        capture_output=True,
    )
    assert refused.returncode != 0, "the user's config.toml opened the app to the network"
    page.goto("about:blank")
    assert installed.stop() == 0
    with pytest.raises(OSError):
        urllib.request.urlopen(installed.url, timeout=2)
