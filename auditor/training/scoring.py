"""Score all images once without augmentation: p(y|x), the embedding and the method's columns."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from auditor.training.augment import Augmenter
from auditor.training.data import TrainingData
from auditor.training.dynamics import ROLE_HELD_OUT, ROLE_TEST, ROLE_TRAINED
from auditor.training.feed import Feed, scoring_batches
from auditor.training.folding import folded
from models import parallel
from models.base import Batch, Method, Scores

T = TypeVar("T")
AT_ONCE = {"cpu": 64}  # images scored at once: measured to fit the processor's cache
AT_ONCE_ELSEWHERE = 256
HELD = 64  # scored batches that stay on the device before they are copied: every copy waits for the device


class Stopped(Exception):  # noqa: N818  -- not an error: the user stopped the run
    """The run was stopped on request; finished work is saved."""


def batch_of(data: TrainingData, positions: NDArray[np.int64], views: dict[str, Tensor]) -> Batch:
    """Build the method's batch of some images; the small tensors move to the device of the views."""
    sets, va = data.label_sets, data.valence_arousal
    batch = Batch(
        rows=torch.from_numpy(positions),
        views=views,
        labels=torch.from_numpy(data.labels[positions]),
        label_sets=None if sets is None else torch.from_numpy(sets[positions]),
        valence_arousal=None if va is None else torch.from_numpy(va[positions]),
        soft=None if data.soft is None else torch.from_numpy(data.soft[positions]),
    )
    return batch.to(next(iter(views.values())).device)


def score_all(
    method: Method,
    data: TrainingData,
    feed: Feed,
    augmenter: Augmenter,
    accelerator: Any,
    stopping: Callable[[], bool] = lambda: False,
    view: Callable[[NDArray[np.int64], Tensor], Tensor] | None = None,
) -> Scores:
    """Return the scores of all N images in order, on the CPU; each process scores a share and all get the whole.

    Args:
        method: The method that scores.
        data: Labels and roles of the images.
        feed: The images.
        augmenter: Makes the plain view.
        accelerator: Device and processes.
        stopping: Returns whether to stop; called between two batches.
        view: Makes the scored view from positions and images; the plain view where it is None.

    Raises:
        Stopped: `stopping` returned True.
    """
    at_once = AT_ONCE.get(accelerator.device.type) or elsewhere(method.options.batch_size)
    batches = scoring_batches(len(data), at_once, accelerator.process_index, accelerator.num_processes)

    @torch.inference_mode()  # in every lane, because it applies to one thread only
    def scores_of(positions: NDArray[np.int64], images: Tensor) -> Scores:
        plain = augmenter.plain(images)["plain"] if view is None else view(positions, images)
        return _detached(method.score(batch_of(data, positions, {"plain": plain})))

    parts: list[Scores] = []
    held: list[Scores] = []
    with method.lanes.open(accelerator.device), torch.inference_mode(), folded(method):
        for group in batched(feed.batches(batches), method.lanes.count):
            if stopping():
                raise Stopped
            held += method.lanes.run([partial(scores_of, *batch) for batch in group])
            if len(held) >= HELD:
                parts.append(_on_cpu(held))
                held = []
    whole = Scores.cat([*parts, _on_cpu(held)] if held else parts)
    return whole if accelerator.num_processes == 1 else _gathered(whole, len(data), accelerator)


def batched(batches: Iterable[T], count: int) -> Iterator[list[T]]:
    """Yield lists of `count` consecutive batches; the last may be shorter."""
    iterator = iter(batches)
    while group := list(islice(iterator, count)):
        yield group


def elsewhere(batch_size: int) -> int:
    """Return the number of images to score at once on a device with memory of its own.

    A scoring pass of twice the training's batch needs less memory than a training step of that batch.
    """
    return min(AT_ONCE_ELSEWHERE, 2 * batch_size)


def _detached(scores: Scores) -> Scores:
    columns = {name: column.detach() for name, column in scores.columns.items()}
    return Scores(scores.probs.detach().float(), scores.embedding.detach().float(), columns)


def _on_cpu(held: list[Scores]) -> Scores:
    """Join scored batches and copy them from the device."""
    scores = Scores.cat(held)
    columns = {name: column.cpu() for name, column in scores.columns.items()}
    return Scores(scores.probs.cpu(), scores.embedding.cpu(), columns)


def _gathered(share: Scores, count: int, accelerator: Any) -> Scores:
    """Join the processes' shares, which `scoring_batches` assigned in order of the process."""
    sizes = [len(part) for part in np.array_split(np.arange(count), accelerator.num_processes)]

    def gather(tensor: Tensor) -> Tensor:
        padded = torch.zeros((max(sizes), *tensor.shape[1:]), dtype=tensor.dtype)
        padded[: len(tensor)] = tensor
        every = parallel.gather(padded, accelerator)
        return torch.cat([part[:size] for part, size in zip(torch.split(every, max(sizes)), sizes, strict=True)])

    columns = {name: gather(column) for name, column in sorted(share.columns.items())}
    return Scores(gather(share.probs), gather(share.embedding), columns)


def accuracies(scores: Scores, data: TrainingData) -> dict[str, float]:
    """Return the share of images predicted as labelled for 'train', 'held_out' and 'test', where there are images."""
    right = scores.probs.argmax(1).numpy() == data.truth
    names = {ROLE_TRAINED: "train", ROLE_HELD_OUT: "held_out", ROLE_TEST: "test"}
    shares = {}
    for role, name in names.items():
        counted = (data.role == role) & data.counted
        if counted.any():
            shares[f"{name}_accuracy"] = round(float(right[counted].mean()), 6)
    return shares
