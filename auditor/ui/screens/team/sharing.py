"""Share out the work, and see how far everybody has got, how fast, and how far people agree."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import streamlit as st

from auditor import durations
from auditor.data.dataset import Dataset
from auditor.errors import RefusedError
from auditor.evidence import sharing_out
from auditor.plural import counted
from auditor.store.progress import Agreement, PartProgress, progress
from auditor.store.sharing import Share, Terms
from auditor.ui.look import boundary
from auditor.ui.look.allowed import greyed
from auditor.ui.look.plain import plain
from auditor.ui.state import access, acts, session

SAID = "share-said"


def show() -> None:
    """Draw the section; nothing where no data set is open."""
    dataset = session.dataset()
    if dataset is None:
        return
    st.subheader("Work shared out", anchor=False)
    share = session.store().sharing.current(dataset.key)
    with boundary.sentence():
        if share is not None:
            _standing(dataset, share)
        if access.why_not("share") is None:
            with st.expander("Share out anew" if share else "Share out the work", expanded=share is None):
                _form(dataset, share)
        elif share is None:
            st.caption("Nothing is shared out on this data set; leads share out the work.")
    if message := st.session_state.pop(SAID, None):
        st.success(message, icon=":material/check_circle:")


def _standing(dataset: Dataset, share: Share) -> None:
    when = durations.moment(share.at)
    each = f"{share.terms.per_face} of {counted(len(share.terms.people), 'person', 'people')} judge each face"
    st.caption(
        plain(
            f"{dataset.title}: shared out by {share.by} on {when}. {each}, {share.terms.repeats:.0%} of the faces come "
            f"twice, {len(share.known):,} have a known answer. Review opens on each person's part."
        )
        if access.why_not("share") is None
        else plain(f"{dataset.title}: shared out by {share.by} on {when}. Review opens on your part.")
    )
    if access.why_not("share") is not None:  # who judges is not told which faces measure them
        return
    of_people = progress(share, session.store().decisions.state(dataset.key))
    st.dataframe(table(of_people), hide_index=True, width="stretch")
    classes = by_class(of_people)
    if len(classes):
        with st.expander("Agreement by class"):
            st.caption(
                "How often the others gave the same answer where somebody gave this one, and known answers by class."
            )
            st.dataframe(classes, hide_index=True, width="stretch")
    st.caption("Where people differ, the faces wait on History, under Disagreements.")
    if st.button("End it; the decisions stand", key="share-end", **greyed("share")):
        acts.end_share(session.store(), dataset)
        st.rerun()


def _form(dataset: Dataset, share: Share | None) -> None:
    annotators = [each.person for each in session.store().roles.current() if each.role in ("annotator", "lead")]
    known_people = sorted({*annotators, *session.store().erasing.annotators(dataset.key)})
    before = [] if share is None else [person for person in share.terms.people if person in known_people]
    with st.form("share", border=False):
        people = st.multiselect(
            "People", known_people, default=before,
            accept_new_options=True, help="As their logins name them; type a name that is not listed",
        )  # fmt: skip
        left, middle, right, last = st.columns(4)
        per_face = left.number_input("People a face", 1, 20, 1, help="1: everybody has faces of their own")
        faces = middle.number_input(
            "Faces", 0, None, 0, step=100, help="The most suspicious first; 0: all that are left"
        )
        repeats = right.number_input(
            "Shown twice, %", 0, 50, 0, help="Unmarked; measures how far people agree with themselves"
        )
        seed = last.number_input("Seed", 0, None, 0, help="The same seed gives the same parts")
        answers = st.file_uploader(
            "Known answers", type=["csv", "tsv"], help="A table image,label; everybody gets these faces"
        )
        if st.form_submit_button("Share out", type="primary", **greyed("share")):
            images = sharing_out.waiting(dataset, session.store().decisions.state(dataset.key), session.evidence())
            terms = Terms(tuple(people), int(per_face), repeats / 100, int(seed))
            right_answers = {} if answers is None else _known_answers(answers.getvalue(), answers.name, dataset)
            new = acts.share(session.store(), dataset, images[: int(faces) or None], terms, right_answers)
            st.session_state[SAID] = (
                f"{counted(len(new.parts), 'person has', 'people have')} a part now; Review opens on it."
            )
            st.rerun()


def _known_answers(content: bytes, name: str, dataset: Dataset) -> dict[str, str]:
    """Read an uploaded table of known answers.

    Raises:
        DataError: It cannot be used.
    """
    if not content:
        raise RefusedError("The table of known answers is empty; give one line for each image.")
    with tempfile.TemporaryDirectory(prefix="label-auditor-") as folder:
        file = Path(folder) / f"known{Path(name).suffix.lower()}"
        file.write_bytes(content)
        return sharing_out.known_answers(file, dataset)


def table(of_people: Sequence[PartProgress]) -> pd.DataFrame:
    """Return a line for each person."""
    return pd.DataFrame(
        [
            (
                each.person,
                f"{each.judged:,} of {each.faces:,}",
                None if each.pace is None else round(each.pace, 1),
                _left(each.left),
                _words(each.others),
                _words(each.itself),
                _words(each.known),
                "" if each.last is None else durations.moment(each.last),
            )
            for each in of_people
        ],
        columns=[
            "person", "judged", "faces a minute", "time left", "agrees with others", "with themselves",
            "with known answers", "last",
        ],
    )  # fmt: skip


def by_class(of_people: Sequence[PartProgress]) -> pd.DataFrame:
    """Return a line for each person and class."""
    rows = []
    for each in of_people:
        for name in sorted({*each.by_class, *each.known_by_class}):
            others, with_known = each.by_class.get(name, Agreement()), each.known_by_class.get(name, Agreement())
            rows.append((each.person, name, _words(others), _words(with_known)))
    return pd.DataFrame(rows, columns=["person", "class", "agrees with others", "with known answers"])


def _left(minutes: float | None) -> str:
    if minutes is None:
        return ""
    return durations.spoken(60 * minutes)


def _words(agreement: Agreement) -> str:
    return "" if agreement.share is None else f"{agreement.share:.0%} of {agreement.compared:,}"
