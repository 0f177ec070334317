"""Every key acts on the face it was meant for: on a slow connection, across pages, wherever the focus is."""

import pytest

from benchmarks import keys, synthetic
from benchmarks.slow_line import SlowLine
from tests.e2e.conftest import Server, wait_for
from tests.e2e.test_review import open_review, saved

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def line(tmp_path_factory):
    """A slow line to a server with 200 made-up faces."""
    workspace, dataset = synthetic.build(tmp_path_factory.mktemp("keys"), 200, dynamics=False)
    running = Server(workspace.path).start()
    with SlowLine(running.port) as made:
        made.workspace, made.dataset = workspace, dataset
        yield made
    running.stop()


# The whole matrix with its repeats is `python -m benchmarks.keys`.
@pytest.mark.parametrize(("delay", "rate"), [(0, 25), (300, 47), (1500, 47)])
def test_130_keys_over_three_pages_decide_130_faces_in_order(page, line, delay, rate):
    found = keys.run(page, line, line.workspace, line.dataset, rate, delay)
    assert found.right, found
    # Some keys did come while a page was loading over a slow line, unless the machine was too busy to type at the rate.
    assert found.waited or not delay or found.typed > 2 * found.operations / rate


def test_keys_wait_in_sight_while_a_page_loads_and_no_page_comes_back(page, line):
    line.delay = 0
    open_review(page, line, "&per=30&sort=file")
    first = page.locator(".cell").first.get_attribute("title")
    line.delay = 1.0
    page.keyboard.press("]")
    for key in ("ArrowRight", "ArrowRight", "]", "ArrowRight"):
        page.keyboard.press(key)
    assert page.locator(".held").inner_text() == "4 keys wait"
    page.locator(".pages").get_by_text("3 / ").wait_for()
    assert page.locator(".held").is_hidden()
    assert page.locator(".cell.focus").get_attribute("data-index") == "1"
    line.delay = 0
    page.wait_for_timeout(2500)
    assert page.locator(".pages").inner_text().split()[1:3] == ["3", "/"]
    assert first not in page.locator(".cell").evaluate_all("cells => cells.map(cell => cell.title)")


def test_a_menu_reached_by_tab_while_a_page_loads_keeps_the_focus(page, line):
    line.delay = 0
    open_review(page, line, "&per=30&sort=file")
    line.delay = 1.0
    page.keyboard.press("]")
    page.get_by_label("Part of the image name").focus()
    page.keyboard.press("Shift+Tab")
    page.locator(".pages").get_by_text("2 / ").wait_for()
    assert page.evaluate("() => document.activeElement.shadowRoot?.activeElement?.ariaLabel") == "Reviewed"
    line.delay = 0


@pytest.mark.parametrize("left_by", ["a link", "a reload"])
def test_keys_that_wait_are_applied_when_one_comes_back(page, line, left_by):
    line.delay = 0
    open_review(page, line, "&per=30&sort=file&page=2")
    second = [page.locator(".cell").nth(k).get_attribute("title") for k in range(3)]
    before = len(keys.records_since(line.workspace, line.dataset.key, 0))
    open_review(page, line, "&per=30&sort=file")
    line.delay = 15.0 if left_by == "a reload" else 5.0  # the keys must still wait when the page goes
    for key in ("]", "4", "s"):
        page.keyboard.press(key)
    assert page.locator(".held").inner_text() == "2 keys wait"
    if left_by == "a reload":
        page.once("dialog", lambda dialog: dialog.accept())  # the warning that keys wait
        line.delay = 0
        page.reload()
    else:
        page.get_by_role("link", name="Data", exact=True).click()
        line.delay = 0
        page.get_by_text("Share of each class").wait_for()
        page.get_by_role("link", name="Review", exact=True).click()
    page.locator(".pages").get_by_text("2 / ").wait_for()
    page.locator(f".cell.focus[title='{second[2]}']").wait_for()
    if left_by == "a reload":
        page.get_by_text("Applied: 2 keys pressed before you left").wait_for()
    saved(page)
    made = wait_for(lambda: keys.records_since(line.workspace, line.dataset.key, 0)[before:])
    assert [(each.operation.items[0].image, each.operation.items[0].action) for each in made] == [
        (second[0], "relabel"), (second[1], "skip"),
    ]  # fmt: skip
    assert page.locator(".held").is_hidden()


def test_a_pass_ends_with_the_queue_and_does_not_decide_its_last_face_again(page, reviewable, decisions):
    open_review(page, reviewable, "&per=30&page=3")
    last = page.locator(".cell").count()
    for _ in range(last + 3):
        page.keyboard.press("2")
    page.get_by_role("status").get_by_text("The queue ends here").wait_for()
    saved(page)
    assert len(decisions(reviewable, reviewable.dataset.key)) == last
    page.keyboard.press("u")
    page.keyboard.press("3")
    saved(page)
    assert wait_for(lambda: [s.label for s in decisions(reviewable, reviewable.dataset.key).values()].count(2) == 1)


def test_enter_and_space_mean_the_face_after_a_click_on_any_button(page, reviewable, decisions):
    key = reviewable.dataset.key
    open_review(page, reviewable)
    names = [page.locator(".cell").nth(k).get_attribute("title") for k in range(4)]
    suggested = page.locator(".cell").nth(1).get_attribute("aria-label")
    page.locator(".labels").get_by_role("button", name="4", exact=False).first.click()
    page.keyboard.press("Enter")
    saved(page)
    states = decisions(reviewable, key)
    assert states[names[0]].label == 3
    assert f"suggested {reviewable.dataset.classes[states[names[1]].label]}" in suggested
    page.get_by_role("button", name="Undo (U)").click()
    page.get_by_text("Undone").wait_for()
    page.keyboard.press("Space")
    assert "1 selected" in page.locator(".counters").inner_text()
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    saved(page)
    assert set(decisions(reviewable, key)) == set(names[:2])
    page.get_by_role("button", name="Blind").click()
    page.wait_for_url("**blind=1**")
    page.keyboard.press("Enter")
    page.get_by_text("Blind: the suggestion is hidden").wait_for()
    assert "blind=1" in page.url


def test_a_key_means_the_face_however_one_came_and_text_fields_keep_theirs(page, reviewable, decisions):
    key = reviewable.dataset.key
    page.goto(f"{reviewable.url}/data?ds={key}")
    page.get_by_text("Share of each class").wait_for()
    page.get_by_role("link", name="Review").click()
    page.locator(".cell.focus").wait_for()
    page.keyboard.press("Enter")
    saved(page)
    assert len(wait_for(lambda: decisions(reviewable, key))) == 1
    page.get_by_role("link", name="Review").click()  # it is here already: the link only takes the focus
    page.wait_for_timeout(500)
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    saved(page)
    assert wait_for(lambda: len(decisions(reviewable, key)) == 3)
    page.get_by_label("Annotator", exact=True).fill("k")
    page.keyboard.press("k")
    page.get_by_label("Part of the image name").click()
    page.keyboard.type("sak")
    page.wait_for_timeout(500)
    assert len(decisions(reviewable, key)) == 3
    page.get_by_label("Part of the image name").fill("")
    page.wait_for_url(lambda url: "q=" not in url)  # the page has come, which makes the menus anew
    page.keyboard.press("Shift+Tab")  # who went to a control by Tab works it by the keyboard
    assert page.evaluate("() => document.activeElement.shadowRoot?.activeElement?.ariaLabel") == "Reviewed"
    page.keyboard.press("ArrowDown")
    page.wait_for_url("**reviewed=**")


@pytest.mark.parametrize("pause", [20, 250])
def test_letters_go_into_their_field_though_the_page_hears_another_name_meanwhile(page, reviewable, decisions, pause):
    open_review(page, reviewable)
    page.get_by_label("Annotator", exact=True).fill(f"somebody else {pause}")
    search = page.get_by_label("Part of the image name")
    search.click()  # this also names the annotator, which runs the whole page again
    page.keyboard.type("sakkk", delay=pause)
    page.get_by_text("No face passes these filters").wait_for()
    assert search.input_value() == "sakkk" and not decisions(reviewable, reviewable.dataset.key)
    search.fill("")
    page.locator(".cell").first.click()
    page.keyboard.press("k")
    saved(page)
    assert len(wait_for(lambda: decisions(reviewable, reviewable.dataset.key))) == 1


def test_the_cursor_stands_on_the_address_face_after_a_restart(page, own_server, decisions):
    open_review(page, own_server, "&per=30")
    page.keyboard.press("]")
    page.locator(".pages").get_by_text("2 / ").wait_for()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    name = page.locator(".cell.focus").get_attribute("title")
    page.wait_for_url(f"**image={name}**")
    own_server.kill()
    page.wait_for_timeout(1500)
    own_server.start()
    page.wait_for_timeout(4000)
    # For a moment Streamlit shows the page of the old server beside that of the new one.
    assert wait_for(lambda: page.locator(".cell.focus").count() == 1)
    assert page.locator(".cell.focus").get_attribute("title") == name
    page.keyboard.press("3")
    saved(page)
    assert set(wait_for(lambda: decisions(own_server, own_server.dataset.key))) == {name}
    page.keyboard.press("ArrowLeft")
    page.wait_for_url(f"**image={name}**")
    page.reload()
    page.locator(".cell.focus").wait_for()
    assert page.locator(".cell.focus").get_attribute("title") == name


def test_a_click_on_a_neighbour_goes_to_its_face(page, reviewable):
    open_review(page, reviewable, "&per=30&class=fear")
    for _ in range(3):  # on this page, on another, out of the queue
        near = page.locator(".near").first
        name = near.get_attribute("title").removeprefix("Show ")
        near.click()
        page.locator(f".cell.focus[title='{name}']").wait_for()
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(400)
