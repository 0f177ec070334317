"""How long a training takes, and what a number of minutes is spent on, said in the form before it starts."""

from __future__ import annotations

import streamlit as st

from auditor.config import RunConfig
from auditor.data.dataset import Dataset
from auditor.jobs import budgeting, probing
from auditor.training import budget
from auditor.ui.look.plain import plain
from auditor.ui.state import session
from models import titles


def ask() -> int:
    """Draw the choice of a length; return the minutes, or 0 for methods and epochs as chosen."""
    minutes = st.segmented_control(
        "Time",
        (0, *budget.CHOICES),
        default=0,
        required=True,
        format_func=lambda each: f"About {each} minutes" if each else "As chosen below",
        help="About so many minutes: chooses among all methods and the epochs of each, by this machine's pace, "
        "and does not read Methods, the student and Epochs below. 'How long?' shows the choice before it starts",
    )
    return int(minutes or 0)


def estimate(dataset: Dataset, config: RunConfig) -> None:
    """Say how long a run takes and how much memory it needs, by two steps of each method."""
    with st.spinner("Doing two steps of each method …"):
        estimates = probing.estimate(config, len(dataset.rows("train")), dataset.num_classes)
    st.info(plain(probing.sentence(estimates, {name: titles.title(name) for name in config.methods})))


def spend(dataset: Dataset, config: RunConfig, minutes: int) -> RunConfig:
    """Return the configuration that spends the minutes, and say which methods and epochs these are."""
    with st.spinner("Measuring how long an epoch takes on this machine …"):
        config, spent = budgeting.plan(config, dataset, session.workspace(), minutes)
    st.info(plain(spent.sentence(budgeting.titles_of(config))))
    return config
