"""Made-up evidence in the format of real evidence, to test and time the screens at any size."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from auditor.config import Workspace
from auditor.data.dataset import Dataset
from benchmarks.synthetic_truth import CLASSES, EPOCHS, METHODS, Truth, probabilities, values_of


def write(workspace: Workspace, dataset: Dataset, truth: Truth, rng: np.random.Generator) -> None:
    rows = dataset.rows("train")
    folder = workspace.evidence / dataset.key / "v0001"
    folder.mkdir(parents=True)
    part = Truth(truth.true[rows], truth.given[rows], truth.hard[rows])
    probs = probabilities(part, 1.0, rng)
    own = {method: probabilities(part, 0.9, rng) for method in METHODS}
    table = _table(dataset, rows, part, probs, own, rng)
    table.to_parquet(folder / "table.parquet")
    _map(rows, part, rng).to_parquet(folder / "map.parquet")
    # Faces of one class lie near each other, as they do in a trained network's embedding; drawn apart from the rest.
    centres = np.random.default_rng(7).normal(0, 1, (CLASSES, 32))
    spread = np.random.default_rng(8).normal(0, 0.8, (len(rows), 32))
    np.save(folder / "map_input_joint.npy", (centres[part.true] + spread).astype(np.float32))
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
    (folder / "summary.json").write_text(json.dumps(_summary(dataset, table, part, workspace)))


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
    for method, method_probs in own.items():
        doubt = 1 - method_probs[each, given]
        columns[f"{method}_assignment"] = np.where(doubt > 0.75, 2, np.where(doubt > 0.45, 1, 0))
        columns[f"{method}_p_given"] = method_probs[each, given]
        columns[f"{method}_pred"] = method_probs.argmax(axis=1)
        columns[f"{method}_suspicion"] = doubt.argsort().argsort() / max(len(rows) - 1, 1)
        values = values_of(method, method_probs, truth, 1.0, rng)
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


def _summary(dataset: Dataset, table: pd.DataFrame, truth: Truth, workspace: Workspace) -> dict[str, object]:
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
        "created": "2026-01-01T00:00:00+00:00", "images": len(table), "classes": list(dataset.classes), "student": None,
        "methods": list(METHODS), "evidence": "in-sample",
        "runs": sorted(path.name for path in workspace.runs.glob("*")), "weights": dict.fromkeys(METHODS, 1.0),
        "skills": dict.fromkeys(METHODS, 0.6), "noise": noise,
        "transition": (counts / counts.sum(axis=1, keepdims=True)).tolist(), "confused": [],
        "assignments": dict(zip(("clean", "ambiguous", "noisy"), np.bincount(table["assignment"], minlength=3).tolist(),
                                strict=True)),
        "agreement": {a: {b: float((votes[a] == votes[b]).mean()) for b in votes} for a in votes},
        "directions": {"rul_sigma": {"points": "higher", "correlation": 0.3}},
        "alone": dict.fromkeys(METHODS, 0.8), "warnings": ["Made-up evidence for a test."],
    }  # fmt: skip
