"""The guesses made when a data set is opened: confirmed first where they are doubtful, and changed later."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from auditor.custody import roots
from auditor.data.dataset import SPLITS, Choice, Dataset
from auditor.data.formats.base import formats
from auditor.data.formats.selection import NONE, Selection
from auditor.data.images.cache import decode
from auditor.data.opening import open_dataset
from auditor.errors import AuditorError
from auditor.plural import counted
from auditor.ui.look.plain import plain
from auditor.ui.state import session

WAITING, ANSWERED = "opening_waits", "opening_answered"
FACES = 6
FACE = 72
MOST_OPTIONS = 3

Shown = Callable[[Dataset], None]
"""A function that shows a data set."""


@dataclass(frozen=True)
class Option:
    """One answer to the question about a guess.

    Attributes:
        words: The answer's text.
        dataset: The data set opened with this answer, or None where that fails.
        error: Why opening fails, or ''.
    """

    words: str
    dataset: Dataset | None
    error: str = ""


def doubt(dataset: Dataset, answered: frozenset[str] = frozenset()) -> Choice | None:
    """Return the first guess with an alternative about as likely that was not asked about yet."""
    return next((choice for choice in dataset.choices if choice.close and choice.what not in answered), None)


def open_or_ask(dataset: Dataset, show: Shown, answered: frozenset[str] = frozenset()) -> None:
    """Show a newly opened data set; where a guess is doubtful, ask first.

    Raises:
        DataError: It is outside of the folders that this server opens, where a folder of links leads.
    """
    roots.check_data(session.workspace(), dataset.root)
    if doubt(dataset, answered) is None:
        _forget()
        show(dataset)
        return
    st.session_state[WAITING], st.session_state[ANSWERED] = dataset, answered
    st.rerun()


def waits() -> bool:
    """Return whether a question must be answered before a data set opens."""
    return WAITING in st.session_state


def ask(show: Shown) -> None:
    """Draw the question: each answer with its counts and six faces."""
    dataset: Dataset = st.session_state[WAITING]
    answered: frozenset[str] = st.session_state[ANSWERED]
    choice = doubt(dataset, answered)
    if choice is None:
        _forget()
        return
    st.subheader(f"Which {choice.what} is right?", anchor=False)
    advice = "Another reading is about as likely. Compare the numbers of images and what each reading says about the "
    advice += "same faces, then open the right one."
    if not choice.alternatives:
        advice = "This may be wrong, and no other reading was found. Check the numbers of images and the faces first."
    st.write(
        f"In **{plain(dataset.title)}** the {choice.what} was read as **{plain(words(choice.what, choice.chosen))}**: "
        f"{plain(choice.why)}. {advice}"
    )
    with st.spinner("Reading the labels …"):
        answers = options(dataset, choice)
    faces = sample_paths([option.dataset for option in answers if option.dataset is not None])
    for place, (column, option) in enumerate(zip(st.columns(len(answers), border=True), answers, strict=True)):
        with column:
            st.markdown(f"**{plain(option.words)}**")
            if option.dataset is None:
                st.caption(plain(option.error))
                continue
            pressed = st.button(
                "Open like this", key=f"answer_{place}", type="primary" if place == 0 else "secondary", width="stretch"
            )
            _sample(option.dataset, faces)
            if pressed:
                open_or_ask(option.dataset, show, answered | {choice.what})
    if st.button("Cancel", key="cancel_opening"):
        _forget()
        st.rerun()


def _forget() -> None:
    for key in (WAITING, ANSWERED):
        st.session_state.pop(key, None)


def options(dataset: Dataset, choice: Choice) -> list[Option]:
    """Return the guess and its alternatives, each opened."""
    readings = [Option(words(choice.what, choice.chosen), dataset)]
    for other in choice.alternatives[: MOST_OPTIONS - 1]:
        try:
            readings.append(Option(words(choice.what, other), changed(dataset, choice, other)))
        except AuditorError as error:
            readings.append(Option(words(choice.what, other), None, str(error)))
    return readings


def changed(dataset: Dataset, choice: Choice, other: str) -> Dataset:
    """Open the data set with another answer.

    Raises:
        DataError: It cannot be opened like this, or is outside of the folders that this server opens.
    """
    cache = session.workspace().cache
    if choice.role == "format":
        reopened = open_dataset(dataset.root, format=other, cache=cache)
        roots.check_data(session.workspace(), reopened.root)
        return reopened
    role, _, value = other.partition("=") if "=" in other else (choice.role, "", other)
    selection = Selection.parse(dataset.label_file, dataset.root).choosing(**{role: value})
    return open_dataset(dataset.root, label_file=str(selection), format=dataset.format, cache=cache)


def words(what: str, value: str) -> str:
    """Return an answer's text."""
    if what == "format":
        return next((format.title for format in formats() if format.name == value), value)
    if what == "split" and value == NONE:
        return "No split: every row is a training row"
    return (value.partition("=")[2] and f"{value.partition('=')[0]}: {value.partition('=')[2]}") or value


def _sample(dataset: Dataset, faces: list[str]) -> None:
    """Show the images of each class by split, and six faces with their label and split in this reading."""
    present = [split for split in SPLITS if len(dataset.rows(split))]
    table = pd.DataFrame(
        {split: dataset.counts(split) for split in present}, index=pd.Index(dataset.classes, name="class")
    )
    st.dataframe(table.head(12), width="stretch", height="content")
    if len(table) > 12:
        st.caption(f"… and {counted(len(table) - 12, 'more class', 'more classes')}")
    places = {str(path): row for row, path in enumerate(dataset.paths)} if faces else {}
    rows = [places[path] for path in faces] or sample_rows(dataset)
    pictures, captions = [], []
    for row in rows:
        try:
            pictures.append(decode(dataset, row, FACE))
        except AuditorError:
            continue
        split = f" · {SPLITS[dataset.split[row]]}" if len(present) > 1 or present != ["train"] else ""
        captions.append(plain(dataset.classes[dataset.labels[row]]) + split)
    if pictures:
        st.image(pictures, caption=captions, width=FACE)


def sample_paths(readings: list[Dataset]) -> list[str]:
    """Return six images that every reading has, those first about which they differ; none where they share no files."""
    labels_by_path: list[dict[str, tuple[str, int]]] = []
    for dataset in readings:
        named = [dataset.classes[label] for label in dataset.labels]
        rows = zip(dataset.paths, named, dataset.split.tolist(), strict=True)
        labels_by_path.append({str(path): (name, split) for path, name, split in rows if path})
    if len(labels_by_path) < 2:
        return []
    shared = [str(readings[0].paths[row]) for row in (*sample_rows(readings[0]), *range(len(readings[0])))]
    shared = [path for path in dict.fromkeys(shared) if all(path in each for each in labels_by_path)]
    shared.sort(key=lambda path: len({each[path] for each in labels_by_path}) == 1)
    return shared[:FACES]


def sample_rows(dataset: Dataset) -> list[int]:
    """Return six rows from as many classes as possible, always the same ones."""
    groups: list[NDArray[np.intp]] = []
    for turn in range(FACES):
        firsts = [
            np.flatnonzero(dataset.labels == label)[turn : turn + 1] for label in range(min(dataset.num_classes, FACES))
        ]
        groups += firsts
        if sum(map(len, groups)) >= FACES:
            break
    return [int(row) for row in np.concatenate(groups)[:FACES]]


def change(dataset: Dataset, show: Shown) -> None:
    """Show every guess with its reason and a way to change it."""
    if not dataset.choices:
        return
    with st.expander("How these files were read", icon=":material/rule:"):
        for choice in dataset.choices:
            left, right = st.columns([5, 1], vertical_alignment="center")
            mark = " :material/help:" if choice.close else ""
            left.markdown(
                f"**{choice.what.capitalize()}**: {plain(words(choice.what, choice.chosen))}{mark}  \n"
                f":small[{plain(choice.why)}]"
            )
            if choice.alternatives and choice.role:
                with right.popover("Change", width="stretch"):
                    _change(dataset, choice, show)


def _change(dataset: Dataset, choice: Choice, show: Shown) -> None:
    other = st.selectbox(
        f"Another {choice.what}",
        choice.alternatives,
        format_func=lambda value: words(choice.what, value),
        key=f"other_{choice.what}_{dataset.key}",
    )
    st.caption("This opens a separate data set; existing decisions stay with the current one.")
    if st.button("Open like this", key=f"change_{choice.what}_{dataset.key}", type="primary"):
        try:
            reopened = changed(dataset, choice, other)
        except AuditorError as error:
            st.error(plain(error), icon=":material/error:")
            return
        show(reopened)
