"""auditor/evidence/rerank.py: the queue learns from decisions."""

import numpy as np

from auditor.evidence import noise_rate, rerank
from tests.evidence.conftest import IMAGES


def test_without_decisions_the_queue_is_the_consensus(version):
    frame = version.table
    result = rerank.rerank(frame, {})
    np.testing.assert_allclose(result.p_change, frame["p_mislabelled"], atol=1e-3)
    assert result.used == 0 and len(result.order) == IMAGES


def test_decisions_teach_the_queue(version):
    # The reviewer finds every label of one class wrong, and no other: the rest of that class moves up.
    frame = version.table
    given, names = frame["given"].to_numpy(), frame["name"].to_numpy()
    decided = {names[i]: bool(given[i] == 2) for i in range(150)}
    result, before = rerank.rerank(frame, decided), frame["p_mislabelled"].to_numpy()
    rest = np.arange(IMAGES) >= 150
    doubted = rest & (given == 2) & (before < 0.5)
    assert (result.p_change[doubted] > before[doubted]).all()
    assert result.p_change[rest & (given != 2)].mean() < before[rest & (given != 2)].mean()
    assert set(result.order) == set(np.flatnonzero(rest)) and 0 <= result.expected(50) <= 50


def test_the_less_is_known_of_the_share_of_wrong_labels_the_more_a_few_decisions_move_it(version):
    frame = version.table
    decided = dict.fromkeys(frame["name"][:40], True)  # all wrong, whatever class they have
    rest = np.arange(IMAGES) >= 40
    little, before = rerank.rerank(frame, decided, 0.0).p_change[rest], frame["p_mislabelled"].to_numpy()[rest]
    much = rerank.rerank(frame, decided, 0.3).p_change[rest]
    assert before.mean() < little.mean() < much.mean()


def test_the_error_of_the_share_is_read_from_its_interval():
    noise = {"overall": 0.1, "low": 0.0, "high": 0.1 + 1.96 * 0.12}  # cut off at 0 on one side
    assert abs(noise_rate.standard_error(noise) - 0.12) < 1e-9


def test_the_beginning_of_the_queue_is_the_same_as_of_the_whole_with_the_skipped_behind(version):
    frame = version.table.assign(p_mislabelled=version.table["p_mislabelled"].round(1))  # many alike
    ranking = rerank.rerank(frame, dict.fromkeys(frame["name"][:30], True))
    skipped = np.arange(IMAGES) % 3 == 0
    whole = np.concatenate([ranking.order[~skipped[ranking.order]], ranking.order[skipped[ranking.order]]])
    for number in (0, 1, 50, len(whole) - 40, len(whole), IMAGES):
        assert ranking.first(number).tolist() == ranking.order[:number].tolist()
        assert ranking.first(number, behind=skipped).tolist() == whole[:number].tolist()


def test_the_queue_learns_without_the_other_scores(version):
    frame = version.table.drop(columns=["stability", "aum", "carto_variability", "knn_disagreement", "cl_suspicion"])
    decided = {name: bool(given == 2) for name, given in zip(frame["name"][:60], frame["given"][:60], strict=True)}
    assert rerank.rerank(frame, decided).used == 60


def test_verdicts_of_decisions(version):
    class State:
        def __init__(self, action, label=None):
            self.action, self.label = action, label

    frame = version.table
    first, second = (int(label) for label in frame["given"][:2])
    states = {
        frame["name"][0]: State("relabel", first), frame["name"][1]: State("keep", second),
        frame["name"][2]: State("exclude"), frame["name"][3]: State("skip"), "gone.jpg": State("keep"),
    }  # fmt: skip
    result = rerank.verdicts(states, frame)
    assert [result.get(frame["name"][i]) for i in range(4)] == [False, False, True, None] and "gone.jpg" not in result
