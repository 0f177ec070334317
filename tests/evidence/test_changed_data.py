"""auditor/evidence/gather.py, build.py: evidence built from an earlier run after the data set has changed, by name."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings

from auditor.config import Workspace
from auditor.errors import ChangedDataError, EvidenceError
from auditor.evidence import versions
from auditor.evidence.build import build, lesson
from auditor.evidence.gather import gather
from auditor.training import identity
from auditor.training.dynamics import ROLE_HELD_OUT, DynamicsWriter
from tests.training.changed import CLASSES, NAMES, TESTS, as_before, data, edits

FOLDS = 2
PROBS = np.random.default_rng(0).dirichlet(np.ones(3), (FOLDS, len(NAMES))).astype(np.float16)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run in two folds that left another number for every image, fold and class."""
    folder, was = tmp_path_factory.mktemp("run"), data()
    identity.write(folder, was)
    for fold in range(FOLDS):
        test = np.isin(was.names, TESTS)
        role = np.where(test, 2, np.where(np.arange(len(NAMES)) % FOLDS == fold, ROLE_HELD_OUT, 0))
        writer = DynamicsWriter(
            folder / "man" / f"fold-{fold}" / "dynamics", method="man", fold=fold, epochs=1, classes=3,
            rows=np.arange(len(NAMES)), role=role, labels=np.where(test, -1, was.labels), columns={},
        )  # fmt: skip
        writer.append(0, PROBS[fold], {}, np.arange(len(NAMES))[:, None] + 100 * fold)
    return folder


@settings(max_examples=60, deadline=None)
@given(now=edits())
def test_every_opinion_stays_that_of_its_image(run, now):
    rows = now.rows("train")
    there = [as_before(name) for name in now.names[rows]]
    if not any(there):
        with pytest.raises(EvidenceError, match="None of the images that the trainings have scored is a training"):
            gather([run], now, rows)
        return
    (strand,) = gather([run], now, rows)
    assert strand.scored.tolist() == [name is not None for name in there]
    probs, embedding = strand.probs(0), strand.embedding()[:]
    for place, name in enumerate(there):
        if name is None:
            assert np.isnan(probs[place]).all() and strand.labels[place] == -1 and not embedding[place].any()
            continue
        was = NAMES.index(name)
        said = dict(zip(now.classes, probs[place].tolist(), strict=True))
        assert said == dict(zip(CLASSES, PROBS[was % FOLDS, was].astype(np.float32).tolist(), strict=True))
        assert now.classes[strand.labels[place]] == CLASSES[data().labels[was]]
        assert embedding[place].tolist() == [was, was + 100] and strand.held_out[place]


def reordered(dataset, rows, order):
    """The data set with other rows, and its classes in another order."""
    place = np.argsort(order)
    return replace(
        dataset.select(rows),
        classes=tuple(dataset.classes[number] for number in order),
        codes=tuple(dataset.codes[number] for number in order),
        labels=place[dataset.labels[rows]].astype(np.int16),
    )


def by_name(version, dataset):
    """What evidence says of each image, by names alone."""
    table, named = version.table, [*dataset.classes, None]
    return {
        row.name: (named[row.given], named[row.suggested], named[row.man_pred], named[row.rul_pred], row.assignment)
        for row in table.itertuples(index=False)
    }, table.set_index("name")[["p_mislabelled", "man_p_given", "rul_p_given", "man_sigma", "aum"]].sort_index()


def test_evidence_built_after_the_label_file_was_sorted_otherwise_is_the_same(world, version, tmp_path):
    dataset, rng = world.dataset, np.random.default_rng(3)
    train = rng.permutation(dataset.rows("train"))
    now = reordered(dataset, np.concatenate([train, dataset.rows("test")]), rng.permutation(dataset.num_classes))
    facts, before = by_name(version, dataset)
    later, after = by_name(build(Workspace(tmp_path), now, [world.run]), now)
    assert list(before.index) == list(after.index)
    assert np.mean([facts[name] == later[name] for name in facts]) > 0.98  # sums in another order may turn a tie
    np.testing.assert_allclose(after, before, atol=2e-2)


def test_images_that_are_gone_or_new_since_the_run_are_left_out_and_counted(world, tmp_path):
    train = world.dataset.rows("train")
    names = world.dataset.names.copy()
    names[train[:5]] = [f"new_{number}.jpg" for number in range(5)]
    now = replace(world.dataset, names=names).select(np.arange(2, len(names)))
    version = build(Workspace(tmp_path), now, [world.run])
    assert version.table["name"].tolist() == world.dataset.names[train[5:]].tolist()
    np.testing.assert_array_equal(now.names[version.rows], version.table["name"])
    assert any(
        warning.startswith("3 training images were scored by no method") for warning in version.summary["warnings"]
    )
    np.testing.assert_array_equal(np.isnan(lesson(world.run, now)[:4]).all(axis=1), [True, True, True, False])


def test_a_run_on_other_classes_is_refused_or_left_out_with_its_reason(world, tmp_path):
    workspace = Workspace(tmp_path)
    new, old = workspace.run("new"), workspace.run("old")
    for run in (new, old):
        run.mkdir(parents=True)
        (run / "man").symlink_to(world.run / "man")
        (run / "config.json").write_bytes((world.run / "config.json").read_bytes())
    identity.write(new, world.dataset)
    renamed = ("bliss", *world.dataset.classes[1:])
    identity.write(old, replace(world.dataset, classes=renamed))
    version = build(workspace, world.dataset, [new, old])
    (warning,) = [each for each in version.summary["warnings"] if "Run old" in each]
    first = world.dataset.classes[0]
    assert f"(gone: bliss; new: {first}); train again" in warning and warning.endswith("Until then it is left out.")
    assert version.summary["runs"] == ["new"]
    with pytest.raises(ChangedDataError, match=r"Run old was trained on the classes bliss"):
        build(workspace, world.dataset, [old, new])
    (new / "config.json").unlink()
    with pytest.raises(ChangedDataError, match=r"Run old was trained on the classes bliss"):
        build(workspace, world.dataset)
    assert len(versions.versions(workspace, world.dataset.key)) == 1


def test_the_names_of_an_unnamed_run_are_stored_only_where_they_are_certain(world, tmp_path):
    workspace = Workspace(tmp_path)
    run = workspace.run("r20200101-000000-abcd")  # long before the data set was written
    run.mkdir(parents=True)
    (run / "man").symlink_to(world.run / "man")
    (run / "config.json").write_bytes((world.run / "config.json").read_bytes())
    np.save(run / "labels.npy", world.dataset.labels)
    with pytest.raises(ChangedDataError, match=r"earlier version that stored row numbers .*; train again\."):
        build(workspace, world.dataset)
    assert not (run / identity.FILE).exists()
