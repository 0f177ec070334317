"""Which epochs of a training should be read, when it has memorised: `python -m benchmarks.epochs`.

Networks are trained on simulated crowds (simulated_crowds.py) for more and more epochs. The consensus is then reached
from rules that weight the epochs by held-out given labels alone; the crowd's votes judge. Rules: `all` weights every
epoch by its squared accuracy beyond chance; the others read no epoch after the best one, by the held-out labels'
accuracy or likelihood (`best`), or only those near it.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from auditor.evidence import consensus, features, neighbours, opinions
from benchmarks import judging, simulated_crowds

HELD_OUT = 0.1
FloatArray = NDArray[np.float64]


def gains(course: NDArray[np.float32], given: NDArray[np.int64], held: NDArray[np.bool_]) -> FloatArray:
    """Accuracy beyond chance on held-out given labels after each epoch, float64 [E], 0 at least."""
    labels = given[held]
    right = (course[:, held].argmax(axis=2) == labels).mean(axis=1)
    return np.clip(right - np.bincount(labels).max() / len(labels), 0, None)


def likelihoods(course: NDArray[np.float32], given: NDArray[np.int64], held: NDArray[np.bool_]) -> FloatArray:
    """Mean log p(held-out given label) after each epoch, float64 [E]."""
    p = course[:, held][:, np.arange(int(held.sum())), given[held]]
    return np.asarray(np.log(np.maximum(p, features.FLOOR)).mean(axis=1), np.float64)


def smooth(values: FloatArray) -> FloatArray:
    """The mean over a window of a tenth of the epochs, float64 [E]."""
    half = max(1, len(values) // 20)
    padded = np.pad(values, half, mode="edge")
    return np.convolve(padded, np.ones(2 * half + 1) / (2 * half + 1), mode="valid")


def until(weights: FloatArray, last: int) -> FloatArray:
    """Weights with those after an epoch 0."""
    return np.where(np.arange(len(weights)) <= last, weights, 0)


RULES: dict[str, Callable[[FloatArray, FloatArray], FloatArray]] = {
    "all": lambda gain, like: gain**2,
    "until best accuracy": lambda gain, like: until(gain**2, int(smooth(gain).argmax())),
    "until best likelihood": lambda gain, like: until(gain**2, int(smooth(like).argmax())),
    "until twice the best likelihood": lambda gain, like: until(gain**2, 2 * int(smooth(like).argmax()) + 1),
    "likelihood": lambda gain, like: gain**2 * np.exp(10 * (smooth(like) - smooth(like).max())),
}


def weighted(course: NDArray[np.float32], weights: FloatArray) -> NDArray[np.float32]:
    """The geometric mean of the epochs, float32 [N, C]."""
    share = weights / weights.sum()
    return features.normalised(np.tensordot(share, np.log(np.maximum(course, features.FLOOR)), axes=1))


def judge(seed: int, images: int, rate: float, blur: float, epochs: int) -> dict[str, dict[str, float]]:
    """Return each rule's figures on one crowd."""
    inputs, truth = simulated_crowds.crowd(seed, images, rate, blur, alike=False)
    given = truth.given
    held = np.random.default_rng(seed).random(images) < HELD_OUT
    course, embedding = simulated_crowds.learn(inputs, given, held, seed, epochs, 0.0)
    near, _ = neighbours.nearest(embedding)
    gain, like = gains(course, given, held), likelihoods(course, given, held)
    found = {}
    for name, rule in RULES.items():
        weights = rule(gain, like)
        probs = weighted(course, weights if weights.sum() > 0 else np.ones(epochs))
        outside = float((probs.argmax(axis=1) != given)[held].mean())
        inside = float((course[-1].argmax(axis=1) != given)[~held].mean())
        memory = opinions.Memory(outside, float(np.clip(1 - inside / max(outside, 1e-9), 0, 1)))
        result = consensus.reach(given, probs, near, memory)
        alone = judging.ranking(-probs[np.arange(images), given], truth)
        ranked = judging.ranking(result.p_mislabelled, truth)
        off = abs(float(result.p_mislabelled.mean()) - float(truth.mislabelled.mean()))
        found[name] = {
            "alone": alone["AUROC"], "AUROC": ranked["AUROC"], "AP": ranked["AP"],
            "within": ranked["within-class"], "rate off": off, "memory": memory.share,
        }  # fmt: skip
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, nargs="+", default=[12, 50, 200])
    parser.add_argument("--crowds", type=int, default=6)
    parser.add_argument("--images", type=int, default=2500)
    args = parser.parse_args()
    print("| epochs | rule | p(given) alone | AUROC | AP | within class | rate off by | memorised |")
    print("|---|---|---|---|---|---|---|---|")
    for epochs in args.epochs:
        rng = np.random.default_rng(0)
        drawn = zip(rng.uniform(0.1, 0.4, args.crowds), rng.uniform(0.2, 1.2, args.crowds), strict=True)
        cases = [judge(seed, args.images, rate, blur, epochs) for seed, (rate, blur) in enumerate(drawn, 1)]
        for name in RULES:
            means = [np.mean([case[name][key] for case in cases]) for key in cases[0][name]]
            print(f"| {epochs} | {name} | " + " | ".join(f"{value:.3f}" for value in means) + " |", flush=True)


if __name__ == "__main__":
    main()
