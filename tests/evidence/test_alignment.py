"""auditor/evidence/alignment.py, view.py: over random edits every statement keeps its image and class."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.data.dataset import Dataset
from auditor.evidence import why
from auditor.evidence.alignment import aligned, changes
from auditor.evidence.versions import EvidenceVersion

CLASSES = ("joy", "fear", "anger", "calm")
IMAGES, NEAR = 12, 3
GIVEN = np.arange(IMAGES) % 4
SUGGESTED = (np.arange(IMAGES) + np.arange(IMAGES) % 3) % 4


def data(names, labels, classes=CLASSES):
    """A data set in memory: only its names, labels and classes are looked at."""
    size = len(names)
    return Dataset(
        root=Path("nowhere"), format="table", label_file="labels.csv", key="0123456789ab", title="small",
        classes=tuple(classes), codes=tuple(classes), names=np.array(names, object), paths=np.array(names, object),
        split=np.zeros(size, np.int8), labels=np.array([classes.index(label) for label in labels], np.int16),
        lines=np.arange(1, size + 1, dtype=np.int32),
    )  # fmt: skip


BUILT = data([f"{n}.jpg" for n in range(IMAGES)], [CLASSES[label] for label in GIVEN])


@pytest.fixture(scope="module")
def version(tmp_path_factory):
    """A version as `build` writes it, every number of it a different one."""
    folder = tmp_path_factory.mktemp("evidence") / "v0003"
    folder.mkdir()
    rng, rows = np.random.default_rng(0), np.arange(IMAGES, dtype=np.int32)
    probs = rng.dirichlet(np.ones(4), IMAGES).astype(np.float16)
    table = pd.DataFrame(
        {
            "row": rows, "name": BUILT.names, "given": GIVEN.astype(np.int16), "in_file": GIVEN.astype(np.int16),
            "suggested": SUGGESTED.astype(np.int16), "p_mislabelled": rng.random(IMAGES).astype(np.float32),
            "assignment": np.int8(2), "votes_noisy": np.int8(1), "votes_total": np.int8(1), "ambiguity": 0.1,
            "stability": 0.9, "knn_disagreement": 0.5, "aum": 0.0, "duplicate_group": (rows < 2) - 1,
            "noisyfer_pred": SUGGESTED.astype(np.int16), "noisyfer_assignment": np.int8(2), "noisyfer_p_given": 0.2,
            **{f"noisyfer_posterior_{number}": probs[:, number].astype(np.float32) for number in range(4)},
        }
    )  # fmt: skip
    table.to_parquet(folder / "table.parquet", index=False)
    np.save(folder / "probs.npy", probs)
    np.save(folder / "neighbours.npy", np.stack([(rows + step) % IMAGES for step in (1, 2, 3)], 1).astype(np.int32))
    np.save(folder / "neighbour_distance.npy", np.stack([rows / 10 + step for step in range(3)], 1).astype(np.float32))
    np.save(folder / "p_given.npy", np.repeat(rows[:, None] / 100, 4, axis=1).astype(np.float16))
    pd.DataFrame({"row": rows, "joint_pca_x": rows * 1.0, "joint_pca_y": rows * 2.0}).to_parquet(folder / "map.parquet")
    pd.DataFrame(
        {"row": [0], "other": [1], "contradicting": [True], "name": ["0.jpg"], "other_name": ["1.jpg"]}
    ).to_parquet(folder / "duplicates.parquet")
    by_class = [0.1, 0.2, 0.3, 0.4]
    summary = {
        "classes": CLASSES, "codes": CLASSES, "methods": ["noisyfer"], "weights": {"noisyfer": 1.0},
        "labels": {"run": "given"}, "transition": (np.eye(4) * 0.6 + 0.1).tolist(),
        "noise": {"overall": 0.2, "by_class": by_class, "images": [3] * 4},
    }  # fmt: skip
    (folder / "summary.json").write_text(json.dumps(summary))
    return EvidenceVersion(folder)


@st.composite
def edited(draw):
    """The data set after an edit: images shuffled, removed and added; classes reordered, removed and added."""
    classes = draw(st.permutations([*CLASSES, "shame"]).map(lambda all_: all_[: draw(st.integers(1, 5))]))
    images = draw(st.permutations(range(IMAGES + 3)).map(lambda all_: all_[: draw(st.integers(1, IMAGES + 3))]))
    labels = []
    for image in images:
        before = CLASSES[GIVEN[image]] if image < IMAGES else ""
        stays = before in classes and draw(st.integers(0, 4))
        labels.append(before if stays else draw(st.sampled_from(classes)))
    return data([f"{image}.jpg" for image in images], labels, classes)


def facts(evidence, names, place, classes):
    """What is said of one image, by names alone: nothing in it depends on an order."""
    line = evidence.table.iloc[place]
    named = [*classes, None]
    posterior = {name: float(line[f"noisyfer_posterior_{number}"]) for number, name in enumerate(classes)}
    return {
        "given": named[line["given"]],
        "suggested": named[line["suggested"]],
        "sees": named[line["noisyfer_pred"]],
        "probs": {name: float(p) for name, p in zip(classes, evidence.probs[place], strict=True)},
        "posterior": {name: p for name, p in posterior.items() if np.isfinite(p)},
        "near": [None if row < 0 else names[row] for row in evidence.neighbours[place]],
        "distance": evidence.neighbour_distance[place].tolist(),
        "course": evidence.p_given()[place].tolist(),
        "suspicion": float(line["p_mislabelled"]),
        "at": float(evidence.map.set_index("row").loc[int(line["row"]), "joint_pca_x"]),
        "rate": evidence.summary["noise"]["by_class"][line["given"]],
        "built": int(evidence.built_rows[place]),
    }


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(now=edited())
def test_every_statement_keeps_its_image_and_its_class_or_is_gone(version, now):
    view = aligned(version, now)
    assert (np.diff(view.rows) > 0).all() and len(view.rows) == len(view.table) == len(view.probs)
    there = [name for name in BUILT.names if name in set(now.names) and CLASSES[GIVEN[int(name[:-4])]] in now.classes]
    assert sorted(now.names[view.rows]) == sorted(there) == sorted(view.table["name"])
    for place, row in enumerate(view.rows):
        before = facts(version, BUILT.names, BUILT.index_of(now.names[row]), CLASSES)
        after = facts(view, now.names, view.place(int(row)), now.classes)
        for what in ("given", "distance", "course", "suspicion", "at", "rate", "built"):
            assert after[what] == before[what], what
        for what in ("suggested", "sees"):
            assert after[what] == (before[what] if before[what] in now.classes else None)
        for what in ("probs", "posterior"):
            kept = {name: p for name, p in before[what].items() if name in now.classes}
            assert {name: p for name, p in after[what].items() if name != "shame"} == kept
            assert after[what].get("shame", 0) == 0
        assert after["near"] == [name if name in there else None for name in before["near"]]
        said = why.explain(view, int(row)).sentence
        if after["suggested"] is None:
            assert said == why.LOST
        elif now.classes == CLASSES and after["near"] == before["near"] and {"0.jpg", "1.jpg"} <= set(there):
            assert said == why.explain(version, BUILT.index_of(now.names[row])).sentence
        assert not any(name in said for name in {*CLASSES, "shame"} - set(now.classes))
        assert place == view.place(int(row))
    pairs = [tuple(now.names[[pair.row, pair.other]]) for pair in view.duplicates.itertuples()]
    assert [set(pair) for pair in pairs] == [{"0.jpg", "1.jpg"}] * ({"0.jpg", "1.jpg"} <= set(now.names))
    found = changes(version, now)
    assert found.gone == len(set(BUILT.names) - set(now.names))
    assert found.new == len(set(now.names) - set(BUILT.names))
    labelled = zip(now.names, now.labels, strict=True)
    both = [(BUILT.index_of(name), label) for name, label in labelled if name in BUILT.names]
    assert found.relabelled == sum(now.classes[label] != CLASSES[GIVEN[image]] for image, label in both)
    assert aligned(view, now) is view and aligned(view, BUILT) is version


def test_an_unchanged_data_set_gets_the_version_itself(version):
    again = replace(BUILT)
    assert aligned(version, again) is version and changes(version, again).sentence == ""
    # Images behind those of the evidence, and corrected labels, move none of its numbers.
    longer = data([*BUILT.names, "new.jpg"], [*(CLASSES[label] for label in [1, *GIVEN[1:]]), "joy"])
    assert aligned(version, longer) is version
    assert changes(version, longer).sentence == (
        "Evidence v0003 was built for another state of this data set: 1 image has no evidence yet and 1 given label "
        "changed since; train again to include these changes."
    )


def test_the_sentence_names_what_is_gone_and_what_is_new(version):
    now = data([*BUILT.names[2:], "new.jpg", "b.jpg"], ["joy"] * 12, ("shame", "joy", "fear"))
    assert changes(version, now).sentence == (
        "Evidence v0003 was built for another state of this data set: 2 images have no evidence yet, 2 of its images "
        "are gone, 8 given labels changed since, the classes anger and calm are gone and the class shame is new; train "
        "again to include these changes."
    )


def test_a_class_that_is_only_spelt_otherwise_is_the_same(version):
    now = data(BUILT.names, [CLASSES[label].upper() for label in GIVEN], tuple(name.upper() for name in CLASSES))
    view = aligned(version, now)
    assert view.table["suggested"].tolist() == SUGGESTED.tolist() and changes(version, now).sentence == ""


def test_classes_that_became_one_add_up(version):
    twice = data(BUILT.names, [CLASSES[label] for label in GIVEN], ("joy", "fear", "anger", "calm"))
    names = {
        "summary": {
            **version.summary,
            "classes": ["joy", "fear", "joy", "calm"],
            "codes": ["Joy", "fear", "joy", "calm"],
        }
    }
    merged = EvidenceVersion(version.folder)
    merged.__dict__.update(names)
    view = aligned(merged, twice)
    old = np.asarray(version.probs, np.float32)
    np.testing.assert_allclose(view.probs[:, 0], old[:, 0] + old[:, 2], atol=1e-3)
    assert view.summary["noise"]["by_class"] == [None, 0.2, None, 0.4]
    # Without the source's spellings nothing tells the two apart, so neither is taken for the other.
    merged = EvidenceVersion(version.folder)
    merged.__dict__["summary"] = {**names["summary"], "codes": None}
    assert set(aligned(merged, twice).table["given"]) == {1, 3}


def test_a_built_version_is_itself_and_follows_its_images(world, version_of_world):
    dataset = world.dataset
    assert aligned(version_of_world, dataset) is version_of_world
    assert changes(version_of_world, dataset).sentence == ""
    order = np.random.default_rng(1).permutation(len(dataset))[:-40]
    moved = dataset.select(order)
    view = aligned(version_of_world, moved)
    assert view is not version_of_world
    before = version_of_world.table.set_index("name")
    assert view.table["suggested"].tolist() == before.loc[view.table["name"], "suggested"].tolist()
    twins = {frozenset(pair) for pair in version_of_world.duplicates[["name", "other_name"]].to_numpy().tolist()}
    left = {frozenset(moved.names[[pair.row, pair.other]]) for pair in view.duplicates.itertuples()}
    assert left == {pair for pair in twins if pair <= set(moved.names)}


@pytest.fixture
def version_of_world(world):
    from auditor.evidence import versions

    found = versions.latest(world.workspace, world.dataset.key)
    if found is None or "codes" not in found.summary:
        from auditor.evidence.build import build

        found = build(world.workspace, world.dataset)
    return found
