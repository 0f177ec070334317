"""Show a run's progress: a bar in a terminal, plain lines elsewhere."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import Any, TextIO

from auditor.durations import spoken
from auditor.jobs.heart import Watcher

BAR = 24
PLAIN_EVERY = 15.0  # seconds between two lines about the same phase, where there is no terminal


@contextlib.contextmanager
def watch(stream: TextIO) -> Iterator[Watcher]:
    """Yield a function to call with the run's fields whenever they change."""
    terminal = stream.isatty()
    at, phase = 0.0, ""

    def say(fields: dict[str, Any]) -> None:
        nonlocal at, phase
        now, current = time.monotonic(), str(fields.get("phase"))
        waited = now - at > (0.1 if terminal else PLAIN_EVERY)
        quiet = current in ("training", "scoring")  # each epoch prints its own line
        if fields.get("epoch_line"):
            stream.write(("\r\x1b[K" if terminal else "") + epoch_line(fields) + "\n")
        elif terminal and waited:
            at = now
            stream.write("\r\x1b[K" + bar(fields))
        elif not terminal and (waited or (current != phase and not quiet)):
            at, phase = now, current
            stream.write(bar(fields, plain=True).strip() + "\n")
        stream.flush()

    yield say
    if terminal:
        stream.write("\r\x1b[K")
        stream.flush()


def epoch_line(fields: dict[str, Any]) -> str:
    """Return an epoch's line: 'man epoch 2/25  loss 1.61  held out 0.41  test 0.45  412 images/s  left 3 min'."""
    metrics = fields["metrics"]
    fold = "" if metrics["fold"] is None else f" fold {metrics['fold']}"
    parts = [f"{metrics['method']}{fold} epoch {metrics['epoch'] + 1}/{fields['epochs']}"]
    if "loss" in metrics["losses"]:
        parts.append(f"loss {metrics['losses']['loss']:.3f}")
    for key, name in (("held_out_accuracy", "held out"), ("test_accuracy", "test")):
        if key in metrics:
            parts.append(f"{name} {metrics[key]:.3f}")
    parts.append(f"{metrics['images_per_second']:.0f} images/s")
    if fields.get("eta_seconds") is not None:
        parts.append(f"left {spoken(fields['eta_seconds'])}")
    return "  ".join(parts)


def bar(fields: dict[str, Any], plain: bool = False) -> str:
    """Return one line on the current phase and its progress."""
    share = float(fields.get("progress") or 0.0)
    full = round(share * BAR)
    drawing = "" if plain else f"[{'#' * full}{'.' * (BAR - full)}] "
    steps = f" {fields['step']}/{fields['steps']}" if fields.get("steps") else ""
    where = ""
    if fields.get("method") and fields.get("phase") in ("training", "scoring"):
        where = f" {fields['method']} epoch {min(fields['epoch'] + 1, fields['epochs'])}/{fields['epochs']}"
    remaining = "" if fields.get("eta_seconds") is None else f", left {spoken(fields['eta_seconds'])}"
    return f"{drawing}{share:4.0%} {fields.get('phase') or ''}{where}{steps}{remaining}"
