"""auditor/evidence/why.py: the reason is about the suggestion, over random evidence; and figures worked out by hand."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.errors import EvidenceError
from auditor.evidence import versions, why
from auditor.evidence.versions import EvidenceVersion

CLASSES = ["happiness", "sadness", "fear", "neutral"]
METHODS = ["man", "rul", "nla"]


class Invented(EvidenceVersion):
    """Evidence in memory: one image at row 0, and beside it the faces that are its nearest."""

    def __init__(self, line, probs, near, course, weights=(1.0, 1.0, 1.0)):
        super().__init__(Path("v0001"))
        others = pd.DataFrame({"given": near})
        table = pd.concat([pd.DataFrame([line]), others], ignore_index=True)
        table["row"] = np.arange(len(table), dtype=np.int32)
        transition = [[0.7, 0.1, 0.1, 0.1]] * 4
        self.__dict__ |= {
            "table": table,
            "probs": np.array([probs], np.float16),
            "neighbours": np.arange(1, len(table), dtype=np.int32)[None],
            "course": np.array([course], np.float16),
            "summary": {
                "classes": CLASSES, "methods": METHODS, "weights": dict(zip(METHODS, weights, strict=True)),
                "noise": {"by_class": [0.1] * 4}, "transition": transition,
            },
        }  # fmt: skip

    def p_given(self, method=None):
        del method
        return self.course


def facts(label, suggested, preds, votes, p=0.6, student=-1, nets=None):
    line = {
        "given": label, "suggested": suggested, "p_mislabelled": p, "ambiguity": 0.3, "stability": 0.9,
        "knn_disagreement": 0.5, "aum": 0.1, "duplicate_group": -1, "votes_noisy": votes.count(2),
        "votes_total": len(votes), "student_pred": student, "student_p_given": 0.2,
    }  # fmt: skip
    for method, pred, vote in zip(METHODS, preds, votes, strict=True):
        line |= {f"{method}_pred": pred, f"{method}_assignment": vote, f"{method}_p_given": 0.2}
    first, second = nets or (preds[0], preds[0])
    return line | {"man_pred_net1": first, "man_pred_net2": second, "man_p_net1": 0.1, "man_p_net2": 0.004}


def test_a_suggestion_that_no_part_names_says_where_it_comes_from():
    # The case that was reported: sadness suggested, RUL sees happiness, and 7 of 10 nearest are labelled happiness.
    line = facts(2, 1, [0, 0, 0], [-1, 2, -1])
    version = Invented(line, [0.35, 0.41, 0.2, 0.04], [0] * 7 + [1] * 3, [0.4, 0.4, 0.3])
    assert why.explain(version, 0).sentence == (
        "No single part of the evidence puts sadness first, but all of it together gives sadness 0.41 and happiness "
        "0.35, because an estimated 10% of the faces labelled fear are sadness; p(fear) never passed 0.40 in 3 epochs; "
        "but RUL sees happiness; its 10 nearest faces are labelled 7 happiness, 3 sadness."
    )


def test_reasons_for_the_suggestion_come_first():
    line = facts(0, 1, [1, 0, 1], [2, 1, 2], student=1)
    version = Invented(line, [0.3, 0.5, 0.1, 0.1], [0] * 6 + [1] * 4, [0.9, 0.9, 0.9])
    assert why.explain(version, 0).sentence == (
        "MAN and NLA see sadness (both MAN networks, which leave happiness 0.10 and under 0.01); 2 of 3 methods call "
        "the label noisy; the student sees sadness and leaves happiness 0.20; but RUL sees happiness; its 10 nearest "
        "faces are labelled 6 happiness, 4 sadness; p(happiness) has stayed above 0.8 since epoch 1."
    )


def test_a_label_that_is_probably_wrong_and_still_suggested_says_so():
    line = facts(0, 0, [0, 0, 0], [1, 1, 1], p=0.6)
    version = Invented(line, [0.4, 0.35, 0.15, 0.1], [0] * 10, [0.6, 0.6, 0.6])
    assert why.explain(version, 0).sentence.startswith(
        "The given label is probably wrong, but no other class is more likely: all evidence together gives "
        "happiness 0.40 and sadness 0.35; all methods see happiness"
    )


def test_a_face_that_no_method_judges_is_called_a_guess():
    version = Invented(facts(0, 1, [0, 0, 0], [-1, -1, -1]) | {"votes_total": 0}, [0.3, 0.4, 0.2, 0.1], [0], [0.5])
    assert (
        why.explain(version, 0).sentence == f"{why.THIN} The suggestion, sadness (0.40), is hardly more than a guess."
    )


CLASS = st.integers(0, len(CLASSES) - 1)


@st.composite
def evidence(draw):
    probs = np.array(draw(st.lists(st.floats(0.01, 1), min_size=4, max_size=4)))
    probs /= probs.sum()
    label = draw(CLASS)
    votes = draw(st.lists(st.integers(-1, 2), min_size=3, max_size=3).filter(lambda votes: max(votes) >= 0))
    preds = draw(st.lists(CLASS, min_size=3, max_size=3))
    line = facts(
        label, int(probs.argmax()), preds, votes, p=1 - probs[label], student=draw(st.integers(-1, 3)),
        nets=draw(st.tuples(CLASS, CLASS)),
    )  # fmt: skip
    near = draw(st.lists(CLASS, max_size=10))
    course = draw(st.lists(st.floats(0, 1), min_size=1, max_size=6))
    return Invented(line, probs, near, course), line, near


@settings(max_examples=150, deadline=None)
@given(evidence())
def test_the_sentence_is_about_the_suggested_class_and_every_claim_is_true(drawn):
    version, line, near = drawn
    sentence = why.explain(version, 0).sentence
    suggested, given_label = CLASSES[line["suggested"]], CLASSES[line["given"]]
    # What comes before 'but' is for the suggestion, and names it.
    for_it = sentence.split("; but ")[0]
    assert suggested in for_it.lower()
    named = {CLASSES[line[f"{method}_pred"]] for method in METHODS if line[f"{method}_assignment"] >= 0} | (
        {CLASSES[line["student_pred"]]} if line["student_pred"] >= 0 else set()
    )
    if near and near.count(line["suggested"]) == max(near.count(label) for label in near):
        named.add(suggested)
    if re.search(rf"p\({suggested}\) has stayed", sentence):
        named.add(suggested)
    led = sentence.startswith(("No single part", "The given label is probably wrong"))
    # Either a part of the evidence names the suggestion, or the sentence says that none does.
    assert led or suggested in named
    assert not sentence.startswith("No single part") or suggested not in named
    # Every claim about who sees what is true of the table.
    for who, label in re.findall(r"(MAN|RUL|NLA|student) sees (\w+)", sentence):
        assert CLASSES[line[f"{who.lower()}_pred"]] == label
    for label in re.findall(r"[Aa]ll methods see (\w+)", sentence):
        assert all(CLASSES[line[f"{m}_pred"]] == label for m in METHODS if line[f"{m}_assignment"] >= 0)
    for count, label in re.findall(r"(\d+) (happiness|sadness|fear|neutral)", sentence):
        assert near.count(CLASSES.index(label)) == int(count)
    if "both MAN networks" in sentence:
        assert line["man_pred_net1"] == line["man_pred_net2"] == line["man_pred"] != line["given"]
    for label in re.findall(r"p\((\w+)\)", sentence):
        assert label == given_label


def test_a_method_that_learnt_nothing_is_not_quoted():
    line = facts(0, 1, [1, 2, 3], [2, 2, 2])
    version = Invented(line, [0.2, 0.6, 0.1, 0.1], [1] * 10, [0.2, 0.2, 0.2], weights=(1.0, 0.0, 0.0))
    assert not re.search("RUL|NLA|fear|neutral", why.explain(version, 0).sentence)


@pytest.mark.parametrize(("who", "text"), [(["man"], "MAN sees"), (["man", "rul"], "MAN and RUL see")])
def test_the_subject_of_a_reason(who, text):
    assert why._together(who, 4) == text and why._together(who * 2, 2 * len(who)) == "all methods see"


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
