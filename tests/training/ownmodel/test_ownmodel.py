"""request.py, values.py, places.py, regression.py, opine.py, given.py: what a model of the user's own brings."""

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from auditor.config import Workspace
from auditor.data.opening import open_dataset
from auditor.errors import ConfigError, DataError, TrainingError
from auditor.training import reader
from auditor.training.dynamics import ROLE_HELD_OUT, ROLE_TEST, ROLE_TRAINED
from auditor.training.ownmodel import OF_IMAGES, OF_LABELS, given, opine, places, regression
from auditor.training.ownmodel.request import ModelRequest, checked_name
from auditor.training.ownmodel.values import Values, read
from tests.exports.small import rafdb

RAF = ("surprise", "fear", "disgust", "happiness", "sadness", "anger", "neutral")


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    """140 training and 14 test images of seven classes, of which nothing but names and labels is read."""
    lines = [f"train_{n:05d}.jpg {n % 7 + 1}" for n in range(1, 141)] + [
        f"test_{n:04d}.jpg {n % 7 + 1}" for n in range(1, 15)
    ]
    train, test = (("\n".join(part) + "\n").encode() for part in (lines[:140], lines[140:]))
    return open_dataset(rafdb(tmp_path_factory.mktemp("raf") / "raf", train, 140, test))


@pytest.fixture
def probs(dataset):
    """A model that is right about three in four labels, float32 [154, 7], in the data set's order."""
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(len(dataset), 7)) + 2.5 * np.eye(7)[dataset.labels]
    shares = np.exp(logits)
    return (shares / shares.sum(axis=1, keepdims=True)).astype(np.float32)


def test_a_request_names_one_source_and_says_what_is_wrong_with_it():
    kept = ModelRequest(probs="p.npz", classes=("a", "b"), out_of_fold=True)
    assert ModelRequest.of({**kept.to_options(), "classes": ["a", "b"]}) == kept  # as JSON hands it back
    for wrong, words in (
        ({}, "none of them"),
        ({"probs": "p", "onnx": "m"}, "--probs, --onnx"),
        ({"onnx": "m", "outputs": "words"}, "logits, probabilities, features"),
        ({"onnx": "m", "std": (1.0, 0.0, 1.0)}, "above 0"),
        ({"onnx": "m", "size": 8}, "32 to 1024"),
    ):
        with pytest.raises(ConfigError, match=words):
            ModelRequest(**wrong)
    with pytest.raises(ConfigError, match="no option 'prob'"):
        ModelRequest.of({"prob": "p"})


@pytest.mark.parametrize("name", ["man", "student", "joint", "cl", "my_model", "9lives", "x" * 32, ""])
def test_a_name_that_columns_or_files_have_already_is_refused(name):
    with pytest.raises(ConfigError):
        checked_name(name)


def test_a_name_is_lowered():
    assert checked_name(" CLIP-B32 ") == "clip-b32"


@pytest.mark.parametrize("form", ["npy", "npz", "csv", "parquet"])
def test_every_format_gives_the_same_numbers_to_the_same_images(form, dataset, probs, tmp_path):
    order = np.random.default_rng(1).permutation(len(dataset))
    names, file = dataset.names.astype(str), tmp_path / f"p.{form}"
    if form == "npy":
        np.save(file, probs)
    elif form == "npz":
        np.savez(file, probs=probs[order][:, ::-1], names=names[order], classes=np.array(RAF[::-1]))
    else:
        table = pd.DataFrame(probs[order][:, ::-1], columns=[name.title() for name in RAF[::-1]])
        table.insert(3, "image", names[order])
        table.to_csv(file, index=False) if form == "csv" else table.to_parquet(file)
    brought = opine.from_request(ModelRequest(probs=str(file)), dataset, opine.Work(Workspace(tmp_path)))
    np.testing.assert_allclose(brought.probs, probs, atol=1e-5)
    assert brought.by_number == (form == "npy") and not brought.notes


def test_images_are_found_by_path_and_by_the_last_part_of_a_name(dataset, probs):
    paths = tuple(f"/home/ada/faces/{name}" for name in dataset.names)
    found, notes = places.on_images(Values(probs, "p.csv", paths), dataset)
    np.testing.assert_array_equal(found, probs)
    assert not notes
    some, notes = places.on_images(Values(probs[:100], "p.csv", (*dataset.names[:99], "nobody.jpg")), dataset)
    assert np.isnan(some[99:]).all() and np.array_equal(some[:99], probs[:99])
    assert "nobody.jpg" in notes[0] and "41 training images have no row" in notes[1]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (lambda p, _: Values(p[:99], "p.npy"), "99 × 7 numbers .* 154 images, 140 of them for training"),
        (
            lambda p, _: Values(p[:, :6], "p.npy"),
            r"6 numbers an image in p.npy, and the data set has 7 classes \(surprise, fear",
        ),
        (
            lambda p, _: Values(p, "p.npz", None, (*RAF[:6], "contempt")),
            "surprise.*contempt, and those of the data set",
        ),
        (
            lambda p, _: Values(p, "p.csv", ("x.jpg",) * 154, RAF),
            "such as x.jpg, and those of the data set such as train_00001",
        ),
        (lambda p, d: Values(p, "p.csv", (d.names[0],) * 154, RAF), "two rows of the image train_00001"),
        (lambda p, _: Values(5 * p, "p.npy"), r"train_00001.jpg in p.npy .* add up to 5, .* --logits"),
        (lambda p, _: Values(p[:, [1, 0, 2, 3, 4, 5, 6]], "p.npy"), "order fear, surprise, disgust"),
    ],
    ids=["rows", "columns", "classes", "names", "twice", "logits", "order"],
)
def test_what_does_not_fit_is_refused_with_both_sides(values, words, dataset, probs):
    with pytest.raises(DataError, match=words) as refused:
        opine.from_arrays(ModelRequest(probs="p"), dataset, values(probs, dataset), None)
    assert re.fullmatch(r"[A-Z0-9p].*\.", str(refused.value).replace("\n", " "))


def test_logits_and_named_classes_in_any_order(dataset, probs):
    logits = Values(np.log(probs)[:, ::-1] + 3, "the array probs", None, None)
    brought = opine.from_arrays(ModelRequest(probs="p", logits=True, classes=RAF[::-1]), dataset, logits, None)
    np.testing.assert_allclose(brought.probs, probs, atol=1e-5)
    by_code = Values(probs, "p.csv", None, tuple("1234567"))
    assert opine.from_arrays(ModelRequest(probs="p"), dataset, by_code, None).probs is not None
    synonyms = Values(probs, "p.csv", None, ("Surprised", "Fearful", "Disgusted", "Happy", "Sad", "Angry", "Neutral"))
    assert opine.from_arrays(ModelRequest(probs="p"), dataset, synonyms, None).probs is not None


def opinion(dataset, tmp_path, **brought):
    """The record that an opinion leaves."""
    folder = tmp_path / "run"
    said = opine.opine(opine.Brought("p.npy", **brought), dataset, folder, "clip", opine.Work(Workspace(tmp_path)))
    (record,) = reader.open_run(folder, dataset)["clip"]
    return said, record


def test_probabilities_become_a_record_of_one_epoch(dataset, probs, tmp_path):
    probs[5] = np.nan
    said, record = opinion(dataset, tmp_path, probs=probs, unseen=True)
    assert "139 training images" in said and "never saw these labels" in said
    assert record.kind == OF_IMAGES and record.embedding.shape == (153, 0)
    assert set(record.role[:139]) == {ROLE_HELD_OUT} and set(record.role[139:]) == {ROLE_TEST}
    assert (record.labels[139:] == -1).all()
    np.testing.assert_allclose(record.probs_after(0), np.delete(probs, 5, 0), atol=1e-3)


def test_a_model_that_may_have_seen_the_labels_counts_as_trained_on_them(dataset, probs, tmp_path):
    said, record = opinion(dataset, tmp_path, probs=probs)
    assert set(record.role[:140]) == {ROLE_TRAINED} and record.kind == OF_LABELS and "may have seen" in said


def test_features_alone_become_probabilities_out_of_fold(dataset, tmp_path):
    rng = np.random.default_rng(2)
    features = (rng.normal(size=(154, 20)) + 3 * np.eye(7, 20)[dataset.labels]).astype(np.float32)
    features[140:] = 1e6  # test rows are of no use to a regression that never reads their labels
    said, record = opinion(dataset, tmp_path, features=features, unseen=True)
    assert "logistic regression" in said and len(record.rows) == 140
    assert (record.probs_after(0).argmax(axis=1) == record.labels).mean() > 0.8


def test_rows_matched_by_number_in_another_order_are_refused(dataset, probs, tmp_path):
    mixed = np.random.default_rng(3).permutation(probs)
    with pytest.raises(DataError, match="in another order than the images"):
        opinion(dataset, tmp_path, probs=mixed, by_number=True)
    said, _ = opinion(dataset, tmp_path, probs=mixed)  # named rows: a weak model, not a mistake
    assert "clip" in said


def test_no_image_is_scored_by_a_regression_that_saw_its_label():
    """Features that are noise, and labels that are noise: whoever saw a label would know it."""
    rng = np.random.default_rng(4)
    labels = rng.integers(0, 4, 400)
    found = regression.out_of_fold(rng.normal(size=(400, 300)).astype(np.float32), labels, 4)
    right = (found.probs.argmax(axis=1) == labels).mean()
    assert 0.15 < right < 0.35
    np.testing.assert_allclose(found.probs.sum(axis=1), 1, atol=1e-5)
    assert found.axes.shape == (400, regression.AXES)


def test_the_strength_follows_the_held_out_labels():
    rng = np.random.default_rng(5)
    labels = rng.integers(0, 3, 600)
    clear = (np.eye(3, 50)[labels] * 8 + rng.normal(size=(600, 50))).astype(np.float32)
    noise = rng.normal(size=(600, 50)).astype(np.float32)
    strengths = [regression.out_of_fold(features, labels, 3).strength for features in (clear, noise)]
    assert strengths[0] > strengths[1] == regression.STRENGTHS[0]


def test_one_label_leaves_nothing_to_learn():
    with pytest.raises(TrainingError, match="one label"):
        regression.out_of_fold(np.ones((20, 3), np.float32), np.zeros(20, int), 2)


@drawn(st.permutations(range(7)))
def test_any_order_of_columns_is_found_by_name(order):
    class Classes:
        classes, codes, format, num_classes = RAF, tuple("1234567"), "rafdb", 7

    columns = [RAF[number] for number in order]
    found = places.class_columns(columns, Classes, "p.csv")
    assert [columns[column] for column in found] == list(RAF)


def test_damaged_and_unknown_files_are_sentences(tmp_path):
    (tmp_path / "p.npy").write_bytes(b"\x93NUMPY broken")
    (tmp_path / "p.csv").write_text("face,happy\na.jpg,1\n")
    (tmp_path / "q.csv").write_text("image,happy,note\na.jpg,1,nice\n")
    np.save(tmp_path / "words.npy", np.array(["a"]))
    for name, words in (
        ("p.npy", "cannot be read as numbers"),
        ("p.csv", "are face, happy; name exactly one of them image"),
        ("q.csv", "column 'note' of q.csv does not hold numbers"),
        ("words.npy", "expected numbers"),
        ("gone.npy", "There is no file"),
        ("p.txt", "give .npy, .npz, .csv or .parquet"),
    ):
        with pytest.raises(DataError, match=words):
            read(tmp_path / name, "probs")


def test_a_scripts_arrays_are_kept_once(tmp_path):
    array = np.eye(3)
    first = given.save(array, "probs", "clip", tmp_path, ["a", "b", "c"], ("x", "y", "z"))
    assert given.save(array, "probs", "clip", tmp_path, ["a", "b", "c"], ("x", "y", "z")) == first
    kept = read(first, "probs")
    assert kept.names == ("a", "b", "c") and kept.columns == ("x", "y", "z")
    frame = pd.DataFrame(array, index=["a", "b", "c"], columns=["x", "y", "z"])
    assert read(given.save(frame, "probs", "clip", tmp_path), "probs").columns == ("x", "y", "z")
    with pytest.raises(DataError, match="expected numbers"):
        given.save(np.array(["a"]), "probs", "clip", tmp_path)
