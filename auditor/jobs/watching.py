"""Wait for a run in another process with a progress bar, in terminals and notebooks."""

from __future__ import annotations

import time

from auditor.jobs import manager
from auditor.store.runs import RunRecord
from auditor.store.store import Store

EVERY = 0.5
"""Seconds between two reads; the run itself writes once a second."""


def wait(store: Store, run_id: str) -> RunRecord:
    """Return the run once it has ended, in whatever state.

    Args:
        store: The open store.
        run_id: The started run.
    """
    from tqdm.auto import tqdm

    with tqdm(total=100, unit="%", bar_format="{l_bar}{bar}| {elapsed}{postfix}") as bar:
        while True:
            record = manager.settle(store, store.runs.get(run_id))
            bar.set_description_str(describe(record), refresh=False)
            bar.update(round(100 * (record.progress or 0.0)) - bar.n)
            bar.refresh()
            if record.ended:
                manager.reap()
                return record
            time.sleep(EVERY)


def describe(record: RunRecord) -> str:
    """Return a run's current step, such as 'nla epoch 3/20' or 'decoding images'."""
    if record.ended:
        return record.state
    if record.method and record.phase in ("training", "scoring"):
        return f"{record.method} epoch {min((record.epoch or 0) + 1, record.epochs or 1)}/{record.epochs}"
    return record.phase or record.state
