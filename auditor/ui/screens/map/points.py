"""The map's points as arrays: the position and the colour of every image.

Points are the rows of the evidence table in its order, so point number = table row.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from auditor.evidence import schema
from auditor.plural import counted
from auditor.ui.components.map.colouring import TITLES, Colouring, titles_of_columns
from auditor.ui.look import palette
from auditor.ui.look.lasso import on_grid
from auditor.ui.state.overlay import REVIEWED
from models.titles import title

if TYPE_CHECKING:
    import pandas as pd

    from auditor.evidence.versions import EvidenceVersion

UNKNOWN = 63
GROUPS = 5
PER_GROUP = 4
STEPS = GROUPS * PER_GROUP
ALWAYS = ("given", "suggested", "assignment", "reviewed", "current")
COLUMNS = {"suspicion": schema.P_MISLABELLED, "ambiguity": schema.AMBIGUITY}


def colourings(table: pd.DataFrame) -> list[str]:
    """Return the names of the possible colourings, given the columns of the evidence table."""
    return [by for by in titles_of_columns() if by in ALWAYS or COLUMNS.get(by, by) in table.columns]


def embedding_choices(columns: Sequence[str]) -> dict[str, str]:
    """Return every embedding of the map's columns with its title, UMAP before PCA, all methods together first."""
    pairs = [m.groups() for c in columns if (m := re.fullmatch(r"(\w+)_(pca|umap)_x", c))]
    order = sorted(pairs, key=lambda pair: (pair[1] != "umap", pair[0] != "joint", pair[0]))
    return {
        f"{name}_{kind}": f"{kind.upper()} of {'all methods' if name == 'joint' else title(name)}"
        for name, kind in order
    }


def placed_note(evidence: EvidenceVersion, embedding: str) -> str:
    """A sentence on a UMAP that laid out some of the images and placed the others; '' where it laid out all."""
    column = f"{embedding}_placed"
    if column not in evidence.map_columns:
        return ""
    placed = evidence.map[column].to_numpy(bool)
    return (
        f"UMAP laid out {(~placed).sum():,} of these {counted(len(placed), 'image')}; each of the others is placed by "
        "its nearest neighbours among them."
    )


def positions(evidence: EvidenceVersion, embedding: str) -> NDArray[np.uint16]:
    """Return the grid position of every point, uint16 [N, 2]; an image without a position is put in the middle."""
    frame = evidence.map
    values = frame[[f"{embedding}_x", f"{embedding}_y"]].to_numpy(np.float64)
    rows = frame[schema.ROW].to_numpy(np.int64)
    if not np.array_equal(rows, evidence.rows):
        placed = np.full((len(evidence.rows), 2), np.nan)
        order = np.argsort(rows)
        places = order[np.searchsorted(rows, evidence.rows, sorter=order).clip(0, len(rows) - 1)]
        present = rows[places] == evidence.rows
        placed[present] = values[places[present]]
        values = np.where(np.isnan(placed), np.nanmean(placed, axis=0), placed)
    laid, _, _ = on_grid(values)
    return laid


def colour(
    by: str,
    table: pd.DataFrame,
    classes: Sequence[str],
    *,
    actions: NDArray[np.integer[Any]],
    labels: NDArray[np.integer[Any]],
) -> Colouring:
    """Colour the points.

    Args:
        by: One of `colourings(table)`.
        table: The evidence table [N rows].
        classes: Names of the classes.
        actions: The current decisions, 0 for none, else overlay.ACTION_CODES [N].
        labels: The current labels, with the decisions applied [N].
    """
    if by in COLUMNS:
        return _scaled(by, table[COLUMNS[by]].to_numpy(np.float64))
    if by not in TITLES:  # a method's own column: only its order is comparable between runs
        return _scaled(by, table[by].to_numpy(np.float64), ranked=True)
    if by == "assignment":
        return _named(by, table[schema.ASSIGNMENT].to_numpy(), palette.ASSIGNMENTS, lambda p: list(p.assignment))
    if by == "reviewed":
        return _named(by, actions, REVIEWED, _action_colours)
    values = labels if by == "current" else table[by].to_numpy()
    return _named(by, values, classes, lambda p: palette.class_colours(p, min(len(classes), UNKNOWN)))


def _action_colours(theme: palette.Palette) -> list[str]:
    return [theme.muted, theme.assignment[0], theme.classes[2], theme.assignment[1], theme.assignment[2], theme.text]


def _named(by: str, values: NDArray[Any], names: Sequence[str], colours: Any) -> Colouring:
    numbers = np.nan_to_num(np.asarray(values, dtype=np.float64), nan=-1)
    codes = np.where((numbers >= 0) & (numbers < UNKNOWN), numbers, UNKNOWN).astype(np.uint8)
    entries = [(str(name), (code,)) for code, name in enumerate(names[:UNKNOWN])]
    return Colouring(by, codes, (*entries, ("others", (UNKNOWN,))), _filled(colours))


def _scaled(by: str, values: NDArray[np.float64], *, ranked: bool = False) -> Colouring:
    finite = np.isfinite(values)
    share = values.clip(0, 1)
    if ranked:
        share = np.zeros(len(values))
        share[finite] = (np.argsort(np.argsort(values[finite], kind="stable")) + 0.5) / max(finite.sum(), 1)
    codes = np.full(len(values), UNKNOWN, dtype=np.uint8)
    codes[finite] = np.minimum(share[finite] * STEPS, STEPS - 1).astype(np.uint8)
    words = _rank_words if ranked else _share_words
    groups = [(words(g), tuple(range(g * PER_GROUP, (g + 1) * PER_GROUP))) for g in reversed(range(GROUPS))]
    return Colouring(by, codes, (*groups, ("unknown", (UNKNOWN,))), _filled(lambda p: palette.scale_colours(p, STEPS)))


def _share_words(group: int) -> str:
    return f"{group / GROUPS:.1f} to {(group + 1) / GROUPS:.1f}"


def _rank_words(group: int) -> str:
    return {0: "lowest fifth", 2: "middle fifth", GROUPS - 1: "highest fifth"}.get(
        group, "second fifth" if group == 1 else "fourth fifth"
    )


def _filled(colours: Any) -> dict[str, list[str]]:
    """Return the colours of both themes, padded so that the code for 'unknown' has the muted one."""
    return {
        name: (colours(theme) + [theme.muted] * (UNKNOWN + 1))[: UNKNOWN + 1]
        for name, theme in (("light", palette.LIGHT), ("dark", palette.DARK))
    }
