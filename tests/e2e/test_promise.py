"""overview/promises.py, runs/own_model.py, look/needs.py: a promise, one's own model and a first look on the screen."""

import numpy as np
import pytest

from auditor.config import Workspace
from auditor.data.demo import generate
from auditor.evidence import promises
from auditor.store.operations import Operation, item_of
from auditor.store.store import Store
from tests.e2e.conftest import open_in
from tests.nearly_right import IMAGES, nearly_right

pytestmark = pytest.mark.e2e


@pytest.fixture
def audit(tmp_path, shared_server, monkeypatch):
    """400 pictures and the opinion of a model that is nearly always right; nobody looks at them, so they are noise."""
    noise = np.random.default_rng(0)
    monkeypatch.setattr(generate, "SERIAL_BELOW", IMAGES + 1)
    monkeypatch.setattr(generate, "render", lambda _, size: noise.integers(0, 256, (size, size, 3), dtype=np.uint8))
    return nearly_right(tmp_path / "faces", shared_server.workspace)


def judge(audit, workspace):
    """Judge the open sample blind, as ada would: every label is right."""
    (made,) = promises.listed(workspace, audit.dataset.key)
    store = Store.open(workspace)
    for number, name in enumerate(made.sampled):
        row = audit.dataset.index_of(name)
        item = item_of(audit.dataset, row, "relabel", int(audit.dataset.labels[row]))
        store.decisions.append(Operation(f"blind-{number:04d}", audit.dataset.key, "ada", mode="blind", items=(item,)))
    store.close()
    return made


def test_from_the_sample_to_the_undo(page, audit, shared_server):
    workspace = Workspace(shared_server.workspace)
    address = f"{shared_server.url}/overview?ds={audit.dataset.key}"
    page.goto(address)
    page.get_by_text("Accept many at once, with a promise").click()
    page.get_by_role("radio", name="Unflagged labels").click()
    page.get_by_role("button", name="Draw them").click()
    page.wait_for_url("**/review*blind=1*")

    page.goto(address)
    page.get_by_text("0 of").first.wait_for()
    assert page.get_by_role("button", name="Accept").count() == 0
    made = judge(audit, workspace)
    page.goto(address)
    accept = page.get_by_role("button", name="Accept ")
    accept.wait_for()
    page.get_by_text("at most 5 % of them are wrong (95 % sure)").first.wait_for()
    accept.click()
    page.get_by_text("Accepted.").wait_for()
    assert promises.listed(workspace, audit.dataset.key)[0].state == promises.ACCEPTED
    page.get_by_role("button", name="Undo", exact=True).click()
    page.get_by_text("The last acceptance was undone.").wait_for()
    store = Store.open(workspace)
    state = store.decisions.state(audit.dataset.key)
    store.close()
    assert set(state.by_image) == set(made.sampled)  # what was judged stays


def test_a_model_of_ones_own_in_the_train_dialog(page, tmp_path, shared_server):
    dataset = open_in(shared_server.workspace, generate.generate(tmp_path / "faces", images=60, seed=8))
    page.goto(f"{shared_server.url}/overview?ds={dataset.key}")
    page.get_by_role("button", name="First look").wait_for()
    page.get_by_role("button", name="Train a method").click()
    page.get_by_role("tab", name="Use your own model").click()
    page.get_by_role("textbox", name="Name", exact=True).fill("clip")
    page.get_by_role("textbox", name="File of probabilities").fill(str(tmp_path / "gone.npz"))
    page.get_by_role("button", name="Add it").click()
    page.get_by_text("There is no file").wait_for()
    np.savez(tmp_path / "p.npz", probs=np.eye(7)[dataset.labels], names=dataset.names.astype(str))
    page.get_by_role("textbox", name="File of probabilities").fill(str(tmp_path / "p.npz"))
    page.get_by_role("button", name="Add it").click()
    page.get_by_text("Done in").wait_for()
    page.get_by_text("counts as trained on them").first.wait_for()
