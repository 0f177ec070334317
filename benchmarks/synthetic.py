"""A workspace of made-up faces and made-up evidence, of any size: for the screens' tests and the latency benchmark.

Nothing here is ever shown to a user, and no figure about finding errors may come from it.
"""

from __future__ import annotations

import io
import json
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from auditor.config import DatasetRef, RunConfig, Workspace
from auditor.data.dataset import Dataset
from auditor.data.registry import open_dataset
from auditor.store.store import Store
from auditor.training.dynamics import Column, DynamicsWriter

CLASSES = 7
DISTINCT = 1400
METHODS = ("man", "rul", "nla", "noisyfer")
EPOCHS = 8


@dataclass(frozen=True)
class Truth:
    """What the generator knows: true and given labels, and how hard each image is in [0, 1]."""

    true: NDArray[np.int64]
    given: NDArray[np.int64]
    hard: NDArray[np.float64]


def build(
    folder: Path, images: int, *, seed: int = 0, evidence: bool = True, retrained: bool = False
) -> tuple[Workspace, Dataset]:
    """Make a data set in RAF-DB's layout, register it, and give it a run and evidence.

    Args:
        folder: an empty folder; the data set goes to `data`, the workspace to `workspace`.
        images: number of train images; a tenth as many test images come along.
        seed: seeds everything.
        evidence: False leaves the data set without a run.
        retrained: add a better run on corrected labels and a control beside the first.
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
    if evidence:
        _run(workspace, dataset, truth, store, rng)
        _evidence(workspace, dataset, truth, rng)
    if retrained:
        _run(workspace, dataset, truth, store, rng, "control", 0.95)
        _run(workspace, dataset, truth, store, rng, "corrected", 1.3)
    store.close()
    return workspace, dataset


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


def _probabilities(truth: Truth, sharp: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """p(y|x) of a network that has learnt `sharp` of the truth [N, C]."""
    logits = rng.normal(0, 1, (len(truth.true), CLASSES))
    rows = np.arange(len(logits))
    logits[rows, truth.true] += 5 * sharp * (1 - truth.hard)
    logits[rows, truth.given] += 1.2 * sharp
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    return shares / shares.sum(axis=1, keepdims=True)


def _run(
    workspace: Workspace,
    dataset: Dataset,
    truth: Truth,
    store: Store,
    rng: np.random.Generator,
    labels: str = "given",
    skill: float = 1.0,
) -> None:
    ref = DatasetRef(str(dataset.root), dataset.format, dataset.label_file, dataset.key)
    config = RunConfig(dataset=ref, methods=METHODS, epochs=EPOCHS, seed=1, labels=labels)
    folder = workspace.run(f"r20260101-000000-{labels}")
    store.runs.create(folder.name, config)
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(config.to_json())
    role = np.where(dataset.split == 2, 2, 0)
    learnt = np.where(role == 2, -1, dataset.labels)
    lines = []
    for method in METHODS:
        writer = DynamicsWriter(
            folder / method / "dynamics", method=method, fold=None, epochs=EPOCHS, classes=CLASSES,
            rows=np.arange(len(dataset)), role=role, labels=learnt, columns=_columns(method),
        )  # fmt: skip
        for epoch in range(EPOCHS):
            sharp = skill * (epoch + 1) / EPOCHS
            probs = _probabilities(truth, sharp, rng)
            writer.append(epoch, probs, _values(method, probs, truth, sharp, rng), probs)
            lines.append({"method": method, "fold": None, "epoch": epoch, "held_out_accuracy": 0.2 + 0.5 * sharp})
    (folder / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    faces = np.stack([_decoded(label, rng) for label in truth.true[:12]])
    np.save(folder / "noisyfer" / "faces.npy", faces)
    np.save(folder / "noisyfer" / "faces_rows.npy", np.arange(len(faces), dtype=np.int32))
    store.runs.update(folder.name, state="done", progress=1.0)


def _decoded(label: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """A face and what a decoder might draw for each label, uint8 [1 + C, 64, 64, 3]."""
    drawn = [Image.open(io.BytesIO(_face(shown, rng))).resize((64, 64)) for shown in (label, *range(CLASSES))]
    return np.stack([np.asarray(picture) for picture in drawn])


def _columns(method: str) -> dict[str, Column]:
    names = {
        "man": {"assignment": "int8", "pred_net1": "int16", "pred_net2": "int16", "p_net1": "float16",
                "p_net2": "float16"},
        "rul": {"sigma": "float32"},
        "nla": {"weight": "float32", "p_gt": "float32", "p_nn": "float32", "case": "int8"},
        "noisyfer": {"plausibility": "float32"},
    }[method]  # fmt: skip
    return {name: Column(dtype) for name, dtype in names.items()}


def _values(
    method: str, probs: NDArray[np.float64], truth: Truth, sharp: float, rng: np.random.Generator
) -> dict[str, NDArray[np.generic]]:
    rows = np.arange(len(probs))
    other = _probabilities(truth, sharp, rng)
    first, second = probs.argmax(axis=1), other.argmax(axis=1)
    agree = (first == truth.given).astype(int) + (second == truth.given)
    p_gt = probs[rows, truth.given]
    rest = probs.copy()
    rest[rows, truth.given] = 0
    values = {
        "assignment": np.array([2, 1, 0])[agree], "pred_net1": first, "pred_net2": second, "p_net1": p_gt,
        "p_net2": other[rows, truth.given], "sigma": np.exp(3 * truth.hard + rng.normal(0, 0.4, len(probs)) - 8),
        "weight": np.exp(-(((p_gt - 0.5) ** 2 + (rest.max(axis=1) - 0.4) ** 2) * 4)), "p_gt": p_gt,
        "p_nn": rest.max(axis=1), "case": (first == truth.given).astype(int),
        "plausibility": p_gt - rest.max(axis=1),
    }  # fmt: skip
    return {name: values[name] for name in _columns(method)}


def _evidence(workspace: Workspace, dataset: Dataset, truth: Truth, rng: np.random.Generator) -> None:
    rows = dataset.rows("train")
    folder = workspace.evidence / dataset.key / "v0001"
    folder.mkdir(parents=True)
    part = Truth(truth.true[rows], truth.given[rows], truth.hard[rows])
    probs = _probabilities(part, 1.0, rng)
    own = {method: _probabilities(part, 0.9, rng) for method in METHODS}
    table = _table(dataset, rows, part, probs, own, rng)
    table.to_parquet(folder / "table.parquet")
    _map(rows, part, rng).to_parquet(folder / "map.parquet")
    near = rows[rng.integers(0, len(rows), (len(rows), 10))].astype(np.int32)
    np.save(folder / "neighbours.npy", near)
    np.save(folder / "neighbour_distance.npy", np.sort(rng.random(near.shape).astype(np.float32), axis=1))
    curve = np.cumsum(rng.random((len(rows), EPOCHS)), axis=1) / np.arange(1, EPOCHS + 1)
    for name in ("p_given", *(f"p_given_{method}" for method in METHODS)):
        np.save(folder / f"{name}.npy", (curve * probs[np.arange(len(rows)), part.given][:, None]).astype(np.float16))
    np.save(folder / "probs.npy", probs.astype(np.float16))
    pairs = pd.DataFrame({"row": rows[:3], "other": rows[3:6], "kind": "exact", "distance": 0.0,
                          "contradicting": [True, False, True], "across_splits": False})  # fmt: skip
    pairs.to_parquet(folder / "duplicates.parquet")
    (folder / "summary.json").write_text(json.dumps(_summary(table, part, workspace)))


def _table(
    dataset: Dataset,
    rows: NDArray[np.intp],
    truth: Truth,
    probs: NDArray[np.float64],
    own: dict[str, NDArray[np.float64]],
    rng: np.random.Generator,
) -> pd.DataFrame:
    each = np.arange(len(rows))
    given, suggested = truth.given, probs.argmax(axis=1)
    suspicion = np.clip(1 - probs[each, given] + rng.normal(0, 0.05, len(rows)), 0.001, 0.999)
    ambiguity = -(probs * np.log(probs + 1e-9)).sum(axis=1) / np.log(CLASSES)
    assignment = np.where(suspicion > 0.72, 2, np.where(ambiguity > 0.72, 1, 0))
    columns: dict[str, object] = {
        "row": rows.astype(np.int32), "name": dataset.names[rows].astype(str), "given": given, "suggested": suggested,
        "p_mislabelled": suspicion, "ambiguity": ambiguity, "assignment": assignment, "scored": "in-sample",
        "stability": rng.beta(6, 2, len(rows)),
    }  # fmt: skip
    for method, mine in own.items():
        doubt = 1 - mine[each, given]
        columns[f"{method}_assignment"] = np.where(doubt > 0.75, 2, np.where(doubt > 0.45, 1, 0))
        columns[f"{method}_p_given"] = mine[each, given]
        columns[f"{method}_pred"] = mine.argmax(axis=1)
        columns[f"{method}_suspicion"] = doubt.argsort().argsort() / max(len(rows) - 1, 1)
        values = _values(method, mine, truth, 1.0, rng)
        columns |= {f"{method}_{name}": column for name, column in values.items() if name != "assignment"}
    for label in range(CLASSES):
        columns[f"noisyfer_posterior_{label}"] = own["noisyfer"][:, label]
    noisy = sum((columns[f"{method}_assignment"] == 2) for method in own)
    columns |= {"votes_noisy": noisy, "votes_total": len(own), "cl_suspicion": suspicion, "aum": 1 - 2 * suspicion,
                "knn_disagreement": suspicion, "carto_confidence": 1 - suspicion, "carto_variability": ambiguity,
                "carto_correctness": 1 - suspicion, "carto_forgetting": 0,
                "duplicate_group": -1, "duplicate_kind": ""}  # fmt: skip
    return pd.DataFrame(columns)


def _map(rows: NDArray[np.intp], truth: Truth, rng: np.random.Generator) -> pd.DataFrame:
    columns: dict[str, object] = {"row": rows.astype(np.int32)}
    for embedding in ("joint", *METHODS):
        for kind, spread in (("pca", 1.6), ("umap", 0.75)):
            centres = rng.normal(0, 3, (CLASSES, 2))
            middle = centres.mean(axis=0)
            pull = (truth.hard[:, None] * 0.8) * (middle - centres[truth.true])
            place = centres[truth.true] + pull + rng.normal(0, spread, (len(rows), 2))
            columns[f"{embedding}_{kind}_x"], columns[f"{embedding}_{kind}_y"] = place.T.astype(np.float32)
    return pd.DataFrame(columns)


def _summary(table: pd.DataFrame, truth: Truth, workspace: Workspace) -> dict[str, object]:
    counts = np.zeros((CLASSES, CLASSES))
    np.add.at(counts, (truth.given, truth.true), 1)
    rate = np.bincount(truth.given, truth.given != truth.true, CLASSES) / np.bincount(truth.given, minlength=CLASSES)
    overall = float((truth.true != truth.given).mean())
    votes = {method: table[f"{method}_assignment"].to_numpy() for method in METHODS}
    noise = {
        "overall": overall, "low": overall - 0.02, "high": overall + 0.03, "by_class": rate.tolist(),
        "by_class_low": (rate * 0.8).tolist(), "by_class_high": (rate * 1.25).tolist(),
        "images": np.bincount(truth.given, minlength=CLASSES).tolist(),
    }  # fmt: skip
    return {
        "created": "2026-01-01T00:00:00+00:00", "images": len(table), "methods": list(METHODS), "evidence": "in-sample",
        "runs": [path.name for path in workspace.runs.iterdir()], "weights": dict.fromkeys(METHODS, 1.0),
        "skills": dict.fromkeys(METHODS, 0.6), "noise": noise,
        "transition": (counts / counts.sum(axis=1, keepdims=True)).tolist(), "confused": [],
        "assignments": dict(zip(("clean", "ambiguous", "noisy"), np.bincount(table["assignment"], minlength=3).tolist(),
                                strict=True)),
        "agreement": {a: {b: float((votes[a] == votes[b]).mean()) for b in votes} for a in votes},
        "directions": {"rul_sigma": {"points": "higher", "correlation": 0.3}},
        "alone": dict.fromkeys(METHODS, 0.8), "warnings": ["Made-up evidence for a test."],
    }  # fmt: skip
