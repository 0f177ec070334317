"""A decision keeps its meaning, however the data set changes before the export.

Real files: a table is written, opened and decided on, written anew in another order with other rows, classes and
spellings, opened again and exported.
"""

from __future__ import annotations

import csv
import io
import itertools
import json
import shutil
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from auditor.cli import main
from auditor.config import Workspace
from auditor.data.opening import open_dataset
from auditor.errors import TrainingError
from auditor.exports import ledger
from auditor.exports.catalogue import export
from auditor.exports.preview import preview
from auditor.store.operations import Operation, item_of
from auditor.store.sealing import seal_log
from auditor.store.store import Store
from auditor.training import labels as training
from tests.exports.small import picture, save

WORDS = ("Happy", "sad", "écœuré", "Überrascht", "Anger")
NUMBERS = ("0", "1", "2", "7", "10")
IMAGES = tuple(f"{letter}.png" for letter in "abcdef")
COUNT = itertools.count()


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("meaning") / "faces"
    for index, name in enumerate(IMAGES):
        save(root / name, picture(index, 16))
    return root


@pytest.fixture(scope="module")
def store(home):
    opened = Store.open(Workspace(home.parent / "workspace"))
    yield opened
    opened.close()


def folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def spelled(name: str, how: int) -> str:
    return (name, name.upper(), name.lower(), unicodedata.normalize("NFD", name))[how]


def rows(classes):
    """A table's rows: some images in any order, each with a label; two labels at least.

    One spelling for the whole table, as of a program that writes it anew, or any for each row.
    """
    return (
        st.tuples(
            st.permutations(IMAGES), st.integers(4, len(IMAGES)), st.sampled_from([(0,), (1,), (3,), (0, 1, 2, 3)])
        )
        .flatmap(
            lambda drawn: st.tuples(
                *(
                    st.tuples(st.just(name), st.builds(spelled, st.sampled_from(classes), st.sampled_from(drawn[2])))
                    for name in drawn[0][: drawn[1]]
                )
            )
        )
        .filter(lambda table: len({folded(label) for _, label in table}) > 1)
    )


DECISIONS = st.lists(
    st.tuples(
        st.integers(0, 5), st.sampled_from(["keep", "relabel", "ambiguous", "shares", "exclude"]), st.integers(0, 4)
    ),
    min_size=3,
    max_size=6,
)


def written(file: Path, table) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([("path", "label"), *table])
    file.write_text(text.getvalue())


def decide(store, dataset, decisions):
    """Decide; what each image was said to be, as a class's name in common form or None for excluded."""
    said = {}
    for place, action, number in decisions:
        row, label = place % len(dataset), number % dataset.num_classes
        soft = np.eye(dataset.num_classes)[label].tolist() if action == "shares" else None
        kind = "ambiguous" if soft else action
        item = item_of(dataset, row, kind, None if action in ("keep", "exclude") else label, soft=soft)
        store.decisions.append(Operation(f"op-{next(COUNT)}", dataset.key, "ada", items=(item,)))
        kept = dataset.classes[dataset.labels[row]]
        said[dataset.names[row]] = {"keep": folded(kept), "exclude": None}.get(action, folded(dataset.classes[label]))
    return said


ACCENT = [("a.png", "écœuré"), ("b.png", "sad"), ("c.png", "sad")]
DECOMPOSED = [(name, spelled(label, 3)) for name, label in ACCENT]


@settings(deadline=None, max_examples=50)
@example((ACCENT, DECOMPOSED), [(1, "relabel", 1)])
@given(st.sampled_from([WORDS, NUMBERS]).flatmap(lambda pool: st.tuples(rows(pool), rows(pool))), DECISIONS)
def test_decisions_keep_their_meaning_or_are_listed_as_lapsed(home, store, tables, decisions):
    file = home / f"labels{next(COUNT)}.csv"
    # Of which nothing is left at its place is another data set (tests/store/test_recognising.py).
    assume({name for name, _ in tables[0]} & {name for name, _ in tables[1]})
    written(file, tables[0])
    before = store.datasets.register(open_dataset(home, label_file=file.name, format="table")).dataset
    said = decide(store, before, decisions)

    written(file, tables[1])  # nobody registers it again
    now = store.datasets.recognise(open_dataset(home, label_file=file.name, format="table")).dataset
    assert now.key == before.key
    found = preview(now, store.decisions.state(now.key))
    classes = [folded(name) for name in now.classes]
    lapsed = {each.image for each in found.lapsed}
    wanted = {name: folded(label) for name, label in tables[1]}
    for name, label in said.items():
        if name not in wanted or (label is not None and label not in classes):
            assert name in lapsed
        elif label is not None and classes.count(label) > 1:
            # Two classes differ in how an accent is written: the one that was meant, or none.
            wanted[name] = wanted[name] if name in lapsed else label
        else:
            assert name not in lapsed
            wanted[name] = label
    assert lapsed <= said.keys()

    out = home.parent / "out.csv"
    out.unlink(missing_ok=True)  # an export replaces nothing unasked
    export(now, found, out)
    exported = {name: folded(label) for name, label in read(out).items()}
    assert exported == {name: label for name, label in wanted.items() if label is not None}
    _the_same_elsewhere(store, now, found, home.parent)
    # The file stays: one of another name that took its place would be the same data set, with these decisions.


def _the_same_elsewhere(store, now, found, folder):
    """Retraining and the ledger say what the label file says."""
    corrections = store.decisions.state(now.key).apply(now)
    assert (corrections.labels == found.labels).all()
    assert np.flatnonzero(corrections.excluded).tolist() == [each.row for each in found.excluded]
    assert corrections.lapsed == found.lapsed
    try:
        learnt = training.choose(now, "corrected", store, 0)
        assert (learnt.labels == found.labels).all()
        assert ("no longer applies" in learnt.note) == bool(found.lapsed)
    except TrainingError:
        assert not (found.changes or found.excluded or found.softened)
    lines = ledger.text(now, found)[0].splitlines()
    (folder / "ledger.jsonl").write_text("\n".join(lines))
    entries, refused = ledger.read(folder / "ledger.jsonl")
    applied = ledger.apply(entries, now)
    assert (applied.labels == found.labels).all() and not applied.refused
    assert {each.image for each in refused} == {each.image for each in found.lapsed}


def read(file: Path) -> dict[str, str]:
    with file.open(newline="") as lines:
        return dict(list(csv.reader(lines))[1:])


def test_a_class_that_comes_later_leaves_the_correction_as_it_was(tmp_path, capsys):
    """The CSV gains a row with a new class; the export said joy where sadness was meant."""
    for index, name in enumerate(IMAGES):
        save(tmp_path / "d" / name, picture(index, 16))
    table = [("a.png", "joy"), ("b.png", "sadness"), ("c.png", "joy"), ("d.png", "sadness")]
    written(tmp_path / "d/labels.csv", table)
    words = [str(tmp_path / "d"), "--workspace", str(tmp_path / "w")]
    (tmp_path / "decisions.csv").write_text("name,action,label\na.png,relabel,sadness\n")
    assert main(["decide", *words, "--annotator", "ada", "--from", str(tmp_path / "decisions.csv")]) == 0
    written(tmp_path / "d/labels.csv", [("e.png", "anger"), *table])
    assert main(["export", *words, "--out", str(tmp_path / "out.csv")]) == 0
    assert read(tmp_path / "out.csv")["a.png"] == "sadness"
    written(tmp_path / "d/labels.csv", [("a.png", "joy"), ("b.png", "anger")])
    capsys.readouterr()
    assert main(["export", *words, "--out", str(tmp_path / "gone.csv")]) == 0
    assert (
        "1 decision is no longer applicable (a.png: the data set has no class sadness any more)"
        in capsys.readouterr().err
    )
    assert read(tmp_path / "gone.csv")["a.png"] == "joy"
    assert main(["export", *words, "--out", str(tmp_path / "l.jsonl"), "--as", "ledger"]) == 0
    (line,) = map(json.loads, (tmp_path / "l.jsonl").read_text().splitlines())
    assert (line["action"], line["class"]) == ("lapsed", "sadness")


def test_a_folder_that_gains_a_class_saves_and_keeps_decisions(tmp_path):
    root = tmp_path / "faces"
    for index, name in enumerate(("fear", "joy")):
        save(root / name / "1.png", picture(index, 16))
    store = Store.open(Workspace(tmp_path / "w"))
    before = open_dataset(root)
    store.datasets.register(before)
    store.decisions.append(Operation("op-1", before.key, "ada", items=(item_of(before, 0, "relabel", 1),)))
    save(root / "anger" / "1.png", picture(5, 16))
    now = store.datasets.recognise(open_dataset(root)).dataset
    # Not registered again: what is decided on the classes in hand is saved all the same.
    store.decisions.append(Operation("op-2", now.key, "ada", items=(item_of(now, 0, "relabel", 2),)))
    state = store.decisions.state(now.key)
    assert {name: now.classes[each.label] for name, each in state.on(now).items()} == {
        "fear/1.png": "joy", "anger/1.png": "joy",
    }  # fmt: skip
    shutil.rmtree(root / "joy")
    gone = open_dataset(root)
    assert {each.image for each in state.lapsed(gone)} == {"fear/1.png", "anger/1.png"}
    assert not len(state.apply(gone).changed)
    store.close()


def test_decisions_of_an_older_program_are_read_by_their_names(tmp_path):
    """Rows as they were written before classes travelled by name through the program."""
    save(tmp_path / "faces/fear/1.png", picture(1, 16))
    save(tmp_path / "faces/joy/1.png", picture(2, 16))
    dataset = open_dataset(tmp_path / "faces")
    store = Store.open(Workspace(tmp_path / "w"))
    store.datasets.register(dataset)
    with store.database.write() as connection:
        connection.exec_driver_sql(
            "INSERT INTO operations (op_id, dataset, annotator, kind, mode, session, at) "
            f"VALUES ('old', '{dataset.key}', 'ada', 'decide', 'open', '', 1)"
        )
        for image, to_class, soft in (
            ("fear/1.png", "joy", None),
            ("joy/1.png", "fear", '{"fear": 0.75, "joy": 0.25}'),
        ):
            action = "ambiguous" if soft else "relabel"
            connection.exec_driver_sql(
                "INSERT INTO items (seq, image, row_number, action, from_class, to_class, soft) "
                "VALUES (1, ?, 0, ?, ?, ?, ?)",
                (image, action, image.split("/")[0], to_class, soft),
            )
        seal_log(connection)  # as the migration of such a database does
    found = store.decisions.state(dataset.key).on(dataset)
    assert (found["fear/1.png"].label, found["joy/1.png"].soft) == (1, (0.75, 0.25))
    store.close()
