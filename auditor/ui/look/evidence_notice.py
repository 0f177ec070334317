"""The notice that asks whether to use a new version of the evidence that did not replace the old one automatically."""

from __future__ import annotations

import streamlit as st

from auditor.data.dataset import Dataset
from auditor.evidence import choice
from auditor.evidence.alignment import changes
from auditor.evidence.versions import EvidenceVersion
from auditor.ui.look.allowed import greyed
from auditor.ui.look.plain import plain
from auditor.ui.state import acts, session


def changed(dataset: Dataset, evidence: EvidenceVersion | None) -> None:
    """Show how the data set differs from the one that the evidence was built for, where it does.

    Raises:
        EvidenceError: The evidence cannot be read.
    """
    sentence = "" if evidence is None else changes(evidence, dataset).sentence
    if sentence:
        st.warning(sentence, icon=":material/sync_problem:")


def show(where: str) -> None:
    """Ask whether to use the waiting version of the evidence, where there is one.

    Args:
        where: The page's name, which makes the keys of its buttons unique.

    Raises:
        EvidenceError: The choice of evidence cannot be read or written.
    """
    key = session.dataset_key()
    now = None if key is None else choice.standing(session.workspace(), key)
    if key is None or now is None or now.waiting is None or now.version is None:
        return
    new, used = now.waiting.name, now.version.name
    with st.container(border=True, key=f"evidence-notice-{where}"):
        words, use, keep = st.columns([5, 1.3, 1.6], vertical_alignment="center")
        words.markdown(f":material/help: **Use the new evidence?** {plain(now.sentence)}")
        if use.button(f"Use {new}", key=f"use-new-{where}", width="stretch", **greyed("manage")):
            acts.use_evidence(session.workspace(), key, new)
            session.show_evidence_in_use()
            st.rerun()
        if keep.button(f"Keep {used}", key=f"keep-used-{where}", width="stretch", type="primary", **greyed("manage")):
            acts.keep_evidence(session.workspace(), key)
            st.rerun()
