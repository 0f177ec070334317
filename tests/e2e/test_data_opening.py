"""Opening data from the keyboard alone: typed, browsed for, or opened before.

data/opening.py, data/browser.py.
"""

import shutil

import pytest

from tests.e2e.conftest import Server, like, open_in

pytestmark = pytest.mark.e2e


@pytest.fixture
def confined(tmp_path, small, monkeypatch):
    """A server that opens data below one folder, with a data set in it."""
    shutil.copytree(small, tmp_path / "sets" / "faces")
    monkeypatch.setenv("AUDITOR_DATA_ROOTS", str(tmp_path / "sets"))
    running = Server(tmp_path / "workspace").start()
    running.root = tmp_path / "sets"
    yield running
    running.stop()


def tab_to(page, name, key="Tab", most=60):
    """Press Tab until a control of that name has the focus."""
    for _ in range(most):
        page.keyboard.press(key)
        held = page.evaluate("() => document.activeElement.matches('body') ? '' : document.activeElement.innerText")
        if name in held:
            return
    raise AssertionError(f"{name} is not reached by Tab")


def type_path(page, path):
    page.get_by_role("textbox", name="Folder or label file on this computer").focus()
    page.keyboard.press("Control+a")
    page.keyboard.type(str(path))


def test_enter_opens_and_so_does_the_first_click_and_an_error_goes_with_the_next_path(page, confined):
    page.goto(confined.url)
    type_path(page, confined.root / "nothing")
    page.keyboard.press("Enter")
    page.get_by_text("does not exist; give the folder").wait_for()
    type_path(page, confined.root / "faces")
    page.keyboard.press("Enter")
    page.get_by_text("Share of each class").wait_for()
    assert not page.get_by_text("does not exist").count()
    shutil.copytree(confined.root / "faces", confined.root / "more")
    page.get_by_role("button", name="Open another").click()
    type_path(page, confined.root / "more")
    page.get_by_role("button", name="Open data").click()  # the field still has the focus
    page.get_by_text(str(confined.root / "more")).first.wait_for()
    page.get_by_text("which is still there: both are one data set").wait_for()


def test_a_folder_is_browsed_for_and_a_recent_data_set_opened_from_the_keyboard(page, confined):
    first = open_in(confined.workspace, like(confined.root / "faces", confined.root / "older"))
    page.goto(f"{confined.url}/data?ds={first.key}")
    page.get_by_text("Share of each class").wait_for()
    page.get_by_role("button", name="Open another").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Browse").wait_for()
    tab_to(page, "Browse")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Choose this folder").wait_for()
    assert page.get_by_role("button", name="Up", exact=False).first.is_disabled()  # the only folder that may be opened
    tab_to(page, "faces")
    page.keyboard.press("Enter")
    page.get_by_text(str(confined.root / "faces"), exact=True).wait_for()
    tab_to(page, "Choose this folder", "Shift+Tab")
    page.keyboard.press("Enter")
    field = page.get_by_role("textbox", name="Folder or label file on this computer")
    page.wait_for_function("path => [...document.querySelectorAll('input')].some(e => e.value === path)",
                           arg=str(confined.root / "faces"))  # fmt: skip
    field.focus()
    page.keyboard.press("Enter")
    page.locator("p", has_text=str(confined.root / "faces")).first.wait_for()
    page.wait_for_url(lambda url: first.key not in url)
    page.get_by_role("button", name="Open another").focus()
    page.keyboard.press("Enter")
    page.locator(f".st-key-recent_{first.key}").wait_for()
    tab_to(page, "90 images")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**ds={first.key}**")
