"""Who is told how a training goes, and asked whether it shall stop."""

from collections.abc import Mapping
from typing import Any


class Listener:
    """What a training tells, and asks. Silent and endless unless a method is overridden."""

    def stopping(self) -> bool:
        """Whether the run shall stop at the next step; asked often, must be cheap."""
        return False

    def on_step(self, epoch: int, step: int, steps: int, losses: Mapping[str, float]) -> None:
        """Some steps of an epoch (0-based) are done; mean losses so far. About once a second."""

    def on_scoring(self, epoch: int) -> None:
        """The scoring pass of an epoch begins."""

    def on_epoch(self, metrics: Mapping[str, Any]) -> None:
        """An epoch is over and kept."""
