"""Where people differ: the faces, each one's decision, the final decision that ends it; and how far people agree."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from auditor.data.dataset import Dataset
from auditor.plural import counted
from auditor.store import people
from auditor.store.operations import FINAL, ImageState
from auditor.store.people import People
from auditor.store.state import DecisionState, Standing
from auditor.ui.look import boundary
from auditor.ui.look.allowed import greyed
from auditor.ui.look.plain import plain
from auditor.ui.screens.history import parts
from auditor.ui.state import decide, session

PER_PAGE = 10


@dataclass(frozen=True)
class Dispute:
    """One face on which people differ.

    Attributes:
        row: Its row; -1 where the data set has no such image any more.
        image: Its name.
        given: Name of the given label, '' where the image is gone.
        opinions: Each person's decision in words, 'ada: fear'.
        stands: What stands, in words: 'bob's, the latest', 'final: fear, by ada'.
        final: Whether a final decision stands.
    """

    row: int
    image: str
    given: str
    opinions: tuple[str, ...]
    stands: str
    final: bool


def disputes(dataset: Dataset, state: DecisionState) -> list[Dispute]:
    """The faces on which people differ, those without a final decision first, then in file order."""
    faces = [
        _dispute(dataset, image, state.by_image[image], state.standing(dataset, image))
        for image in list(state.contested)
    ]
    return sorted(faces, key=lambda each: (each.final, each.row < 0, each.row, each.image))


def _dispute(dataset: Dataset, image: str, state: ImageState, standing: Standing | None) -> Dispute:
    row = -1 if standing is None else standing.row
    answer = spoken(state.action, state.label)
    return Dispute(
        row=row,
        image=image,
        given=dataset.classes[int(dataset.labels[row])] if row >= 0 else "",
        opinions=tuple(f"{each.annotator}: {spoken(each.action, each.label)}" for each in state.opinions),
        stands=f"final: {answer}, by {state.annotator}"
        if state.final
        else f"{answer}, the latest, by {state.annotator}",
        final=state.final,
    )


def spoken(action: str | None, label: str | None) -> str:
    """A decision in a word or two."""
    return {"ambiguous": "ambiguous", "exclude": "excluded", None: "nothing"}.get(action, label or "kept")


def show(dataset: Dataset, state: DecisionState) -> None:
    """Draw the tab."""
    faces = disputes(dataset, state)
    _agreement(people.agreement(state))
    st.subheader("Faces on which people differ", anchor=False)
    if not faces:
        st.write("No face was decided differently by two people.")
        return
    still = sum(not each.final for each in faces)
    st.caption(
        f"{counted(len(faces), 'face')}, {still:,} of them without a final decision. Export takes the final decision, "
        "else the latest. A final decision stands until it is undone or another one is made."
    )
    rows = [each.row for each in faces if each.row >= 0]
    if rows and st.button("Open all in Review", key="people-open"):
        session.open_page("review", sel=session.save_selection(rows, "people disagree"))
    pages = max(1, -(-len(faces) // PER_PAGE))
    number = int((st.pagination(pages, key="people-page") if pages > 1 else 1) or 1)
    for each in faces[PER_PAGE * (number - 1) : PER_PAGE * number]:
        _entry(dataset, each)


def _entry(dataset: Dataset, dispute: Dispute) -> None:
    with st.container(border=True, key=f"dispute-{dispute.image}"):
        face, words, choice = st.columns([1, 6, 5], vertical_alignment="center", gap="medium")
        if dispute.row >= 0:
            parts.strip(face, dataset, [dispute.row])
        label = f" · given {dispute.given}" if dispute.given else " · no longer in the data set"
        words.markdown(plain(f"{dispute.image}{label}"))
        words.caption(plain(f"{' · '.join(dispute.opinions)} · in force: {dispute.stands}"))
        if dispute.row >= 0:
            with choice:
                _choose(dataset, dispute)


def _choose(dataset: Dataset, dispute: Dispute) -> None:
    answers: list[tuple[str, int | None]] = [("relabel", label) for label in range(dataset.num_classes)]
    answers += [("ambiguous", None), ("exclude", None)]
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    answer = left.selectbox(
        "Final decision",
        answers,
        index=None,
        format_func=lambda each: spoken(each[0], None if each[1] is None else dataset.classes[each[1]]),
        key=f"final-{dispute.image}",
        placeholder="Choose",
        label_visibility="collapsed",
    )
    if (
        right.button("Make final", key=f"final-go-{dispute.image}", **greyed("final", disabled=answer is None))
        and answer is not None
    ):
        with boundary.sentence():
            version = session.evidence()
            decide.on_rows(
                session.store(),
                dataset,
                [dispute.row],
                answer[0],
                annotator=session.annotator(),
                label=answer[1],
                evidence=None if version is None else version.name,
                mode=FINAL,
            )
            st.rerun()


def _agreement(agreement: People) -> None:
    st.subheader("Do people agree?", anchor=False)
    if not agreement.faces:
        st.write("No face has been judged by two people yet; faces judged by several people are compared here.")
        return
    st.caption(
        f"{counted(agreement.faces, 'face was', 'faces were')} judged by two people or more; they agree on "
        f"{agreement.faces - agreement.contested:,}. "
        "Kappa: 1 is full agreement, 0 is chance. Only decisions made in blind mode are independent: outside it, "
        "people see the label and earlier decisions."
    )
    st.dataframe(table(agreement), hide_index=True, width="stretch")


def table(agreement: People) -> pd.DataFrame:
    """Kappa over all and by answer: a row a pair (Cohen), and with three people or more one for all (Fleiss)."""
    columns = ["who", "faces", "same answer", "kappa", *agreement.answers]
    rows = [
        [f"{pair.first} and {pair.second} (Cohen)", pair.shared, f"{pair.same / pair.shared:.0%}",
         *map(_rounded, (pair.kappa, *pair.by_answer))]
        for pair in agreement.pairs
    ]  # fmt: skip
    if len(agreement.names) > 2:
        same = f"{1 - agreement.contested / agreement.faces:.0%}"
        kappas = map(_rounded, (agreement.fleiss, *agreement.fleiss_by_answer))
        rows.append([f"all {len(agreement.names)} (Fleiss)", agreement.faces, same, *kappas])
    return pd.DataFrame(rows, columns=columns)


def _rounded(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 2)
