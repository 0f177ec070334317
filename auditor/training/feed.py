"""Read batches from the cache of decoded images, ahead of the training.

Images stay uint8 until they are on the device. Where the whole cache fits on a CUDA device, it is copied once, in
chunks, and batches are indexed there; else a thread reads the next batches into pinned memory while the device
computes.
"""

import queue
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from auditor.data.images.jpegs import JpegPixels, Pixels
from auditor.training import devices

AHEAD = 3
SHARE_OF_DEVICE = 0.4
CHUNK = 64 << 20  # bytes; pinned memory cannot be swapped out, so only a few chunks are pinned at a time


class Feed:
    """Batches of images, by position among the images that a run scores.

    Attributes:
        device: Where batches are delivered.
        resident: The whole cache on the device, uint8 [N, S, S, 3], or None.
    """

    def __init__(self, images: Pixels, rows: NDArray[np.int64], device: torch.device) -> None:
        self._images, self._rows, self.device = images, rows, device
        self.resident: Tensor | None = None
        if device.type == "cuda":
            needed = len(rows) * int(np.prod(images.shape[1:]))
            if needed < SHARE_OF_DEVICE * devices.memory_of(device).free:
                self.resident = self._uploaded()

    def batches(self, positions: Sequence[NDArray[np.int64]]) -> Iterator[tuple[NDArray[np.int64], Tensor]]:
        """Yield (positions, images uint8 [n, S, S, 3] on the device) of each batch, in the order of `positions`."""
        if self.resident is not None:
            for batch in positions:
                yield batch, self.resident[torch.from_numpy(batch).to(self.device, non_blocking=True)]
            return
        for batch, images in _ahead(positions, self._read):
            yield batch, images.to(self.device, non_blocking=True)

    def _uploaded(self) -> Tensor:
        """Copy all images to the device, in chunks that a thread reads ahead; uint8 [N, S, S, 3]."""
        count, of_image = len(self._rows), int(np.prod(self._images.shape[1:]))
        whole = torch.empty((count, *self._images.shape[1:]), dtype=torch.uint8, device=self.device)
        size = max(1, CHUNK // max(1, of_image))
        chunks = [np.arange(start, min(start + size, count)) for start in range(0, count, size)]
        for chunk, images in _ahead(chunks, self._read):
            whole[int(chunk[0]) : int(chunk[-1]) + 1].copy_(images, non_blocking=True)
        return whole

    def _read(self, positions: NDArray[np.int64]) -> Tensor:
        pinned = self.device.type == "cuda"
        batch = torch.empty((len(positions), *self._images.shape[1:]), dtype=torch.uint8, pin_memory=pinned)
        if isinstance(self._images, JpegPixels):
            self._images.read_into(self._rows[positions], batch.numpy())
        else:
            np.take(np.asarray(self._images), self._rows[positions], axis=0, out=batch.numpy(), mode="clip")
        return batch


def _ahead(positions: Sequence[NDArray[np.int64]], read: Any) -> Iterator[tuple[NDArray[np.int64], Tensor]]:
    """Run `read` over the positions in a thread, at most AHEAD batches ahead of the consumer."""
    ready: queue.Queue[Any] = queue.Queue(maxsize=AHEAD)
    stop = threading.Event()

    def deliver(item: object) -> None:
        while not stop.is_set():
            try:
                ready.put(item, timeout=0.1)
                return
            except queue.Full:
                continue

    def work() -> None:
        try:
            for batch in positions:
                if stop.is_set():
                    return
                deliver((batch, read(batch)))
            deliver(None)
        except Exception as error:  # noqa: BLE001  -- raised again in the consumer's thread
            deliver(error)

    thread = threading.Thread(target=work, name="feed", daemon=True)
    thread.start()
    try:
        while (item := ready.get()) is not None:
            if isinstance(item, Exception):
                raise item
            yield item
    finally:
        stop.set()
        thread.join()


def training_batches(
    trained: NDArray[np.int64],
    batch_size: int,
    seed: int,
    rank: int = 0,
    processes: int = 1,
    *,
    shuffled: bool = True,
) -> list[NDArray[np.int64]]:
    """Return this process's batches of an epoch: positions in an order drawn from the seed, or in their own order.

    All processes do the same number of steps of `batch_size` images each. The last step's images are shared evenly.
    Where it has fewer images than processes, it reuses images from the start of the order, because every process must
    take part in every step.
    """
    order = np.random.default_rng(seed).permutation(trained) if shuffled else trained
    whole = batch_size * processes
    batches = []
    for start in range(0, len(order), whole):
        together = order[start : start + whole]
        if len(together) < processes:
            together = np.resize(np.concatenate([together, order]), processes)
        batches.append(np.array_split(together, processes)[rank])
    return batches


def scoring_batches(count: int, batch_size: int, rank: int = 0, processes: int = 1) -> list[NDArray[np.int64]]:
    """Return this process's positions to score in batches; each image is scored by exactly one process."""
    positions = np.array_split(np.arange(count), processes)[rank]
    return [positions[start : start + batch_size] for start in range(0, len(positions), batch_size)]
