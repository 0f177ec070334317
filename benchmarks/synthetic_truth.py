"""Made-up true labels, given labels and network predictions. See synthetic.py."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from auditor.training.dynamics import Column

CLASSES = 7
METHODS = ("man", "rul", "nla", "noisyfer")
EPOCHS = 8


@dataclass(frozen=True)
class Truth:
    """True and given labels, and how hard each image is, in [0, 1]."""

    true: NDArray[np.int64]
    given: NDArray[np.int64]
    hard: NDArray[np.float64]


def probabilities(truth: Truth, sharp: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return p(y|x), [N, C], of a network that has learnt `sharp` of the truth."""
    logits = rng.normal(0, 1, (len(truth.true), CLASSES))
    rows = np.arange(len(logits))
    logits[rows, truth.true] += 5 * sharp * (1 - truth.hard)
    logits[rows, truth.given] += 1.2 * sharp
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    return shares


def columns_of(method: str) -> dict[str, Column]:
    names = {
        "man": {"assignment": "int8", "pred_net1": "int16", "pred_net2": "int16", "p_net1": "float16",
                "p_net2": "float16"},
        "rul": {"sigma": "float32"},
        "nla": {"weight": "float32", "p_gt": "float32", "p_nn": "float32", "case": "int8"},
        "noisyfer": {"plausibility": "float32"},
    }[method]  # fmt: skip
    return {name: Column(dtype) for name, dtype in names.items()}


def values_of(
    method: str, probs: NDArray[np.float64], truth: Truth, sharp: float, rng: np.random.Generator
) -> dict[str, NDArray[np.generic]]:
    rows = np.arange(len(probs))
    other = probabilities(truth, sharp, rng)
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
    return {name: values[name] for name in columns_of(method)}
