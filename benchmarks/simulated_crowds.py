"""Simulated crowds with known true labels, on which settings were chosen: `python benchmarks/simulated_crowds.py`.

A face is a point between the prototypes of C classes. A crowd of ten votes by its distance to them. A single annotator,
who confuses more and prefers some classes, gives the audited label. Networks see the point through noise and learn
from the given labels only, as on real faces; the votes judge. A student then learns their consensus, like
models/student.py. `--alike` puts some prototypes close together.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import nn

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from auditor.evidence import consensus, features, neighbours, opinions, student
from benchmarks import judging

CLASSES, AXES, INPUTS, BATCH = 7, 16, 64, 64


def crowd(
    seed: int, images: int, rate: float, blur: float, alike: bool, liking: float = 1.2, classes: int = CLASSES
) -> tuple[NDArray[np.float32], judging.Truth]:
    """Draw inputs, float32 [images, 64], and the truth about labels of which about `rate` are wrong."""
    rng = np.random.default_rng(seed)
    prototypes = rng.normal(size=(classes, AXES))
    if alike:
        prototypes = 0.45 * prototypes + 0.8 * rng.normal(size=(classes, 3)) @ rng.normal(size=(3, AXES))
    prototypes /= np.linalg.norm(prototypes, axis=1, keepdims=True)
    shares = rng.dirichlet(np.full(classes, 4.0))
    first, second = rng.choice(classes, (2, images), p=shares)
    place = 1.5 * prototypes[first] + 0.45 * rng.normal(size=(images, AXES))
    blend = np.where(rng.random(images) < 0.35, rng.uniform(0, 0.6, images), 0)[:, None]
    place = (1 - blend) * place + blend * 1.5 * prototypes[second]
    opinion = np.exp(5 * place @ prototypes.T)
    opinion /= opinion.sum(axis=1, keepdims=True)
    votes = np.stack([rng.multinomial(10, p) for p in opinion]).astype(np.float64)
    true, likings = votes.argmax(axis=1), liking * rng.normal(size=classes)
    low, high = 0.2, 8.0
    for _ in range(30):  # the annotator's confusion that makes the rate wanted
        middle = (low + high) / 2
        annotator = np.exp(np.log(opinion + 1e-3) / middle + 0.6 * likings * min(1.0, max(0.0, middle - 0.4)))
        annotator /= annotator.sum(axis=1, keepdims=True)
        wrong = 1 - annotator[np.arange(images), true].mean()
        low, high = (middle, high) if wrong < rate else (low, middle)
    given = (annotator.cumsum(axis=1) > rng.random((images, 1))).argmax(axis=1)
    seen = place @ rng.normal(size=(AXES, INPUTS)) / 4
    seen = np.tanh(seen + blur * seen.std() * rng.normal(size=seen.shape))
    inputs = ((seen - seen.mean(axis=0)) / seen.std(axis=0)).astype(np.float32)
    return inputs, judging.from_votes(votes, true, given)


def learn(
    inputs: NDArray[np.float32],
    targets: NDArray[np.int64] | NDArray[np.float32],
    held: NDArray[np.bool_],
    seed: int,
    epochs: int,
    dropout: float,
    classes: int = CLASSES,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """p(y|x) over the epochs, float32 [E, N, C], of a small network trained on labels [N], or shares of the classes
    [N, C], but those held out; and its embedding [N, D].
    """
    torch.manual_seed(seed)
    x, y, train = torch.from_numpy(inputs), torch.from_numpy(targets), torch.from_numpy(np.flatnonzero(~held))
    layer = [nn.Linear(INPUTS, 128), nn.BatchNorm1d(128), nn.ReLU(), nn.Dropout(dropout)]
    body, head = nn.Sequential(*layer, nn.Linear(128, 128), nn.BatchNorm1d(128), nn.ReLU()), nn.Linear(128, classes)
    parameters = [*body.parameters(), *head.parameters()]
    optimiser = torch.optim.AdamW(parameters, 2e-3, weight_decay=5e-4)
    steps = len(train) // BATCH
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 2e-3, total_steps=steps * epochs)
    course = []
    for _ in range(epochs):
        body.train()
        for batch in train[torch.randperm(len(train))][: steps * BATCH].split(BATCH):
            loss = F.cross_entropy(head(body(x[batch] + 0.3 * torch.randn(BATCH, INPUTS))), y[batch])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
        body.eval()
        with torch.inference_mode():
            embedding = body(x)
            course.append(head(embedding).softmax(1).numpy())
    return np.stack(course), embedding.numpy()


def judge(seed: int, args: argparse.Namespace) -> dict[str, float]:
    """Return the figures of the consensus of three networks on one crowd, and of the scores it should beat."""
    inputs, truth = crowd(seed, args.images, args.rate, args.blur, args.alike, args.liking)
    held = np.random.default_rng(seed).random(len(inputs)) < 0.1
    networks = enumerate((0.1, 0.1, 0.4))
    runs = [learn(inputs, truth.given, held, number, args.epochs, dropout) for number, dropout in networks]
    logs = [np.log(np.maximum(course[args.epochs // 4 :], features.FLOOR)).mean(axis=0) for course, _ in runs]
    probs = features.normalised(np.mean(logs, axis=0))
    near, _ = neighbours.nearest(neighbours.joint_embedding([e for _, e in runs], [1.0] * len(runs)))
    last = np.mean([course[-1] for course, _ in runs], axis=0)
    outside, inside = (
        (probs.argmax(axis=1) != truth.given)[held].mean(),
        (last.argmax(axis=1) != truth.given)[~held].mean(),
    )
    memory = opinions.Memorisation(float(outside), float(np.clip(1 - inside / outside, 0, 1)))
    result = consensus.reach(truth.given, probs, near, memory)
    student_result = consensus.reach(
        truth.given, *with_student(inputs, probs, result, held, [e for _, e in runs], args.epochs, memory), memory
    )
    alone = -probs[np.arange(len(probs)), truth.given]
    return {
        "wrong": float(truth.mislabelled.mean()),
        "estimated": float(student_result.p_mislabelled.mean()),
        "p(given) AUROC": judging.ranking(alone, truth)["AUROC"],
        **ranked("without a student", result, truth),
        **ranked("with it", student_result, truth),
        **judging.verdict(student_result.assignment, student_result.ambiguity, student_result.p_mislabelled, truth),
    }


def with_student(
    inputs: NDArray[np.float32],
    probs: NDArray[np.float32],
    result: consensus.Consensus,
    held: NDArray[np.bool_],
    embeddings: list[NDArray[np.float32]],
    epochs: int,
    memory: opinions.Memorisation,
) -> tuple[NDArray[np.floating], NDArray[np.int32]]:
    """Return the networks' p(y|x) blended with a student's, and the nearest faces with its embedding added."""
    course, embedding = learn(inputs, result.probs, held, len(embeddings), epochs, 0.1)
    late = course[-max(1, round(epochs * student.LATE)) :]
    share = len(embeddings) * student.place(len(inputs), memory)
    joint = neighbours.joint_embedding([*embeddings, embedding], [1.0] * len(embeddings) + [share])
    student_share = student.say(len(inputs))
    logs = student_share * np.log(np.maximum(late, features.FLOOR)).mean(axis=0) + (1 - student_share) * np.log(probs)
    return features.normalised(logs), neighbours.nearest(joint)[0]


def ranked(which: str, result: consensus.Consensus, truth: judging.Truth) -> dict[str, float]:
    """Return the figures of a ranking, by name, with a prefix."""
    figures = judging.ranking(result.p_mislabelled, truth)
    return {f"{which}: {name}": figures[name] for name in ("AUROC", "AP", "within-class")}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--crowds", type=int, default=3)
    parser.add_argument("--images", type=int, default=5000)
    parser.add_argument("--rate", type=float, default=0.35)
    parser.add_argument("--blur", type=float, default=1.2, help="noise of what the networks see")
    parser.add_argument("--liking", type=float, default=1.2, help="how much the annotator prefers classes (2.6: more)")
    parser.add_argument("--epochs", type=int, default=25, help="5: networks that have learnt little yet")
    parser.add_argument("--alike", action="store_true", help="classes of which some are close together")
    args = parser.parse_args()
    lines = [judge(seed, args) for seed in range(1, args.crowds + 1)]
    print("| " + " | ".join(lines[0]) + " |\n|" + "---|" * len(lines[0]))
    for line in lines:
        print("| " + " | ".join(f"{value:.3f}" for value in line.values()) + " |")


if __name__ == "__main__":
    main()
