"""Train from a network that knows other images: `python -m benchmarks.pretrained_start DATA --votes FILE`.

Trains the small network of a first look (EfficientNet-Lite0, weights of natural images) whole, with plain cross-entropy
on the given labels of nine tenths of the images; with `--lesson FILE` on the consensus that a run's student learnt
instead (`runs/RUN/student/lesson.npy`). After each epoch it prints how well the labels are predicted that it never saw,
and how well its own p(given label) ranks the wrong labels among those that it was trained on, judged by the votes. With
`--workspace` it adds `SHARE` of the log-odds of its mean p(given label) to those of the evidence there.
"""

from __future__ import annotations

import argparse
import math
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from PIL import Image
from sklearn.model_selection import StratifiedKFold
from torch import Generator, Tensor

from auditor.config import Workspace
from auditor.data.dataset import Dataset
from auditor.data.opening import open_dataset
from auditor.evidence import choice, schema
from benchmarks import judging
from models import litenet
from models.lite_classifier import LiteClassifier

BATCH, PEAK, HEAD, DECAY, WARM_UP = 64, 1e-3, 3.0, 0.01, 0.15
TURN, ZOOM, SHIFT, BRIGHTER, CONTRAST = 0.2, 0.12, 0.1, 0.15, 0.2
"""Radians, shares of the size, shares of the image's width, grey values from 0 to 1, shares."""

AT_ONCE = 64
SHARE = 0.3


def read(dataset: Dataset, rows: NDArray[np.intp], side: int) -> Tensor:
    """The images in grey, uint8 [N, side, side]."""
    images = []
    for row in rows:
        with Image.open(dataset.root / dataset.paths[row]) as image:
            images.append(np.asarray(image.convert("L").resize((side, side))))
    return torch.from_numpy(np.stack(images))


def view(pixels: Tensor, size: int, generator: Generator | None = None) -> Tensor:
    """The network's input of grey images [B, h, w]: turned, zoomed, shifted, mirrored and lit at random, or plain."""
    images = pixels.float()[:, None] / 255
    if generator is None:
        images = F.interpolate(images, size=(size, size), mode="bilinear", align_corners=False)
    else:
        count = len(images)
        mirrored = (torch.rand(count, generator=generator) < 0.5).float() * 2 - 1
        angle = (torch.rand(count, generator=generator) * 2 - 1) * TURN
        zoom = 1 + (torch.rand(count, generator=generator) * 2 - 1) * ZOOM
        shift = (torch.rand(count, 2, generator=generator) * 2 - 1) * SHIFT
        across = torch.stack([torch.cos(angle) * zoom * mirrored, -torch.sin(angle) * zoom, shift[:, 0]], 1)
        down = torch.stack([torch.sin(angle) * zoom * mirrored, torch.cos(angle) * zoom, shift[:, 1]], 1)
        grid = F.affine_grid(torch.stack([across, down], 1), [count, 1, size, size], align_corners=False)
        images = F.grid_sample(images, grid, align_corners=False, padding_mode="border")
        lighter, sharper = ((torch.rand(count, 1, 1, 1, generator=generator) * 2 - 1) for _ in range(2))
        images = (images - 0.5) * (1 + sharper * CONTRAST) + 0.5 + lighter * BRIGHTER
    normal = (images - litenet.MEAN[0]) / litenet.STD[0]
    return normal.expand(-1, 3, -1, -1).contiguous(memory_format=torch.channels_last)


def rate(share: float) -> float:
    """The learning rate over its peak after a share of the training: up in a line, down by a cosine."""
    fall = max(0.0, (share - WARM_UP) / (1 - WARM_UP))
    return min(1.0, (share + 1e-3) / WARM_UP) * 0.5 * (1 + math.cos(math.pi * fall))


def predictions(network: LiteClassifier, pixels: Tensor, size: int) -> NDArray[np.float32]:
    """p(y|x) of all images, float32 [N, C]."""
    network.eval()
    with torch.inference_mode():
        parts = [network(view(part, size))[1].softmax(1) for part in pixels.split(AT_ONCE)]
    result: NDArray[np.float32] = torch.cat(parts).numpy()
    return result


def beside(workspace: Path, dataset: Dataset, own: NDArray[np.float64], truth: judging.Truth) -> None:
    """Print how the evidence in use ranks, and how it does with a share of this network's log-odds added."""
    evidence = choice.evidence(Workspace(workspace), dataset)
    if evidence is None or not np.array_equal(evidence.table[schema.NAME], dataset.names[dataset.rows("train")]):
        raise SystemExit(f"There is no evidence of all images in {workspace}; train there first.")
    p = evidence.table[schema.P_MISLABELLED].to_numpy(np.float64)
    odds, others = (np.log(each) - np.log1p(-each) for each in (p, np.clip(1 - own, 1e-6, 1 - 1e-6)))
    for name, score in (("the evidence", odds), ("with this", odds + SHARE * others)):
        figures = judging.ranking(1 / (1 + np.exp(-score)), truth)
        print(
            f"{name}: AUROC {figures['AUROC']:.3f}, AP {figures['AP']:.3f}, {figures['within-class']:.3f} within class"
        )


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--votes", type=Path, required=True)
    parser.add_argument("--lesson", type=Path, help="learn this consensus instead of the labels, of all images")
    parser.add_argument("--workspace", type=Path, help="also add it to the evidence in use here")
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--size", type=int, default=96, help="side of the network's input")
    parser.add_argument("--side", type=int, default=48, help="side that the images are read with")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def main() -> None:
    """Train, and print a line after each epoch."""
    args = arguments()
    dataset = open_dataset(args.data)
    rows = dataset.rows("train")
    labels = dataset.labels[rows].astype(np.int64)
    truth = judging.read_votes(args.votes, dataset.names[rows].tolist(), dataset.classes, dataset.labels[rows])
    targets = np.eye(dataset.num_classes, dtype=np.float32)[labels]
    trained, held = next(StratifiedKFold(10, shuffle=True, random_state=args.seed).split(labels, labels))
    if args.lesson:
        lesson = np.load(args.lesson)[rows]
        targets, trained, held = np.where(np.isnan(lesson), targets, lesson), np.arange(len(labels)), held[:0]
    pixels, wanted, places = read(dataset, rows, args.side), torch.from_numpy(targets), torch.from_numpy(trained)
    torch.manual_seed(args.seed * 10)
    generator = torch.Generator().manual_seed(args.seed * 10)
    network = LiteClassifier(dataset.num_classes).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    groups = [
        {"params": network.body.parameters(), "lr": PEAK},
        {"params": network.head.parameters(), "lr": PEAK * HEAD},
    ]
    optimiser = torch.optim.AdamW(groups, weight_decay=DECAY, fused=True)
    peaks = [group["lr"] for group in optimiser.param_groups]
    steps, done, begun = args.epochs * (len(places) // BATCH), 0, time.monotonic()
    print(
        "| epoch | s | agrees with its labels | with unseen ones | -log p of unseen ones | AUROC | AP | within class |"
    )
    print("|---|---|---|---|---|---|---|---|")
    mean = np.zeros(len(labels))
    for epoch in range(1, args.epochs + 1):
        network.train()
        for batch in places[torch.randperm(len(places), generator=generator)].split(BATCH):
            if len(batch) < BATCH:
                continue
            for group, peak in zip(optimiser.param_groups, peaks, strict=True):
                group["lr"] = peak * rate(done / steps)
            loss = F.cross_entropy(network(view(pixels[batch], args.size, generator))[1], wanted[batch])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            done += 1
        probs = predictions(network, pixels, args.size)
        own = probs[np.arange(len(labels)), labels]
        mean += own / args.epochs
        agrees = probs.argmax(axis=1) == labels
        figures = judging.ranking(1 - own[trained], truth.of(trained))
        unseen = (
            (f"{agrees[held].mean():.3f}", f"{-np.log(np.maximum(own[held], 1e-3)).mean():.3f}")
            if len(held)
            else ("", "")
        )
        print(
            f"| {epoch} | {time.monotonic() - begun:.0f} | {agrees[trained].mean():.3f} | {unseen[0]} | {unseen[1]} | "
            f"{figures['AUROC']:.3f} | {figures['AP']:.3f} | {figures['within-class']:.3f} |",
            flush=True,
        )
    if args.workspace:
        beside(args.workspace, dataset, mean, truth)


if __name__ == "__main__":
    main()
