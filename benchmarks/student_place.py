"""How much a student's embedding should count beside networks that memorised: `python -m benchmarks.student_place`.

One network is trained on each simulated crowd (simulated_crowds.py) for more and more epochs, and a student on its
consensus. The nearest faces are then searched in both embeddings, by several weights; the crowd's votes judge.
"""

from __future__ import annotations

import argparse

import numpy as np

from auditor.evidence import consensus, features, neighbours, opinions, student
from benchmarks import epochs, judging, simulated_crowds

STUDENT_EPOCHS, HELD_OUT = 25, 0.05


def judge(seed: int, images: int, drawn: tuple[float, float, float], length: int) -> dict[str, list[float]]:
    """Return figures by weight: AUROC, average precision, within class, error of the noise rate, share memorised.

    Args:
        seed: Of the crowd and the networks.
        images: Number of points.
        drawn: The share of wrong labels, how unclearly the network sees, how much the annotator prefers classes.
        length: Epochs of the network.
    """
    inputs, truth = simulated_crowds.crowd(seed, images, *drawn[:2], alike=False, liking=drawn[2])
    given, held = truth.given, np.random.default_rng(seed).random(images) < HELD_OUT
    course, embedding = simulated_crowds.learn(inputs, given, held, seed, length, 0.0)
    seen = epochs.held_out(course, given, held)
    read = seen.until(features.last_read(seen.hits))
    probs = epochs.weighted(course, read if read.sum() > 0 else np.ones(length))
    outside, inside = (probs.argmax(axis=1) != given)[held].mean(), (course[-1].argmax(axis=1) != given)[~held].mean()
    memory = opinions.Memorisation(float(outside), float(np.clip(1 - inside / max(outside, 1e-9), 0, 1)))
    lesson = consensus.reach(given, probs, nearest([embedding], [1.0]), memory).probs
    taught, own = simulated_crowds.learn(inputs, lesson, np.zeros(images, np.bool_), 77, STUDENT_EPOCHS, 0.1)
    share = student.say(images)
    late = np.log(np.maximum(taught[-max(1, round(STUDENT_EPOCHS * student.LATE)) :], features.FLOOR)).mean(axis=0)
    blend = features.normalised(share * late + (1 - share) * np.log(np.maximum(probs, features.FLOOR)))
    weights = {
        "as in small data sets": consensus.few(images),
        "by the share memorised (ours)": student.place(images, memory),
        "as the network's": 1.0,
        "three times the network's": 3.0,
    }
    figures = {}
    for name, weight in weights.items():
        result = consensus.reach(given, blend, nearest([embedding, own], [1.0, weight]), memory)
        ranked = judging.ranking(result.p_mislabelled, truth)
        off = abs(float(result.p_mislabelled.mean()) - float(truth.mislabelled.mean()))
        figures[name] = [ranked["AUROC"], ranked["AP"], ranked["within-class"], off, memory.share]
    return figures


def nearest(embeddings: list[np.ndarray], weights: list[float]) -> np.ndarray:
    """Return the places of the nearest points, [N, k], in embeddings joined by their weights."""
    return neighbours.nearest(neighbours.joint_embedding(embeddings, weights))[0]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, nargs="+", default=[12, 25, 50])
    parser.add_argument("--crowds", type=int, default=6)
    parser.add_argument("--seed", type=int, default=301, help="of the first crowd")
    parser.add_argument("--images", type=int, default=5000)
    args = parser.parse_args()
    print(
        "| epochs | weight of its embedding | AUROC | AP | within class | rate off by | memorised |\n"
        + "|---" * 7
        + "|"
    )
    for length in args.epochs:
        rng = np.random.default_rng(args.seed - 1)
        drawn = [rng.uniform(*bounds, args.crowds) for bounds in ((0.1, 0.4), (0.2, 1.2), (0.6, 2.6))]
        cases = [
            judge(seed, args.images, each, length) for seed, each in enumerate(zip(*drawn, strict=True), args.seed)
        ]
        for name in cases[0]:
            means = np.mean([case[name] for case in cases], axis=0)
            print(f"| {length} | {name} | " + " | ".join(f"{value:.3f}" for value in means) + " |", flush=True)


if __name__ == "__main__":
    main()
