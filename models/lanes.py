"""Run independent parts of a training step in parallel, each on its share of the CPU threads.

Small networks leave much of a second thread idle because every layer is split in two and then waited for. Two networks
on one thread each, such as MAN's, do a third more steps in the same time (two cores, 48 pixels, a quarter of the
width). The results equal those of sequential passes, except for rounding that depends on a layer's thread count.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

T = TypeVar("T")
LANES = 2


class Lanes:
    """Runs calls in parallel inside `open`, where there are enough threads; else one after the other.

    A forward pass in lanes ends in leaf tensors. `backward` passes the gradients that the loss left at them back
    through the networks, again in parallel.
    """

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None
        self._waiting: list[tuple[Tensor, ...]] = []
        self._leaves: list[tuple[Tensor, ...]] = []

    @property
    def count(self) -> int:
        """Number of calls that run in parallel."""
        return 1 if self._pool is None else LANES

    @contextmanager
    def open(self, device: torch.device) -> Iterator[None]:
        """Share this thread's torch threads among lanes, on a CPU with enough of them; open lanes stay open."""
        threads = torch.get_num_threads()
        if self._pool is not None or device.type != "cpu" or threads < LANES:
            yield
            return
        pool = ThreadPoolExecutor(LANES, "lane", _take_threads, (threads // LANES,))
        together = threading.Barrier(LANES)
        list(pool.map(lambda _: together.wait(), range(LANES)))  # all have started and set their thread count
        torch.set_num_threads(threads)  # a thread's setting applies to threads that start later
        self._pool = pool
        try:
            yield
        finally:
            pool.shutdown()
            self._pool, self._waiting, self._leaves = None, [], []

    def run(self, calls: Sequence[Callable[[], T]]) -> list[T]:
        """Return the results of the calls, in order. Gradients are recorded as in any new thread.

        A single call runs in this thread, which has all torch threads.
        """
        if self._pool is None or len(calls) == 1:
            return [call() for call in calls]
        return [future.result() for future in [self._pool.submit(call) for call in calls]]

    def forward(
        self,
        calls: Sequence[Callable[[], tuple[Tensor, ...]]],
        context: Callable[[], AbstractContextManager[Any]] = nullcontext,
    ) -> list[tuple[Tensor, ...]]:
        """Return the outputs of forward passes, each in `context`; in lanes they are leaves for `backward`.

        Args:
            calls: May share parameters, but nothing that they change (see `twin` for batch norm's statistics).
            context: Entered by every lane because autocast applies to one thread only.
        """
        if self._pool is None:
            return [call() for call in calls]

        def within(call: Callable[[], tuple[Tensor, ...]]) -> Callable[[], tuple[Tensor, ...]]:
            def run() -> tuple[Tensor, ...]:
                with context():
                    return call()

            return run

        self._waiting = self.run([within(call) for call in calls])
        self._leaves = [tuple(each.detach().requires_grad_() for each in outputs) for outputs in self._waiting]
        return self._leaves

    def backward(self) -> None:
        """Pass the leaves' gradients back through the networks; shared parameters get the sum over the lanes."""
        waiting, leaves, self._waiting, self._leaves = self._waiting, self._leaves, [], []

        def back(outputs: tuple[Tensor, ...], ends: tuple[Tensor, ...]) -> Callable[[], None]:
            reached = [(out, end.grad) for out, end in zip(outputs, ends, strict=True) if end.grad is not None]
            usable = [(out, grad) for out, grad in reached if out.requires_grad]
            return lambda: torch.autograd.backward([out for out, _ in usable], [grad for _, grad in usable])

        self.run([back(outputs, ends) for outputs, ends in zip(waiting, leaves, strict=True)])


def _take_threads(count: int) -> None:
    """Let this thread compute on `count` threads."""
    torch.set_num_threads(count)
    torch.get_num_threads()  # a thread reads the latest setting of any thread at its first call, so call it now


def twin(network: nn.Module) -> nn.Module:
    """Copy a network in train mode with shared parameters, so that two passes can run in parallel.

    The copy has its own running statistics, set to zero; `take_statistics` adds them to the network after every step.
    """
    other = copy.deepcopy(network, {id(parameter): parameter for parameter in network.parameters()}).train()
    torch._foreach_zero_(_statistics(other))
    return other


def take_statistics(network: nn.Module, other: nn.Module) -> None:
    """Update a network's running statistics as if the twin's pass had followed its own; reset the twin's to zero.

    A pass changes r to (1 - m) r + m s, so the twin, which started at zero, holds m s. Call it after the backward pass,
    which checks that saved tensors are unchanged. The momentum m must be the same in all norms.
    """
    norms = _norms(network)
    torch._foreach_mul_(_statistics(network), 1 - norms[0].momentum)
    torch._foreach_add_(_statistics(network), _statistics(other))
    torch._foreach_zero_(_statistics(other))
    torch._foreach_add_([norm.num_batches_tracked for norm in norms], 1)


def _statistics(network: nn.Module) -> list[Tensor]:
    return [buffer for norm in _norms(network) for buffer in (norm.running_mean, norm.running_var)]


def _norms(network: nn.Module) -> list[Any]:
    return [module for module in network.modules() if isinstance(module, nn.modules.batchnorm._BatchNorm)]
