"""Who decides: a tab is one person, people see each other's decisions, and nobody blind sees a label.

auditor/ui/look/open_faces.py: what blind review hides opens no faces without a question.
"""

import re
import shutil

import pytest

from auditor.config import Workspace
from auditor.store.store import Store
from auditor.ui.state import decide
from tests.e2e.conftest import invent_evidence, like, open_in, wait_for
from tests.e2e.test_review import open_review, saved

pytestmark = pytest.mark.e2e


def named(page, name):
    field = page.get_by_label("Annotator", exact=True)
    field.fill(name)
    field.press("Enter")
    page.wait_for_function("name => sessionStorage.getItem('auditor.annotator') === name", arg=name)


def run_of_keys(page, keys):
    """Keys without a pause, however slow the machine is."""
    press = """keys => { for (const key of keys) {
      const options = {key, bubbles: true, composed: true, cancelable: true}
      document.activeElement.dispatchEvent(new KeyboardEvent('keydown', options))
    } }"""
    page.evaluate(press, list(keys))


def test_a_tab_keeps_its_person_over_a_reload_whatever_another_tab_is_called(context, page, reviewable, decisions):
    key = reviewable.dataset.key
    open_review(page, reviewable)
    named(page, "cyd")
    other = context.new_page()
    open_review(other, reviewable)
    named(other, "bob")
    page.reload()
    page.locator(".cell.focus").wait_for()
    room = page.locator(".room").element_handle()  # bob, the server says at first, and draws the page anew for cyd
    page.keyboard.press("2")
    saved(page)
    assert {state.annotator for state in wait_for(lambda: decisions(reviewable, key)).values()} == {"cyd"}
    assert wait_for(lambda: page.get_by_label("Annotator", exact=True).input_value() == "cyd")
    assert room.evaluate("room => room.isConnected")  # one room from the first face on: no key falls between two
    other.locator(".cell").nth(1).click()
    other.keyboard.press("3")
    saved(other)
    assert {state.annotator for state in decisions(reviewable, key).values()} == {"cyd", "bob"}
    assert page.evaluate("sessionStorage.getItem('auditor.tab')") != other.evaluate(
        "sessionStorage.getItem('auditor.tab')"
    )
    other.close()


def test_a_face_that_somebody_else_decided_says_so_and_holds_the_first_key_back(context, page, reviewable, decisions):
    key = reviewable.dataset.key
    other = context.new_page()
    for tab, name in ((page, "cyd"), (other, "bob")):
        open_review(tab, reviewable)
        named(tab, name)
        tab.locator(".cell").first.click()
    face = page.locator(".cell.focus").get_attribute("title")
    after = page.locator(".cell").nth(1).get_attribute("title")
    other.keyboard.press("2")
    saved(other)
    page.locator(".cell.focus .theirs").get_by_text(
        "bob → fear"
    ).wait_for()  # the interval is tested in states.test.mjs
    run_of_keys(page, "56")  # neither lands here, nor on a face that it was not meant for
    page.get_by_text("bob relabelled this to fear").wait_for()
    assert "press again to decide otherwise (1 more key not applied)" in page.locator(".said-last").inner_text()
    page.wait_for_timeout(800)
    assert {name: state.label for name, state in decisions(reviewable, key).items()} == {face: 1}
    for label in ("5", "6"):
        page.keyboard.press(label)
    saved(page)
    states = decisions(reviewable, key)
    assert {name: (state.label, state.annotator) for name, state in states.items()} == {
        face: (4, "cyd"),
        after: (5, "cyd"),
    }
    other.close()


def decided(server, rows, action, annotator, **what):
    """A decision made elsewhere; returns nothing, the screen has to tell."""
    store = Store.open(Workspace(server.workspace))
    decide.on_rows(store, server.dataset, rows, action, annotator=annotator, **what)
    store.close()


def test_a_final_decision_says_that_it_stands_before_and_after_a_key(page, reviewable, decisions):
    row = int(reviewable.dataset.rows("train")[0])
    decided(reviewable, [row], "relabel", "Ada", label=3, mode="final")
    open_review(page, reviewable, "&sort=file")
    name, label = str(reviewable.dataset.names[row]), reviewable.dataset.classes[3]
    assert page.locator(".cell.focus").get_attribute("title") == name
    page.locator(".cell.focus .theirs").get_by_text(f"Final: {label}, by Ada").wait_for()
    page.keyboard.press("5")
    page.get_by_text("in force until it is undone; press again to record your own decision").wait_for()
    page.wait_for_timeout(800)  # longer than a run of keys
    page.keyboard.press("5")
    page.get_by_text(f"Recorded as your decision; still in force: Final: {label}, by Ada").wait_for()
    saved(page)
    state = decisions(reviewable, reviewable.dataset.key)[name]
    assert (state.label, state.annotator, state.mode) == (3, "Ada", "final")
    assert [(each.annotator, each.label) for each in state.state.opinions] == [("ada", reviewable.dataset.classes[4])]
    page.locator(".cell").first.locator(".theirs").get_by_text(f"Final: {label}, by Ada").wait_for()


def test_a_key_on_many_faces_overwrites_nobody_whose_decision_the_screen_has_not_shown(page, reviewable, decisions):
    page.route("**/faces/changes/**", lambda route: route.abort())  # news of others do not come
    open_review(page, reviewable, "&sort=file")
    rows = reviewable.dataset.rows("train")[:3]
    names = [str(reviewable.dataset.names[row]) for row in rows]
    decided(reviewable, [int(rows[1])], "relabel", "bob", label=1)
    for _ in range(2):
        page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("5")
    page.get_by_text("bob decided 1 of these 3 faces").wait_for()
    saved(page)
    states = decisions(reviewable, reviewable.dataset.key)
    assert [(states[name].label, states[name].annotator) for name in names] == [(4, "ada"), (1, "bob"), (4, "ada")]
    page.locator(".cell").nth(1).locator(".theirs").get_by_text("bob").wait_for()
    page.locator(".cell").nth(1).click()
    page.keyboard.press("5")  # it has been shown by now, so this key counts
    saved(page)
    assert wait_for(lambda: decisions(reviewable, reviewable.dataset.key)[names[1]].annotator == "ada")


def test_blind_mode_brings_no_label_no_suggestion_and_no_name(page, shared_server, small, decisions, tmp_path):
    dataset = as_folders(shared_server.workspace, small, tmp_path)
    shared_server.dataset = dataset
    decided(shared_server, [3, 4], "keep", "bob")
    decided(shared_server, [3], "exclude", "cyd")
    received = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: received.append(bytes_of(frame))))
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{shared_server.url}/review?ds={dataset.key}&blind=1&class=fear&q=fear&suggested=fear")
    page.locator(".cell.focus").wait_for()
    page.locator(".labels").wait_for()
    page.wait_for_function("() => !location.search.includes('fear')")
    for key in ("a", "2", "k", "Enter", "x", "e", "Escape", "u", "ArrowLeft"):
        page.keyboard.press(key)
        page.wait_for_timeout(150)
    saved(page)
    page.wait_for_timeout(3500)  # time for everything that is asked every few seconds
    text = b"".join(received).decode("utf-8", "replace")
    assert '"given"' in text.replace("\\", "")  # the frames were read
    assert not [name for name in map(str, dataset.names) if name in text]
    for kind in ("given", "suggested", "assignment", "suspicion", "value", "detail", "changes"):
        assert f'"{kind}":[' not in text.replace(" ", "") and f'"{kind}":"' not in text.replace(" ", "")
    assert not [url for url in asked if any(part in url for part in ("/detail/", "/changes/", "/map"))]
    cells = [*page.locator(".cell").all_inner_texts(), page.locator(".panel").inner_text()]
    assert "hidden" in cells[0]
    own = [state for state in decisions(shared_server, dataset.key).values() if state.action == "relabel"]
    assert len(own) == 1
    shown = " ".join(cells).lower()
    assert [name for name in dataset.classes if name in shown] == [dataset.classes[own[0].label]]
    assert not page.get_by_label("Given label").count() and not page.get_by_label("Suggested label").count()
    for button in ("keep", "accept"):
        assert page.locator(".labels .act", has_text=button).is_disabled()
    # Rows are sorted by class here, so that a row number would tell it, too.
    faces = [url.split(dataset.key)[1] for url in asked if "/faces/" in url]
    one = "[0-9a-f]{16}"
    assert faces and all(re.fullmatch(rf"/{one}/\d+|/\d+/{one}(-{one})*", address) for address in faces)

    def silent(*parts):
        """Nothing that came so far, and nothing on the screen, names an image or asks for its facts."""
        page.wait_for_timeout(500)
        told = [b"".join(received).decode("utf-8", "replace"), page.content(), page.url, *asked]
        assert not [name for name in map(str, dataset.names) for text in told if name in text], parts
        assert not [url for url in asked if any(part in url for part in ("/detail/", "/changes/", "/map-card/"))]

    for title in ("Map", "History", "Methods", "Export"):
        page.get_by_role("link", name=title, exact=True).click()
        page.get_by_role("heading", name=title).wait_for()
        page.get_by_text("Blind review is on in this tab").wait_for()
        silent(title)
    page.get_by_role("link", name="Data", exact=True).click()
    page.get_by_text("Share of each class").wait_for()
    page.get_by_role("radio", name="Problems").click()
    page.get_by_text("Blind review is on in this tab, so this part is hidden").wait_for()
    for title in (
        "Compare",
        "Runs",
    ):  # the Overview needs real evidence; what it opens: tests/ui/look/test_open_faces.py
        page.get_by_role("link", name=title, exact=True).click()
        page.get_by_role("heading", name=title).first.wait_for()
        silent(title)
    page.get_by_role("link", name="History", exact=True).click()
    page.get_by_text("Blind review is on in this tab").wait_for()
    page.reload()  # a new session, which knows of the last one by its address alone
    page.get_by_text("Blind review is on in this tab").wait_for()
    page.get_by_role("link", name="Review", exact=True).click()
    page.locator(".cell.focus").wait_for()
    assert "blind=1" in page.url
    silent("all")
    page.get_by_role("link", name="History", exact=True).click()
    page.get_by_role("button", name="Leave blind review").click()
    page.get_by_text(re.compile("operations?, newest first")).wait_for()
    assert "blind" not in page.url


def test_another_tab_of_a_blind_person_begins_blind_whatever_its_address(context, page, reviewable):
    open_review(page, reviewable, "&blind=1")
    old = context.new_page()
    open_review(old, reviewable, "&class=fear&sort=file")
    old.locator(".cell.focus[aria-label*='label hidden']").wait_for()
    old.wait_for_url("**blind=1**")
    assert "fear" not in old.url
    for tab in (old, page):
        assert "label hidden" in tab.locator(".cell.focus").get_attribute("aria-label")
    page.get_by_role("button", name="Blind", exact=True).click()
    page.wait_for_url(lambda url: "blind" not in url)
    page.locator(".cell.focus:not([aria-label*='label hidden'])").wait_for()
    third = context.new_page()
    open_review(third, reviewable)
    third.locator(".cell.focus:not([aria-label*='label hidden'])").wait_for()
    assert "label hidden" in old.locator(".cell.focus").get_attribute("aria-label")  # each tab ends its own
    for tab in (old, third):
        tab.close()


def bytes_of(frame):
    return frame.encode() if isinstance(frame, str) else frame


def as_folders(workspace, faces, tmp_path):
    """The small data set as a folder a class: the names hold the labels."""
    source = open_in(workspace, like(faces, tmp_path / "source"))
    for row in source.rows("train"):
        folder = tmp_path / "faces" / source.classes[int(source.labels[row])]
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(source.root / source.paths[row], folder)
    dataset = open_in(workspace, tmp_path / "faces")
    invent_evidence(workspace, dataset)
    assert str(dataset.names[0]).startswith(dataset.classes[int(dataset.labels[0])])
    return dataset
