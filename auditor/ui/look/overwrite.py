"""The button that writes an export: below the folders allowed, and over a file that is there only after a tick."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from auditor.config import Workspace
from auditor.custody import roots
from auditor.errors import ExportError
from auditor.exports import places


def button(place: DeltaGenerator, workspace: Workspace, out: str) -> AbstractContextManager[None] | None:
    """Draw 'Write', and where a file is there already the tick that it needs.

    Args:
        place: where the button goes.
        workspace: the app's.
        out: where the person wants to write.

    Returns:
        What the writing has to happen in; None where the button was not pressed.

    Raises:
        ExportError: The place lies outside of the folders that the app writes to, or a file is there unticked.
    """
    path = Path(out.strip()).expanduser()
    below = roots.exports(workspace)
    pressed = place.button("Write", type="primary", width="stretch")
    if not path.is_absolute():
        raise ExportError(f"The path {out!r} is no whole path; give one below {below[0]}.")
    places.check_below(path, below)
    over = path.is_file() and _agreed(path)
    if pressed and path.is_file() and not over:
        raise ExportError(f"The file {path} is there already; tick the box to replace it, or choose another name.")
    return places.writing(workspace, over=over, below=below) if pressed else None


def _agreed(path: Path) -> bool:
    """Ask once for every state of the file: what is written anew asks anew."""
    status = path.stat()
    return st.checkbox(
        f"Replace the file that is there already ({status.st_size:,} bytes)", key=f"over-{path}-{status.st_mtime_ns}"
    )
