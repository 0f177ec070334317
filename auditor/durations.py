"""Durations in words, the same on the command line and on the screens."""

from __future__ import annotations


def spoken(seconds: float | None) -> str:
    """Return seconds as '40 s', '3 min' or '2 h 5 min'; '–' where unknown."""
    if seconds is None:
        return "–"
    whole = max(0, round(seconds))
    if whole < 90:
        return f"{whole} s"
    minutes = round(whole / 60)
    if minutes < 90:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"
