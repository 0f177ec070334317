"""Durations and moments in words, the same on the command line and on the screens."""

from __future__ import annotations

import time


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


def moment(at: float) -> str:
    """Return a time, in seconds since 1970, as '22 Nov 2026, 01:30' in local time."""
    return time.strftime("%d %b %Y, %H:%M", time.localtime(at))


def ago(at: float, now: float | None = None) -> str:
    """Return a time, in seconds since 1970, as 'just now' or '12 min ago'; as `moment` after an hour and a half."""
    seconds = (time.time() if now is None else now) - at
    if seconds < 60:
        return "just now"
    return f"{spoken(seconds)} ago" if seconds < 89.5 * 60 else moment(at)
