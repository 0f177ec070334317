"""A run's metrics file, one JSON object per line and epoch."""

import json
from pathlib import Path

from auditor import writing


def forget_epochs(file: Path, method: str, fold: int | None, epochs_done: int) -> None:
    """Drop the lines of epochs that a resume repeats, and a last line that was cut short."""
    if not file.exists():
        return
    lines = []
    for line in file.read_text(encoding="utf-8").splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        same_training = entry["method"] == method and entry["fold"] == fold
        if not same_training or entry["epoch"] < epochs_done:
            lines.append(line)
    writing.write_text(file, "".join(f"{line}\n" for line in lines))
