"""Independent parts of a training step side by side, each on its share of the processor's threads.

Small networks leave much of a second thread idle: every layer is cut in two and waited for. Two networks on one thread
each, as MAN's, do a third more steps in the same time (two cores, 48 pixels, a quarter of the width). The numbers are
those of one after the other, but for the rounding that a layer's thread count makes.
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
    """Runs calls side by side; one after the other until `opened` finds threads to share.

    A forward pass in lanes ends in leaves: `backward` carries the gradients that the loss left at them back through
    the networks, side by side again.
    """

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None
        self._waiting: list[tuple[Tensor, ...]] = []
        self._leaves: list[tuple[Tensor, ...]] = []

    @property
    def count(self) -> int:
        """How many calls run at a time."""
        return 1 if self._pool is None else LANES

    @contextmanager
    def opened(self, device: torch.device) -> Iterator[None]:
        """Share this thread's torch threads among lanes, on a CPU that has enough of them; open ones stay open."""
        threads = torch.get_num_threads()
        if self._pool is not None or device.type != "cpu" or threads < LANES:
            yield
            return
        pool = ThreadPoolExecutor(LANES, "lane", _take_threads, (threads // LANES,))
        together = threading.Barrier(LANES)
        list(pool.map(lambda _: together.wait(), range(LANES)))  # so that all have started, and set their threads
        torch.set_num_threads(threads)  # what a thread sets holds for those that start later
        self._pool = pool
        try:
            yield
        finally:
            pool.shutdown()
            self._pool, self._waiting, self._leaves = None, [], []

    def run(self, calls: Sequence[Callable[[], T]]) -> list[T]:
        """What the calls return, in their order. Gradients are recorded as in any new thread.

        A lone call is not sent to a lane: here it has all threads.
        """
        if self._pool is None or len(calls) == 1:
            return [call() for call in calls]
        return [future.result() for future in [self._pool.submit(call) for call in calls]]

    def forward(
        self,
        calls: Sequence[Callable[[], tuple[Tensor, ...]]],
        context: Callable[[], AbstractContextManager[Any]] = nullcontext,
    ) -> list[tuple[Tensor, ...]]:
        """What forward passes give, each in `context`; with lanes as leaves, whose gradients `backward` takes.

        Args:
            calls: may share parameters, but nothing that they change (see `twin` for batch norm's statistics).
            context: entered by every lane, for autocast holds for one thread alone.
        """
        if self._pool is None:
            return [call() for call in calls]

        def within(call: Callable[[], tuple[Tensor, ...]]) -> Callable[[], tuple[Tensor, ...]]:
            def run() -> tuple[Tensor, ...]:
                with context():
                    return call()

            return run

        self._waiting = self.run([within(call) for call in calls])
        self._leaves = [tuple(each.detach().requires_grad_() for each in given) for given in self._waiting]
        return self._leaves

    def backward(self) -> None:
        """Carry the leaves' gradients through the networks. Parameters shared by two lanes get the sum of both."""
        waiting, leaves, self._waiting, self._leaves = self._waiting, self._leaves, [], []

        def back(outputs: tuple[Tensor, ...], ends: tuple[Tensor, ...]) -> Callable[[], None]:
            reached = [(out, end.grad) for out, end in zip(outputs, ends, strict=True) if end.grad is not None]
            kept = [(out, grad) for out, grad in reached if out.requires_grad]
            return lambda: torch.autograd.backward([out for out, _ in kept], [grad for _, grad in kept])

        self.run([back(outputs, ends) for outputs, ends in zip(waiting, leaves, strict=True)])


def _take_threads(count: int) -> None:
    """Let this thread compute on `count` threads."""
    torch.set_num_threads(count)
    torch.get_num_threads()  # what was set last, by whichever thread, counts when a thread first asks: ask now


def twin(network: nn.Module) -> nn.Module:
    """The network again, in train mode, with the same parameters: a second pass may run beside the first.

    Its running statistics are its own and zero; `take_statistics` gives them to the network after every step.
    """
    other = copy.deepcopy(network, {id(parameter): parameter for parameter in network.parameters()}).train()
    torch._foreach_zero_(_statistics(other))
    return other


def take_statistics(network: nn.Module, other: nn.Module) -> None:
    """Move a network's running statistics as if its twin's pass had come after its own; the twin's are zero again.

    A pass makes r to (1 - m) r + m s, so the twin, which began at zero, holds m s. To be called after the backward
    pass, which looks whether what it saved was changed. The momentum m must be the same in all norms.
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
