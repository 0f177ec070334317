"""Which data set and evidence a page is about, who decides, links; and what the sidebar says of a run."""

import dataclasses

from streamlit.testing.v1 import AppTest

from auditor.config import RunConfig
from auditor.data.opening import open_dataset
from auditor.errors import DataError
from auditor.evidence import choice, versions
from auditor.store.runs import RunRecord
from auditor.ui.look import progress
from auditor.ui.screens.runs import page
from auditor.ui.state import library, session
from tests.exports.small import picture, save


def ask(question, **query):
    """Run a question inside a script with some query parameters; its answer."""
    script = f"import streamlit as st\nfrom auditor.ui.state import session\nst.session_state['answer'] = {question}"
    test = AppTest.from_string(script, default_timeout=300)
    for name, value in query.items():
        test.query_params[name] = value
    test.run()
    assert not test.exception
    return test.session_state["answer"]


def test_the_address_names_the_data_set_else_the_last_one_opened(dataset, store):
    assert ask("session.dataset().key", ds=dataset.key) == dataset.key
    assert ask("session.dataset_key()") == dataset.key
    assert ask("session.dataset_key()", ds="0" * 12) == dataset.key
    assert ask("session.address_is_strange()", ds="0" * 12) and not ask("session.address_is_strange()", ds=dataset.key)


def test_nothing_is_open_in_a_new_workspace():
    assert ask("(session.dataset(), session.evidence())") == (None, None)
    library.forget_all()


def test_evidence_stays_until_the_newer_is_asked_for(dataset, store, workspace):
    for _ in range(2):
        with versions.new_version(workspace, dataset.key) as (folder, _made):
            (folder / "summary.json").write_text("{}")
    assert ask("session.evidence_name()") == "v0002"
    assert ask("session.evidence_name()", ev="v0001") == "v0001"
    pin = f"st.session_state.update(evidence={{{dataset.key!r}: 'v0001'}})"
    assert ask(f"{pin} or (session.evidence_name(), session.other_evidence())") == ("v0001", ("v0002", True))
    choice.use(workspace, dataset.key, "v0001", by="ada")
    assert ask("(session.evidence_name(), session.other_evidence())") == ("v0001", None)
    assert ask("(session.evidence_name(), session.other_evidence())", ev="v0002") == ("v0002", ("v0001", False))
    assert ask("(session.evidence_is_strange(), session.evidence_name())", ev="v0009") == ("v0009", "v0001")


def test_links_carry_the_data_set_and_leave_out_what_is_empty(dataset, store):
    link = ask("session.link('review', sel='t1', given='', page=2)", ev="v0003")
    assert link == f"/review?ds={dataset.key}&ev=v0003&sel=t1&page=2"


def test_a_blind_tab_stays_blind_over_links_a_reload_and_another_data_set(dataset, store):
    blind = "st.session_state.update(review_view={'blind': '1', 'page': '2'})"
    assert ask("session.link('history')", blind="1").endswith("&blind=1")
    assert ask(f"{blind} or (session.blind(), session.link('overview', blind=None))")[0]
    assert ask("session.blind()", blind="1") and not ask("session.blind()", blind="0") and not ask("session.blind()")
    seen = "st.session_state.update(review_view={})"  # Review was seen since, not blind: an old link changes nothing
    assert not ask(f"{seen} or session.blind()", blind="1")
    moved = f"{blind} or session.forget_view() or session.choose({dataset.key!r}) or dict(st.query_params)"
    assert ask(moved) == {"ds": dataset.key, "blind": "1"}
    left = f"{blind} or session.leave_blind() or (session.blind(), 'blind' in st.query_params)"
    assert ask(left, blind="1") == (False, False)


def test_the_annotator_is_the_environments_until_one_is_typed(monkeypatch):
    monkeypatch.setenv("AUDITOR_ANNOTATOR", "grace")
    assert session.local_user() == "grace"


def test_selections_belong_to_their_data_set(dataset, store):
    token = ask("session.save_selection([3, 1], 'two')")
    assert ask(f"session.selection({token!r}).rows.tolist()") == [3, 1]
    assert ask("session.selection('nothing')") is None


def test_library_reads_an_edited_label_file_again_and_misses_a_folder_that_is_gone(dataset, store, workspace):
    added = library.add(workspace, dataset).dataset
    assert library.find(workspace, dataset.key) is added
    file = dataset.root / "EmoLabel" / "train_label.txt"
    file.write_text("".join(file.read_text().splitlines(keepends=True)[:-1]))
    assert len(library.find(workspace, dataset.key)) == len(dataset) - 1
    library.forget_all()
    dataset.root.rename(dataset.root.with_name("gone"))
    try:
        library.find(workspace, dataset.key)
    except DataError as error:
        assert "no longer there" in str(error)
    else:
        raise AssertionError("a folder that is gone was opened")


def test_images_that_came_or_went_in_a_folder_are_noticed_and_read_when_asked(tmp_path, workspace):
    root = tmp_path / "faces"
    for number in range(4):
        save(root / ("joy", "fear")[number % 2] / f"{number}.png", picture(number))
    opened = open_dataset(root)
    library.add(workspace, opened)
    key = opened.key

    def noticed():
        return library.folder_changed(workspace, key)

    assert not noticed() and not noticed()
    save(root / "joy" / "5.png", picture(5))
    save(root / "anger" / "6.png", picture(6))
    (root / "fear" / "1.png").unlink()
    assert noticed() and len(library.find(workspace, key)) == 4
    script = "from auditor.ui import sidebar; sidebar._changed_folder()"
    page = AppTest.from_string(script, default_timeout=300)
    page.query_params["ds"] = key
    page.run()
    assert "has changed since it was read" in page.caption[0].value
    page.button[0].click().run()
    assert page.toast[0].value == "The folder was read again. 2 images are new and 1 image is gone."
    assert not page.caption and not noticed()
    found = library.find(workspace, key)
    assert len(found) == 5 and found.classes == ("anger", "fear", "joy")
    assert library.store(workspace).datasets.get(key).images == 5
    assert library.read_again(workspace, key) == "No image came or went."
    library.forget_all()


def test_a_run_is_told_in_words(dataset):
    config = RunConfig(dataset.reference, ("man", "noisyfer"), labels="corrected")
    record = RunRecord(
        "r1", dataset.key, "train", "running", config, 0.0, method="man", epoch=2, epochs=25, phase="training",
        eta_seconds=40,
    )  # fmt: skip
    assert progress.words(record) == "MAN, epoch 3 of 25 · 40 s left"
    mapping = dataclasses.replace(record, phase="map: UMAP of all methods", eta_seconds=None)
    assert progress.words(mapping) == "Map: UMAP of all methods"
    assert page.title(record).startswith("● MAN, NoisyFER · corrected labels · ")


def test_curves_have_a_line_a_loss_and_an_accuracy(monkeypatch):
    from auditor.ui.look import charts

    monkeypatch.setattr(charts, "is_dark", lambda: False)
    metrics = [
        {"method": "man", "fold": fold, "epoch": epoch, "losses": {"loss": 1.0 / (epoch + 1), "warm_up": 0.5},
         "held_out_accuracy": 0.5, "test_accuracy": None, "train_accuracy": 0.6}
        for fold in (0, 1) for epoch in (0, 1)
    ]  # fmt: skip
    lines = page.losses(metrics).data
    assert [line.name for line in lines] == [
        "MAN fold 1 loss",
        "MAN fold 1 warm_up",
        "MAN fold 2 loss",
        "MAN fold 2 warm_up",
    ]
    assert list(lines[0].x) == [1, 2] and list(lines[0].y) == [1.0, 0.5]
    assert page.losses(metrics[:1]).data[0].name == "MAN fold 1 loss"  # after the first epoch, too
    assert len(page.accuracy(metrics, metrics[:1]).data) == 6
