"""Test models/lanes.py: parallel calls give the results of sequential ones and release the threads."""

import threading

import pytest
import torch
from torch import nn

from models.lanes import LANES, Lanes, take_statistics, twin
from tests.models.small import batch, make, man, scores, train

CPU = torch.device("cpu")


@pytest.fixture
def threads():
    """Set as many threads as the lanes need."""
    before = torch.get_num_threads()
    torch.set_num_threads(LANES)
    yield
    torch.set_num_threads(before)


def trained(name, in_lanes, **options):
    torch.manual_seed(0)
    method = make(name, **options)
    torch.set_num_threads(LANES if in_lanes else 1)  # a lane computes on one thread: the same rounding
    with method.lanes.open(CPU):
        assert method.lanes.count == (LANES if in_lanes else 1)
        return method, train(method)[1]


@pytest.mark.parametrize("name", ["man", "nla"])
def test_a_training_in_lanes_is_the_training_without(name, threads):
    alone, expected = trained(name, in_lanes=False)
    beside, history = trained(name, in_lanes=True)
    for step, expected_losses in zip(history, expected, strict=True):
        assert {key: float(value) for key, value in step.items()} == pytest.approx(
            {key: float(value) for key, value in expected_losses.items()}, rel=1e-4, abs=1e-6
        )
    state = beside.state_dict()
    assert state.keys() == alone.state_dict().keys()
    for key, value in alone.state_dict().items():
        assert torch.allclose(state[key].double(), value.double(), rtol=1e-4, atol=1e-5), key
    assert torch.allclose(scores(beside).probs, scores(alone).probs, atol=1e-4)


@pytest.mark.parametrize("name", ["man", "nla"])
def test_a_training_in_lanes_can_be_repeated_to_the_bit(name, threads):
    first, again = trained(name, in_lanes=True)[0].state_dict(), trained(name, in_lanes=True)[0].state_dict()
    assert all(torch.equal(first[key], again[key]) for key in first)


def test_lanes_share_the_threads_and_give_them_back(threads):
    lanes = Lanes()
    assert lanes.run([threading.current_thread, threading.current_thread]) == [threading.main_thread()] * 2
    with lanes.open(CPU):
        together = threading.Barrier(LANES)

        def ask():
            together.wait(240)  # both at once, or this fails
            return torch.get_num_threads()

        assert lanes.run([ask] * LANES) == [1] * LANES
        assert lanes.run([torch.get_num_threads]) == [LANES]  # a single call has all threads
        assert torch.get_num_threads() == LANES
        with lanes.open(CPU):  # the loop's own scoring opens them again
            pass
        assert lanes.count == LANES
    assert lanes.count == 1 and torch.get_num_threads() == LANES


@pytest.mark.parametrize("device", ["cuda", "cpu"])
def test_there_are_none_without_threads_to_share(device):
    lanes = Lanes()
    with lanes.open(torch.device(device)):  # one thread, by this package's fixture
        assert lanes.count == 1


def test_what_a_lane_raises_is_raised_and_the_next_step_is_whole(threads):
    method = man()
    method.start_epoch(0, None)
    torn = batch(method, [0, 1, 2, 3])
    torn.views["published-weak"] = torn.views["published-weak"][:, :2]
    with method.lanes.open(CPU):
        with pytest.raises(RuntimeError, match="channels"):
            method.train_step(torn, 0)
        assert float(method.train_step(batch(method, [0, 1, 2, 3]), 0)["loss"]) > 0


def test_a_twin_shares_parameters_and_hands_its_statistics_over():
    network = nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4, momentum=0.1))
    other = twin(network)
    assert all(mine is theirs for mine, theirs in zip(network.parameters(), other.parameters(), strict=True))
    first, second = torch.randn(8, 3, 4, 4), torch.randn(8, 3, 4, 4) + 1
    network(first), other(second)
    take_statistics(network, other)
    in_turn = nn.Sequential(network[0], nn.BatchNorm2d(4, momentum=0.1))
    in_turn(first), in_turn(second)
    assert torch.allclose(network[1].running_mean, in_turn[1].running_mean, atol=1e-6)
    assert torch.allclose(network[1].running_var, in_turn[1].running_var, atol=1e-6)
    assert network[1].num_batches_tracked == 2 and not other[1].running_mean.any()
