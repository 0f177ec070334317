"""Open a data set: the user's own, or the demo in one click."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import streamlit as st

from auditor import locations
from auditor.custody import roots
from auditor.data.dataset import Dataset
from auditor.data.formats.base import formats
from auditor.data.opening import list_label_files, locate, open_dataset
from auditor.durations import spoken
from auditor.errors import AuditorError, DataError
from auditor.jobs.demo import IMAGES
from auditor.ui.look import boundary
from auditor.ui.look.allowed import greyed
from auditor.ui.screens.data import browser, choices
from auditor.ui.state import access, acts, session

GUESS = "Recognise automatically"

RECOGNISED = "data_recognised"
"""In the session: the key of the data set opened last, and what is to be said of how it was recognised."""


def form() -> None:
    """Ask for a folder or a label file, and open it: typed, chosen in a folder browser, or opened before."""
    if choices.waits():
        choices.ask(show)
        return
    typed, pressed = _path()
    st.button("Browse …", icon=":material/folder_open:", on_click=browser.toggle, type="tertiary", key="browse")
    if not access.why_not("open"):
        browser.show()
    format_name = _format()
    form_name = None if format_name == GUESS else format_name
    file = _label_file(typed, form_name)
    if pressed:
        with boundary.sentence():
            _open(typed, file, form_name)
    browser.recent()


def _format() -> str:
    names = [GUESS, *(each.name for each in formats())]
    titles = {each.name: each.title for each in formats()}
    return st.selectbox("Format", names, format_func=lambda name: titles.get(name, name))


def _path() -> tuple[str, bool]:
    """The path in the field, and whether Enter or the button was pressed.

    A form, because Streamlit sends a field outside of one only when it loses the focus: the first click would be lost.
    """
    with st.form("open_path", border=False):
        left, right = st.columns([3, 2], vertical_alignment="bottom")
        typed = left.text_input(
            "Folder or label file on this computer",
            key=browser.PATH,
            placeholder="/data/RAF-DB/basic",
            help="It is only read",
        ).strip()
        return typed, right.form_submit_button("Open data", type="primary", width="stretch", **greyed("open"))


def _label_file(path: str, form_name: str | None) -> str | None:
    """Which label file of a folder to open: the menu's where there are several, else the first; None for none."""
    files = _label_files(path, form_name) if path else []
    if len(files) < 2:
        return files[0] if files else None
    return st.selectbox("Label file", files, format_func=lambda name: name or "folders of images", key=f"file_{path}")


def _open(path: str, file: str | None, form_name: str | None) -> None:
    """Open what was typed.

    Raises:
        DataError: Nothing was typed, or it cannot be opened.
    """
    if not path:
        raise DataError("No path was given; type the path of a folder or a label file, or choose one with Browse.")
    access.require("open")
    where = roots.check_data(session.workspace(), path)
    with st.spinner("Reading the labels …"):
        dataset = open_dataset(where, label_file=file or None, format=form_name, cache=session.workspace().cache)
    choices.open_or_ask(dataset, show)


def _label_files(path: str, form_name: str | None) -> list[str]:
    """Return the label files of a folder, for the menu; where there are none, the Open button gives the reason."""
    try:
        root, form, file = locate(roots.check_data(session.workspace(), path), form_name)
        roots.check_data(session.workspace(), root)  # a folder of links leads elsewhere
        return [file] if file is not None else list_label_files(root, form.name)
    except AuditorError:
        return []


def show(dataset: Dataset) -> None:
    """Show a newly opened data set."""
    recognised = acts.open_data(session.workspace(), dataset)
    session.choose(recognised.dataset.key)
    st.session_state[RECOGNISED] = (recognised.dataset.key, recognised.message)
    st.session_state["show_opening"] = False
    st.rerun()


def try_demo() -> None:
    """Draw the demo, start training on it and open the page that shows the progress.

    Raises:
        DataError: The workspace cannot be written to.
        JobError: The training cannot be started.
    """
    access.require("open")
    root = session.workspace().make().demo
    draw(root)
    dataset = open_dataset(root)
    dataset = acts.open_data(session.workspace(), dataset).dataset
    session.choose(dataset.key)
    session.open_page("runs", run=acts.train_demo(session.workspace(), dataset, session.store()))


def draw(root: Path) -> None:
    """Draw the demo in a separate process, with a progress bar; an existing demo is kept.

    Raises:
        DataError: The folder cannot be written to.
    """
    bar = st.progress(0.0, text=f"Drawing {IMAGES:,} faces …")
    command = [sys.executable, "-m", "auditor", "demo", "--out", str(root), "--images", str(IMAGES)]
    process = subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=locations.child_environment(),
        start_new_session=True,
    )
    began = time.monotonic()
    while process.poll() is None:
        drawn = sum(1 for _ in root.parent.glob(f".{root.name}.part-*/Image/aligned/*.jpg"))
        share = min(drawn / IMAGES, 1.0)
        left = f" · {spoken((time.monotonic() - began) * (1 - share) / share)} left" if share > 0.05 else ""
        bar.progress(share, text=f"Drawing {IMAGES:,} faces …{left}")
        time.sleep(0.3)
    bar.empty()
    lines = process.communicate()[1].strip().splitlines()
    if process.returncode:
        raise DataError(lines[-1] if lines else f"The demo cannot be drawn to {root}; free some space and try again.")
