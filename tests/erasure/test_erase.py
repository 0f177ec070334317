"""An erased image, annotator or data set is in no byte of the workspace any more, and everything else is as before.

Mirrors auditor/erasure: act.py, scope.py, erase.py, tables.py, pictures.py, findings.py, promised.py and exported.py.
"""

import shutil

import numpy as np
import pytest

from auditor.config import RunConfig
from auditor.data.images.cache import ImageCache
from auditor.data.opening import open_dataset
from auditor.erasure import erase
from auditor.erasure.scope import Wish
from auditor.errors import JobError, RefusedError
from auditor.evidence import choice, promises
from auditor.store.verifying import verify
from auditor.training import reader
from tests.erasure.conftest import FILE, GONE

NAMES = (GONE.encode(), FILE.encode())


def perform(world, **wish):
    plan = erase.plan(world.workspace, world.store, world.root, Wish(**wish))
    return erase.carry_out(plan, world.store, by="ops")


def remove_from_source(world):
    (world.root / "Image/aligned" / FILE).unlink()
    labels = world.root / "EmoLabel/train_label.txt"
    labels.write_bytes(b"".join(line for line in labels.read_bytes().splitlines(True) if GONE.encode() not in line))


@pytest.mark.parametrize("gone_first", [False, True])
def test_no_byte_of_an_erased_image_is_left(world, everything, gone_first):
    before = everything(world.workspace.path)
    assert all(name in before for name in NAMES) and all(face in before for face in world.faces)
    if gone_first:  # as a person would do: the file first, then the workspace
        remove_from_source(world)
    report = perform(world, images=(GONE,))
    after = everything(world.workspace.path)
    assert report.failed == ()
    assert not any(name in after for name in NAMES)
    assert not any(face in after for face in world.faces)
    assert b"a private remark" not in after and b"lasso" in after
    assert not list((world.workspace.path / "opinions").iterdir())
    assert any("still in" in note for note in report.notes) != gone_first
    assert any("outside.jsonl" in note for note in report.notes)
    assert any("under other names (train_00023.jpg)" in note for note in report.notes)  # drawn from the same numbers


def test_everything_else_is_as_it_was(world):
    run, dataset = world.workspace.run("r-1"), world.dataset
    before = {record.method: record.probs_after(-1).copy() for (record,) in reader.open_run(run, dataset).values()}
    table = choice.evidence(world.workspace, dataset).table.set_index("name")
    perform(world, images=(GONE,))
    remove_from_source(world)
    dataset = world.store.datasets.recognise(open_dataset(world.root)).dataset
    rows = np.delete(np.arange(40), 2)
    (record,) = reader.open_run(run, dataset)["man"]
    assert np.array_equal(record.probs_after(-1), before["man"][rows])
    assert reader.drawn_faces(run, "man", dataset).rows.tolist() == [6]
    now = choice.evidence(world.workspace, dataset).table.set_index("name")
    assert now["suspicion"].equals(table["suspicion"].drop(GONE))
    state = world.state
    assert set(state.by_image) == {"train_00004.jpg", "train_00006.jpg"}
    (lasso,) = world.store.selections.labelled(dataset, "lasso")
    assert dataset.names[lasso.rows].tolist() == ["train_00002.jpg", "train_00005.jpg"] and not lasso.note
    assert (world.workspace.path / "exports/other.txt").exists()
    assert (world.workspace.path / "exports/tree").is_dir()


@pytest.mark.parametrize("keep", [True, False])
def test_the_log_holds_and_every_reader_notices(world, keep):
    reading = world.store.decisions.state(world.dataset.key)  # a reader of before
    assert reading.by_image[GONE].label is not None
    digest = verify(world.store)[0].end.digest
    perform(world, images=(GONE,), keep=keep)
    (verdict,) = verify(world.store, {world.dataset.key: (5, digest)})
    assert verdict.fault == "" and verdict.end.digest == digest
    state = world.store.decisions.state(world.dataset.key)
    assert GONE not in state.by_image
    assert [record.erased for record in state.records.values()] == ([1, 1, 0, 1, 0] if keep else [0] * 5)
    assert state.undo_target("ada lovelace") == "a1" and state.undo_target("ben") == "b2"


def test_a_promise_whose_sample_lost_a_face_is_given_up_and_keeps_its_other_places(world):
    perform(world, images=(GONE,), annotator="ada lovelace")
    (made,) = promises.listed(world.workspace, world.dataset.key)
    assert made.names == ("train_00002.jpg", "") and made.sample == (1,)
    assert (made.state, made.by) == (promises.GIVEN_UP, "erased 1")


def test_an_annotator_is_a_number_and_what_they_decided_stays(world, everything):
    assert b"ada lovelace" in everything(world.workspace.path)
    report = perform(world, annotator="ada lovelace")
    assert report.failed == () and b"ada lovelace" not in everything(world.workspace.path)
    assert verify(world.store)[0].fault == ""
    state = world.store.decisions.state(world.dataset.key)
    assert state.by_image["train_00004.jpg"].annotator == "erased 1"
    assert {record.operation.annotator for record in state.records.values()} == {"erased 1", "ben"}
    assert world.store.erasing.mentions(["private"]) == 1  # a note that somebody else must judge
    assert perform(world, annotator="ben").failed == ()
    assert world.store.erasing.annotators(world.dataset.key) == {"erased 1", "erased 2"}


def test_a_whole_data_set_leaves_nothing_and_the_trail_says_so(world, everything):
    report = perform(world, whole=True)
    after = everything(world.workspace.path)
    assert report.failed == () and b"train_0" not in after and not any(face in after for face in world.faces)
    assert world.store.datasets.list() == [] and world.store.runs.list() == []
    assert world.store.decisions.state(world.dataset.key).records == {}
    (event, _) = world.store.trail.list()
    assert (event.who, event.what, event.dataset) == ("ops", "erasure", world.dataset.key)
    world.store.datasets.register(world.dataset)  # it can be opened anew
    assert verify(world.store)[0].end.length == 0


def test_a_list_changes_nothing_and_a_second_erasure_finds_nothing(world, everything):
    before = everything(world.workspace.path)
    plan = erase.plan(world.workspace, world.store, world.root, Wish(images=(GONE,)))
    assert len(plan.acts) > 15 and everything(world.workspace.path) == before
    erase.carry_out(plan, world.store, by="ops")
    remove_from_source(world)
    assert erase.plan(world.workspace, world.store, world.root, Wish(images=(GONE,))).acts == ()


def test_a_data_set_whose_folder_is_gone_is_found_by_its_path_or_key(world, everything):
    shutil.rmtree(world.root)
    listed = [
        [act.place for act in erase.plan(world.workspace, world.store, data, Wish(images=(GONE,))).acts]
        for data in (world.root, world.dataset.key)
    ]
    assert listed[0] == listed[1] != []
    perform(world, images=(GONE,))
    assert not any(name in everything(world.workspace.path) for name in NAMES)


def test_what_makes_no_sense_is_refused(world, tmp_path):
    for wish, said in (({}, "Nothing to erase"), ({"annotator": "eve"}, "there is ada lovelace, ben")):
        with pytest.raises(RefusedError, match=said):
            perform(world, **wish)
    with pytest.raises(RefusedError, match="was opened in it"):
        erase.plan(world.workspace, world.store, tmp_path / "elsewhere", Wish(images=(GONE,)))
    world.store.runs.create("r-2", RunConfig(world.dataset.reference, ("man",)))
    with pytest.raises(JobError, match="r-2 is using"):
        perform(world, images=(GONE,))
    assert GONE in world.state.by_image


def test_what_fails_is_reported_and_the_rest_is_done(world, monkeypatch):
    plan = erase.plan(world.workspace, world.store, world.root, Wish(images=(GONE,)))

    def full(*_args, **_more):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("auditor.training.identity.np.savez_compressed", full)
    report = erase.carry_out(plan, world.store, by="ops")
    assert {place.split("/")[0] for place, _ in report.failed} == {"runs"}
    assert "No space left" in report.failed[0][1] and GONE not in world.state.by_image
    monkeypatch.undo()
    assert perform(world, images=(GONE,)).failed == ()


def test_a_name_that_nothing_has_touches_nothing(world):
    ImageCache.open(open_dataset(world.root, cache=world.workspace.cache), 32, world.workspace.cache)
    next(
        (world.workspace.path / "exports").glob(".*.part")
    ).unlink()  # a killed export, which cannot be searched either
    plan = erase.plan(world.workspace, world.store, world.root, Wish(images=("x.jpg",)))
    unsearchable = ["auditor-before-restore-20260101.db", "exports/book.xlsx"]
    assert [act.place for act in plan.acts] == unsearchable
