"""The database or the server is away: the grid stays, keys wait in the browser, and nothing needs a reload."""

import os
import shutil
import socket
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from auditor.config import Workspace
from auditor.store.store import Store
from tests.e2e.conftest import Server, fill, wait_for
from tests.e2e.test_review import open_review, saved

pytestmark = pytest.mark.e2e


class Postgres:
    """A PostgreSQL of this test's own, which it may stop and start."""

    def __init__(self, tools, folder):
        self.tools, self.folder = tools, folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"postgresql://auditor@127.0.0.1:{self.port}/postgres"
        if os.getuid() == 0:  # PostgreSQL refuses to run as root
            shutil.chown(folder, "postgres")
        self.run("initdb", "-A", "trust", "-U", "auditor")
        self.start()

    def run(self, tool, *words):
        command = [str(self.tools / tool), "-D", str(self.folder / "data"), *words]
        if os.getuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self.folder)

    def start(self):
        where = f"-k {self.folder} -p {self.port} -c listen_addresses=127.0.0.1 -c fsync=off"
        self.run("pg_ctl", "-w", "-l", str(self.folder / "log"), "-o", where, "start")

    def stop(self):
        self.run("pg_ctl", "-w", "-m", "immediate", "stop")


@pytest.fixture
def postgres(tmp_path_factory):
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda tool: float(tool.parts[-3]))
    if not found:
        pytest.skip("no PostgreSQL server under /usr/lib/postgresql")
    # Below /tmp itself, for the server's own user has to reach it, and a socket's path is short.
    folder = Path(subprocess.run(["mktemp", "-d"], check=True, capture_output=True, text=True).stdout.strip())
    running = Postgres(found[-1].parent, folder)
    yield running
    with suppress(subprocess.CalledProcessError):  # the test left it stopped
        running.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def away(small, tmp_path, postgres, monkeypatch):
    """A server with its decisions in a PostgreSQL that the test may stop."""
    monkeypatch.setenv("AUDITOR_DATABASE_URL", postgres.url)
    running = Server(tmp_path / "workspace", postgres.url)
    running.dataset = fill(running.workspace, small, tmp_path / "faces")
    running.postgres = postgres
    running.start()
    yield running
    running.stop()


def stands(server):
    store = Store.open(Workspace(server.workspace))
    try:
        return {name: state.label for name, state in store.decisions.state(server.dataset.key).by_image.items()}
    finally:
        store.close()


def test_a_stopped_database_keeps_the_grid_and_every_key_across_a_page(page, away):
    open_review(page, away, "&per=30")
    page.keyboard.press("1")
    saved(page)
    away.postgres.stop()
    for _ in range(35):  # over the border of the page
        page.keyboard.press("2")
        page.wait_for_timeout(30)
    page.get_by_text("Not saved yet: 35; the database is away").wait_for()
    assert page.locator(".cell.focus").is_visible() and page.locator(".pages").inner_text().split()[1] == "2"
    assert page.locator(".cell[data-action='relabel'], .cell[data-action='keep']").count() == 6
    page.get_by_role("link", name="History").click()  # every page waits with a sentence, and comes back by itself
    page.get_by_text("This page tries again automatically").first.wait_for()
    away.postgres.start()
    page.get_by_role("heading", name="History").wait_for()
    page.get_by_role("link", name="Review").click()
    page.locator(".cell.focus").wait_for()
    saved(page)
    assert wait_for(lambda: len(stands(away)) == 36)
    first, second = away.dataset.classes[:2]
    assert sorted(stands(away).values()) == sorted([first] + [second] * 35)


def test_the_grid_recovers_without_a_reload_and_a_page_opened_meanwhile_comes_by_itself(context, page, away):
    open_review(page, away)
    away.postgres.stop()
    page.keyboard.press("3")
    page.get_by_text("Not saved yet: 1; the database is away").wait_for()
    other = context.new_page()
    other.goto(f"{away.url}/history?ds={away.dataset.key}")
    other.get_by_text("This page tries again automatically").first.wait_for()
    away.postgres.start()
    saved(page)
    assert list(stands(away).values()) == [away.dataset.classes[2]]
    other.get_by_role("heading", name="History").wait_for()
    assert not other.get_by_text("tries again").count()


def test_closing_a_tab_with_unsaved_keys_warns_and_the_next_one_saves_them(context, page, own_server, decisions):
    key = own_server.dataset.key
    tab = context.new_page()
    open_review(tab, own_server)
    tab.locator(".cell").nth(2).click()
    own_server.kill()
    tab.keyboard.press("4")
    with tab.expect_event("dialog") as warning:
        tab.close(run_before_unload=True)
    assert warning.value.type == "beforeunload"
    with tab.expect_event("close"):
        warning.value.accept()
    own_server.start()
    assert not decisions(own_server, key)
    open_review(page, own_server)
    page.get_by_text("Saved now: 1 key that a closed tab could not save").wait_for()
    saved(page)
    assert [state.label for state in wait_for(lambda: decisions(own_server, key)).values()] == [3]


def test_two_tabs_send_each_only_their_own_keys(context, page, own_server, decisions):
    key = own_server.dataset.key
    copy = context.new_page()
    for number, tab in enumerate((page, copy)):
        open_review(tab, own_server)
        tab.locator(".cell").nth(number).click()
    own_server.kill()
    page.keyboard.press("1")
    copy.keyboard.press("2")
    copy.wait_for_function(  # what one tab stores reaches another's process a moment later
        "() => Object.keys(localStorage).filter((key) => key.startsWith('auditor.outbox')).length === 2"
    )
    own_server.start()
    for tab in (page, copy):
        saved(tab)
    store = Store.open(Workspace(own_server.workspace))
    records = store.decisions.state(key).records.values()
    store.close()
    assert {record.operation.items[0].to_class for record in records} == set(own_server.dataset.classes[:2])
    copy.close()


def test_a_reloaded_tab_is_the_same_one_though_its_earlier_page_lets_go_late_and_a_copy_is_another(
    context, page, reviewable
):
    """What waits belongs to the tab's id, so a reload on a busy machine must not change it."""
    open_review(page, reviewable)
    own = page.evaluate("sessionStorage.getItem('auditor.tab')")
    slow = context.new_page()
    slow.goto(f"{reviewable.url}/_stcore/health")
    slow.evaluate(
        "id => { navigator.locks.request(`auditor.tab.${id}`, () => new Promise((done) => { window.letGo = done })) }",
        own,
    )
    page.reload()
    slow.wait_for_function("() => window.letGo")  # it has the lock now in the place of the earlier page
    slow.wait_for_timeout(1500)
    slow.evaluate("letGo()")
    page.locator(".cell.focus").wait_for()
    assert page.evaluate("sessionStorage.getItem('auditor.tab')") == own
    copy = context.new_page()
    copy.add_init_script(f"sessionStorage.getItem('auditor.tab') || sessionStorage.setItem('auditor.tab', '{own}')")
    open_review(copy, reviewable)
    assert copy.evaluate("sessionStorage.getItem('auditor.tab')") != own
    for tab in (slow, copy):
        tab.close()
