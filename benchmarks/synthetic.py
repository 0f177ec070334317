"""Make a workspace with made-up faces and evidence, of any size, for the screens' tests and the latency benchmark.

It is never shown to a user, and no figure about finding errors may come from it.
"""

from __future__ import annotations

import io
import json
import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from auditor.config import RunConfig, Workspace
from auditor.data.dataset import Dataset
from auditor.data.opening import open_dataset
from auditor.store.store import Store
from auditor.training import identity
from auditor.training.dynamics import DynamicsWriter
from auditor.training.reader import FACES, FACES_ROWS
from benchmarks import synthetic_evidence
from benchmarks.synthetic_truth import CLASSES, EPOCHS, METHODS, Truth, columns_of, probabilities, values_of

DISTINCT = 1400


def build(
    folder: Path, images: int, *, seed: int = 0, evidence: bool = True, dynamics: bool = True, retrained: bool = False
) -> tuple[Workspace, Dataset]:
    """Make a data set in RAF-DB's layout, register it, and give it a run and evidence.

    Args:
        folder: An empty folder; the data set goes to `data`, the workspace to `workspace`.
        images: Number of training images; a tenth as many test images are added.
        seed: Seeds everything.
        evidence: False leaves the data set without evidence.
        dynamics: False leaves it without a run.
        retrained: Add a better run on corrected labels and a control beside the first.
    """
    rng = np.random.default_rng(seed)
    tests = max(images // 10, CLASSES)
    true = rng.choice(CLASSES, images + tests, p=[0.11, 0.05, 0.08, 0.37, 0.16, 0.08, 0.15])
    given = true.copy()
    flipped = np.flatnonzero(rng.random(images) < 0.18)
    given[flipped] = (true[flipped] + rng.integers(1, 4, len(flipped))) % CLASSES
    truth = Truth(true, given, np.clip(rng.beta(1.3, 4, images + tests), 0, 1))
    _write_images(folder / "data", truth, images, rng)
    workspace = Workspace(folder / "workspace").make()
    dataset = open_dataset(folder / "data")
    store = Store.open(workspace)
    store.datasets.register(dataset)
    if dynamics:
        _run(workspace, dataset, truth, store, rng)
    if evidence:
        synthetic_evidence.write(workspace, dataset, truth, rng)
    if retrained:
        _run(workspace, dataset, truth, store, rng, "control", 0.6)
        _run(workspace, dataset, truth, store, rng, "corrected", 1.0)
    store.close()
    return workspace, dataset


def invent(workspace: Workspace, dataset: Dataset, seed: int = 0) -> None:
    """Give an open data set made-up evidence and a run, with its labels as the truth."""
    rng = np.random.default_rng(seed)
    labels = np.asarray(dataset.labels, dtype=np.int64)
    truth = Truth(labels, labels, rng.beta(1.3, 4, len(labels)))
    store = Store.open(workspace)
    _run(workspace, dataset, truth, store, rng)
    synthetic_evidence.write(workspace, dataset, truth, rng)
    store.close()


def _write_images(root: Path, truth: Truth, images: int, rng: np.random.Generator) -> None:
    """Draw some hundred faces and link every image to one of its class."""
    aligned, labels = root / "Image" / "aligned", root / "EmoLabel"
    aligned.mkdir(parents=True)
    labels.mkdir()
    kinds: list[list[Path]] = []
    each = max(4, min(DISTINCT, images) // CLASSES)
    for label in range(CLASSES):
        drawn = [root / f".drawn-{label}-{number}.jpg" for number in range(each)]
        for path in drawn:
            path.write_bytes(_face(label, rng))
        kinds.append(drawn)
    lines: dict[str, list[str]] = {"train": [], "test": []}
    for row, label in enumerate(truth.true):
        split, number = ("train", row + 1) if row < images else ("test", row - images + 1)
        name = f"{split}_{number:05d}"
        os.link(kinds[label][int(rng.integers(each))], aligned / f"{name}_aligned.jpg")
        lines[split].append(f"{name}.jpg {truth.given[row] + 1}\n")
    for split, written in lines.items():
        (labels / f"{split}_label.txt").write_text("".join(written))


def _face(label: int, rng: np.random.Generator) -> bytes:
    """A face of a few strokes whose mouth and brows depend on the label: JPEG bytes, 100 x 100."""
    tone = int(rng.integers(90, 215))
    picture = Image.new("RGB", (100, 100), tuple(int(v) for v in rng.integers(30, 110, 3)))
    pen = ImageDraw.Draw(picture)
    wide = int(rng.integers(26, 34))
    pen.ellipse((50 - wide, 10, 50 + wide, 94), fill=(tone, int(tone * 0.82), int(tone * 0.7)))
    ink = (30, 20, 20)
    tilt, curve = (0, -6, 5, 2, -4, 8, 0)[label], (12, 6, -4, 14, -12, -8, 0)[label]
    for side in (-1, 1):
        x = 50 + side * 13
        pen.ellipse((x - 5, 41, x + 5, 47 + 3 * (label in (0, 1))), fill=(245, 245, 240))
        pen.ellipse((x - 2, 42, x + 2, 47), fill=ink)
        pen.line((x - 7, 35 + side * tilt / 2, x + 7, 35 - side * tilt / 2), fill=ink, width=2)
    if label in (0, 1):
        pen.ellipse((43, 66, 57, 70 + curve), fill=(90, 25, 30))
    else:
        xs = np.linspace(-14, 14, 15)
        pen.line([(50 + x, 74 + curve * (1 - (x / 14) ** 2) * 0.7) for x in xs], fill=(90, 25, 30), width=3)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=80)
    return buffer.getvalue()


def _run(
    workspace: Workspace,
    dataset: Dataset,
    truth: Truth,
    store: Store,
    rng: np.random.Generator,
    labels: str = "given",
    skill: float = 0.6,
) -> None:
    ref = dataset.reference
    config = RunConfig(dataset=ref, methods=METHODS, epochs=EPOCHS, seed=1, labels=labels)
    folder = workspace.run(f"r20260101-000000-{labels}")
    store.runs.create(folder.name, config)
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(config.to_json())
    identity.write(folder, dataset)
    role = np.where(dataset.split == 2, 2, 0)
    learnt = np.where(role == 2, -1, dataset.labels)
    lines = []
    for method in METHODS:
        writer = DynamicsWriter(
            folder / method / "dynamics", method=method, fold=None, epochs=EPOCHS, classes=CLASSES,
            rows=np.arange(len(dataset)), role=role, labels=learnt, columns=columns_of(method),
        )  # fmt: skip
        for epoch in range(EPOCHS):
            sharp = skill * (epoch + 1) / EPOCHS
            probs = probabilities(truth, sharp, rng)
            writer.append(epoch, probs, values_of(method, probs, truth, sharp, rng), probs)
            line = {"method": method, "fold": None, "epoch": epoch, "losses": {"loss": 2 - sharp}}
            lines.append(line | {"held_out_accuracy": 0.2 + 0.5 * sharp})
    (folder / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    faces = np.stack([_decoded(label, rng) for label in truth.true[:12]])
    np.save(folder / "noisyfer" / FACES, faces)
    np.save(folder / "noisyfer" / FACES_ROWS, np.arange(len(faces), dtype=np.int32))
    store.runs.update(folder.name, state="done", progress=1.0)


def _decoded(label: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """A face and what a decoder might draw for each label, uint8 [1 + C, 64, 64, 3]."""
    drawn = [Image.open(io.BytesIO(_face(expression, rng))).resize((64, 64)) for expression in (label, *range(CLASSES))]
    return np.stack([np.asarray(picture) for picture in drawn])
