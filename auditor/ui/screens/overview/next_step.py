"""The Overview's next steps: the expected changes in the queue, and whether the review can stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from auditor.data.dataset import Dataset
from auditor.evidence import noise_rate, rerank, sampling
from auditor.plural import counted
from auditor.store import counts
from auditor.ui.look.plain import plain
from auditor.ui.screens.overview import figures
from auditor.ui.state import library, session

if TYPE_CHECKING:
    from auditor.evidence.versions import EvidenceVersion

NEXT = 50
SAMPLE = 100
CLASS_CHECK = "class check"
TOLERATED = (0.01, 0.02, 0.05, 0.1)


def show(dataset: Dataset, evidence: EvidenceVersion) -> None:
    """Draw the three things to do next, each in a card: the first thing that is read."""
    decided = rerank.verdicts(session.store().decisions.state(dataset.key).on(dataset), evidence.table)
    first, second, third = st.columns(3, gap="medium", border=True)
    with first:
        _forecast(dataset, evidence, decided)
    with second:
        _classes(dataset, evidence, decided)
    with third:
        _stop(dataset, evidence, decided)


def _forecast(dataset: Dataset, evidence: EvidenceVersion, decided: dict[str, bool]) -> None:
    """Show how many of the next images will probably need another label, with a button that opens exactly these."""
    ranking = rerank.rerank(evidence.table, decided, noise_rate.standard_error(evidence.summary["noise"]))
    skipped = library.overlay(session.workspace(), dataset).action[evidence.rows] == counts.SKIPPED
    order = ranking.first(NEXT, behind=skipped)
    card = st.container()
    if not len(order):
        card.markdown("**Every image has been judged.**")
        return
    left, changes = len(order), round(float(ranking.p_change[order].sum()))
    card.markdown(f"**About {changes} of the next {left} will need a change.**")
    if ranking.used:
        card.caption(f"Estimated from {counted(ranking.used, 'decision')}, which also re-rank the queue.")
    else:
        card.caption(
            f"Estimated from the evidence alone, which is often too high. From {rerank.FEWEST} decisions on, they "
            f"re-rank the queue ({len(decided)} so far)."
        )
    if card.button(f"Review the next {left}", type="primary", width="stretch", key="overview-next"):
        rows = evidence.rows[order]
        session.open_page("review", sel=session.save_selection(rows, f"the next {left}"), sort="learned")


def _classes(dataset: Dataset, evidence: EvidenceVersion, decided: dict[str, bool]) -> None:
    """Offer a blind check of a few faces of every class: each class's share of wrong labels, for the queue too."""
    rows = sampling.draw_classes(evidence.table)
    # The same labels draw the same faces; after an edit of the labels it is another check.
    checks = session.store().selections.labelled(dataset, CLASS_CHECK)
    saved = [check for check in checks if np.array_equal(check.rows, rows)]
    tally = counts.tally(library.overlay(session.workspace(), dataset).action[rows])
    card = st.container()
    card.markdown("**Which classes have the most wrong labels?**")
    if not tally.unseen:
        card.caption(plain(figures.by_class(evidence.table, rows, decided, dataset.classes)))
        return
    skipped = f", {tally.skipped} skipped" if tally.skipped else ""
    done = f" ({tally.reviewed} so far{skipped})" if tally.unseen < tally.faces else ""
    card.caption(
        f"Judge {counted(len(rows), 'face')} blind, drawn evenly from all classes, to find out{done}. The labels alone "
        "show only part of it. The queue learns from the answers."
    )
    if card.button("Check the classes", width="stretch", key="overview-classes"):
        token = saved[0].token if saved else session.save_selection(rows, CLASS_CHECK)
        session.open_page("review", sel=token, blind=1)


def sample_words(unflagged: int) -> str:
    """Return what to do to check the images that no method flags."""
    if not unflagged:
        return "The evidence flags every image, so there is none to sample; methods that learn longer flag fewer."
    if unflagged <= SAMPLE:
        return f"Judge all {unflagged} of these images blind to find out."
    return f"Judge {SAMPLE} of these {counted(unflagged, 'image')} blind, drawn at random, to find out."


def _stop(dataset: Dataset, evidence: EvidenceVersion, decided: dict[str, bool]) -> None:
    """Show the share of wrong labels among the unflagged images, estimated from a blind random sample."""
    label = f"random check of {evidence.name}"
    saved = session.store().selections.labelled(dataset, label)
    sample = figures.left_unseen(evidence.table, [part.rows for part in saved], decided)
    card = st.container()
    if sample.checked:
        card.markdown(f"**{sample.sentence}**")
        tolerated = card.segmented_control(
            "Acceptable share of wrong labels", TOLERATED, default=0.05, format_func="{:.0%}".format, required=True
        )
        enough = sample.enough(float(tolerated or 0))
        card.caption(
            "You may stop." if enough else f"Not yet: up to {sample.high:.1%} of them may be wrong (95 %). Check more."
        )
    else:
        card.markdown("**Are the unflagged labels right?**")
        card.caption(sample_words(sample.unchecked))
    nothing = not sample.checked and not sample.unchecked
    if card.button("Judge a sample", key="overview-sample", width="stretch", disabled=nothing):
        action = library.overlay(session.workspace(), dataset).action
        begun = [part for part in saved if (action[part.rows] == 0).any()]
        if begun:
            session.open_page("review", sel=begun[0].token, blind=1)
        rows = sampling.draw(evidence.table, decided, SAMPLE)
        if len(rows):
            session.open_page("review", sel=session.save_selection(rows, label), blind=1)
        st.toast("Every unflagged image has been judged.", icon=":material/info:")
