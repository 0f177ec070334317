"""One un-augmented pass over all images: p(y|x), the embedding and the method's columns, each image exactly once."""

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
from models.base import Batch, Method, Scores

T = TypeVar("T")
AT_ONCE = {"cpu": 64}  # images scored at once: what fits the processor's cache, by measurement
AT_ONCE_ELSEWHERE = 256


class Stopped(Exception):  # noqa: N818  -- not an error: somebody asked the run to stop
    """The run was asked to stop; what is done is kept."""


def batch_of(data: TrainingData, positions: NDArray[np.int64], views: dict[str, Tensor]) -> Batch:
    """Some images as a method sees them; the small tensors follow the views to their device."""
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
    """Scores of all N images in order, on the CPU; with several processes each scores its share and all get all.

    Args:
        method: What scores.
        data: The images' facts.
        feed: The images.
        augmenter: Makes the plain view.
        accelerator: Device and processes.
        stopping: Asked between two batches.
        view: Makes what is scored in place of the plain view, from positions and images.

    Raises:
        Stopped: `stopping` said so between two batches.
    """
    at_once = AT_ONCE.get(accelerator.device.type, AT_ONCE_ELSEWHERE)
    mine = scoring_batches(len(data), at_once, accelerator.process_index, accelerator.num_processes)

    @torch.inference_mode()  # in every lane: it holds for one thread alone
    def scores_of(positions: NDArray[np.int64], images: Tensor) -> Scores:
        plain = augmenter.plain(images)["plain"] if view is None else view(positions, images)
        return _on_cpu(method.score(batch_of(data, positions, {"plain": plain})))

    parts: list[Scores] = []
    with method.lanes.opened(accelerator.device), torch.inference_mode(), folded(method):
        for some in batched(feed.batches(mine), method.lanes.count):
            if stopping():
                raise Stopped
            parts += method.lanes.run([partial(scores_of, *batch) for batch in some])
    whole = Scores.cat(parts)
    return whole if accelerator.num_processes == 1 else _gathered(whole, len(data), accelerator)


def batched(batches: Iterable[T], count: int) -> Iterator[list[T]]:
    """`count` batches at a time."""
    iterator = iter(batches)
    while some := list(islice(iterator, count)):
        yield some


def _on_cpu(scores: Scores) -> Scores:
    columns = {name: column.detach().cpu() for name, column in scores.columns.items()}
    return Scores(scores.probs.detach().float().cpu(), scores.embedding.detach().float().cpu(), columns)


def _gathered(mine: Scores, count: int, accelerator: Any) -> Scores:
    """Join the processes' shares, which `scoring_batches` cut in order of the process."""
    sizes = [len(part) for part in np.array_split(np.arange(count), accelerator.num_processes)]

    def gather(tensor: Tensor) -> Tensor:
        padded = torch.zeros((max(sizes), *tensor.shape[1:]), dtype=tensor.dtype)
        padded[: len(tensor)] = tensor
        every = accelerator.gather(padded.to(accelerator.device)).cpu()
        return torch.cat([part[:size] for part, size in zip(every.split(max(sizes)), sizes, strict=True)])

    columns = {name: gather(column) for name, column in sorted(mine.columns.items())}
    return Scores(gather(mine.probs), gather(mine.embedding), columns)


def accuracies(scores: Scores, data: TrainingData) -> dict[str, float]:
    """Share of images predicted as labelled: 'train', 'held_out' and 'test', where there are such images."""
    right = scores.probs.argmax(1).numpy() == data.truth
    names = {ROLE_TRAINED: "train", ROLE_HELD_OUT: "held_out", ROLE_TEST: "test"}
    found = {}
    for role, name in names.items():
        chosen = (data.role == role) & data.counted
        if chosen.any():
            found[f"{name}_accuracy"] = round(float(right[chosen].mean()), 6)
    return found
