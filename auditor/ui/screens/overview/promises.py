"""The Overview's panel of promises: how many suggestions may be accepted at once, and how sure that is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from auditor.data.dataset import Dataset
from auditor.evidence import promise, promises
from auditor.evidence.promise import LABELS, SUGGESTIONS
from auditor.evidence.promises import Judged, Promise
from auditor.plural import counted
from auditor.store import counts
from auditor.ui.look import boundary
from auditor.ui.state import decide, library, session

if TYPE_CHECKING:
    from auditor.evidence.versions import EvidenceVersion

KINDS = {SUGGESTIONS: "Suggestions", LABELS: "Unflagged labels"}


def show(dataset: Dataset, evidence: EvidenceVersion) -> None:
    """Draw the panel, closed where no sample is open."""
    with boundary.sentence():
        existing = promises.listed(session.workspace(), dataset.key)
        latest = existing[-1] if existing else None
        going = latest is not None and latest.state != promises.GIVEN_UP
        with st.expander("Accept many at once, with a promise", icon=":material/verified:", expanded=going):
            if latest is not None and latest.state == promises.OPEN:
                _judging(dataset, latest)
                return
            if latest is not None and latest.state == promises.ACCEPTED:
                _accepted(dataset, latest)
            _draw(dataset, evidence)


def _draw(dataset: Dataset, evidence: EvidenceVersion) -> None:
    """Ask what to promise, how sure, and how many faces to judge for it."""
    left, middle, right = st.columns(3, gap="medium")
    kind = left.segmented_control(
        "Promise about", list(KINDS), default=SUGGESTIONS, format_func=KINDS.__getitem__, required=True,
        key="promise-kind",
    )  # fmt: skip
    risk = middle.segmented_control(
        "Wrong at most", promise.RISKS[kind], default=0.05, format_func=_percent, required=True,
        key=f"promise-risk-{kind}",
    )  # fmt: skip
    confidence = right.segmented_control(
        "How sure", promise.CONFIDENCES, default=0.95, format_func=_percent, required=True, key="promise-confidence"
    )
    action = library.overlay(session.workspace(), dataset).action[evidence.rows]
    pool = promise.pool(evidence, str(kind), ~counts.reviewed(action))
    existing = promises.listed(session.workspace(), dataset.key)
    tries = promises.attempt(existing, str(kind), evidence.name)
    offered = promise.choices(pool, float(risk), promise.level(float(confidence), tries))
    if not offered:
        st.caption(
            f"{counted(len(pool), 'face is', 'faces are')} left, too few to judge a sample and accept the rest; "
            "review them one by one."
        )
        return
    words, button = st.columns([3, 1], vertical_alignment="bottom")
    size = words.selectbox(
        "Faces to judge blind", list(offered), index=_best(offered), key=f"promise-size-{kind}-{risk}-{confidence}",
        format_func=lambda number: _words(number, offered[number]),
    )  # fmt: skip
    if tries:
        words.caption(
            f"Try {tries + 1} on this evidence: the test is stricter, so that all tries together have the chosen "
            "confidence."
        )
    if button.button("Draw them", key="promise-draw", type="primary", width="stretch"):
        drawn = promises.draw(
            session.workspace(), dataset, evidence, pool, int(size),
            risk=float(risk), confidence=float(confidence), by=session.annotator(),
        )  # fmt: skip
        _judge(dataset, drawn)


def _words(number: int, released: int) -> str:
    if not released:
        return f"{number}, but by the evidence, no set is likely to keep this promise"
    return f"{number}, to accept about {released:,} more if the evidence is right"


def _best(offered: dict[int, int]) -> int:
    """The place of the sample that releases most for each face judged."""
    return int(np.argmax([released / size for size, released in offered.items()]))


def _percent(share: float) -> str:
    return f"{100 * share:g} %"


def _judge(dataset: Dataset, drawn: Promise) -> None:
    """Open the sample in Review, blind."""
    rows = dataset.rows_of(drawn.sampled)
    token = session.save_selection(rows[rows >= 0], f"sample {drawn.id}")
    session.open_page("review", sel=token, blind=1)


def _judging(dataset: Dataset, drawn: Promise) -> None:
    """How far the sample is, then what it allows; nothing is shown of the answers before all are given."""
    result = promises.judged(drawn, dataset, session.store().decisions.state(dataset.key))
    what = KINDS[drawn.kind].lower()
    st.caption(
        f"Of {len(drawn.names):,} {what}, {result.total} were drawn at random: at most {_percent(drawn.risk)} wrong, "
        f"{_percent(drawn.confidence)} sure."
    )
    words, first, second = st.columns([3, 1, 1], vertical_alignment="center")
    if result.offer is None:
        so_far = f"{result.done} of {result.total} judged; a skipped face counts as open"
        words.progress(result.done / result.total, so_far)
        if first.button("Judge them", key="promise-judge", type="primary", width="stretch"):
            _judge(dataset, drawn)
    elif result.left:
        words.markdown(f"**{promises.sentence(drawn, len(result.left))}** {result.wrong} of {result.total} were wrong.")
        if first.button(f"Accept {len(result.left):,}", key="promise-accept", type="primary", width="stretch"):
            _accept(dataset, drawn, result)
    else:
        words.markdown(
            f"**No set keeps this promise:** {result.wrong} of {result.total} were wrong. What was judged "
            "stays decided."
        )
    if second.button(
        "Give it up" if result.left or result.offer is None else "Start again", key="promise-end", width="stretch"
    ):
        promises.save(session.workspace(), dataset.key, promises.given_up(drawn))
        st.rerun()


def _accept(dataset: Dataset, drawn: Promise, result: Judged) -> None:
    done = promises.operation(drawn, result, dataset, session.annotator())
    decide.check_mode(done.mode)
    session.store().decisions.append(done)
    promises.save(session.workspace(), dataset.key, promises.accepted(drawn, done.op_id))
    st.rerun()


def _accepted(dataset: Dataset, drawn: Promise) -> None:
    """What was accepted last, and the way to take it back."""
    record = session.store().decisions.state(dataset.key).records.get(drawn.op_id)
    if record is None or not record.active:
        st.caption("The last acceptance was undone.")
        return
    words, button = st.columns([4, 1], vertical_alignment="center")
    words.success(f"Accepted. {record.operation.items[0].text}", icon=":material/check_circle:")
    if button.button("Undo", key="promise-undo", width="stretch"):
        decide.undo(session.store(), dataset, drawn.op_id, annotator=session.annotator())
        st.rerun()
