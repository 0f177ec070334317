"""A person's part of the shared work in the browser: keys as ever, second looks unmarked, others' decisions unseen."""

import re

import pytest

from auditor.config import Workspace
from auditor.store.operations import Operation, item_of
from auditor.store.progress import progress
from auditor.store.sharing import Terms
from auditor.store.store import Store
from tests.e2e.test_review import saved
from tests.e2e.test_review_people import run_of_keys

pytestmark = pytest.mark.e2e


def test_review_opens_on_the_part_and_a_second_look_is_a_face_like_any_other(page, reviewable):
    dataset = reviewable.dataset
    rows = dataset.rows("train")[:6]
    store = Store.open(Workspace(reviewable.workspace))
    terms = Terms(("ada", "ben"), per_face=2, repeats=0.5, seed=1)
    share = store.sharing.share(dataset.key, dataset.names[rows].tolist(), terms, by="lea")
    page.goto(f"{reviewable.url}/review?ds={dataset.key}")
    page.locator(".cell.focus").wait_for()
    shown = [cell.get_attribute("title") for cell in page.locator(".cell").all()]
    assert shown == [face.image for face in share.parts["ada"]]
    assert len(shown) == len(rows) + 3
    assert page.get_by_role("button", name="My part").get_attribute("aria-pressed") == "true"
    assert re.search(r"[?&]mine=1", page.url)
    assert "twice" not in page.locator("header.bar").inner_text()
    for row in rows:  # meanwhile somebody else decides on all of them
        store.decisions.append(
            Operation(f"ben-{row}-xx", dataset.key, "ben", items=(item_of(dataset, row, "exclude"),))
        )
    run_of_keys(page, "2" * len(shown))
    saved(page)
    state = store.decisions.state(dataset.key)
    modes = [record.operation.mode for record in state.records.values() if record.operation.annotator == "ada"]
    assert sorted(modes) == ["open"] * 6 + ["repeat"] * 3
    ada, ben = progress(share, state)
    assert (ada.judged, ada.itself.same, ada.itself.compared) == (9, 3, 3)
    assert (ben.judged, ben.others.same, ben.others.compared) == (6, 0, 6)
    assert not any(page.locator(".theirs").all_inner_texts())
    page.get_by_role("button", name="My part").click()
    page.wait_for_function("document.location.search.includes('mine') === false")
    store.close()
