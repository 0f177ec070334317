"""A workspace with everything in it that can hold a face or a name, and a reader of all its bytes."""

import contextlib
import gzip
import io
import json
import os
import sqlite3
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from auditor.config import RunConfig, Workspace
from auditor.data.images.cache import ImageCache, decode
from auditor.data.opening import open_dataset
from auditor.evidence import choice, promises
from auditor.evidence.build import build
from auditor.exports import places
from auditor.exports.catalogue import export
from auditor.exports.preview import preview
from auditor.store.operations import Operation, item_of
from auditor.store.store import Store
from auditor.training import identity
from tests.evidence.conftest import CLASSES, write_method
from tests.exports.small import rafdb

IMAGES, GONE = 40, "train_00003.jpg"
FILE = "train_00003_aligned.jpg"
SIZES = (16, 64)


@dataclass
class World:
    """A data set, its workspace with an open store, and the decoded faces of the image that will go."""

    root: Path
    workspace: Workspace
    dataset: object
    store: Store
    faces: list[bytes]

    @property
    def state(self):
        """The decisions, as a fresh reader finds them."""
        with Store.opened(self.workspace) as fresh:
            return fresh.decisions.state(self.dataset.key)


@pytest.fixture
def world(tmp_path):
    """Two people decided on the image; it is in a run, in evidence, in caches, in exports and in a killed export."""
    true = np.random.default_rng(0).permutation(np.arange(IMAGES) % CLASSES)
    lines = b"".join(b"train_%05d.jpg %d\n" % (i + 1, label + 1) for i, label in enumerate(true))
    root = rafdb(tmp_path / "faces", lines, IMAGES)
    workspace = Workspace(tmp_path / "work").make()
    dataset = open_dataset(root, cache=workspace.cache)
    store = Store.open(workspace)
    store.datasets.register(dataset)
    _decide(store, dataset)
    _learn(workspace, dataset, store, true)
    faces = [decode(dataset, 2, size).tobytes() for size in SIZES]
    for size in SIZES:
        ImageCache.open(dataset, size, workspace.cache)
    _export(workspace, dataset, store)
    aligned = workspace.path / "aligned" / dataset.key / "Image" / "aligned"
    aligned.mkdir(parents=True)
    (aligned / FILE).write_bytes((root / "Image/aligned" / FILE).read_bytes())
    with contextlib.closing(sqlite3.connect(workspace.path / "auditor-before-restore-20260101.db")) as old, old:
        old.execute("CREATE TABLE items (image TEXT)")
        old.execute("INSERT INTO items VALUES (?)", (GONE,))
    old.close()
    yield World(root, workspace, dataset, store, faces)
    store.close()


def _decide(store, dataset):
    def say(op_id, who, items, **more):
        store.decisions.append(Operation(op_id, dataset.key, who, items=tuple(items), **more))

    say("a1", "ada lovelace", [item_of(dataset, 2, "relabel", 1, shown_at=5.0), item_of(dataset, 3, "keep")])
    say("b1", "ben", [item_of(dataset, 2, "ambiguous", soft=(0.5, 0.5, 0, 0, 0, 0, 0))])
    say("b2", "ben", [item_of(dataset, 5, "exclude")])
    say("a2", "ada lovelace", [item_of(dataset, 2, "note", text="a private remark")])
    store.decisions.append(Operation("u1", dataset.key, "ada lovelace", kind="undo", target="b1"))
    store.selections.save(dataset, np.array([1, 2, 4]), "lasso")
    store.selections.save(dataset, np.array([2]), "one")
    store.trail.add("ada lovelace", "opening", dataset.key)


def _learn(workspace, dataset, store, true):
    """One run with its records, drawn faces and log, and the evidence that is built from it."""
    run = workspace.run("r-1")
    write_method(run / "man" / "dynamics", "man", np.random.default_rng(1), true, true.copy(), epochs=3)
    identity.write(run, dataset)
    given = workspace.path / "opinions" / "mine-probs-0123456789ab.npz"
    given.parent.mkdir()
    np.savez_compressed(given, probs=np.ones((IMAGES, CLASSES)), names=dataset.names.astype(str))
    config = RunConfig(dataset.reference, ("man",), reading={"probs": str(given)})
    (run / "config.json").write_text(config.to_json())
    (run / "run.log").write_text(f"epoch 1\ncannot read {FILE}\nepoch 2\n")
    drawn = [[decode(dataset, row, SIZES[0])] * (1 + CLASSES) for row in (2, 7)]
    np.save(run / "man" / "faces.npy", np.array(drawn))
    np.save(run / "man" / "faces_rows.npy", np.array([2, 7], np.int32))
    store.runs.create("r-1", config)
    store.runs.update("r-1", state="failed", message=f"The image {GONE} cannot be read.")
    build(workspace, dataset)
    choice.keep(workspace, dataset.key, by="ada lovelace")
    sample = promises.Promise(
        "p-1", "suggestions", 0.05, 0.95, 0.05, 0, "v0001", (str(dataset.names[1]), GONE), ("fear", "fear"), (0.9, 0.8),
        (1,), "ada lovelace", 1.0,
    )  # fmt: skip
    promises.save(workspace, dataset.key, sample)


def _export(workspace, dataset, store):
    home = workspace.path / "exports"
    home.mkdir()
    decisions = preview(dataset, store.decisions.state(dataset.key))
    with places.writing(workspace):
        for kind, name in (("ledger", "ledger.jsonl"), ("table", "table.csv"), ("folder", "tree")):
            export(dataset, decisions, home / name, kind)
        export(dataset, decisions, workspace.path.parent / "outside.jsonl", "ledger")
    (home / "other.txt").write_text("nothing of it\n")
    (home / "book.xlsx").write_bytes(b"PK a workbook")
    killed = home / ".labels.csv.0a1b2c3d.part"
    killed.write_text(f"{GONE},1\n")
    os.utime(killed, (1e9, 1e9))


@pytest.fixture
def everything():
    """A function that returns all that a folder's files hold, as bytes, also what is compressed in them."""

    def read(folder: Path) -> bytes:
        found = io.BytesIO()
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            data = file.read_bytes()
            found.write(b"\n" + str(file).encode() + b"\n" + data)
            if file.suffix == ".npz":
                with zipfile.ZipFile(file) as archive:
                    found.write(b"".join(map(archive.read, archive.namelist())))
            elif file.suffix == ".parquet":
                found.write(pd.read_parquet(file).to_csv().encode())
            elif file.suffix == ".gz":
                found.write(gzip.decompress(data))
            elif file.name == "auditor.db":
                with contextlib.closing(sqlite3.connect(file)) as connection, connection:
                    lists = connection.execute("SELECT names FROM selections").fetchall()
                connection.close()
                found.write(b"".join(zlib.decompress(names) for (names,) in lists))
        return found.getvalue()

    return read


def json_of(capsys):
    """What a command printed with --json."""
    return json.loads(capsys.readouterr().out)
