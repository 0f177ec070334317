"""Build one version of the evidence: read the runs, combine the methods, write all files, rename them into place.

Runs in a worker, without torch. Embeddings are read block by block; benchmarks/scale.py measures memory and time for
300,000 and 1,000,000 images.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditor.config import RunConfig, Workspace
from auditor.data.dataset import Dataset
from auditor.errors import ConfigError, DataError
from auditor.evidence import (
    consensus,
    duplicates,
    frame,
    neighbours,
    projection,
    report,
    schema,
    stability,
    student,
    threads,
    versions,
)
from auditor.evidence.features import FLOOR
from auditor.evidence.gather import FloatArray, IntArray, Strand, gather, join, same_labels
from auditor.evidence.opinions import Opinion, joint_memory, opinions_of, stretch
from auditor.evidence.student import StudentPrediction
from auditor.plural import agreeing, counted
from auditor.training import axes, identity
from auditor.training.reader import open_run
from models import titles

Progress = Callable[[int, int, str], None]

_STEPS = ("reading the runs", "nearest faces", "consensus", "duplicates", "writing")
HASH_SIZE = 64
"""Side of the pictures that duplicates are looked for in: the thumbnails' cache."""


@threads.undivided()  # most products are small: to divide them costs more than it saves
def build(
    workspace: Workspace,
    dataset: Dataset,
    runs: Sequence[str | Path] | None = None,
    progress: Progress | None = None,
) -> versions.EvidenceVersion:
    """Build the evidence of a data set from its trainings, and return the new version.

    Args:
        workspace: Where runs are read and evidence is written.
        dataset: The data set that the runs were trained on.
        runs: Ids or folders of runs. The first decides which labels are audited; runs trained on other labels, or on
            images or classes that cannot be found in the data set any more, are left out and named in the summary's
            warnings. None: every run of the data set, the newest first.
        progress: Called as progress(done, total, text).

    Raises:
        ChangedDataError: The first of the named runs, or every run, does not fit the data set (`reader.open_run`).
        EvidenceError: No run has a finished epoch, or the result cannot be written.
    """

    def report_step(step: int) -> None:
        if progress:
            progress(step, len(_STEPS), _STEPS[step] if step < len(_STEPS) else "done")

    report_step(0)
    rows = dataset.rows("train")
    folders = [workspace.run(run) if isinstance(run, str) else Path(run) for run in runs or ()]
    folders = folders or runs_of(workspace, dataset.key)
    for folder in folders:
        identity.adopt(folder, dataset)
    if runs:
        open_run(folders[0], dataset)  # the labels are its to decide: it may not be left out
    warnings: list[str] = []
    strands, others = same_labels(gather(folders, dataset, rows, warnings))
    warnings += others
    train = rows
    rows, strands, unseen = on_scored(strands, rows)
    warnings += [unseen] if unseen else []
    labels = given_labels(strands, dataset, rows)
    method_strands, student_strands = student.apart(strands)
    opinions, students = opinions_of(method_strands), student.combine(student_strands)
    report_step(1)
    embedding, nearest, distance = near_faces(opinions, students)
    joint = _map_input(embedding)
    del embedding  # 1 GB of a million images, and what follows needs the memory
    report_step(2)
    result = consensus.reach(labels, student.blend(opinions, students), nearest, joint_memory(opinions))
    calls = stability.judge(opinions, result, labels)
    report_step(3)
    duplicate_pairs = find_duplicates(workspace, dataset, warnings)
    report_step(4)
    with versions.new_version(workspace, dataset.key) as (folder, built):
        _write_maps(folder, rows, opinions, joint)
        table = frame.frame(dataset, rows, labels, opinions, result, calls, nearest, duplicate_pairs, students)
        table.to_parquet(folder / "table.parquet", index=False)
        del table
        np.save(folder / "neighbours.npy", rows[nearest].astype(np.int32))
        np.save(folder / "neighbour_distance.npy", distance)
        np.save(folder / "probs.npy", result.probs.astype(np.float16))
        _write_courses(folder, opinions)
        _write_pairs(folder, dataset, duplicate_pairs)
        unscored = dataset.names[np.setdiff1d(train, rows)].tolist()
        (folder / "unscored.json").write_text(json.dumps(unscored), encoding="utf-8")
        summary = report.summary(dataset, labels, opinions, result, calls, nearest, warnings, students)
        summary["labels"] = {run.name: _labels_of(run) for run in folders if run.name in summary["trainings"]}
        (folder / "summary.json").write_text(json.dumps(summary, indent=1), encoding="utf-8")
    report_step(5)
    return built[0]


def _labels_of(run: Path) -> str:
    """Return the labels that a run was trained on: given or corrected; '' where its configuration cannot be read."""
    try:
        return RunConfig.from_json((run / "config.json").read_text(encoding="utf-8")).labels
    except (OSError, ConfigError):
        return ""


def on_scored(strands: Sequence[Strand], rows: IntArray) -> tuple[IntArray, list[Strand], str]:
    """Return the rows that any method has scored, the strands over those alone, and a sentence on the others or ''.

    An image that cannot be read has nothing but its label: its score would be that of its class, at the top of the
    queue, and its empty picture would be the nearest face of other unreadable images.
    """
    scored = np.any([strand.scored for strand in student.apart(strands)[0]], axis=0)
    if scored.all():
        return rows, list(strands), ""
    within = [join(strand.method, strand.run, strand.records, rows[scored]) for strand in strands]
    missing = int((~scored).sum())
    return (
        rows[scored],
        [strand for strand in within if strand.scored.any()],
        f"{counted(missing, 'training image was', 'training images were')} scored by no method (unreadable, left out, "
        f"or newer than the training), so there is no evidence for {agreeing(missing, 'it', 'them')}.",
    )


def lesson(run: Path, dataset: Dataset) -> NDArray[np.float32]:
    """Return the consensus of the methods of one run, float32 [R, C] over the data set's rows: p(true label | all).

    Rows of images that no method has scored, and of test images, are NaN.

    Raises:
        ChangedDataError: The run does not fit the data set.
        EvidenceError: The run has no finished epoch.
    """
    rows = dataset.rows("train")
    rows, strands, _ = on_scored(same_labels(gather([run], dataset, rows))[0], rows)
    methods, _ = student.apart(strands)
    labels, opinions = given_labels(methods, dataset, rows), opinions_of(methods)
    _, nearest, _ = near_faces(opinions)
    result = consensus.reach(labels, student.blend(opinions), nearest, joint_memory(opinions))
    probs = np.full((len(dataset), dataset.num_classes), np.nan, np.float32)
    probs[rows] = result.probs
    return probs


def runs_of(workspace: Workspace, key: str) -> list[Path]:
    """Return the folders of a data set's runs, newest first, without controls (their labels are wrong on purpose).

    Models of the user's own come last: the first folder decides which labels are audited, and that is a training's.
    """
    folders = []
    for file in workspace.runs.glob("*/config.json"):
        try:
            config = RunConfig.from_json(file.read_text(encoding="utf-8"))
            if config.dataset.key == key and config.labels != "control":
                trained = set(config.methods) <= set(titles.descriptions())
                folders.append((trained, file.stat().st_mtime, file.parent))
        except (OSError, ConfigError):
            continue  # a run that cannot be read is shown on the Runs page; it takes no part here
    return [folder for *_, folder in sorted(folders, reverse=True)]


def given_labels(strands: Sequence[Strand], dataset: Dataset, rows: IntArray) -> NDArray[np.int64]:
    """Return the labels trained on, int64 [M]; those of the label file for images that no run has scored."""
    labels = dataset.labels[rows].astype(np.int64)
    for strand in strands:
        labels[strand.scored] = strand.labels[strand.scored]
    return labels


def near_faces(
    opinions: Sequence[Opinion], students: StudentPrediction | None = None
) -> tuple[FloatArray, NDArray[np.int32], FloatArray]:
    """Return the joint embedding [M, D], each image's nearest faces in it (places, [M, k]) and their distances.

    A student's embedding weighs more in small data sets, and beside networks that memorised (`student.place`).
    """
    placed: list[tuple[axes.Rows, float]] = [
        (strand.embedding(), opinion.weight / len(opinion.strands))
        for opinion in opinions
        for strand in opinion.strands
    ]
    placed = [(embedding, weight) for embedding, weight in placed if embedding.shape[1]]
    if not any(weight for _, weight in placed):  # every opinion is one of probabilities alone
        placed = [(_of_probs(opinion), opinion.weight) for opinion in opinions]
    embeddings, weights = [embedding for embedding, _ in placed], [weight for _, weight in placed]
    if students is not None:
        share = sum(weights) * student.place(len(students.probs), joint_memory(opinions))
        embeddings += [strand.embedding() for strand in students.strands]
        weights += [share / len(students.strands)] * len(students.strands)
    joint = neighbours.joint_embedding(embeddings, weights)
    return joint, *neighbours.nearest(joint)


def _of_probs(opinion: Opinion) -> FloatArray:
    """A stand-in for the embedding of a model that gave probabilities alone: their centred logarithms, [M, C]."""
    logs = np.log(np.maximum(opinion.probs, FLOOR))
    centred: FloatArray = logs - logs.mean(axis=1, keepdims=True)
    return centred


def find_duplicates(workspace: Workspace, dataset: Dataset, warnings: list[str]) -> duplicates.Duplicates | None:
    """Return the duplicates among the images of all splits; None, and a warning, where the images cannot be read."""
    from auditor.data.images.cache import ImageCache

    try:
        cache = ImageCache.open(dataset, HASH_SIZE, workspace.cache)
    except (DataError, OSError) as error:
        warnings.append(f"Duplicates were not searched for: {error}")
        return None
    return duplicates.find(np.asarray(cache.array), dataset.labels, dataset.split)


def _write_pairs(folder: Path, dataset: Dataset, twins: duplicates.Duplicates | None) -> None:
    """The pairs with their names: test images are in no other table, and rows alone do not outlive an edited file."""
    pairs = duplicates.no_pairs() if twins is None else twins.pairs
    named = {"name": dataset.names[pairs[schema.ROW]], "other_name": dataset.names[pairs["other"]]}
    pairs.assign(**named).to_parquet(folder / "duplicates.parquet", index=False)


def _write_courses(folder: Path, opinions: Sequence[Opinion]) -> None:
    """p(given) over the epochs: of each method, and their mean on the longest one's epochs."""
    longest = max(each.p_given.shape[1] for opinion in opinions for each in opinion.features)
    whole = sum(opinion.weight for opinion in opinions)
    total = np.zeros((len(opinions[0].probs), longest), np.float32)
    for opinion in opinions:
        course = opinion.course()
        np.save(folder / f"p_given_{opinion.method}.npy", course)
        for part in axes.parts(len(total)):
            total[part] += opinion.weight * stretch(course[part], longest)
    np.save(folder / "p_given.npy", (total / whole).astype(np.float16))


def _own_rows(opinion: Opinion) -> axes.Rows:
    """The embeddings of a method's strands side by side, or, of a model of probabilities alone, these."""
    own = axes.SideBySide([strand.embedding() for strand in opinion.strands])
    return own if own.shape[1] else _of_probs(opinion)


def _map_input(embedding: axes.Rows) -> FloatArray:
    """What a map lays out: the main axes of the directions, float32 [M, at most `projection.UMAP_DIMS`]."""
    return axes.principal_axes(embedding, projection.UMAP_DIMS, directions=True)


def _write_maps(folder: Path, rows: IntArray, opinions: Sequence[Opinion], joint: FloatArray) -> None:
    """Write each map's input and its first two axes; the joint one is made (`_map_input`), those of methods are not."""
    import pandas as pd

    data: dict[str, NDArray[Any]] = {schema.ROW: rows.astype(np.int32)}
    for opinion in (None, *opinions):
        name, reduced = ("joint", joint) if opinion is None else (opinion.method, _map_input(_own_rows(opinion)))
        placed = projection.pca(reduced)
        data[f"{name}_pca_x"], data[f"{name}_pca_y"] = placed[:, 0], placed[:, 1]
        np.save(folder / projection.UMAP_INPUT.format(name), reduced)
    pd.DataFrame(data).to_parquet(folder / "map.parquet", index=False)
