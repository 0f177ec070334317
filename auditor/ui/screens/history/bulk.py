"""Undoing everything that the log shows, or bringing it back, after a question that says what and how many."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from auditor.data.dataset import Dataset
from auditor.plural import counted
from auditor.store import undoing
from auditor.store.operations import OperationRecord
from auditor.store.undoing import Pass
from auditor.ui.look import boundary
from auditor.ui.look.allowed import greyed
from auditor.ui.look.plain import plain
from auditor.ui.state import decide, session

WORDS = {"undo": "Undo", "redo": "Bring back"}
DONE = "history-done"


def buttons(dataset: Dataset, records: Sequence[OperationRecord]) -> None:
    """Offer both for the decisions that the filters leave; one decision has its own button."""
    if message := st.session_state.pop(DONE, None):
        st.success(message, icon=":material/check_circle:")
    with st.container(horizontal=True):
        for kind, words in WORDS.items():
            selected = undoing.choose(records, kind)
            label = f"{words} these {len(selected.records):,} …"
            if len(selected.records) > 1 and st.button(
                label, key=f"pass-{kind}", **greyed(decide.turning(selected.records))
            ):
                _ask(dataset, selected)


@st.dialog("Are you sure?")
def _ask(dataset: Dataset, selected: Pass) -> None:
    words = WORDS[selected.kind]
    st.markdown(f"{words} {plain(selected.sentence)}?")
    st.caption("The log keeps every decision; what is undone can be brought back, and the other way round.")
    left, right = st.columns(2)
    if left.button(
        f"{words} {counted(len(selected.records), 'decision')}", type="primary", width="stretch", key="pass-go"
    ):
        with boundary.sentence():
            # Looked up again: a colleague may have undone some of them meanwhile.
            state = session.store().decisions.state(dataset.key)
            now = undoing.of(state, [record.operation.op_id for record in selected.records], selected.kind)
            count = decide.run_pass(session.store(), dataset, now, annotator=session.annotator())
            st.session_state[DONE] = (
                f"{'Undone' if selected.kind == 'undo' else 'Brought back'}: {counted(count, 'decision')}."
            )
            st.rerun()
    if right.button("Cancel", width="stretch", key="pass-cancel"):
        st.rerun()
