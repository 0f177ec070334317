"""Who reviews which data set blind, so that every tab that a person opens begins blind until they end it themselves.

Known for as long as the server runs. Blind tabs that outlive a restart say it again, by their own view.
"""

from __future__ import annotations

import threading
from pathlib import Path

Place = tuple[Path, str, str]
"""The workspace, the person and the key of the data set."""

_lock = threading.Lock()
_blind: set[Place] = set()


def is_blind(place: Place) -> bool:
    """Return whether the person began blind review of the data set, in any tab, and has not ended it since."""
    with _lock:
        return place in _blind


def begin(place: Place) -> None:
    """Note that the person reviews the data set blind."""
    with _lock:
        _blind.add(place)


def end(place: Place) -> None:
    """Note that the person ended blind review of the data set."""
    with _lock:
        _blind.discard(place)
