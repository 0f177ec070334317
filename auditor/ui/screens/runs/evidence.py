"""The list of evidence versions, and the actions on one: use, pin, rename, compare, delete."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pandas as pd
import streamlit as st

from auditor import durations
from auditor.evidence import choice, listing
from auditor.evidence.alignment import aligned
from auditor.evidence.listing import Entry
from auditor.plural import counted
from auditor.ui.look import boundary, open_faces
from auditor.ui.look.allowed import greyed
from auditor.ui.look.plain import plain
from auditor.ui.look.words import percent
from auditor.ui.state import acts, session
from models.titles import title

UNKNOWN = "unknown"
MANY = 12  # versions from which the list scrolls


def show(key: str) -> None:
    """Draw the list of a data set's versions, and below it a menu of versions with the actions on the selected one.

    Raises:
        EvidenceError: The choice of evidence cannot be read.
    """
    entries = listing.entries(session.workspace(), key)
    if not entries:
        return
    st.subheader("Evidence versions", anchor=False)
    st.caption(
        "Each finished training builds a new version. It replaces the one in use only where its held-out skill (how "
        "well its best method predicts labels that it was not trained on, 0 to 1) is not significantly worse."
    )
    st.dataframe(
        table(entries),
        hide_index=True,
        width="stretch",
        height="content" if len(entries) <= MANY else 38 + 35 * MANY,
        column_config={
            "skill": st.column_config.TextColumn(help="Held-out skill and its standard error"),
            "wrong labels": st.column_config.TextColumn(help="Estimated share, and its 95 % interval"),
        },
    )
    names = {each.version.name: each for each in entries}
    menu, *buttons = st.columns([3, 1, 1, 1, 1, 1], vertical_alignment="bottom")
    selected = menu.selectbox("Version", list(names), format_func=lambda name: _called(names[name]), key="version")
    each = names[str(selected)]
    with boundary.sentence():
        _choose(key, each, buttons[0], buttons[1])
        _rename(key, each, buttons[2])
        _delete(key, each, buttons[4])
    others = [name for name in names if name != each.version.name]
    with buttons[3].popover("Compare", width="stretch", disabled=not others), boundary.sentence():
        if others:
            _compare(each, names, others)


def table(entries: Sequence[Entry]) -> pd.DataFrame:
    """Return the table of versions, the newest first."""
    named = any(each.name for each in entries)
    rows = [
        {
            "version": each.version.name,
            "state": each.state,
            **({"name": each.name} if named else {}),
            "built": _when(each.created),
            "skill": UNKNOWN if each.skill is None else f"{each.skill.value:.2f}" + _error(each),
            "wrong labels": UNKNOWN if each.noise is None else "{} ({} to {})".format(*map(percent, each.noise)),
            "size": listing.spoken(each.size),
            "trained on": _trained(each),
        }
        for each in entries
    ]
    return pd.DataFrame(rows)


def _trained(each: Entry) -> str:
    if any(training.epochs is None for training in each.trainings) or not each.trainings:
        methods = ", ".join(title(name) for name in each.methods) or UNKNOWN
        return f"{methods}; its runs were deleted" if each.trainings else methods
    return "; ".join(training.words for training in each.trainings)


def _error(each: Entry) -> str:
    return f" ± {each.skill.error:.2f}" if each.skill is not None and each.skill.error else ""


def _when(created: str) -> str:
    """Format an ISO time for the reader: '22 Nov 2026, 01:30'."""
    try:
        return durations.moment(datetime.fromisoformat(created).timestamp())
    except ValueError:
        return UNKNOWN


def _called(each: Entry) -> str:
    return " · ".join(word for word in (each.version.name, each.name, each.state) if word)


def _choose(
    key: str, each: Entry, use: st.delta_generator.DeltaGenerator, pin: st.delta_generator.DeltaGenerator
) -> None:
    workspace, name = session.workspace(), each.version.name
    if use.button("Use", key="version-use", width="stretch", **greyed("manage", disabled=each.in_use)):
        acts.use_evidence(workspace, key, name)
        _done(f"Evidence {name} is in use.")
    words = "Unpin" if each.pinned else "Pin"
    meaning = "A pinned version stays in use until you choose another"
    if pin.button(words, key="version-pin", width="stretch", **greyed("manage", words=meaning)):
        if each.pinned:
            acts.keep_evidence(workspace, key, pin=False)
        else:
            acts.use_evidence(workspace, key, name, pin=True)
        _done(f"Evidence {name} is {'no longer pinned' if each.pinned else 'in use and pinned'}.")


def _rename(key: str, each: Entry, place: st.delta_generator.DeltaGenerator) -> None:
    name = each.version.name
    with place.popover("Rename", width="stretch"), boundary.sentence():
        words = st.text_input(
            f"Name of {name}", each.name, max_chars=choice.LONGEST_NAME, key=f"version-name-{name}-{each.name}"
        )
        if st.button("Save the name", key="version-rename", width="stretch", **greyed("manage")):
            acts.rename(session.workspace(), key, name, words)
            _done(f"{name} is named “{words.strip()}”." if words.strip() else f"{name} has no name now.")


def _delete(key: str, each: Entry, place: st.delta_generator.DeltaGenerator) -> None:
    name, size = each.version.name, listing.spoken(each.size)
    with place.popover("Delete", width="stretch", disabled=each.in_use), boundary.sentence():
        st.markdown(f"Delete evidence {name} and free {size}? Decisions stay. This cannot be undone.")
        words = f"Delete {name} ({size})"
        if st.button(words, key=f"version-delete-{name}", width="stretch", type="primary", **greyed("manage")):
            acts.delete_version(session.workspace(), session.store(), key, name)
            _done(f"Evidence {name} was deleted.")


def _compare(each: Entry, names: dict[str, Entry], others: list[str]) -> None:
    """Show how two versions differ, with buttons to those images; nothing is read before the toggle is set."""
    used = next((name for name in others if names[name].in_use), others[0])
    other = str(st.selectbox("With", others, others.index(used), key=f"version-with-{each.version.name}"))
    if not st.toggle("Compare them", key=f"version-compare-{each.version.name}-{other}"):
        return
    dataset = session.dataset()
    if dataset is None:
        return
    difference = listing.compare(*(aligned(version, dataset) for version in (names[other].version, each.version)))
    st.markdown(
        f"Of {counted(difference.images, 'image')} in both, **{len(difference.divided):,}** are divided differently "
        "(clean, "
        f"ambiguous, noisy) and **{len(difference.suggested):,}** have another suggested label. Rank correlation of "
        f"the suspicions: {difference.correlation:.2f}."
    )
    pair = f"{other} and {each.version.name}"
    if st.button("Open images divided differently", key="version-open-divided", disabled=not len(difference.divided)):
        open_faces.open_rows(difference.divided, f"divided differently by {pair}")
    if st.button(
        "Open images with another suggestion", key="version-open-suggested", disabled=not len(difference.suggested)
    ):
        open_faces.open_rows(difference.suggested, f"suggested differently by {pair}")


def _done(words: str) -> None:
    session.show_evidence_in_use()
    st.toast(plain(words), icon=":material/check_circle:")
    st.rerun()
