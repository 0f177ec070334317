"""auditor/evidence/stability.py: assignments by the late epochs."""

import numpy as np

from auditor.evidence import (
    consensus,
    opinions,
)
from auditor.evidence.gather import join
from auditor.evidence.stability import judge
from tests.evidence.records import record


def test_noisy_needs_most_late_epochs(tmp_path):
    # One epoch of four against the label: whatever the consensus says, it is not noisy.
    probs = np.tile(np.array([[0.9, 0.1]]), (4, 1, 1))
    probs[3] = [0.1, 0.9]
    method_opinions = opinions.opinions_of([join("man", "r", [record(tmp_path, probs, np.array([0]))], np.array([0]))])
    sure = consensus.Consensus(probs[0], np.array([0.9]), np.array([0.1]), np.array([1]), np.array([2], np.int8))
    calls = judge(method_opinions, sure, np.array([0]))
    assert calls.dissent[0] == 0.5 and calls.assignment[0] == 2 and calls.stability[0] == 0.5
    probs[2] = probs[3] * [1, 0] + [0.8, 0.1]
    method_opinions = opinions.opinions_of(
        [join("man", "r", [record(tmp_path, probs[:3], np.array([0]))], np.array([0]))]
    )
    assert judge(method_opinions, sure, np.array([0])).assignment[0] == 1
