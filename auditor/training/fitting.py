"""Train within the device's memory: the sentence where a step does not fit, and the search for a batch size that does.

The last checkpoint stays, and a training that goes on with a smaller batch continues from it.
"""

import logging
from collections.abc import Callable

import torch
from accelerate.utils.memory import find_executable_batch_size, should_reduce_batch_size

from auditor.errors import TrainingError
from auditor.plural import counted
from auditor.training import devices

logger = logging.getLogger(__name__)

EXHAUSTED = "No executable batch size found"  # Accelerate's words after a batch of one image


class OutOfMemoryError(TrainingError):
    """A step that does not fit into the device's memory."""


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether an error is that of a device, or of the machine, that has no memory left."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, Exception) and should_reduce_batch_size(error)


def sentence(title: str, batch_size: int, image_size: int, device: torch.device, before: devices.Memory) -> str:
    """Return what did not fit, what was free, and what to set.

    Args:
        title: The method's.
        batch_size: Images per step.
        image_size: Side in pixels.
        device: Where the step was computed.
        before: Its memory when the training began.
    """
    smaller = f"--batch-size {batch_size // 2}, or auto to halve it until it fits" if batch_size > 1 else "--width 0.5"
    return (
        f"{title} ran out of memory with {counted(batch_size, 'image')} of {image_size} "
        f"pixels a step on {devices.name_of(device)}, where {before} were free when it began; resume the run with "
        f"{smaller}, or start one with smaller images (--image-size). The last checkpoint is kept."
    )


def within_memory(
    train: Callable[[int], None], title: str, batch_size: int, image_size: int, device: torch.device, *, search: bool
) -> None:
    """Train with a batch size, or with the largest of its halves that fits.

    Args:
        train: Trains from the last checkpoint with a batch size.
        title: The method's.
        batch_size: Images per step, or where the search begins.
        image_size: Side in pixels, for the message.
        device: Whose memory it is.
        search: Whether to halve the batch size while the memory runs out.

    Raises:
        OutOfMemoryError: It does not fit; the message states the numbers and what to set.
    """
    before = devices.memory_of(device)
    tried = batch_size

    def halve() -> int:
        nonlocal tried
        if tried == 1:
            return 0
        logger.warning(
            "%s ran out of memory with %d images a step (%s free); going on with %d.", title, tried, before, tried // 2
        )
        tried //= 2
        return tried

    def attempt(size: int) -> None:
        train(size)

    try:
        if search:
            find_executable_batch_size(attempt, starting_batch_size=batch_size, reduce_batch_size_fn=halve)()
        else:
            attempt(batch_size)
    except Exception as error:
        if is_out_of_memory(error) or EXHAUSTED in str(error):
            raise OutOfMemoryError(sentence(title, tried, image_size, device, before)) from error
        raise
