"""The demo data set: drawn faces in RAF-DB's layout, some truly ambiguous, some with labels flipped on purpose.

What was planted is written beside it (`planted_truth.csv`), so that a person can see how many planted errors an audit
finds.  Training and evidence never read that file.
"""

from __future__ import annotations

import csv
import io
import json
import multiprocessing
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from auditor.custody import private
from auditor.custody.held import held
from auditor.data.demo.faces import render
from auditor.data.demo.parameters import CLASSES, LOOK_ALIKE, draw_face
from auditor.errors import DataError
from auditor.plural import counted

Progress = Callable[[int, int, str], None]

SIZE: Final = 128
RECIPE: Final = 2  # raise it when the same seed gives other pictures or labels
TEST_SHARE: Final = 1 / 6
AMBIGUOUS: Final = 0.12
KINDS: Final = ("clean", "ambiguous", "noisy")
TRUTH_FILE: Final = "planted_truth.csv"
RECIPE_FILE: Final = "demo.json"
COLUMNS: Final = ("name", "given", "true", "second", "share", "kind")

# How often a class occurs, and how often its label is flipped: rare classes are labelled worse, as in real sets.
FREQUENCY: Final = {"surprise": 0.14, "fear": 0.1, "disgust": 0.1, "happiness": 0.2, "sadness": 0.14, "anger": 0.13,
                    "neutral": 0.19}  # fmt: skip
FLIPPED: Final = {"surprise": 0.12, "fear": 0.24, "disgust": 0.24, "happiness": 0.07, "sadness": 0.18, "anger": 0.18,
                  "neutral": 0.16}  # fmt: skip

CHUNK = 25
SERIAL_BELOW = 100  # starting processes costs more than drawing this few


@dataclass(frozen=True, eq=False)
class Planted:
    """What was planted, one entry an image, train first.

    Attributes:
        names: Image names as in the label files.
        given, true, second: int16 [N], 0-based class indices; `second` is the other class of a blend.
        share: float32 [N], how much of `true` is in the face (0.5..1).
        kind: int8 [N], 0 clean, 1 ambiguous, 2 noisy (label flipped on purpose).
    """

    names: NDArray[np.object_]
    given: NDArray[np.int16]
    true: NDArray[np.int16]
    second: NDArray[np.int16]
    share: NDArray[np.float32]
    kind: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.names)

    @cached_property
    def _index(self) -> dict[str, int]:
        return {name: i for i, name in enumerate(self.names)}

    def rows(self, names: NDArray[np.object_]) -> NDArray[np.intp]:
        """The entry of every image name, -1 where it is not one of the demo's."""
        return np.array([self._index.get(name, -1) for name in names], dtype=np.intp)


def generate(
    out: str | Path, images: int = 1200, seed: int = 0, progress: Progress | None = None, *, true_labels: bool = False
) -> Path:
    """Draw the demo into folder `out` and return it; a folder that already holds this very demo is left as it is.

    Five sixths of the images are for training, the rest for testing with true labels.  Same arguments, same bytes.
    With `true_labels` the training images, the same ones, have theirs, too: for errors of one's own (`corrupt`).
    The folder appears whole or not at all.

    Raises:
        DataError: `out` holds something else, or cannot be written.
    """
    root = Path(out).expanduser().absolute()
    if images < 2 * len(CLASSES):
        raise DataError(f"A demo of {counted(images, 'image')} is too small; ask for at least {2 * len(CLASSES)}.")
    recipe = {"recipe": RECIPE, "images": images, "seed": seed, "size": SIZE}
    recipe |= {"true_labels": 1} if true_labels else {}
    if _holds(root, recipe):
        return root
    planted = plan(images, seed)
    planted = _put_right(planted) if true_labels else planted
    try:
        root.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=f".{root.name}.part-", dir=root.parent))
        try:
            with held(aside):
                _write_lists(aside, planted, recipe)
                _draw_all(aside, planted, seed, progress)
                aside.chmod(0o777 & ~private.mask())
                if root.is_dir():
                    root.rmdir()  # empty: _holds made sure
                aside.replace(root)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    except OSError as error:
        if _holds(root, recipe):  # another process finished the same demo first
            return root
        raise DataError(f"The demo cannot be written to {root} ({error.strerror}); choose another folder.") from error
    return root


def truth(root: str | Path) -> Planted | None:
    """Return what was planted in the demo at `root`, or None where `root` is no demo."""
    folder = Path(root)
    try:
        if not (folder / RECIPE_FILE).is_file():
            return None
        text = (folder / TRUTH_FILE).read_text(encoding="utf-8")
        rows = list(csv.DictReader(io.StringIO(text)))
        return Planted(
            names=np.array([row["name"] for row in rows], dtype=object),
            given=np.array([int(row["given"]) - 1 for row in rows], dtype=np.int16),
            true=np.array([int(row["true"]) - 1 for row in rows], dtype=np.int16),
            second=np.array([int(row["second"]) - 1 for row in rows], dtype=np.int16),
            share=np.array([float(row["share"]) for row in rows], dtype=np.float32),
            kind=np.array([KINDS.index(row["kind"]) for row in rows], dtype=np.int8),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None  # it was edited, so that its truth is unknown


def plan(images: int, seed: int) -> Planted:
    """Choose each face's expression and which labels are wrong, before any face is drawn."""
    rng = np.random.default_rng([seed, RECIPE])
    tests = max(len(CLASSES), round(images * TEST_SHARE))
    parts = [_plan_split(images - tests, rng, flips=True), _plan_split(tests, rng, flips=False)]
    names = [f"train_{i:05d}.jpg" for i in range(1, images - tests + 1)] + [
        f"test_{i:04d}.jpg" for i in range(1, tests + 1)
    ]
    given, true, second, share, kind = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    return Planted(
        np.array(names, dtype=object),
        given.astype(np.int16),
        true.astype(np.int16),
        second.astype(np.int16),
        share.astype(np.float32),
        kind.astype(np.int8),
    )


def _put_right(planted: Planted) -> Planted:
    """Set every label to the true one."""
    kind = np.where(planted.kind == KINDS.index("noisy"), KINDS.index("clean"), planted.kind).astype(np.int8)
    return replace(planted, given=planted.true, kind=kind)


def _plan_split(count: int, rng: np.random.Generator, *, flips: bool) -> tuple[NDArray[np.float64], ...]:
    """Columns given, true, second, share, kind of one split; test labels are the true ones."""
    expected = np.array([FREQUENCY[name] for name in CLASSES]) * count
    counts = np.maximum(1, np.floor(expected).astype(int))
    while counts.sum() != count:
        counts[np.argmax(np.sign(count - counts.sum()) * (expected - counts))] += np.sign(count - counts.sum())
    classes = rng.permutation(np.repeat(np.arange(len(CLASSES)), counts))
    rows = []
    for true in classes:
        second = _look_alike(int(true), rng)
        if rng.random() < AMBIGUOUS:
            share = rng.uniform(0.5, 0.6)
            given = second if flips and rng.random() > share else int(true)
            rows.append((given, true, second, share, 1))
            continue
        share = 1.0 - rng.uniform(0.0, 0.15)
        if flips and rng.random() < FLIPPED[CLASSES[true]]:
            rows.append((_look_alike(int(true), rng), true, second, share, 2))
        else:
            rows.append((true, true, second, share, 0))
    columns = np.array(rows, dtype=np.float64).T
    return tuple(columns)


def _look_alike(true: int, rng: np.random.Generator) -> int:
    """Draw another class that people confuse with `true`."""
    others = LOOK_ALIKE[CLASSES[true]]
    return CLASSES.index(list(others)[int(rng.choice(len(others), p=list(others.values())))])


def _holds(root: Path, recipe: dict[str, int]) -> bool:
    """Whether `root` is exactly this demo; raise an error where it holds anything else."""
    if not root.exists() or (root.is_dir() and not any(root.iterdir())):
        return False
    try:
        stored = json.loads((root / RECIPE_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise DataError(
            f"The folder {root} is not empty and holds no demo; choose a new folder for the demo."
        ) from None
    if stored != recipe:
        raise DataError(
            f"The folder {root} holds a demo made with other settings; choose a new folder or remove that one."
        )
    return True


def _write_lists(root: Path, planted: Planted, recipe: dict[str, int]) -> None:
    (root / "EmoLabel").mkdir()
    (root / "Image" / "aligned").mkdir(parents=True)
    for split in ("train", "test"):
        lines = [
            f"{name} {given + 1}\n"
            for name, given in zip(planted.names, planted.given, strict=True)
            if name.startswith(split)
        ]
        (root / "EmoLabel" / f"{split}_label.txt").write_text("".join(lines), encoding="ascii", newline="")
    with (root / TRUTH_FILE).open("w", encoding="ascii", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for i, name in enumerate(planted.names):
            share = f"{planted.share[i]:.3f}"
            kind = KINDS[planted.kind[i]]
            writer.writerow([name, planted.given[i] + 1, planted.true[i] + 1, planted.second[i] + 1, share, kind])
    (root / RECIPE_FILE).write_text(json.dumps(recipe) + "\n", encoding="ascii")


def _draw_all(root: Path, planted: Planted, seed: int, progress: Progress | None) -> None:
    """Draw every image, on all cores where there are many; each image depends on the seed and its number alone."""
    total, done = len(planted), 0
    folder = str(root / "Image" / "aligned")
    jobs = [
        (folder, seed, list(zip(range(i, total), planted.names[i : i + CHUNK],
                                planted.true[i : i + CHUNK].tolist(), planted.second[i : i + CHUNK].tolist(),
                                planted.share[i : i + CHUNK].tolist(), strict=False)))
        for i in range(0, total, CHUNK)
    ]  # fmt: skip
    for count in _in_processes(jobs) if total >= SERIAL_BELOW else map(_draw_chunk, jobs):
        done += count
        if progress is not None:
            progress(done, total, "drawing faces")


Job = tuple[str, int, list[tuple[int, str, int, int, float]]]


def _in_processes(jobs: list[Job]) -> Iterator[int]:
    """Draw images chunk by chunk in worker processes; where none can be started, draw the rest in this one."""
    finished = 0
    try:
        # A fresh interpreter each: forking a process with threads (the app) can deadlock.
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(max(1, min(8, os.cpu_count() or 1)), mp_context=context) as pool:
            for count in pool.map(_draw_chunk, jobs):
                finished += 1
                yield count
    except BrokenProcessPool:
        for job in jobs[finished:]:
            yield _draw_chunk(job)


def _draw_chunk(job: Job) -> int:
    folder, seed, rows = job
    for number, name, true, second, share in rows:
        rng = np.random.default_rng([seed, RECIPE, number])
        face = draw_face(CLASSES[true], CLASSES[second], share, rng)
        quality = int(rng.integers(86, 95))
        path = Path(folder) / name.replace(".jpg", "_aligned.jpg")
        Image.fromarray(render(face, SIZE)).save(path, quality=quality)
    return len(rows)
