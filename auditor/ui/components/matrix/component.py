"""Mount the matrix and return the cell that was pressed."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from auditor.ui.web import assets


@dataclass(frozen=True)
class Cell:
    """One cell.

    Attributes:
        text: Its content; '' for an empty cell.
        strength: How strongly it is coloured, in [0, 1].
        title: A sentence on what pressing it opens.
        open: Whether it can be pressed.
        kind: 'plain', or 'same' for a cell on the diagonal.
    """

    text: str
    strength: float = 0.0
    title: str = ""
    open: bool = False
    kind: str = "plain"


def show(
    cells: Sequence[Sequence[Cell]],
    rows: Sequence[str],
    columns: Sequence[str],
    *,
    key: str,
    corner: str = "",
    caption: str = "",
) -> tuple[int, int] | None:
    """Draw a matrix.

    Args:
        cells: Rows of cells.
        rows: Names of the rows.
        columns: Names of the columns.
        key: Its identifier within the page.
        corner: The meaning of rows and columns, 'given → suggested'.
        caption: The text beneath it.

    Returns:
        Row and column of the cell that was just pressed, or None.
    """

    def nothing() -> None:
        """Do nothing: Streamlit requires a callback for every value that it returns."""

    data = {
        "cells": [[asdict(cell) for cell in line] for line in cells],
        "rows": list(rows),
        "columns": list(columns),
        "corner": corner,
        "caption": caption,
    }
    html = '<div class="frame" tabindex="-1"><table></table></div>'
    mount = assets.component("auditor_matrix", "matrix/index.js", html, assets.text("matrix/matrix.css"))
    pressed = mount(key=key, data=data, on_cell_change=nothing).get("cell")
    return (int(pressed["row"]), int(pressed["column"])) if pressed else None
