"""Turn an error into one sentence on the screen.

An AuditorError is meant for the reader; a page without its database redraws itself when the database answers again.
Anything else is a bug: its traceback goes to the log (with file and line numbers but without values, so that no face
or name leaks), and the reader gets one sentence.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from auditor.errors import AuditorError, UnavailableError
from auditor.ui.look.plain import plain
from auditor.ui.state import session

LOGGER = logging.getLogger("auditor.ui")
RETRY = 3.0  # seconds
SENTENCE = (
    "The program failed unexpectedly; your decisions are saved. Reload the page; the server's log has the details."
)


def on_script_error(error: Exception) -> bool:
    """Show an error that no page caught as one sentence; the app's `on_script_error`."""
    show(error)
    return True


@contextmanager
def sentence() -> Iterator[None]:
    """Show an AuditorError raised inside the block as one sentence, and continue with the page after it."""
    try:
        yield
    except AuditorError as error:
        show(error)


def show(error: Exception) -> None:
    """Show an error as one sentence, and log the part that is not meant for the reader."""
    if isinstance(error, AuditorError):
        st.error(plain(error), icon=":material/error:")
        if isinstance(error, UnavailableError):
            wait_for_database()
        return
    LOGGER.error("%s: %s", type(error).__name__, _places(error))
    st.error(SENTENCE, icon=":material/error:")


@st.fragment(run_every=RETRY)
def wait_for_database() -> None:
    """Check every few seconds whether the database answers again, and then redraw the page."""
    try:
        session.store().datasets.list()
    except UnavailableError:
        st.caption("This page tries again automatically every few seconds.")
        return
    st.rerun()


def _places(error: BaseException) -> str:
    """Return the places of a traceback, innermost last: 'file:line function', without messages or values."""
    frames = traceback.extract_tb(error.__traceback__)
    return " <- ".join(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in reversed(frames[-12:]))
