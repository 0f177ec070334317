"""auditor/evidence/why.py: a sentence that is true of the image."""

import numpy as np
import pytest

from auditor.errors import EvidenceError
from auditor.evidence import versions, why


def test_sentence_says_only_what_is_true_of_the_image(version):
    frame, classes = version.table, version.summary["classes"]
    noisy = int(np.flatnonzero(frame["assignment"] == versions.NOISY)[0])
    explanation = why.explain(version, int(version.rows[noisy]))
    line = frame.iloc[noisy]
    assert classes[int(line["suggested"])] in explanation.sentence
    near = why.neighbour_labels(version, noisy)
    top = max(set(near), key=lambda label: (near.count(label), label))
    assert f"{near.count(top)} {classes[top]}" in explanation.sentence
    if "never passed" in explanation.sentence:
        assert version.p_given()[noisy].max() < 0.5
    assert {fact.name for fact in explanation.facts} >= {"p_mislabelled", "man_p_given", "class_rate"}
    with pytest.raises(EvidenceError):
        why.explain(version, 10**6)


def test_every_image_can_be_explained(version):
    for row in version.rows[::7]:
        assert why.explain(version, int(row)).sentence.endswith(".")
