"""Test models/backbone.py: torchvision's keys and outputs, weights, stems, widths, and maps of one value."""

from urllib.error import URLError

import pytest
import torch
import torchvision

from auditor.errors import CheckpointError, ConfigError
from models import weights
from models.backbone import Backbone, BatchNorm1d, Classifier, named_children
from models.base import Setup
from tests.models.small import setup


@pytest.mark.parametrize("depth", [18, 34, 50])
def test_keys_and_shapes_are_torchvisions(depth):
    reference = getattr(torchvision.models, f"resnet{depth}")(weights=None).state_dict()
    ours = Backbone(Setup(7, depth=depth)).state_dict()
    assert {k: v.shape for k, v in ours.items()} == {
        k: v.shape for k, v in reference.items() if not k.startswith("fc.")
    }


def test_features_are_torchvisions():
    reference = torchvision.models.resnet18(weights=None).eval()
    ours = Classifier(Setup(1000)).eval()
    ours.backbone.load_state_dict({k: v for k, v in reference.state_dict().items() if not k.startswith("fc.")})
    ours.head.load_state_dict(reference.fc.state_dict())
    images = torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        assert torch.allclose(ours(images)[1], reference(images), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("stem", ["imagenet", "small"])
@pytest.mark.parametrize("size", [32, 33, 48, 100])
def test_map_size_is_the_side_of_the_last_map(stem, size):
    net = Backbone(setup(stem=stem, image_size=size)).eval()
    with torch.inference_mode():
        assert net(torch.zeros(1, 3, size, size)).shape == (1, net.channels, net.map_size(size), net.map_size(size))


def test_narrow_shortcuts_have_the_right_gradient():
    """oneDNN's own kernel corrupts memory for fewer than 16 channels and an odd batch: a crash, or wrong numbers."""
    shortcut = Backbone(setup()).layer2[0].downsample[0]
    assert shortcut.in_channels < 16
    images = torch.randn(3, shortcut.in_channels, 16, 16).contiguous(memory_format=torch.channels_last)
    (gradient,) = torch.autograd.grad(shortcut(images).sum(), shortcut.weight)
    expected = images[:, :, ::2, ::2].sum((0, 2, 3))
    assert torch.allclose(gradient[:, :, 0, 0], expected.expand_as(gradient[:, :, 0, 0]), atol=1e-3)


def test_one_image_on_a_map_of_one_pixel_norms_by_the_running_statistics():
    net = Classifier(setup(stem="imagenet"))
    _, logits = net(torch.randn(1, 3, 32, 32))
    assert torch.isfinite(logits).all()
    norm = BatchNorm1d(2)
    norm.running_mean.fill_(1.0)
    assert norm(torch.tensor([[3.0, 1.0]])).tolist() == [[pytest.approx(2, rel=1e-4), 0.0]]
    assert norm.running_mean.tolist() == [1.0, 1.0]


@pytest.mark.parametrize("changes", [{"depth": 19}, {"stem": "huge"}, {"width": 0.0}])
def test_an_impossible_network_is_refused(changes):
    with pytest.raises(ConfigError, match="There is no ResNet"):
        Backbone(setup(**changes))


def test_starts_from_a_weight_file_without_its_heads(tmp_path):
    trained = Backbone(setup(seed=1))
    state = {f"module.{k}": v for k, v in trained.state_dict().items() if "num_batches_tracked" not in k}
    state |= {"module.fc.weight": torch.zeros(5), "module.feature.weight": torch.zeros(5)}
    torch.save({"state_dict": state, "epoch": 3}, tmp_path / "resnet18_msceleb.pth")
    started = Backbone(setup(weights=str(tmp_path / "resnet18_msceleb.pth")))
    assert torch.equal(started.conv1.weight, trained.conv1.weight)
    torch.save(dict(trained.state_dict()), tmp_path / "plain.pth")
    assert torch.equal(Backbone(setup(weights=str(tmp_path / "plain.pth"))).conv1.weight, trained.conv1.weight)


def test_a_weight_file_of_another_width_says_so(tmp_path):
    torch.save({"state_dict": Backbone(setup(width=0.25)).state_dict()}, tmp_path / "wide.pth")
    with pytest.raises(CheckpointError, match=r"conv1.weight is \(16, 3, 3, 3\) instead of \(8, 3, 3, 3\)"):
        Backbone(setup(weights=str(tmp_path / "wide.pth")))


def test_imagenet_weights_without_a_network_are_one_clear_error(monkeypatch):
    class Unreachable:
        url = "https://example.org/resnet18.pth"

        def get_state_dict(self, **_):
            raise URLError("no route to host")

    monkeypatch.setattr(weights, "get_weight", lambda _: Unreachable())
    with pytest.raises(CheckpointError, match=r"no route to host.*weights 'none' or a file"):
        Backbone(setup(weights="imagenet"))


def test_numbered_children_get_their_names():
    renamed = named_children({"features.0.weight": 1, "features.7.1.bn2.bias": 2, "mu.3.weight": 3, "features.8.x": 4})
    assert renamed == {"conv1.weight": 1, "layer4.1.bn2.bias": 2, "mu.3.weight": 3, "features.8.x": 4}
