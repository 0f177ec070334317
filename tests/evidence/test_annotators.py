"""auditor/evidence/annotators.py: each label set compared with the consensus."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from auditor.data.dataset import LabelSet
from auditor.evidence.annotators import audit

# Six images: the first four with evidence; what is likely is 0 1 1 0 with certainty 0.9.
LIKELY = np.array([0, 1, 1, 0])


def faces(*sets):
    return SimpleNamespace(
        labels=np.array([0, 1, 0, 0, 1, 1], np.int16), num_classes=2, label_sets=sets, classes=("happy", "sad")
    )


def evidence(given=(1, 1, 0, 1)):
    probs = np.where(LIKELY[:, None] == np.arange(2), 0.9, 0.1).astype(np.float16)
    table = pd.DataFrame({"suggested": LIKELY.astype(np.int16), "given": given})
    summary = {"skills": {"man": 0.8}, "noise": {"overall": 0.4, "low": 0.1, "high": 0.7}}
    return SimpleNamespace(rows=np.array([0, 1, 2, 4], np.int32), probs=probs, table=table, summary=summary)


def test_each_annotator_is_compared_with_the_likely_labels():
    other = LabelSet("ben", np.array([1, 1, -1, 1, 1, 0], np.int16))
    given, ben = audit(faces(other), evidence())
    assert (given.name, ben.name) == ("given", "ben")
    assert given.rows.tolist() == [0, 1, 2, 4]  # says 0 1 0 1
    assert given.rate == pytest.approx((0.1 + 0.1 + 0.9 + 0.9) / 4, abs=1e-3)
    assert given.low < given.rate < given.high
    assert given.confusion.tolist() == [[1, 1], [1, 1]]
    assert given.cell(1, 0).tolist() == [2]
    assert ben.rows.tolist() == [0, 1, 4]  # says 1 1 1
    assert ben.rate == pytest.approx((0.9 + 0.1 + 0.9) / 3, abs=1e-3)
    assert ben.habits() == [(0, 1, 2)]


def test_the_audited_labels_have_the_rate_of_the_overview():
    (given,) = audit(faces(), evidence(given=(0, 1, 0, 1)))
    assert (given.rate, given.low, given.high) == (0.4, 0.1, 0.7)


def test_a_set_without_images_has_no_rate():
    alone = LabelSet("eva", np.array([-1, -1, -1, 1, -1, 1], np.int16))
    eva = audit(faces(alone), evidence())[1]
    assert len(eva.rows) == 0
    assert np.isnan(eva.rate)
    assert eva.habits() == []
