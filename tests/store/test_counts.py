"""auditor/store/counts.py: what each word counts, worked out by hand, and properties over random logs."""

from dataclasses import dataclass, replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.store import counts
from auditor.store.operations import LABEL_ACTIONS, Item, Operation, OperationRecord, item_of
from auditor.store.state import DecisionState
from auditor.ui.state.overlay import Overlay
from tests.ui.invented import dataset


def faces():
    """Six training faces and two test faces, in two files."""
    found = dataset([0, 0, 1, 1, 2, 2, 0, 1], split=[0] * 6 + [2] * 2)
    return replace(found, sources=("train.txt", "test.txt"), source=np.array([0] * 6 + [1] * 2, np.int8))


@dataclass
class Log:
    """Operations folded into a state, one after the other."""

    state: DecisionState

    def add(self, *items, mode="open", kind="decide", target=None):
        number = self.state.seq + 1
        operation = Operation(f"op{number}", "k", "ada", kind=kind, target=target, mode=mode, items=items)
        self.state.add(OperationRecord(number, float(number), operation))
        return operation.op_id


def test_every_word_counts_what_it_says():
    data, log = faces(), Log(DecisionState())
    log.add(item_of(data, 0, "keep"))
    log.add(item_of(data, 1, "relabel", 2))
    log.add(item_of(data, 2, "relabel", 1))  # to the label it has, as blind mode does: it is kept
    log.add(item_of(data, 3, "skip"))
    log.add(item_of(data, 4, "exclude"))
    undone = log.add(item_of(data, 5, "relabel", 0))
    log.add(kind="undo", target=undone)
    log.add(item_of(data, 0, "relabel", 1), mode="repeat")  # shown again in blind mode: it measures, it decides nothing
    log.add(item_of(data, 6, "ambiguous", 1))
    log.add(Item("gone.jpg", 9, "keep", "surprise"), Item("gone too.jpg", 10, "skip", "surprise"))
    found = counts.count(data, log.state)
    assert found.audited == counts.Tally(6, kept=2, relabelled=1, excluded=1, skipped=1)
    assert (found.audited.reviewed, found.audited.left, found.audited.unseen) == (4, 2, 1)
    assert found.by_split["test"] == counts.Tally(2, ambiguous=1)
    assert found.changed.by_split == {"train": 1, "test": 1} and found.changed.all == 2 and found.changed_audited == 1
    assert found.changed.by_file == {"train.txt": (1, 6), "test.txt": (1, 2)} and found.lapsed == 1
    assert found.sentence == (
        "4 of 6 training faces reviewed, 1 skipped; 1 of 2 test faces reviewed; 1 decision is no longer applicable"
    )
    assert found.changed.sentence == "1 of 6 labels changed in train.txt, 1 of 2 in test.txt"


def test_a_data_set_of_one_file_without_a_training_split_is_audited_whole():
    data = dataset([0, 1, 2], split=[2, 2, 2])
    log = Log(DecisionState())
    log.add(item_of(data, 1, "relabel", 0))
    found = counts.count(data, log.state)
    assert (found.audited.faces, found.changed_audited) == (3, 1)
    assert found.sentence == "1 of 3 faces reviewed" and found.changed.sentence == "1 of 3 labels changed"


def test_the_label_file_may_follow_a_correction():
    # Corrected to 2, exported, and the file that is audited now says 2 itself: the decision keeps what is given.
    data, log = faces(), Log(DecisionState())
    log.add(item_of(data, 0, "relabel", 2))
    labels = data.labels.copy()
    labels[0] = 2
    found = counts.count(replace(data, labels=labels), log.state)
    assert (found.audited.kept, found.audited.relabelled, found.changed.all) == (1, 0, 0)


ACTIONS = st.tuples(st.integers(0, 7), st.sampled_from(LABEL_ACTIONS), st.integers(0, 2))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.one_of(ACTIONS, st.just("undo")), max_size=30))
def test_the_screens_array_and_the_log_count_alike(acts):
    data, log, made = faces(), Log(DecisionState()), []
    overlay = Overlay.empty(len(data))
    for act in acts:
        if act != "undo":
            row, action, to = act
            made.append(log.add(item_of(data, row, action, to if action == "relabel" else None)))
        elif made:
            log.add(kind="undo", target=made.pop())
        overlay.update(data, log.state)
    found = counts.count(data, log.state)
    assert counts.tally(overlay.action[counts.audited(data)]) == found.audited
    assert counts.tally(overlay.action[data.rows("test")]) == found.by_split["test"]
    every = counts.tally(overlay.action)
    assert every.reviewed == found.reviewed == int(counts.reviewed(overlay.action).sum())
    assert every.reviewed + every.skipped + every.unseen == len(data)
    assert found.changed.all == every.relabelled
