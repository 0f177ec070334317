"""A small data set for evidence: blobs with planted wrong labels, and the records that two trainings would leave."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from auditor.config import RunConfig, Workspace
from auditor.data.opening import open_dataset
from auditor.training import identity
from auditor.training.dynamics import Column, DynamicsWriter

CLASSES, IMAGES, TEST, EPOCHS = 7, 280, 20, 8


@dataclass
class World:
    """A data set on disk, its workspace with one run of two methods, and the truth of what was planted."""

    workspace: Workspace
    dataset: object
    true: np.ndarray
    given: np.ndarray
    run: Path


def write_method(folder, name, rng, true, given, *, sharpness=3.0, epochs=EPOCHS, fold=None, held=None, width=2):
    """What a network that learns the true classes, and a little of each wrong label, would leave."""
    total = len(true)
    labels = np.where(np.arange(total) < len(given), np.pad(given, (0, total - len(given))), -1)
    role = np.where(np.arange(total) < len(given), 0, 2)
    role[: len(given)][np.arange(len(given)) % 10 == 0 if held is None else held] = 1
    writer = DynamicsWriter(
        folder, method=name, fold=fold, epochs=epochs, classes=CLASSES, rows=np.arange(total), role=role, labels=labels,
        columns={"sigma": Column(direction="unknown"), "pair": Column(width=width, per_epoch=False)},
    )  # fmt: skip
    centres = np.random.default_rng(5).normal(size=(CLASSES, 8))
    embedding = centres[true] + 0.3 * rng.normal(size=(total, 8))
    for epoch in range(epochs):
        logits = sharpness * (epoch + 1) / epochs * np.eye(CLASSES)[true] + 0.5 * rng.normal(size=(total, CLASSES))
        seen = role == 0
        logits[seen] += 0.4 * np.eye(CLASSES)[labels[seen]]
        probs = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
        loss = -np.log(probs[np.arange(total), labels])
        writer.append(epoch, probs, {"sigma": -loss, "pair": probs[:, :width]}, embedding)


@pytest.fixture(scope="session")
def world(tmp_path_factory) -> World:
    """Made once; tests only read it or build further versions of evidence in it."""
    home = tmp_path_factory.mktemp("world")
    rng = np.random.default_rng(0)
    true = rng.integers(0, CLASSES, IMAGES + TEST)
    given = true[:IMAGES].copy()
    flipped = rng.permutation(IMAGES)[:36]
    given[flipped] = (given[flipped] + rng.integers(1, CLASSES, 36)) % CLASSES
    faces, lines = home / "faces" / "Image" / "aligned", []
    faces.mkdir(parents=True)
    for i in range(IMAGES + TEST):
        name = f"train_{i + 1:05d}" if i < IMAGES else f"test_{i - IMAGES + 1:04d}"
        pixels = rng.integers(0, 255, (16, 16, 3), dtype=np.uint8)
        if i == 1:  # the same picture as image 0, mirrored
            pixels = np.asarray(Image.open(faces / "train_00001_aligned.png"))[:, ::-1]
        Image.fromarray(pixels).resize((48, 48), Image.Resampling.BICUBIC).save(faces / f"{name}_aligned.png")
        if i == 0:
            Image.fromarray(pixels).save(faces / "train_00001_aligned.png")
            pixels = np.asarray(Image.fromarray(pixels).resize((48, 48), Image.Resampling.BICUBIC))
            Image.fromarray(pixels).save(faces / "train_00001_aligned.png")
        lines.append(f"{name}.jpg {(given[i] if i < IMAGES else true[i]) + 1}\n")
    labels = home / "faces" / "EmoLabel"
    labels.mkdir()
    (labels / "list_patition_label.txt").write_text("".join(lines))
    for path in faces.glob("*.png"):
        Image.open(path).save(path.with_suffix(".jpg"), quality=95)
        path.unlink()
    dataset = open_dataset(home / "faces")
    workspace = Workspace(home / "workspace")
    run = workspace.run("run-1")
    write_method(run / "man" / "dynamics", "man", rng, true, given)
    write_method(run / "rul" / "dynamics", "rul", rng, true, given, sharpness=2.0)
    write_method(run / "nla" / "dynamics", "nla", rng, rng.integers(0, CLASSES, IMAGES + TEST), given, sharpness=0.0)
    identity.write(run, dataset)
    reference = dataset.reference
    (run / "config.json").write_text(RunConfig(reference, ("man", "rul", "nla")).to_json())
    return World(workspace, dataset, true, given, run)


@pytest.fixture(scope="session")
def version(world):
    """One version of the evidence of the world."""
    from auditor.evidence.build import build

    return build(world.workspace, world.dataset)
