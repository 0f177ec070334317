"""Estimate the share of wrong labels where it is known, on simulated crowds of every kind: how far off, how calibrated.

    python -m benchmarks.noise_rates --crowds 500                  judge the estimate in use
    python -m benchmarks.noise_rates --crowds 500 --fit            also fit its weights anew, on crowds of other seeds

A crowd has 2 to 20 classes, 1,500 to 6,000 images and 0 to 50 % of wrong labels (a third of them under 6 %), and
networks that see it clearly or hardly at all, after 5, 12 or 25 epochs. Two opinions are judged of each: networks that
learn from the labels, a tenth of which is held out, and a logistic regression out of fold, as a first look makes it of
features.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from scipy.optimize import least_squares
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict

from auditor.evidence import (
    class_rates,
    consensus,
    features,
    neighbours,
    noise_rate,
    opinions,
    rate_estimate,
    rerank,
    sampling,
    schema,
)  # fmt: skip
from auditor.evidence.confident import confident_joint
from benchmarks import judging, simulated_crowds

SKILLS = ((0.0, 0.1), (0.1, 0.2), (0.2, 0.3), (0.3, 0.45), (0.45, 0.6), (0.6, 0.8), (0.8, 1.01))
FOLDS = 10
MEANS = ("calibration", "knowing the rate", "judged", "after a class check")


def crowd(seed: int) -> Iterator[dict[str, Any]]:
    """Draw a crowd, let networks and a regression learn it, and yield what is found of each."""
    draw = np.random.default_rng(seed)
    classes, images = int(draw.choice([2, 3, 5, 7, 10, 20])), int(draw.choice([1500, 3000, 6000]))
    rate = float(draw.uniform(0.05, 0.5) if draw.random() < 0.65 else draw.uniform(0, 0.06))
    blur, alike = float(draw.uniform(0.1, 4)), bool(draw.random() < 0.3)
    liking, epochs = float(draw.choice([0, 1.2, 2.6])), int(draw.choice([5, 12, 25]))
    inputs, truth = simulated_crowds.crowd(seed, images, rate, blur, alike, liking, classes)
    held = draw.random(images) < 0.1
    networks = [
        simulated_crowds.learn(inputs, truth.given, held, number, epochs, dropout, classes)
        for number, dropout in enumerate((0.1, 0.4))
    ]
    logs = [np.log(np.maximum(course[epochs // 4 :], features.FLOOR)).mean(axis=0) for course, _ in networks]
    probs = features.normalised(np.mean(logs, axis=0))
    last = np.mean([course[-1] for course, _ in networks], axis=0)
    outside = float((probs.argmax(axis=1) != truth.given)[held].mean())
    inside = float((last.argmax(axis=1) != truth.given)[~held].mean())
    memory = opinions.Memorisation(outside, float(np.clip(1 - inside / max(outside, 1e-9), 0, 1)))
    joint = neighbours.joint_embedding([embedding for _, embedding in networks], [1.0] * len(networks))
    yield {"kind": "networks", "classes": classes, **found(truth, probs, joint, memory)}
    if np.bincount(truth.given, minlength=classes).min() >= 5:  # one of every class in each fold
        model = LogisticRegression(C=0.01, max_iter=200)
        probs = cross_val_predict(model, inputs, truth.given, cv=5, method="predict_proba").astype(np.float32)
        memory = opinions.Memorisation(float((probs.argmax(axis=1) != truth.given).mean()), 0.0)
        yield {"kind": "features", "classes": classes, **found(truth, probs, inputs, memory)}


def found(
    truth: judging.Truth,
    probs: NDArray[np.floating],
    embedding: NDArray[np.floating],
    memory: opinions.Memorisation,
) -> dict[str, Any]:
    """Return the estimate, its calibration error, what it was made from, and the truth."""
    labels, wrong = truth.given, truth.mislabelled
    near, _ = neighbours.nearest(np.asarray(embedding, np.float32))
    joint = confident_joint(labels, neighbours.average(probs, near))
    matrix = class_rates.true_given(labels, near, probs.shape[1])
    result = consensus.reach(labels, probs, near, memory)
    rate = float(wrong.mean())
    signs = rate_estimate.signs(labels, probs, joint, matrix, memory)
    knowing = consensus.shifted(consensus.log_odds(labels, result.probs), rate)
    checked, judged = after_check(labels, result, wrong, noise_rate.off(float(signs[3])))
    return {
        "true": rate,
        "estimated": float(result.p_mislabelled.mean()),
        "skill": float(signs[3]),
        "calibration": judging.calibration_error(result.p_mislabelled, wrong),
        "knowing the rate": judging.calibration_error(knowing, wrong),
        "after a class check": checked,
        "judged": judged,
        "signs": signs.tolist(),
    }


def after_check(
    labels: NDArray[np.integer], result: consensus.Consensus, wrong: NDArray[np.bool_], off: float
) -> tuple[float, int]:
    """Return the calibration error of the other images once a class check has been judged, and how many it judged."""
    others = result.probs.copy()
    others[np.arange(len(labels)), labels] = -1
    frame = pd.DataFrame({
        schema.NAME: np.arange(len(labels)).astype(str), schema.ROW: np.arange(len(labels), dtype=np.int32),
        schema.GIVEN: labels, schema.SUGGESTED: others.argmax(axis=1), schema.P_MISLABELLED: result.p_mislabelled,
    })  # fmt: skip
    judged = sampling.draw_classes(frame, 0)
    after = rerank.rerank(frame, {str(row): bool(wrong[row]) for row in judged}, off)
    left = np.setdiff1d(np.arange(len(labels)), judged)
    return judging.calibration_error(after.p_change[left], wrong[left]), len(judged)


def fit(records: list[dict[str, Any]], chosen: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the weights of the estimate's terms, by least squares on the shares."""
    terms = np.array([rate_estimate.terms(np.array(each["signs"])) for each in records])[chosen]
    true = np.array([each["true"] for each in records])[chosen]
    found = least_squares(lambda weights: rate_estimate.share(terms @ weights) - true, np.array(rate_estimate.WEIGHTS))
    weights: NDArray[np.float64] = found.x
    return weights


def table(records: list[dict[str, Any]], estimated: NDArray[np.float64]) -> None:
    """Print how far off an estimate is, by the skill of what was learnt; the calibration is that of the one in use."""
    true, skill = (np.array([each[name] for each in records]) for name in ("true", "skill"))
    kind = np.array([each["kind"] for each in records])
    print("| learnt by | skill | crowds | off by (rms) | too high by | interval holds the truth | its width | "
          "calibration error | with the true rate | judged in a class check | calibration error after it |\n|"
          + 11 * "---|")  # fmt: skip
    for name in ("networks", "features"):
        for low, high in SKILLS:
            these = np.flatnonzero((kind == name) & (skill >= low) & (skill < high))
            if not len(these):
                continue
            error = estimated[these] - true[these]
            spread = np.array([noise_rate.SPAN * noise_rate.off(each) for each in skill[these]])
            ends = np.clip([estimated[these] - spread, estimated[these] + spread], 0, 1)
            holds = (true[these] >= ends[0]) & (true[these] <= ends[1])
            errors = [np.mean([records[at].get(each, np.nan) for at in these]) for each in MEANS]
            print(f"| {name} | {low:g} to {min(high, 1):g} | {len(these)} | {np.sqrt((error**2).mean()):.3f} | "
                  f"{error.mean():+.3f} | {holds.mean():.0%} | {(ends[1] - ends[0]).mean():.2f} | {errors[0]:.3f} | "
                  f"{errors[1]:.3f} | {errors[2]:.0f} | {errors[3]:.3f} |", flush=True)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--crowds", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1, help="of the first crowd; the others follow")
    parser.add_argument(
        "--fit", action="store_true", help="fit the weights: in tenths, each judged by those of the rest"
    )
    parser.add_argument(
        "--keep", type=Path, help="a file that drawn crowds are added to, or read from if --crowds is 0"
    )
    args = parser.parse_args()
    torch.set_num_threads(1)
    records: list[dict[str, Any]] = []
    for seed in range(args.seed, args.seed + args.crowds):
        drawn = [{"seed": seed, **each} for each in crowd(seed)]
        records += drawn
        if args.keep:
            with args.keep.open("a", encoding="utf-8") as file:
                file.writelines(json.dumps(each) + "\n" for each in drawn)
    if args.keep and not args.crowds:
        records = [json.loads(line) for line in args.keep.read_text(encoding="utf-8").splitlines()]
    table(records, np.array([each["estimated"] for each in records]))
    if args.fit:
        tenth = np.array([each["seed"] for each in records]) % FOLDS
        judged = np.zeros(len(records))
        terms = np.array([rate_estimate.terms(np.array(each["signs"])) for each in records])
        for number in range(FOLDS):
            judged[tenth == number] = rate_estimate.share(terms[tenth == number] @ fit(records, tenth != number))
        judged = np.minimum(judged, np.array([each["signs"][4] for each in records]))
        print("\nFitted anew, each tenth by the others:\n")
        table(records, judged)
        print("\nweights:", ", ".join(f"{weight:.3f}" for weight in fit(records, tenth >= 0)))


if __name__ == "__main__":
    main()
