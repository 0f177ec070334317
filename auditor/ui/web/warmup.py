"""What the first visitor would wait for, done while the browser is still loading Streamlit's own scripts."""

from __future__ import annotations

import contextlib
import logging
import pkgutil
import threading
from importlib import import_module

from auditor.config import Workspace
from auditor.custody.start import prepare
from auditor.errors import AuditorError
from auditor.ui.state import face_ids, library
from auditor.ui.state.filters import Filters, select

LOGGER = logging.getLogger("auditor.ui")
SCREENS = "auditor.ui.screens"


def start(workspace: Workspace) -> None:
    """Close the workspace to others and sweep it; then open in the background what was open last."""
    for sentence in prepare(workspace, deep=True):
        LOGGER.warning(sentence)
    threading.Thread(target=open_last, args=(workspace,), name="warm-up", daemon=True).start()


def open_last(workspace: Workspace) -> None:
    """Read the data set that was opened last with its evidence and decisions; errors are left for a visit to show."""
    with contextlib.suppress(AuditorError):
        known = library.store(workspace).datasets.list()
        dataset = library.find(workspace, known[0].key) if known else None
        if dataset is not None:
            face_ids.edition(dataset)
            columns = library.columns(dataset, library.evidence(workspace, dataset))
            select(Filters(), dataset, columns, library.overlay(workspace, dataset))
    # By name, because the screens are above this module.
    for module in pkgutil.walk_packages(import_module(SCREENS).__path__, f"{SCREENS}."):
        import_module(module.name)
