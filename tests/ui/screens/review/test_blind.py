"""Blind review: every face once, some twice, and how often the two answers agree."""

import numpy as np

from auditor.store.operations import Operation, item_of
from auditor.ui.screens.review.blind import BLOCK, REPEATS, consistency, shuffle


def test_shuffle_shows_every_row_and_repeats_some_in_the_next_block():
    rows = np.arange(100, 165, dtype=np.int32)
    shown, repeats = shuffle(rows, "ada")
    assert sorted(shown[~repeats]) == rows.tolist()
    assert repeats.sum() == 2 * REPEATS  # three full blocks, the first of which has nothing to repeat
    for place in np.flatnonzero(repeats):
        earlier = np.flatnonzero(shown[:place] == shown[place])
        assert len(earlier) == 1
        assert place - earlier[0] <= 2 * (BLOCK + REPEATS)
    assert (shuffle(rows, "ada")[0] == shown).all()
    assert (shuffle(rows, "bob")[0] != shown).any()
    assert len(shuffle(rows[:0], "ada")[0]) == 0


def test_consistency_counts_pairs_and_a_keep_as_its_label(dataset, store):
    answers = [("blind", 0, 4), ("blind", 1, 2), ("blind", 2, 5), ("repeat", 0, 4), ("repeat", 1, 3), ("repeat", 4, 1)]
    for number, (mode, row, label) in enumerate(answers):
        item = item_of(dataset, row, "relabel", label)
        store.decisions.append(Operation(f"op-{number}xx", dataset.key, "ada", mode=mode, items=(item,)))
    found = consistency(store.decisions.state(dataset.key), "ada")
    assert (found.agreed, found.repeated) == (1, 2)
    assert consistency(store.decisions.state(dataset.key), "bob").repeated == 0
