"""Test models/noisyfer/codes.py: labels as the networks' inputs."""

import torch

from models.base import Batch
from models.noisyfer.codes import LabelCodes


def batch(labels, sets=None, va=None) -> Batch:
    return Batch(
        torch.arange(len(labels)), {}, torch.tensor(labels),
        None if sets is None else torch.tensor(sets), None if va is None else torch.tensor(va),
    )  # fmt: skip


def test_given_labels_are_one_hots_and_absent_ones_the_encoders_predictions():
    codes = LabelCodes((2, 3), has_va=True)
    outputs = codes.split(torch.tensor([[0.0, 9.0, 5.0, 0.0, 0.0, 3.0, -0.5], [4.0, 1.0, 0.0, 0.0, 7.0, 0.1, 0.2]]))
    first, second, va = codes.given(batch([0, -1], [[-1], [1]], [[torch.nan, 0.25], [0.5, -1.0]]), outputs)
    assert first.tolist() == [[1, 0], [1, 0]]
    assert second.tolist() == [[1, 0, 0], [0, 1, 0]]
    assert va.tolist() == [[1, 0.25], [0.5, -1]]


def test_a_batch_without_the_sets_counts_as_absent():
    targets = LabelCodes((2, 2, 2), has_va=False).targets(batch([1, 0], [[1], [0]]))
    assert [each.tolist() for each in targets] == [[1, 0], [1, 0], [-1, -1]]


def test_one_class_is_used_in_every_set_of_the_same_classes():
    codes = LabelCodes((2, 4, 2), has_va=True).for_class(torch.tensor([1]))
    assert [each.tolist() for each in codes] == [[[0, 1]], [[0.25] * 4], [[0, 1]], [[0, 0]]]


def test_label_sets_may_be_shown_as_probabilities_and_values_never():
    codes = LabelCodes((2,), has_va=True)
    outputs = [torch.tensor([[0.0, 0.0]]), torch.tensor([[3.0, -3.0]])]
    assert [each.tolist() for each in codes.predicted(outputs, as_probabilities=True)] == [[[0.5, 0.5]], [[3, -3]]]
    assert codes.predicted(outputs, as_probabilities=False)[0] is outputs[0]
