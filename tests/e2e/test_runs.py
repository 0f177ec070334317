"""The page of runs in a real browser, while a run ends."""

import socket
import subprocess
import sys

import pytest

from auditor.config import RunConfig, Workspace
from auditor.jobs import processes
from auditor.store.store import Store
from tests.e2e.conftest import open_in

pytestmark = pytest.mark.e2e
RUN = "r20260101-000000-aaaa"


@pytest.fixture
def training(server, small):
    """A run that claims to be trained by a process, which only waits; the process."""
    dataset = open_in(server.workspace, small)
    workspace = Workspace(server.workspace)
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    store = Store.open(workspace)
    store.runs.create(RUN, RunConfig(dataset.reference, ("man",)))
    store.runs.claim(RUN, host=socket.gethostname(), pid=process.pid, pid_started=processes.started(process.pid))
    store.close()
    workspace.run(RUN).mkdir(parents=True)
    yield process
    process.kill()
    process.wait()


def test_a_run_whose_process_is_killed_is_said_to_be_lost_everywhere_on_the_page(page, server, training):
    page.goto(f"{server.url}/runs?run={RUN}")
    page.locator("input[value^='● MAN']").wait_for()
    training.kill()
    training.wait()
    page.get_by_role("button", name="Resume").first.wait_for()
    page.get_by_text("without a word").first.wait_for()
    page.locator("input[value^='? MAN']").wait_for()
