"""The button that writes an export: only in the allowed folders, and over an existing file only after a tick."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from auditor.config import Workspace
from auditor.custody import roots
from auditor.errors import ExportError
from auditor.exports import places
from auditor.ui.look.allowed import greyed


def button(place: DeltaGenerator, workspace: Workspace, out: str) -> AbstractContextManager[None] | None:
    """Draw the button 'Write', and the tick box that it needs where the file exists already.

    Args:
        place: The container of the button.
        workspace: The app's workspace.
        out: The path that the person typed.

    Returns:
        The context to write in; None where the button was not pressed.

    Raises:
        ExportError: The path is outside of the folders that the app writes to, or the file exists and the box is not
            ticked.
    """
    path = Path(out.strip()).expanduser()
    below = roots.exports(workspace)
    pressed = place.button("Write", type="primary", width="stretch", **greyed("export"))
    if not path.is_absolute():
        raise ExportError(f"The path {out!r} is not an absolute path; give one below {below[0]}.")
    places.check_below(path, below)
    over = path.is_file() and _agreed(path)
    if pressed and path.is_file() and not over:
        raise ExportError(f"The file {path} exists already; tick the box to replace it, or choose another name.")
    return places.writing(workspace, over=over, below=below) if pressed else None


def _agreed(path: Path) -> bool:
    """Ask once per state of the file; after a change the question is asked again."""
    status = path.stat()
    return st.checkbox(f"Replace the existing file ({status.st_size:,} bytes)", key=f"over-{path}-{status.st_mtime_ns}")
