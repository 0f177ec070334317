"""Which epochs of a training should be read, when it has memorised: `python -m benchmarks.epochs`.

Networks are trained on simulated crowds (simulated_crowds.py) for more and more epochs. The consensus is then reached
from rules that weight the epochs by held-out given labels alone; the crowd's votes judge. Every rule weights the epochs
by the square of their accuracy beyond chance; all but the first read no epoch after the best one, or after the last one
that is not worse than the best by over a standard error.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from auditor.evidence import consensus, features, neighbours, opinions
from benchmarks import judging, simulated_crowds

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Held:
    """What a training predicts for the labels that it has not seen, after each epoch.

    Attributes:
        hits: bool [E, n], whether the held-out given label is predicted.
        right: float64 [E, n], the same, a moving mean over the epochs.
        like: float64 [E, n], log p(held-out given label), likewise.
        gain: float64 [E], accuracy beyond chance, 0 at least, not averaged over epochs.
    """

    hits: NDArray[np.bool_]
    right: FloatArray
    like: FloatArray
    gain: FloatArray

    def until(self, last: int) -> FloatArray:
        """The squared gains, 0 after an epoch."""
        return np.where(np.arange(len(self.gain)) <= last, self.gain**2, 0)


def held_out(course: NDArray[np.float32], given: NDArray[np.int64], held: NDArray[np.bool_]) -> Held:
    """Return what a course [E, N, C] predicts for held-out labels."""
    labels = given[held]
    hits = course[:, held].argmax(axis=2) == labels
    right = hits.astype(np.float64)
    p = course[:, held][:, np.arange(len(labels)), labels]
    chance = np.bincount(labels).max() / len(labels)
    return Held(
        hits,
        smooth(right),
        smooth(np.log(np.maximum(p, features.FLOOR))),
        np.clip(right.mean(axis=1) - chance, 0, None),
    )


def smooth(values: FloatArray) -> FloatArray:
    """The mean over a window of a tenth of the epochs, [E, n]."""
    half = max(1, len(values) // 20)
    padded = np.pad(values, ((half, half), (0, 0)), mode="edge")
    return np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1, axis=0).mean(axis=-1)


def best(values: FloatArray) -> int:
    """The epoch of the largest mean."""
    return int(values.mean(axis=1).argmax())


def not_worse(values: FloatArray) -> int:
    """The last epoch that is not worse than the best one by over a standard error of their paired difference."""
    lost = values[best(values)] - values
    error = lost.std(axis=1) / np.sqrt(values.shape[1])
    return int(np.flatnonzero(lost.mean(axis=1) <= error)[-1])


RULES: dict[str, Callable[[Held], FloatArray]] = {
    "all": lambda held: held.until(len(held.gain)),
    "until the best accuracy": lambda held: held.until(best(held.right)),
    "until the best likelihood": lambda held: held.until(best(held.like)),
    "until accuracy falls by a standard error (ours)": lambda held: held.until(features.last_read(held.hits)),
    "until likelihood falls by a standard error": lambda held: held.until(not_worse(held.like)),
}


def weighted(course: NDArray[np.float32], weights: FloatArray) -> NDArray[np.float32]:
    """The geometric mean of the epochs, float32 [N, C]."""
    share = weights / weights.sum()
    return features.normalised(np.tensordot(share, np.log(np.maximum(course, features.FLOOR)), axes=1))


def judge(seed: int, images: int, rate: float, blur: float, epochs: int, share: float) -> dict[str, dict[str, float]]:
    """Return each rule's figures on one crowd."""
    inputs, truth = simulated_crowds.crowd(seed, images, rate, blur, alike=False)
    given = truth.given
    held = np.random.default_rng(seed).random(images) < share
    course, embedding = simulated_crowds.learn(inputs, given, held, seed, epochs, 0.0)
    near, _ = neighbours.nearest(embedding)
    seen = held_out(course, given, held)
    figures = {}
    for name, rule, own_memory in ((name, rule, own) for name, rule in RULES.items() for own in (False, True)):
        weights = rule(seen)
        probs = weighted(course, weights if weights.sum() > 0 else np.ones(epochs))
        outside = float((probs.argmax(axis=1) != given)[held].mean())
        read = int(np.flatnonzero(weights)[-1]) if own_memory and weights.any() else -1
        inside = float((course[read].argmax(axis=1) != given)[~held].mean())
        memory = opinions.Memorisation(outside, float(np.clip(1 - inside / max(outside, 1e-9), 0, 1)))
        result = consensus.reach(given, probs, near, memory)
        alone = judging.ranking(-probs[np.arange(images), given], truth)
        ranked = judging.ranking(result.p_mislabelled, truth)
        off = abs(float(result.p_mislabelled.mean()) - float(truth.mislabelled.mean()))
        figures[f"{name}, memory of the last read" if own_memory else name] = {
            "alone": alone["AUROC"], "AUROC": ranked["AUROC"], "AP": ranked["AP"],
            "within": ranked["within-class"], "rate off": off, "memory": memory.share,
        }  # fmt: skip
    return figures


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, nargs="+", default=[12, 50, 200])
    parser.add_argument("--crowds", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1, help="of the first crowd")
    parser.add_argument("--images", type=int, default=2500)
    parser.add_argument("--held-out", type=float, default=0.05)
    args = parser.parse_args()
    print("| epochs | rule | p(given) alone | AUROC | AP | within class | rate off by | memorised |")
    print("|---|---|---|---|---|---|---|---|")
    for epochs in args.epochs:
        rng = np.random.default_rng(args.seed - 1)
        drawn = zip(rng.uniform(0.1, 0.4, args.crowds), rng.uniform(0.2, 1.2, args.crowds), strict=True)
        cases = [
            judge(seed, args.images, rate, blur, epochs, args.held_out)
            for seed, (rate, blur) in enumerate(drawn, args.seed)
        ]
        for name in cases[0]:
            means = [np.mean([case[name][key] for case in cases]) for key in cases[0][name]]
            print(f"| {epochs} | {name} | " + " | ".join(f"{value:.3f}" for value in means) + " |", flush=True)


if __name__ == "__main__":
    main()
