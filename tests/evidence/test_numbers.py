"""Numbers worked out by hand: auditor/evidence/confident.py, consensus.py, noise_rate.py, neighbours.py, sampling.py,
features.py, gather.py, opinions.py, stacking.py, stability.py, report.py."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.evidence import (
    confident,
    consensus,
    features,
    neighbours,
    noise_rate,
    opinions,
    report,
    sampling,
    stacking,
)
from auditor.evidence.gather import join, places, same_labels
from auditor.evidence.opinions import Memory
from auditor.evidence.stability import judge
from auditor.training.dynamics import Dynamics, DynamicsWriter


def record(folder, probs, labels, role=None, fold=None, method="man"):
    """Dynamics of given probabilities [E, N, C]."""
    epochs, size, classes = probs.shape
    role = np.zeros(size) if role is None else role
    writer = DynamicsWriter(
        folder, method=method, fold=fold, epochs=epochs, classes=classes, rows=np.arange(size), role=role,
        labels=labels, columns={},
    )  # fmt: skip
    for epoch in range(epochs):
        writer.append(epoch, probs[epoch], {}, np.eye(size, 4))
    return Dynamics.open(folder)


def test_confident_joint():
    # Thresholds: class 0 (0.9 + 0.5 + 0.1) / 3 = 0.5, class 1 (0.8 + 0.6) / 2 = 0.7. Image 1 passes for 0, image 2 for
    # 1, image 4 (0.6 < 0.7, 0.4 < 0.5) for neither.
    labels = np.array([0, 0, 0, 1, 1])
    probs = np.array([[0.9, 0.1], [0.5, 0.5], [0.1, 0.9], [0.2, 0.8], [0.4, 0.6]], np.float32)
    np.testing.assert_allclose(confident.confident_joint(labels, probs), [[2 / 5, 1 / 5], [0, 2 / 5]])


def test_posterior_is_bayes_with_the_first_joint():
    # A fifth is wrong. Of 400 images truly 0 300 were given 0, of 600 truly 1 100; with 200 that err alike:
    # p(given 0 | true 0) = (300 + 160) / 600 and p(given 0 | true 1) = (100 + 40) / 800.
    joint = np.array([[0.3, 0.1], [0.1, 0.5]])
    belief = consensus.posterior(np.zeros(1000, int), np.full((1000, 2), 0.5, np.float32), joint, 1)
    np.testing.assert_allclose(belief[0, 0], 46 / 60 / (46 / 60 + 14 / 80), rtol=1e-5)


def test_labels_of_the_nearest_faces_count_where_images_are_few_and_not_learnt_by_heart():
    assert [round(consensus.few(size), 3) for size in (0, 1000, consensus.FEW, 6000)] == [1, 0.8, 0.5, 0.1]
    labels, near = np.array([0, 0, 1, 1]), np.array([[1], [0], [3], [2]], np.int32)
    smooth = np.full((4, 2), 0.5, np.float32)
    trusted, halved, doubted = (consensus.around(labels, smooth, near, learnt)[0, 0] for learnt in (0.0, 0.5, 1.0))
    assert trusted == pytest.approx(1, abs=1e-4) and halved == pytest.approx(0.75, abs=1e-4) and doubted == 0.5


@given(st.floats(0.02, 0.98), st.integers(0, 5))
@settings(max_examples=20, deadline=None)
def test_shifted_log_odds_keep_their_order_and_have_the_mean_asked_for(rate, seed):
    odds = np.random.default_rng(seed).normal(size=50)
    p = consensus.shifted(odds, rate)
    assert p.mean() == pytest.approx(rate, abs=1e-3)
    assert (np.diff(p[np.argsort(odds)]) >= 0).all()


def test_given_share_is_set_and_the_rest_keeps_its_proportions():
    probs = consensus.with_given(np.array([[0.5, 0.4, 0.1]], np.float32), np.array([0]), np.array([0.2]))
    np.testing.assert_allclose(probs, [[0.2, 0.64, 0.16]], rtol=1e-5)


def test_entropy_is_0_for_certainty_and_1_for_uniform():
    np.testing.assert_allclose(consensus.entropy(np.array([[1, 0, 0], [1 / 3] * 3])), [0, 1], atol=1e-5)


def test_the_noise_rate_lies_between_what_is_memorised_and_what_is_not_learnt():
    labels = np.array([0, 0, 1, 1])
    smooth = np.array([[0.9, 0.1], [0.2, 0.8], [0.1, 0.9], [0.3, 0.7]], np.float32)  # one of four names another class
    joint = np.array([[0.4, 0.1], [0.0, 0.5]])  # a tenth off the diagonal
    assert consensus.estimated_rate(labels, smooth, joint) == 0.25
    assert consensus.estimated_rate(labels, smooth, joint, Memory(0.35, 1.0)) == pytest.approx(0.3)
    assert consensus.estimated_rate(labels, smooth, joint, Memory(0.35, 0.0)) == pytest.approx(0.1)
    assert consensus.estimated_rate(labels, smooth, joint, Memory(0.35, 0.25)) == pytest.approx(0.15)


def test_memory_is_how_much_better_training_images_are_answered(tmp_path):
    labels = np.arange(400) % 2
    probs = np.full((2, 400, 2), 0.5)
    answer = np.where(np.arange(400) % 5 == 0, 1 - labels, labels)  # a fifth of the training images otherwise
    answer[:100] = np.where(np.arange(100) % 5 < 2, 1 - labels[:100], labels[:100])  # two fifths of those held out
    probs[:, np.arange(400), answer] = 0.9
    strand = join("man", "r", [record(tmp_path, probs, labels, role=np.arange(400) < 100)], np.arange(400))
    found = opinions.memory([strand], [features.describe(strand)])
    assert found.dissent == pytest.approx(0.4) and found.share == pytest.approx(0.5)


def test_assignment_calls_as_many_ambiguous_as_half_the_expected_errors():
    p = np.array([0.9, 0.9] + [0.1] * 8, np.float32)  # 2.6 wrong labels of 10 are to be expected: 1.3 ambiguous
    codes = consensus.assign(p, np.linspace(1, 0, 10, dtype=np.float32))
    assert codes.tolist() == [2, 2, *[0] * 8]
    assert consensus.assign(p, np.linspace(0, 1, 10, dtype=np.float32)).tolist() == [2, 2, *[0] * 6, 1, 1]


def test_features_over_two_epochs(tmp_path):
    probs = np.array([[[0.8, 0.2]], [[0.4, 0.6]]])
    strand = join("man", "r", [record(tmp_path, probs, np.array([0]))], np.array([0]))
    found = features.describe(strand)
    assert found.confidence[0] == pytest.approx(0.6, abs=1e-3)
    assert found.variability[0] == pytest.approx(0.2, abs=1e-3)
    assert found.correctness[0] == 0.5 and found.forgetting[0] == 1 and found.dissent[0] == 1
    assert found.margin[0] == pytest.approx((np.log(4) + np.log(2 / 3)) / 2, abs=2e-3)
    geometric = np.sqrt([0.8 * 0.4, 0.2 * 0.6])
    np.testing.assert_allclose(found.probs[0], geometric / geometric.sum(), atol=1e-3)


def test_folds_are_joined_by_the_network_that_did_not_see_the_label(tmp_path):
    first = record(tmp_path / "a", np.full((1, 2, 2), 0.1), np.array([0, 1]), np.array([1, 0]), 0)
    second = record(tmp_path / "b", np.full((1, 2, 2), 0.7), np.array([0, 1]), np.array([0, 1]), 1)
    strand = join("man", "r", [first, second], np.array([0, 1, 7]))
    assert strand.kind == "out-of-fold" and strand.which.tolist() == [0, 1, -1]
    np.testing.assert_allclose(strand.probs(0), [[0.1, 0.1], [0.7, 0.7], [np.nan, np.nan]], atol=1e-3)
    assert strand.embedding().shape == (3, 8)


def test_runs_on_other_labels_are_left_out_and_named(tmp_path):
    rows = np.arange(2)
    one = join("man", "one", [record(tmp_path / "a", np.full((1, 2, 2), 0.5), np.array([0, 1]))], rows)
    two = join("man", "two", [record(tmp_path / "b", np.full((1, 2, 2), 0.5), np.array([0, 0]))], rows)
    kept, warnings = same_labels([one, two])
    assert kept == [one] and "two" in warnings[0]


def test_held_out_scores_take_the_in_sample_quantiles(tmp_path):
    size = 200
    role = (np.arange(size) % 2).astype(int)
    p = np.where(role == 1, np.linspace(0.1, 0.5, size), np.linspace(0.5, 0.9, size))
    probs = np.stack([p, 1 - p], axis=1)[None]
    strand = join("man", "r", [record(tmp_path, probs, np.zeros(size), role)], np.arange(size))
    levelled = opinions.level_held_out(probs[0], strand)
    np.testing.assert_allclose(np.median(levelled[role == 1, 0]), np.median(p[role == 0]), atol=0.02)
    np.testing.assert_allclose(levelled.sum(1), 1, atol=1e-6)
    assert (np.diff(levelled[role == 1, 0]) >= 0).all()


def test_noisy_needs_most_late_epochs(tmp_path):
    # One epoch of four against the label: whatever the consensus says, it is not noisy.
    probs = np.tile(np.array([[0.9, 0.1]]), (4, 1, 1))
    probs[3] = [0.1, 0.9]
    asked = opinions.opinions([join("man", "r", [record(tmp_path, probs, np.array([0]))], np.array([0]))])
    sure = consensus.Consensus(probs[0], np.array([0.9]), np.array([0.1]), np.array([1]), np.array([2], np.int8))
    calls = judge(asked, sure, np.array([0]))
    assert calls.dissent[0] == 0.5 and calls.assignment[0] == 2 and calls.stability[0] == 0.5
    probs[2] = probs[3] * [1, 0] + [0.8, 0.1]
    asked = opinions.opinions([join("man", "r", [record(tmp_path, probs[:3], np.array([0]))], np.array([0]))])
    assert judge(asked, sure, np.array([0])).assignment[0] == 1


def test_nearest_are_exact_and_leave_the_image_out():
    vectors = np.array([[1, 0], [1, 0], [0, 1], [-1, 0]], np.float32)
    found, distance = neighbours.nearest(vectors, 2)
    assert found[0, 0] == 1 and found[1, 0] == 0 and not (found == np.arange(4)[:, None]).any()
    np.testing.assert_allclose(distance[0], [0, 1], atol=1e-6)
    np.testing.assert_allclose(neighbours.disagreement(np.array([0, 0, 1, 1]), found)[0], 0.5)
    np.testing.assert_allclose(neighbours.average(np.eye(4, dtype=np.float32), found)[0], [0, 0.5, 0.5, 0])


def test_joint_embedding_ignores_a_method_of_no_weight():
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(2, 20, 5)).astype(np.float32)
    joint = neighbours.joint_embedding([first, second], [1.0, 0.0])
    np.testing.assert_allclose(np.linalg.norm(joint, axis=1), 1, rtol=1e-5)
    assert joint.shape == (20, 5)


def test_rows_are_found_where_they_are():
    assert places(np.array([5, 2, 9], np.int32), np.array([9, 3, 5])).tolist() == [2, -1, 0]


def test_transition_and_confused_pairs():
    posterior = np.array([[0.8, 0.2], [0.6, 0.4], [0.5, 0.5]], np.float32)
    matrix = noise_rate.transition_matrix(np.array([0, 0, 1]), posterior)
    np.testing.assert_allclose(matrix, [[0.7, 0.3], [0.5, 0.5]], rtol=1e-6)
    pairs = noise_rate.confused_pairs(matrix, [2, 1])
    assert [(pair["given"], pair["true"]) for pair in pairs] == [(0, 1), (1, 0)]
    assert pairs[0]["expected"] == pytest.approx(0.6)


@pytest.mark.parametrize(("skill", "error"), [(0.9, 0.1), (0.3, 0.1), (0.2, 0.225), (0.1, 0.35), (0.0, 0.35)])
def test_interval_of_the_noise_rate_grows_the_less_was_learnt(skill, error):
    assert noise_rate.off(skill) == pytest.approx(error)
    found = noise_rate.noise_rate(np.zeros(100_000, np.int64), np.full(100_000, 0.5, np.float32), 2, skill=skill)
    assert found["high"] - found["low"] == pytest.approx(min(1, 2 * 1.96 * error), abs=0.01)


def test_interval_of_the_noise_rate_grows_with_the_methods_disagreement():
    labels, p = np.zeros(400, int), np.full(400, 0.2, np.float32)
    alone = noise_rate.noise_rate(labels, p, 2)
    assert (
        alone["overall"] == pytest.approx(0.2)
        and alone["high"] == pytest.approx(0.2 + 1.96 * np.hypot(0.02, 0.1), abs=0.004)
        and alone["by_class"][1] is None
    )
    apart = noise_rate.noise_rate(labels, p, 2, [(1.0, np.full(3, 0.1)), (1.0, np.full(3, 0.3))])
    assert apart["high"] - apart["low"] > 0.3


def test_remaining_errors_by_clopper_pearson():
    # 0 of 60: the rule of three's exact form, 1 - 0.025 ** (1 / 60).
    none = sampling.remaining(60, 0, 1000)
    assert none.low == 0 and none.high == pytest.approx(1 - 0.025 ** (1 / 60))
    assert none.enough(0.06) and not none.enough(0.05)
    some = sampling.remaining(100, 5, 2000)
    assert (some.low, some.high) == (pytest.approx(0.0164, abs=1e-3), pytest.approx(0.1128, abs=1e-3))
    assert some.expected == 100 and "5 of 100" in some.sentence


def test_rank_correlation_of_a_constant_is_none():
    assert report.rank_correlation(np.array([1.0, 2, 3]), np.array([3.0, 2, 1])) == pytest.approx(-1)
    assert report.rank_correlation(np.array([1.0, 2, 3]), np.ones(3)) == 0


def test_stacking_gives_the_say_to_who_predicts_and_none_to_who_only_repeats():
    # A mixture of a member that is right in 3 of 4 images and one that is right in the fourth: maximum likelihood is
    # 3/4 and 1/4, drawn to the prior of 1/2 each by 8 images of 4,008.
    likelihoods = np.tile([[1.0, 0.0], [1.0, 0.0], [1.0, 0.0], [0.0, 1.0]], (1000, 1))
    found = stacking.stacked(likelihoods, np.array([1.0, 1.0]))
    np.testing.assert_allclose(found, [3004 / 4008, 1004 / 4008], rtol=1e-4)
    weaker = np.stack([np.full(300, 0.6), np.full(300, 0.4)], axis=1)
    assert stacking.stacked(weaker, np.array([1.0, 1.0]))[1] < 0.05
    assert stacking.stacked(weaker[:3], np.array([1.0, 1.0]))[1] > 0.2  # three images prove little
    assert stacking.stacked(weaker[:, ::-1], np.array([1.0, 0.0])).tolist() == [1.0, 0.0]  # the unlearnt stays out


def test_stacked_weights_go_by_images_that_all_methods_held_out_and_stay_where_these_are_few(tmp_path):
    rng, labels = np.random.default_rng(0), np.arange(1000) % 2
    sure = np.where(np.eye(2, dtype=bool)[labels], 0.7, 0.3)[None].repeat(2, 0)
    vague = np.where(np.eye(2, dtype=bool)[labels], 0.55, 0.45)[None].repeat(2, 0)
    for held, expected in ((400, 0.05), (40, 1.0)):
        role = np.zeros(1000)
        role[rng.permutation(1000)[:held]] = 1
        members = []
        for name, probs in (("man", sure), ("nla", vague)):
            strand = join(name, "r", [record(tmp_path / f"{name}{held}", probs, labels, role)], np.arange(1000))
            members.append(((strand,), (features.describe(strand),)))
        found = stacking.weights(members, np.array([1.0, 1.0]))
        assert found[0] == 1.0 and found[1] <= expected and (held > 50 or found[1] == 1.0)
