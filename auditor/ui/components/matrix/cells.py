"""Cells for the matrix component that more than one screen shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from auditor.ui.components.matrix.component import Cell
from models.titles import title


def agreement_cells(shares: Mapping[str, Mapping[str, float]], methods: Sequence[str]) -> list[list[Cell]]:
    """Return how often two methods assign an image alike; a cell opens the images on which they differ."""
    cells = []
    for first in methods:
        line = []
        for second in methods:
            share = float(shares.get(first, {}).get(second, 0))
            words = f"{title(first)} and {title(second)} agree on {share:.0%}: review where they differ"
            line.append(Cell("") if first == second else Cell(f"{share:.0%}", share, words, True))
        cells.append(line)
    return cells
