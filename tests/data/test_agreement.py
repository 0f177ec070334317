"""auditor/data/agreement.py: agreement of label sets and the audit of each annotator."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from auditor.data.agreement import agreement, audit, collect, confusion, dawid_skene, kappa, majority
from auditor.data.dataset import Dataset, LabelSet


def dataset(given: list[int], classes: int = 3, **sets: list[int]) -> Dataset:
    size = len(given)
    blank = np.array([f"{i}.jpg" for i in range(size)], dtype=object)
    return Dataset(
        root=Path("/nowhere"), format="table", label_file="x.csv", key="0" * 12, title="x",
        classes=tuple("abcdefghij"[:classes]), codes=tuple("abcdefghij"[:classes]), names=blank, paths=blank,
        split=np.zeros(size, dtype=np.int8), labels=np.array(given, dtype=np.int16),
        lines=np.zeros(size, dtype=np.int32),
        label_sets=tuple(LabelSet(name, np.array(labels, dtype=np.int16)) for name, labels in sets.items()),
    )  # fmt: skip


def test_kappa_by_hand() -> None:
    # 20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no: p_o = 0.7, p_e = 0.5 * 0.6 + 0.5 * 0.4 = 0.5
    assert kappa(np.array([[20, 5], [10, 15]])) == pytest.approx(0.4)
    assert np.isnan(kappa(np.zeros((2, 2), dtype=np.int64)))
    assert kappa(np.array([[9, 0], [0, 0]])) == 1.0
    assert kappa(np.array([[0, 5], [5, 0]])) == -1.0


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=3, max_size=40))
def test_kappa_is_scikit_learns(pairs: list[tuple[int, int]]) -> None:
    a, b = (np.array(column, dtype=np.int16) for column in zip(*pairs, strict=True))
    if len(set(a) | set(b)) > 1:
        assert kappa(confusion(a, b, 3)) == pytest.approx(cohen_kappa_score(a, b), abs=1e-9)


def test_absent_labels_are_not_counted() -> None:
    result = agreement(dataset([0, 1, 2, 0], x=[0, -1, 2, 1], y=[-1, -1, -1, 0], silent=[-1] * 4))
    assert result.names == ("given", "x", "y")
    assert result.shared.tolist() == [[4, 3, 1], [3, 3, 1], [1, 1, 1]]
    assert result.same[0, 1] == pytest.approx(2 / 3)
    assert result.kappa[0, 0] == 1.0
    assert np.isnan(agreement(dataset([0, 1], x=[0, -1]), np.array([1])).kappa[0, 1])


def test_majority() -> None:
    labels = np.array([[0, 0, 1], [0, 1, -1], [-1, -1, -1], [2, -1, 2]], dtype=np.int16)
    best, votes = majority(labels, 3)
    assert best.tolist() == [0, -1, -1, 2]
    assert votes.tolist() == [2, 0, 0, 2]


def test_the_careless_annotator_is_found() -> None:
    rng = np.random.default_rng(0)
    true = rng.integers(0, 3, 600)

    def annotator(wrong: float) -> list[int]:
        given_labels = np.where(rng.random(600) < wrong, rng.integers(0, 3, 600), true)
        return [int(label) for label in np.where(rng.random(600) < 0.2, -1, given_labels)]

    data = dataset([int(t) for t in true], careful=annotator(0.05), usual=annotator(0.2), careless=annotator(0.9))
    result = {a.name: a for a in audit(data)}
    assert list(result) == ["given", "careful", "usual", "careless"]
    assert result["careful"].kappa > result["usual"].kappa > result["careless"].kappa
    assert result["careless"].kappa < 0.3
    assert result["careful"].reliability.min() > 0.9 > result["careless"].reliability.max()
    given_labels = data.label_sets[2].labels
    wrong = np.flatnonzero((given_labels >= 0) & (given_labels != true))
    suspects = result["careless"].suspects
    assert np.isin(suspects, wrong).mean() > 0.95
    assert np.isin(wrong, suspects).mean() > 0.8
    posterior, confusions = dawid_skene(collect(data)[1], 3)
    assert (posterior.argmax(axis=1) == true).mean() > 0.98
    assert posterior.sum(axis=1) == pytest.approx(1.0)
    assert confusions.sum(axis=2) == pytest.approx(1.0)


def test_two_sets_with_a_reference() -> None:
    data = dataset([0, 0, 1], x=[0, 1, 1])
    alone, _ = audit(data)
    assert alone.suspects.tolist() == [1]
    given_audit, x = audit(data, np.array([0, 0, 1], dtype=np.int16))
    assert given_audit.suspects.tolist() == []
    assert x.suspects.tolist() == [1]
    (single,) = audit(dataset([0, 1]))
    assert single.judged == 0
    assert np.isnan(single.agreement)
