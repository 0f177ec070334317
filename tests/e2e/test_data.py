"""The Data page in a real browser: problems of every format, label sets, and alignment as a job.

data/page.py, data/alignment.py.
"""

import contextlib
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from auditor.data.demo.parameters import CLASSES
from auditor.data.opening import open_dataset
from auditor.plural import counted
from tests.data.broken import broken
from tests.data.layouts import affectnet
from tests.e2e.conftest import invent_evidence, open_in, wait_for
from tests.exports.small import picture, save

BROKEN = broken()

pytestmark = pytest.mark.e2e

ANNOTATORS = ("ada", "ben", "eva")
ALIGNED = 300


def several(root: Path, images: int = 60) -> Path:
    """A table with three annotators, of whom each next one errs more often."""
    draw = np.random.default_rng(0)
    lines = [",".join(("path", *(f"label_{name}" for name in ANNOTATORS)))]
    for index in range(images):
        save(root / f"{index}.png", picture(index))
        true = index % len(CLASSES)
        said = [draw.integers(len(CLASSES)) if draw.random() < rate else true for rate in (0.05, 0.2, 0.4)]
        lines.append(",".join((f"{index}.png", *(CLASSES[label] for label in said))))
    (root / "labels.csv").write_text("\n".join(lines) + "\n")
    return root


def opened(page, server, dataset, tab):
    """Open one part of a data set's page and wait until it stands."""
    page.goto(f"{server.url}/data?ds={dataset.key}&tab={tab}")
    page.locator("h1").first.wait_for()
    page.wait_for_function(
        "() => document.querySelector('[data-testid=stApp]').dataset.testScriptState === 'notRunning'"
    )


def cell(page, column, row):
    """A cell of the page's table, which is drawn on a canvas, as a screen reader finds it."""
    found = page.get_by_test_id(f"glide-cell-{column}-{row}")
    found.wait_for(state="attached")
    return found.inner_text()


@pytest.mark.parametrize("name", BROKEN)
def test_every_format_lists_its_problems_on_one_screen(page, shared_server, tmp_path, name):
    expected = BROKEN[name](tmp_path / "data")
    dataset = open_in(shared_server.workspace, tmp_path / "data")
    opened(page, shared_server, dataset, "problems")
    page.get_by_text(f"{counted(len(expected), 'problem')}; everything else is loaded").wait_for()
    rows = [[cell(page, column, row) for column in range(4)] for row in range(len(expected))]
    assert {(file, int(line) if line.isdigit() else None, kind) for kind, file, line, _ in rows} == expected
    assert all(row[3] for row in rows)
    fits = "main => main.scrollHeight <= main.clientHeight"
    assert wait_for(lambda: page.locator("[data-testid=stMain]").evaluate(fits), 10)


def test_a_doubtful_reading_is_asked_about_before_it_opens(page, shared_server, tmp_path, small):
    """Drawn faces with the opinions of two people, of whom neither is named as the truth."""
    root = tmp_path / "two opinions"
    shutil.copytree(small / "Image/aligned", root / "faces")
    dataset = open_dataset(small)
    words = [dataset.classes[label] for label in dataset.labels]
    said = zip(dataset.paths, words, words[1:] + words[:1], strict=True)
    (root / "opinions.csv").write_text(
        "face,rater_ada,rater_ben\n" + "".join(f"{Path(path).name},{one},{other}\n" for path, one, other in said)
    )
    page.goto(f"{shared_server.url}/data")
    field = page.get_by_role("textbox", name="Folder or label file on this computer")
    another = page.get_by_role("button", name="Open another")
    field.or_(another).first.wait_for()
    if another.is_visible():  # other tests of this server have opened some
        another.click()
    field.fill(str(root))
    field.press("Enter")
    page.get_by_text("Which label column is right?").wait_for()
    answers = page.get_by_role("button", name="Open like this")
    answers.nth(1).wait_for()
    page.get_by_text("was read as").wait_for()
    pictures = page.get_by_test_id("stImage").locator("img")
    pictures.nth(11).wait_for()
    captions = page.get_by_test_id("stImageCaption").all_inner_texts()
    assert len(captions) == 12
    assert all(first != second for first, second in zip(captions[:6], captions[6:], strict=True))
    page.screenshot(path=tmp_path / "question.png", full_page=True)
    answers.nth(1).click()
    page.get_by_text("Share of each class").wait_for()  # the question's own parts are gone by then
    page.get_by_text("How these files were read").click()
    page.get_by_text("rater_ben").first.wait_for()
    assert "ds=" in page.url or page.get_by_text("opinions.csv").first.is_visible()


def test_label_sets_are_compared_audited_and_chosen(page, shared_server, tmp_path):
    dataset = open_in(shared_server.workspace, several(tmp_path / "faces"))
    invent_evidence(shared_server.workspace, dataset)
    opened(page, shared_server, dataset, "sets")
    page.get_by_text("are estimated to be wrong").first.wait_for()
    pair = page.get_by_role("button", name=re.compile("audited labels and label_eva: kappa"))
    differing = int((dataset.labels != dataset.label_sets[1].labels).sum())
    pair.first.click()
    page.wait_for_url(re.compile(r"/review\?.*sel="))
    page.locator(".cell").first.wait_for()
    assert re.search(rf"\b{differing}\b", page.locator(".counters").inner_text())

    opened(page, shared_server, dataset, "sets")
    page.get_by_role("button", name="Train …").click()
    page.get_by_text("Label sets that NoisyFER learns from").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("button", name=re.compile(r"Open \d+ in Review")).wait_for()
    page.get_by_role("combobox", name="Audited labels").click()
    page.get_by_role("option", name=re.compile("label_eva")).click()
    page.get_by_role("heading", name=re.compile("label_eva")).wait_for()
    page.get_by_role("button", name=re.compile("audited labels and label_ada: kappa")).first.wait_for()


def test_faces_are_aligned_in_the_background_stopped_resumed_and_opened_in_one_click(page, shared_server, tmp_path):
    root = affectnet(tmp_path / "an", [(f"1/{i:04}.jpg", i % 8, 0, 0) for i in range(ALIGNED)])
    dataset = open_in(shared_server.workspace, root)
    opened(page, shared_server, dataset, "alignment")
    page.get_by_role("button", name="Align the faces").click()
    stop = page.locator(".st-key-cancel_alignment button")
    stop.wait_for()
    aligning = page.get_by_text(re.compile(rf"Aligning faces .*of {ALIGNED}"))
    stopped = page.get_by_text(re.compile(r"Stopped at \d+%; the faces aligned so far are kept"))
    done = page.get_by_text(f"{ALIGNED} faces are aligned.")
    aligning.or_(done).first.wait_for()  # a fast machine may be done between two looks
    with contextlib.suppress(PlaywrightTimeout):
        stop.click(timeout=5000)
    stopped.or_(done).first.wait_for()
    if stopped.count():
        page.get_by_role("button", name="Resume").click()
    done.wait_for()
    page.get_by_role("button", name="Open the aligned data set").click()
    page.get_by_text("images of training.csv come from myaligned").wait_for()
    assert f"ds={dataset.key}" not in page.url
    page.get_by_role("radio", name="Alignment").click()
    page.get_by_text("These faces are aligned already").wait_for()


def test_the_next_step_is_readable_in_a_small_window(page, reviewable):
    page.set_viewport_size({"width": 900, "height": 700})
    page.goto(f"{reviewable.url}/data?ds={reviewable.dataset.key}")
    whole = "button => [...button.querySelectorAll('*')].every(part => part.scrollWidth <= part.clientWidth)"
    for name in ("Review the suspects", "Open another"):
        button = page.get_by_role("button", name=name)
        button.locator("p").wait_for()
        assert wait_for(lambda button=button: button.evaluate(whole), 10), f"{name} is cut"
