"""Flip labels on purpose in a data set of any format, through the command line, like a user."""

from __future__ import annotations

import csv
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from auditor.config import Workspace
from auditor.data.corrupt import writes_list
from auditor.data.dataset import Dataset
from auditor.data.opening import open_dataset


@dataclass(frozen=True)
class Flipped:
    """Flipped labels of a data set.

    Attributes:
        data: The data set to train on, a folder or a table.
        more: Further words of the command line that choose the labels.
        labels: The label file.
    """

    data: Path
    more: tuple[str, ...]
    labels: Path

    def open(self) -> Dataset:
        """Open the data set with the flipped labels."""
        return open_dataset(self.data, label_file=str(self.labels) if self.more else None)

    def flags(self) -> dict[str, bool]:
        """Return which images were flipped, by name."""
        return flipped(self.labels)


def flip(data: Path, workspace: Workspace, kind: str, rate: float, source: str | None = None, seed: int = 1) -> Flipped:
    """Flip a share of a data set's training labels; a file of an earlier call is written again.

    Args:
        data: The data set.
        workspace: Where everything is written.
        kind: 'symmetric' or 'lookalike'.
        rate: Share of the labels, 0..1.
        source: The label file that is flipped, where the data set has several.
        seed: Which labels, and to what.
    """
    more = ("--labels", source) if source else ()
    dataset = open_dataset(data, label_file=source)
    name = f"{kind}_{rate * 100:g}_{seed}"
    if writes_list(dataset):
        labels = workspace.path / f"{name}.txt"
        study, flips = data, Flipped(data, ("--labels", str(labels)), labels)
    else:
        study = copied(data, workspace.path / f"planted_{dataset.key}", workspace, more)
        labels = study / f"{name}.csv"
        flips, more = Flipped(labels, (), labels), ("--format", "folder")
    labels.unlink(missing_ok=True)
    call("corrupt", str(study), *more, "--kind", kind, "--rate", str(rate), "--seed", str(seed), "--out", str(labels))
    return flips


def copied(data: Path, tree: Path, workspace: Workspace, more: tuple[str, ...]) -> Path:
    """The images of a data set as a folder a split and class, where tables may be written; made once (remove the copy
    where the data set has changed since).
    """
    if not tree.exists():
        call("export", str(data), *more, "--workspace", str(workspace.path), "--as", "folder", "--out", str(tree))
    return tree


def call(*words: str) -> None:
    """Run one of the program's commands without output."""
    subprocess.run([sys.executable, "-m", "auditor", *words], check=True, stdout=subprocess.DEVNULL)


def flipped(labels: Path) -> dict[str, bool]:
    """Return which images a `corrupt` label file flipped, by name: its third column, in RAF-DB's lists and tables."""
    with labels.open(newline="", encoding="utf-8", errors="surrogateescape") as file:
        table = labels.suffix == ".csv"
        rows = [row for row in csv.reader(file, delimiter="," if table else " ") if row]
    return {row[0]: len(row) > 2 and row[2] == "1" for row in rows[table:]}
