"""The interface through which a training reports progress and is asked to stop."""

from collections.abc import Mapping
from typing import Any


class Listener:
    """Callbacks of a training. By default they do nothing and never stop it."""

    def stopping(self) -> bool:
        """Return whether the run should stop at the next step; called often, so it must be cheap."""
        return False

    def on_step(self, epoch: int, step: int, steps: int, losses: Mapping[str, float]) -> None:
        """Report the steps done of an epoch (0-based) and the mean losses so far; called about once a second."""

    def on_scoring(self, epoch: int) -> None:
        """Report that the scoring pass of an epoch starts."""

    def on_epoch(self, metrics: Mapping[str, Any]) -> None:
        """Report that an epoch is done and saved."""
