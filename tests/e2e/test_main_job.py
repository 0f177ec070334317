"""The whole job in a real browser: open, train, review from the keyboard, undo, reload, restart, export, compare."""

import pytest

from auditor.config import Workspace
from auditor.data.opening import open_dataset
from auditor.evidence.versions import latest
from auditor.store.store import Store
from tests.e2e.conftest import end_workers, wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
TRAINED_WITHIN = 600


def count_decisions(server, key):
    store = Store.open(Workspace(server.workspace))
    try:
        return len([r for r in store.decisions.state(key).records.values() if r.operation.kind == "decide"])
    finally:
        store.close()


def open_folder(page, server, root):
    page.goto(server.url)
    page.get_by_role("textbox", name="Folder or label file on this computer").fill(str(root))
    page.keyboard.press("Enter")
    page.get_by_text("Share of each class").wait_for()


def train(page, epochs):
    page.get_by_test_id("stSidebar").get_by_role("button", name="Train …").click()
    epochs_field = page.get_by_role("spinbutton", name="Epochs")
    epochs_field.wait_for(timeout=TRAINED_WITHIN * 1000)
    epochs_field.fill(str(epochs))
    page.get_by_role("button", name="Start", exact=True).click()
    page.wait_for_url("**/runs**")


@pytest.fixture
def no_worker_left(server):
    yield
    end_workers(server.workspace)


def test_main_job(page, server, small, no_worker_left):
    open_folder(page, server, small)
    workspace = Workspace(server.workspace)
    store = Store.open(workspace)
    key = store.datasets.list()[0].key
    train(page, epochs=2)
    assert store.runs.list(dataset=key)[0].config.methods == ("man", "student")
    assert wait_for(lambda: latest(workspace, key), TRAINED_WITHIN)
    page.get_by_test_id("stSidebar").get_by_role("link", name="Review").click()
    page.locator(".cell.focus").wait_for()

    shown = [page.locator(".cell").nth(k).get_attribute("title") for k in range(60)]
    labels = [1 + k % 7 for k in range(60)]
    for label in labels:
        page.keyboard.press(str(label))
    assert wait_for(lambda: count_decisions(server, key) == 60, 20)
    wanted = dict(zip(shown, labels, strict=True))
    states = store.decisions.state(key).by_image
    classes = open_dataset(small).classes
    assert {name: classes.index(state.label) + 1 for name, state in states.items()} == wanted

    page.locator(".saved[data-state=done]").wait_for()
    page.keyboard.press("u")
    assert wait_for(lambda: len(store.decisions.state(key).by_image) == 59)
    page.reload()
    page.locator(".cell.focus").wait_for()
    server.kill()
    server.start()
    page.reload()
    page.locator(".cell.focus").wait_for()
    page.keyboard.press("u")
    assert wait_for(lambda: len(store.decisions.state(key).by_image) == 58)
    page.keyboard.press("Shift+U")
    assert wait_for(lambda: len(store.decisions.state(key).by_image) == 59)
    del wanted[shown[59]]
    store.close()

    page.get_by_test_id("stSidebar").get_by_role("link", name="Export").click()
    page.get_by_role("button", name="Write").click()
    page.get_by_text("labels changed").wait_for()
    source = (small / "EmoLabel" / "train_label.txt").read_bytes().splitlines(keepends=True)
    exported = (server.workspace / "exports" / key / "train_label.txt").read_bytes().splitlines(keepends=True)
    assert len(exported) == len(source)
    for before, after in zip(source, exported, strict=True):
        name, given = before.split()
        expected = str(wanted.get(name.decode(), int(given)))
        assert after == before.replace(b" " + given, b" " + expected.encode())
    with page.expect_download() as download:
        page.get_by_role("button", name="Download", exact=True).click()
    assert download.value.path().read_bytes() == b"".join(exported)
