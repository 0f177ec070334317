"""Test models/man.py and man_losses.py: the paper's figures, its checkpoint, and known pitfalls of its script."""

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from auditor.errors import CheckpointError, TrainingError
from models import registry
from models.base import Scores, Setup
from models.man_losses import (
    co_division,
    consistency_loss,
    divergence,
    mutual_loss,
    mutual_weight,
)
from tests.models.published import faces, filled
from tests.models.small import batch, man, scores

CLOSE = {"rel": 1e-4}


@pytest.fixture(scope="module")
def figures(reference):
    return reference("losses")["man"]


@pytest.fixture(scope="module")
def logits(figures):
    return (
        torch.tensor(figures["logits_net1"]),
        torch.tensor(figures["logits_net2"]),
        torch.tensor(figures["labels"]),
    )


def test_mutual_loss_of_the_paper(figures, logits):
    for case in figures["mutual_loss"]:
        share = mutual_weight(case["epoch"], case["max_epochs"])
        assert share == pytest.approx(case["lambda"], **CLOSE)
        assert mutual_loss(*logits, share).item() == pytest.approx(case["loss"], **CLOSE)


def test_divergence_of_the_paper_in_both_directions(figures, logits):
    net1, net2, _ = logits
    assert divergence(net1, net2).item() == pytest.approx(figures["kl(net1||softmax(net2))"], **CLOSE)
    assert divergence(net2, net1).item() == pytest.approx(figures["kl(net2||softmax(net1))"], **CLOSE)


def test_consistency_of_the_paper(figures):
    views = figures["unsupervised"]
    loss = consistency_loss(torch.tensor(views["weak_logits"]), torch.tensor(views["strong_logits"]))
    assert loss.item() == pytest.approx(views["mse_of_softmax"], **CLOSE)


def test_co_division_of_the_paper(figures):
    case = figures["co_division"]
    result = co_division(*(torch.tensor(case[key]) for key in ("pred_net1", "pred_net2", "labels")))
    index = torch.tensor(case["index"])
    for code, name in enumerate(("clean", "ambiguous", "noisy")):
        assert index[result == code].tolist() == case[name]
    assert co_division(torch.tensor([1]), torch.tensor([1]), torch.tensor([-1])).tolist() == [-1]


class Counted(TorchDispatchMode):
    """Counts torch's operations."""

    operations = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        self.operations += 1
        return function(*args, **(kwargs or {}))


def test_co_division_takes_as_many_operations_for_300000_images_as_for_three():
    """The published loop takes some operations per image, which costs seconds before every epoch."""
    counts = []
    for images in (3, 300_000):
        draws = [torch.randint(0, 7, (images,)) for _ in range(3)]
        with Counted() as counted:
            co_division(*draws)
        counts.append(counted.operations)
    assert counts[0] == counts[1] > 0


def test_options_of_the_paper(figures):
    options = registry.make_options("man", "published")
    weights = figures["weights"]
    assert options.noisy_weight == weights["w_gamma(unsupervised)"]
    assert options.ambiguous_weight == weights["w_omega(mutual)"]
    assert (options.lr, options.weight_decay, options.decay) == (1e-3, 1e-4, 0.9)
    assert (options.batch_size, options.epochs, options.warm_up) == (128, 100, 10)
    assert (options.joined_forward, options.balance, options.max_noisy) == (False, "subset", 1.0)


def test_published_checkpoint_gives_the_published_logits(reference, tmp_path):
    case = reference("checkpoints")["man"]
    state = filled(case["keys"])
    torch.save({"model1_state_dict": state, "model2_state_dict": state}, tmp_path / "man.pth")
    method = registry.build("man", Setup(7), registry.make_options("man", "published"))
    method.load_published([tmp_path / "man.pth"])
    method.eval()
    with torch.inference_mode():
        for net in (method.net1, method.net2):
            assert torch.allclose(net(faces())[1], torch.tensor(case["logits_one_net"]), rtol=1e-4, atol=1e-5)


def test_a_checkpoint_that_does_not_fit_is_refused_by_key(tmp_path):
    method = man()
    torch.save({"model1_state_dict": {"classifier.weight": torch.zeros(7, 64)}}, tmp_path / "man.pth")
    with pytest.raises(CheckpointError, match=r"missing: conv1.weight.*classifier.weight is \(7, 64\) instead of \(3,"):
        method.load_published([tmp_path / "man.pth"])
    with pytest.raises(CheckpointError, match="one file and 2 were given"):
        method.load_published([tmp_path, tmp_path])


def divided(assignment, **options):
    """Build a method just past its warm-up, with rows 0, 1, ... divided by `assignment`."""
    method = man(setup_changes={"num_rows": len(assignment)}, **options)
    last = scores(method)
    last.columns["assignment"] = torch.tensor(assignment, dtype=torch.int8)
    method.start_epoch(1, last)
    return method


@pytest.mark.parametrize("assignment", [[0] * 4, [1] * 4, [2] * 4, [0, 0, 1, 1], [2, 0, 0, 0], [1, 2, 2, 2]])
@pytest.mark.parametrize("joined", [False, True])
def test_empty_subsets_and_subsets_of_one_count_as_they_should(assignment, joined):
    method = divided(assignment, joined_forward=joined)
    losses = method.train_step(batch(method, [0, 1, 2, 3]), 1)
    for code, name in enumerate(("clean", "ambiguous", "noisy")):
        assert torch.isfinite(losses[name])
        assert (losses[name] == 0) == (code not in assignment), name
    whole = losses["clean"] + 0.6 * losses["ambiguous"] + 1.0 * losses["noisy"]
    assert losses["loss"].item() == pytest.approx(whole.item())


def test_division_comes_from_the_unaugmented_predictions_through_last():
    method = man(setup_changes={"num_rows": 9})
    last = scores(method)
    expected = co_division(last.columns["pred_net1"], last.columns["pred_net2"], torch.arange(9) % 3)
    method.start_epoch(1, last)
    assert torch.equal(method.division, expected) and torch.equal(last.columns["assignment"], expected)
    with pytest.raises(TrainingError, match="score them first"):
        method.start_epoch(1, None)


def test_strong_view_is_asked_for_only_once_it_is_used():
    method = man()
    assert method.views == ("published-weak", "published-strong")
    method.start_epoch(0, None)
    assert method.views == ("published-weak",)
    method.start_epoch(1, scores(method))
    assert method.views == ("published-weak", "published-strong")


def test_strong_views_of_the_noisy_alone_are_those_of_all_cut_down():
    whole, part = divided([2, 0, 2, 1]), divided([2, 0, 2, 1])
    images, cut = batch(whole, [0, 1, 2, 3]), batch(part, [0, 1, 2, 3])
    assert part.parts(cut.rows)["published-strong"].tolist() == [0, 2]
    cut.views["published-strong"] = cut.views["published-strong"][[0, 2]]
    losses, of_part = whole.train_step(images, 1), part.train_step(cut, 1)
    assert losses["noisy"] > 0 and losses == of_part
    same = divided([2, 0, 2, 1], strong_view="published-weak")
    assert same.parts(images.rows) == {} and same.train_step(batch(same, [0, 1, 2, 3]), 1)["noisy"] == 0


def test_labels_of_noisy_images_are_not_used():
    losses = []
    for labels in ([0, 0, 0, 0], [2, 1, 2, 1]):
        method = divided([2, 2, 2, 2])
        images = batch(method, [0, 1, 2, 3], [0, 0, 0, 0])
        images.labels = torch.tensor(labels)
        losses.append(method.train_step(images, 1)["loss"])
    assert losses[0] == losses[1]


def test_pitfall_a_weak_warm_up_goes_on_while_too_much_would_be_noisy():
    assert divided([2, 2, 2, 0], max_noisy=0.5).division is None
    assert divided([2, 2, 0, 0], max_noisy=0.5).division is not None
    assert divided([2, 2, 2, 2]).division is not None  # the paper has no bound


def test_pitfall_subset_means_can_count_every_image_alike():
    """In the paper, one noisy image has as much weight as the seven others of its batch."""
    rows = list(range(8))
    paper, fair = divided([2] + [0] * 7), divided([2] + [0] * 7, balance="image")
    by_subset = paper.train_step(batch(paper, rows), 1)
    by_image = fair.train_step(batch(fair, rows), 1)
    assert by_image["noisy"].item() == pytest.approx(by_subset["noisy"].item() * 3 / 8, rel=1e-5)
    assert by_image["clean"].item() == pytest.approx(by_subset["clean"].item() * 3 * 7 / 8, rel=1e-5)


def test_pitfall_sub_batches_have_their_own_batch_norm_statistics_unless_joined():
    rows = list(range(8))
    separate, joined = divided([0] * 4 + [1] * 4), divided([0] * 4 + [1] * 4, joined_forward=True)
    for method in (separate, joined):
        method.train_step(batch(method, rows), 1)
    assert separate.net1.backbone.bn1.num_batches_tracked == 2
    assert joined.net1.backbone.bn1.num_batches_tracked == 1


def test_scores_are_of_the_mean_logits_and_name_each_network():
    method = man()
    result = scores(method)
    assert isinstance(result, Scores)
    images = batch(method, list(range(9)))
    method.eval()
    with torch.inference_mode():
        first, second = method.net1(images.views["plain"])[1], method.net2(images.views["plain"])[1]
    assert torch.allclose(result.probs, ((first + second) / 2).softmax(1), atol=1e-6)
    assert torch.equal(result.columns["pred_net2"].long(), second.argmax(1))
    own = first.softmax(1)[torch.arange(9), images.labels]
    assert torch.allclose(result.columns["p_net1"], own, atol=1e-6)


def test_strong_views_can_be_kept_out_of_the_statistics_that_scoring_uses():
    """Else RandAugment's colours would set the statistics that normalise the un-augmented images."""
    means = []
    for moving in (True, False):
        method = divided([2] * 4, strong_statistics=moving, joined_forward=True)
        method.train_step(batch(method, [0, 1, 2, 3]), 1)
        means.append(method.net1.backbone.bn1.running_mean)
    alone = man()
    alone.net1.load_state_dict(divided([2] * 4).net1.state_dict())
    alone.net1(batch(alone, [0, 1, 2, 3]).views["published-weak"])
    assert torch.allclose(means[1], alone.net1.backbone.bn1.running_mean)
    assert not torch.allclose(means[0], means[1])
