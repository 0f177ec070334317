"""Turn what a model of the user's own brings into the record of one epoch, as a training leaves it.

<run>/names.npz            the images and classes that the record's numbers mean (training/identity.py)
<run>/<name>/dynamics/     p(y|x), embedding, roles and labels (training/dynamics.py)
<run>/<name>/opinion.json  where it is from, and what did not fit
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditor import writing
from auditor.config import Workspace
from auditor.data.dataset import Dataset
from auditor.errors import ConfigError, DataError, TrainingError
from auditor.plural import counted
from auditor.training import axes, identity
from auditor.training.disk import room
from auditor.training.dynamics import ROLE_HELD_OUT, ROLE_TEST, ROLE_TRAINED, DynamicsWriter
from auditor.training.ownmodel import OF_IMAGES, OF_LABELS, places, regression, values
from auditor.training.ownmodel.request import ModelRequest
from auditor.training.ownmodel.values import FloatArray, Values

logger = logging.getLogger("auditor")

FILE = "opinion.json"

Progress = Callable[[int, int, str], None]


@dataclass
class Work:
    """Where an opinion is made.

    Attributes:
        workspace: For the cache of decoded images.
        progress: Called as progress(done, total, text).
        stopping: Returns whether to stop.
        device: 'auto', 'cpu' or 'cuda', for torchvision's networks.
    """

    workspace: Workspace
    progress: Progress = lambda *_: None
    stopping: Callable[[], bool] = lambda: False
    device: str = "auto"


@dataclass(eq=False)
class Brought:
    """What a model brings for the R images of a data set.

    Attributes:
        source: What it is called in messages.
        probs: float32 [R, C], p(y|x), NaN without one; or None where there are only features.
        features: float32 [R, D], NaN without one; or None.
        unseen: Whether the model never saw the labels.
        by_number: Whether rows were matched by their number, not by names.
        notes: Sentences on what did not fit.
    """

    source: str
    probs: FloatArray | None = None
    features: FloatArray | None = None
    unseen: bool = False
    by_number: bool = False
    notes: list[str] = field(default_factory=list)


def from_arrays(request: ModelRequest, dataset: Dataset, probs: Values | None, embedding: Values | None) -> Brought:
    """Return what files or arrays bring, held against the data set.

    Raises:
        DataError: Their shape, names, classes or numbers do not fit; the message shows both sides.
    """
    named = [each for each in (probs, embedding) if each is not None]
    brought = Brought(" and ".join(each.source for each in named), unseen=request.out_of_fold)
    brought.by_number = any(each.names is None for each in named)
    if embedding is not None:
        brought.features, notes = places.on_images(embedding, dataset)
        brought.notes += notes
    if probs is not None:
        brought.probs, notes = _probs(request, dataset, probs)
        brought.notes += notes
    return brought


def _probs(request: ModelRequest, dataset: Dataset, values: Values) -> tuple[FloatArray, list[str]]:
    columns = request.classes or values.columns
    if values.array.shape[1] != dataset.num_classes:
        listed = f" ({', '.join(columns[:20])})" if columns else ""
        raise DataError(
            f"There are {values.array.shape[1]} numbers an image in {values.source}{listed}, and the data set has "
            f"{counted(dataset.num_classes, 'class', 'classes')} ({', '.join(dataset.classes)}); give one for each "
            "class."
        )
    if columns and len(columns) != dataset.num_classes:
        raise DataError(
            f"The names of {counted(len(columns), 'class', 'classes')} were given ({', '.join(columns)}) for the "
            f"{values.array.shape[1]} numbers of {values.source}; name one for each."
        )
    array, notes = places.on_images(values, dataset)
    if columns:
        array = array[:, places.class_columns(columns, dataset, values.source)]
    probs = places.probabilities(array, dataset.names, values.source, logits=request.logits or values.logits)
    if not columns:
        judged = _judged(probs, dataset)
        if len(judged):
            places.check_order(probs[judged], dataset.labels[judged], dataset, values.source)
    return probs, notes


def from_request(request: ModelRequest, dataset: Dataset, work: Work) -> Brought:
    """Return what a request's files or networks bring.

    Raises:
        AuditorError: A file is missing or does not fit, or a package is not installed.
    """
    if request.onnx:
        return _from_onnx(request, dataset, work)
    if request.torchvision:
        return _from_backbone(request, dataset, work)
    probs = values.read(request.probs, "probs") if request.probs else None
    embedding = values.read(request.embedding, "embedding") if request.embedding else None
    return from_arrays(request, dataset, probs, embedding)


def _from_backbone(request: ModelRequest, dataset: Dataset, work: Work) -> Brought:
    import torch

    from auditor.training.ownmodel import backbones

    backbone = backbones.load(request)
    logger.info("%s", backbone.about)
    images, readable = _images(dataset, backbone.size, work)
    rows = readable[dataset.split[readable] == 0]  # the regression is for training images, so no other is needed
    cuda = work.device != "cpu" and torch.cuda.is_available()
    device = torch.device("cuda" if cuda else "cpu")
    return Brought(
        request.torchvision,
        features=backbones.extract(backbone, images, rows, device, work.progress, work.stopping),
        unseen=request.out_of_fold or backbone.unseen,
    )


def _from_onnx(request: ModelRequest, dataset: Dataset, work: Work) -> Brought:
    from auditor.training.ownmodel import onnxmodel

    network = onnxmodel.load(request)
    images, rows = _images(dataset, network.size, work)
    output = _spread(onnxmodel.extract(network, images, rows, work.progress, work.stopping), rows, len(dataset))
    source = Path(request.onnx).name
    if request.outputs == "features":
        return Brought(source, features=output, unseen=request.out_of_fold)
    named = Values(output, source, columns=network.classes or None, logits=request.outputs == "logits")
    probs, notes = _probs(replace(request, classes=()), dataset, named)
    return Brought(source, probs=probs, unseen=request.out_of_fold, notes=notes)


def _images(dataset: Dataset, size: int, work: Work) -> tuple[NDArray[np.uint8], NDArray[np.intp]]:
    """The decoded images and the rows of those that can be read."""
    from auditor.data.images.cache import DecodingCancelledError, ImageCache
    from auditor.training.scoring import Stopped

    def progress(done: int, total: int, text: str) -> None:
        work.progress(done, total, text or "decoding images")

    try:
        cache = ImageCache.open(dataset, size, work.workspace.cache, progress=progress, cancelled=work.stopping)
    except DecodingCancelledError as error:
        raise Stopped from error
    return np.asarray(cache.array), np.flatnonzero(cache.ok)


def _spread(part: FloatArray, rows: NDArray[np.intp], size: int) -> FloatArray:
    whole = np.full((size, part.shape[1]), np.nan, np.float32)
    whole[rows] = part
    return whole


def _judged(array: FloatArray, dataset: Dataset) -> NDArray[np.intp]:
    """Training images with an opinion: the only ones whose labels are ever looked at."""
    return _finite(array, dataset.rows("train"))


def _finite(array: FloatArray, rows: NDArray[np.intp]) -> NDArray[np.intp]:
    """Those of the rows that hold no NaN; read in parts, because features of 100,000 images are 700 MB."""
    whole = [np.isfinite(array[rows[part]]).all(axis=1) for part in axes.parts(len(rows))]
    return rows[np.concatenate(whole)] if whole else rows


def opine(brought: Brought, dataset: Dataset, folder: Path, name: str, work: Work) -> str:
    """Write the record of what a model brings, and return a sentence on it.

    Args:
        brought: Probabilities, features or both.
        dataset: The data set, for the given labels of its training images.
        folder: The run's folder.
        name: The opinion's name.
        work: Progress.

    Raises:
        DataError: It says nothing about any training image, or its rows are in another order than the images.
        TrainingError: The disk is full.
    """
    kind, unseen = OF_IMAGES if brought.unseen and brought.probs is not None else OF_LABELS, brought.unseen
    probs, embedding, how = _completed(brought, dataset, work)
    judged = _judged(probs, dataset)
    labels = dataset.labels[judged].astype(np.int64)
    if not places.beyond_chance(probs[judged], labels):
        if brought.by_number:
            raise places.mixed_up(brought.source)
        brought.notes.append(f"{name} agrees with the given labels no more often than chance does: its weight is 0.")
    rows = np.flatnonzero(np.isfinite(probs).all(axis=1))
    testing = dataset.split[rows] != 0
    role = np.where(testing, ROLE_TEST, ROLE_HELD_OUT if unseen else ROLE_TRAINED).astype(np.int8)
    given = np.where(testing, -1, dataset.labels[rows]).astype(np.int16)
    place = folder / name
    place.mkdir(parents=True, exist_ok=True)
    with room(place):
        identity.write(folder, dataset)  # first: what the rows and classes of all that follows mean
        writer = DynamicsWriter(
            place / "dynamics", method=name, fold=None, epochs=1, classes=dataset.num_classes, rows=rows, role=role,
            labels=given, columns={}, kind=kind, note=how,
        )  # fmt: skip
        writer.append(0, probs[rows], {}, embedding[rows])
        _describe(place / FILE, brought, how)
    agreed = float((probs[judged].argmax(axis=1) == labels).mean())
    return (
        f"{name} has an opinion on {counted(len(judged), 'training image')} and agrees with {agreed:.0%} of their "
        f"labels. {how}"
    )


def _completed(brought: Brought, dataset: Dataset, work: Work) -> tuple[FloatArray, FloatArray, str]:
    """p(y|x) [R, C] and the embedding [R, D] (D 0 where there is none), and a sentence on where they are from."""
    seen = "never saw these labels" if brought.unseen else "may have seen these labels, and counts as trained on them"
    how = f"{brought.source}: a model that {seen}."
    if brought.probs is not None:
        embedding = brought.features
        if embedding is None:
            return brought.probs, np.zeros((len(dataset), 0), np.float32), how
        return brought.probs, np.nan_to_num(_axes(embedding)), how
    if brought.features is None:
        raise ConfigError("A model brings probabilities or features, and neither was given; give one of them.")
    judged = _judged(brought.features, dataset)
    if not len(judged):
        raise DataError(
            f"There are no finite numbers for any training image in {brought.source}; check how it was written."
        )
    fitted = regression.out_of_fold(
        axes.Chosen(brought.features, judged), dataset.labels[judged], dataset.num_classes, work.progress
    )
    probs, rotated = (_spread(part, judged, len(dataset)) for part in (fitted.probs, fitted.axes))
    how += (
        f" Its features became probabilities by a logistic regression (C {fitted.strength:g}) on the given labels, "
        "each image out of fold."
    )
    return probs, np.nan_to_num(rotated), how


def _axes(features: FloatArray) -> FloatArray:
    """The principal axes of the images with features, float32 [R, D]; NaN for the others."""
    finite = _finite(features, np.arange(len(features)))
    if not len(finite):
        raise TrainingError("The embedding has no finite row; check how it was written.")
    return _spread(regression.principal_axes(axes.Chosen(features, finite)), finite, len(features))


def _describe(file: Path, brought: Brought, how: str) -> None:
    facts: dict[str, Any] = {
        "source": brought.source,
        "how": how,
        "notes": brought.notes,
    }
    writing.write_text(file, json.dumps(facts, ensure_ascii=False))
