"""Load what the first visitor needs while the browser is still loading Streamlit's own scripts."""

from __future__ import annotations

import contextlib
import logging
import pkgutil
import threading
import time
from importlib import import_module

from auditor.config import Workspace
from auditor.custody.start import prepare
from auditor.data.dataset import Dataset
from auditor.errors import AuditorError
from auditor.ui.state import face_ids, library
from auditor.ui.state.filters import Filters, select

LOGGER = logging.getLogger("auditor.ui")
SCREENS = "auditor.ui.screens"
WAIT = 20.0
"""Seconds until what the first page does not need is prepared: it is being drawn meanwhile."""


def start(workspace: Workspace) -> None:
    """Make the workspace private and clean it up; then open the last data set in the background."""
    for sentence in prepare(workspace, deep=True):
        LOGGER.warning(sentence)
    threading.Thread(target=_prepare, args=(workspace,), name="warm-up", daemon=True).start()


def _prepare(workspace: Workspace) -> None:
    dataset = open_last(workspace)
    time.sleep(WAIT)
    if dataset is not None:
        dataset.list_names()


def open_last(workspace: Workspace) -> Dataset | None:
    """Read the data set opened last, with its evidence and decisions, and return it; a visit will show any error."""
    dataset = None
    with contextlib.suppress(AuditorError):
        records = library.store(workspace).datasets.list()
        dataset = library.find(workspace, records[0].key) if records else None
        if dataset is not None:
            face_ids.edition(dataset)
            columns = library.columns(dataset, library.evidence(workspace, dataset))
            select(Filters(), dataset, columns, library.overlay(workspace, dataset))
    # Imported by name, because the screens are above this module.
    for module in pkgutil.walk_packages(import_module(SCREENS).__path__, f"{SCREENS}."):
        import_module(module.name)
    return dataset
