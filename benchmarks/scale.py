"""Measure memory and processor time of the evidence and of one map, at any number of images.

    python benchmarks/scale.py 300000
    python benchmarks/scale.py 1000000 --no-duplicates        without 12 GB of thumbnails

It makes up a run of four methods: embeddings of the published networks' widths, 20 epochs, 15 % wrong labels, and
thumbnails of noise for the search for duplicates. Nothing is trained, so no figure about finding errors may come from
it. Every part is measured in a process of its own. Peak memory counts mapped pages of files while they are mapped.
`recall` is the share of the true nearest faces that the evidence keeps, for a sample: the embeddings vary in 128
independent directions, which is as hard as such a search can be.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

CLASSES, EPOCHS, WRONG, HELD_OUT = 8, 20, 0.15, 0.05
WIDTHS = {"man": 1024, "rul": 64, "nla": 512, "noisyfer": 500}
BLOCK = 20_000
LIMITS = {300_000: (2.0, 120.0), 1_000_000: (4.0, 500.0)}  # GB of memory and seconds of processor time, for evidence
MAP_LIMIT = 120.0  # seconds of processor time at 300,000 images
THUMBNAILS = "thumbnails.npy"
SAMPLED = 1_000  # images whose nearest faces are searched exactly


def facts(count: int) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
    """True and given labels."""
    draw = np.random.default_rng(0)
    true = draw.choice(CLASSES, count, p=np.array([5, 3, 2, 9, 6, 3, 2, 1]) / 31).astype(np.int16)
    wrong = draw.random(count) < WRONG
    return true, np.where(wrong, (true + draw.integers(1, CLASSES, count)) % CLASSES, true).astype(np.int16)


def dataset_of(folder: Path, count: int) -> Any:
    """A data set of names and labels, without image files."""
    from auditor.data.dataset import Dataset

    _, given = facts(count)
    names = np.array([f"train_{number:07}.jpg" for number in range(count)], object)
    classes = tuple(f"class{number}" for number in range(CLASSES))
    return Dataset(
        root=folder, format="rafdb", label_file="", key="0123456789ab", title="made up", classes=classes,
        codes=classes, names=names, paths=names, split=np.zeros(count, np.int8), labels=given,
        lines=np.zeros(count, np.int32),
    )  # fmt: skip


def make(folder: Path, count: int, *, duplicates: bool) -> None:
    """Write the run, block by block."""
    from auditor.config import DatasetRef, RunConfig
    from auditor.training import identity
    from auditor.training.dynamics import Column, DynamicsWriter

    true, given = facts(count)
    run = folder / "workspace" / "runs" / "r-scale"
    run.mkdir(parents=True)
    ref = DatasetRef(str(folder), "rafdb", "", "0123456789ab")
    (run / "config.json").write_text(RunConfig(dataset=ref, methods=tuple(WIDTHS), epochs=EPOCHS).to_json())
    identity.write(run, dataset_of(folder, count))
    role = (np.random.default_rng(1).random(count) < HELD_OUT).astype(np.int8)
    for place, (method, width) in enumerate(WIDTHS.items()):
        columns = {"assignment": Column("int8")} if method == "man" else {}
        writer = DynamicsWriter(
            run / method / "dynamics", method=method, fold=None, epochs=EPOCHS, classes=CLASSES,
            rows=np.arange(count), role=role, labels=given, columns=columns,
        )  # fmt: skip
        draw = np.random.default_rng(place)
        embedding = embedded(true, width, draw)
        for epoch in range(EPOCHS):
            logits = draw.normal(size=(count, CLASSES)).astype(np.float32)
            logits[np.arange(count), true] += 1 + 2 * epoch / EPOCHS
            probs = np.exp(logits)
            probs /= probs.sum(1, keepdims=True)
            values = {"assignment": (probs.argmax(1) != given) * 2} if columns else {}
            writer.append(epoch, probs, values, embedding if epoch == EPOCHS - 1 else embedding[:1])
    if duplicates:
        file = np.lib.format.open_memmap(folder / THUMBNAILS, "w+", np.uint8, (count, 64, 64, 3))
        draw = np.random.default_rng(9)
        for start in range(0, count, BLOCK):
            file[start : start + BLOCK] = draw.integers(0, 256, file[start : start + BLOCK].shape, dtype=np.uint8)


def embedded(true: NDArray[np.int16], width: int, draw: np.random.Generator) -> NDArray[np.float32]:
    """Clusters by class in a few dimensions, with noise in all, as a classifier's features are."""
    centres = draw.normal(size=(CLASSES, width)).astype(np.float32)
    spread = draw.normal(size=(32, width)).astype(np.float32) / 6
    out = np.empty((len(true), width), np.float32)
    for start in range(0, len(true), BLOCK):
        part = slice(start, start + BLOCK)
        count = len(true[part])
        inner = draw.normal(size=(count, 32)).astype(np.float32) @ spread
        out[part] = centres[true[part]] + inner + 0.1 * draw.normal(size=(count, width)).astype(np.float32)
    return out


def evidence(folder: Path, count: int) -> None:
    """Build the evidence of the run."""
    from auditor.config import Workspace
    from auditor.evidence import build, duplicates

    dataset = dataset_of(folder, count)

    def from_thumbnails(*_: Any) -> Any:
        if not (folder / THUMBNAILS).exists():
            return None
        return duplicates.find(np.load(folder / THUMBNAILS, mmap_mode="r"), dataset.labels, dataset.split)

    build.find_duplicates = from_thumbnails
    started = [time.process_time()]

    def progress(_done: int, _total: int, text: str) -> None:
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        print(f"  {time.process_time() - started[0]:6.1f} s, {memory:.2f} GB: {text}", file=sys.stderr, flush=True)

    build.build(Workspace(folder / "workspace"), dataset, ["r-scale"], progress)


def recall(folder: Path, count: int) -> None:
    """Compare the nearest faces that the evidence keeps with an exact search, for a sample of images."""
    from auditor.config import Workspace
    from auditor.evidence import gather, neighbours, versions

    dataset = dataset_of(folder, count)
    (version,) = versions.versions(Workspace(folder / "workspace"), dataset.key)
    strands = gather.gather([folder / "workspace" / "runs" / "r-scale"], dataset, dataset.rows("train"))
    weights = [version.summary["weights"][strand.method] for strand in strands]
    joint = neighbours.joint_embedding([strand.embedding() for strand in strands], weights)
    sample = np.sort(np.random.default_rng(5).choice(count, min(count, SAMPLED), replace=False))
    shares = []
    for start in range(0, len(sample), 100):
        part = sample[start : start + 100]
        likeness = joint[part] @ joint.T
        likeness[np.arange(len(part)), part] = -np.inf
        exact = np.argpartition(-likeness, neighbours.NEIGHBOURS - 1, axis=1)[:, : neighbours.NEIGHBOURS]
        shares += [np.isin(*pair).mean() for pair in zip(version.neighbours[part], exact, strict=True)]
    print(f"  {np.mean(shares):.1%} of the 30 nearest of {len(sample):,} images were found", file=sys.stderr)


def one_map(folder: Path, _: int) -> None:
    """Lay out one embedding as the worker does."""
    from auditor.evidence import projection

    (version,) = (folder / "workspace" / "evidence" / "0123456789ab").glob("v*")
    positions, placed = projection.umap(np.load(version / projection.UMAP_INPUT.format("joint")))
    print(f"  {placed.sum():,} of {len(positions):,} images were placed by their neighbours", file=sys.stderr)


PARTS = {"evidence": evidence, "recall": recall, "map": one_map}
MAKING = {"make": True, "make-without-thumbnails": False}  # in a process too: a child inherits its parent's peak memory


def measured(part: str, folder: Path, count: int) -> dict[str, float]:
    """Seconds and gigabytes of a part in a process of its own."""
    command = [sys.executable, __file__, str(count), "--part", part, "--folder", str(folder)]
    answer = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT)
    numbers: dict[str, float] = json.loads(answer.stdout.strip().splitlines()[-1])
    return numbers


def report_part(part: str, folder: Path, count: int) -> None:
    started = time.perf_counter()
    if part in MAKING:
        make(folder, count, duplicates=MAKING[part])
    else:
        PARTS[part](folder, count)
    used = os.times()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(json.dumps({"cpu": used.user + used.system, "wall": time.perf_counter() - started, "gigabytes": memory}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("images", type=int)
    parser.add_argument("--no-duplicates", action="store_true", help="leave out the search for duplicates")
    parser.add_argument("--no-map", action="store_true")
    parser.add_argument("--part", choices=[*PARTS, *MAKING], help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.part:
        report_part(args.part, args.folder, args.images)
        return
    with tempfile.TemporaryDirectory() as folder:
        measured("make-without-thumbnails" if args.no_duplicates else "make", Path(folder), args.images)
        print("| part | CPU s | wall s | memory GB | limits |\n|---|---|---|---|---|")
        for part in [part for part in PARTS if part != "map" or not args.no_map]:
            numbers = measured(part, Path(folder), args.images)
            memory, seconds = LIMITS.get(args.images, (0.0, 0.0))
            limits = f"{seconds:.0f} s, {memory:.0f} GB" if part == "evidence" and seconds else ""
            limits = f"{MAP_LIMIT:.0f} s" if part == "map" and args.images == 300_000 else limits
            cells = (f"{numbers['cpu']:.0f}", f"{numbers['wall']:.0f}", f"{numbers['gigabytes']:.2f}", limits)
            print(f"| {part} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
