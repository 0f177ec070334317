"""A run's settings as a table, and the buttons to rename and delete it."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from auditor.config import RunConfig
from auditor.evidence import choice, listing
from auditor.jobs import removal
from auditor.store.runs import RunRecord
from auditor.ui.look import boundary
from auditor.ui.look.allowed import greyed
from auditor.ui.look.plain import plain
from auditor.ui.state import acts, session
from models.titles import title

PRESET = "from the preset"
SETTINGS = {
    "labels": "Labels",
    "preset": "Preset",
    "epochs": "Epochs",
    "batch_size": "Images per step",
    "image_size": "Image size",
    "width": "Width of the networks",
    "stem": "First layers",
    "depth": "ResNet depth",
    "weights": "Starting weights",
    "held_out": "Held out",
    "folds": "Folds",
    "seed": "Seed",
    "device": "Device",
    "precision": "Precision",
    "cache_format": "Images in the cache",
}
UNITS = {"image_size": " pixels", "width": " times the usual channels"}


def settings(config: RunConfig) -> pd.DataFrame:
    """Return a run's settings as a table: the values chosen, and which come from the preset."""
    rows = [("Methods", ", ".join(title(name) for name in config.methods))]
    rows += [(words, _value(config, name)) for name, words in SETTINGS.items()]
    for method, options in config.options.items():
        rows += [(f"{title(method)}: {name.replace('_', ' ')}", _spoken(value)) for name, value in options.items()]
    return pd.DataFrame(rows, columns=["setting", "value"])


def _value(config: RunConfig, name: str) -> str:
    value = getattr(config, name)
    if value is None:
        return PRESET
    if name == "held_out":
        return f"{value:.0%} of the training images"
    if name == "folds":
        return f"{value}, each image scored out of fold" if value else "none"
    return f"{_spoken(value)}{UNITS.get(name, '')}"


def _spoken(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "none"
    return f"{value:g}" if isinstance(value, float) else str(value)


def buttons(record: RunRecord, name: str) -> None:
    """Draw the buttons Rename and Delete (Discard, for a run that is not done), each with a small dialog.


    Args:
        record: The run.
        name: Its given name, or ''.
    """
    workspace, store = session.workspace(), session.store()
    left, right, _ = st.columns([1, 1, 4])
    with left.popover("Rename", width="stretch"), boundary.sentence():
        words = st.text_input(
            "Name of this run", name, max_chars=choice.LONGEST_NAME, key=f"run-name-{record.id}-{name}"
        )
        if st.button("Save the name", key="run-rename", width="stretch", **greyed("manage")):
            acts.rename(workspace, record.dataset, record.id, words)
            st.rerun()
    act = "Delete" if record.state == "done" else "Discard"
    with right.popover(act, width="stretch", disabled=not record.ended), boundary.sentence():
        refused = removal.refusal(workspace, store, record)
        if refused:
            st.markdown(plain(refused))
            return
        size = listing.spoken(listing.size(workspace.run(record.id)))
        st.markdown(
            f"{act} this run with its checkpoints and free {size}? Evidence that was built from it stays, but Compare "
            "no longer shows it. This cannot be undone."
        )
        words, key = f"{act} the run ({size})", f"run-delete-{record.id}"
        if st.button(words, key=key, width="stretch", type="primary", **greyed("manage")):
            acts.delete_run(workspace, store, record.id)
            st.query_params.pop("run", None)
            st.toast("The run was deleted.", icon=":material/check_circle:")
            st.rerun()
