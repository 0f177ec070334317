"""The page of runs in a real browser, while a run ends."""

import socket
import subprocess
import sys

import pytest

from auditor.config import RunConfig, Workspace
from auditor.evidence import choice, versions
from auditor.jobs import processes
from auditor.store.store import Store
from tests.e2e.conftest import invent_evidence, open_in

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
    page.get_by_text("without a message").first.wait_for()
    page.locator("input[value^='? MAN']").wait_for()


def test_a_poor_retrain_asks_and_the_answer_is_kept(page, reviewable):
    workspace, key = Workspace(reviewable.workspace), reviewable.dataset.key
    invent_evidence(reviewable.workspace, reviewable.dataset, seed=1)
    poor = versions.get(workspace, key, "v0002").folder / "summary.json"
    poor.write_text(poor.read_text().replace('"skills": {"man": 0.5}', '"skills": {"man": 0.1}'))
    page.goto(f"{reviewable.url}/runs?ds={key}")
    page.get_by_text("its held-out skill is 0.10, and that of v0001 is 0.50").wait_for()
    page.get_by_role("button", name="Use v0002").click()
    page.get_by_text("Use the new evidence?").wait_for(state="detached")
    assert choice.in_use(workspace, key).name == "v0002"
    page.get_by_role("button", name="Pin", exact=True).click()
    page.get_by_role("button", name="Unpin").wait_for()
    page.reload()
    page.get_by_role("button", name="Unpin").wait_for()
    assert choice.standing(workspace, key).pinned and choice.read(workspace, key).by == "ada"
