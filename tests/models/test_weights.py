"""Test models/weights.py: initial weights, and files of other networks."""

import pytest
import torch
import torchvision

from auditor.errors import CheckpointError
from models import weights
from tests.models.noisyfer.published import build
from tests.models.small import make, setup

CONVOLUTIONS = {"conv_block1.0": 0, "conv_block1.2": 2, "conv_block2.0": 5, "conv_block3.4": 14, "conv_block5.4": 28}


@pytest.fixture(scope="module")
def vgg():
    return torchvision.models.vgg16(weights=None, init_weights=False).features


def test_noisyfer_starts_from_torchvisions_vgg_by_file_and_by_name(vgg, tmp_path, monkeypatch):
    state = {f"features.{key}": value for key, value in vgg.state_dict().items()}
    torch.save({**state, "classifier.6.bias": torch.zeros(1000)}, tmp_path / "vgg16.pth")
    requests = []

    class Published:
        url = "https://example.org/vgg16.pth"

        def get_state_dict(self, **options):
            requests.append(options["check_hash"])
            return state

    monkeypatch.setattr(weights, "get_weight", lambda name: requests.append(name) or Published())
    for start in (str(tmp_path / "vgg16.pth"), "imagenet"):
        method = build(size=32, start=start)
        for ours, theirs in CONVOLUTIONS.items():
            assert torch.equal(method.encoder.get_submodule(ours).weight, vgg[theirs].weight)
            assert torch.equal(method.encoder.get_submodule(ours).bias, vgg[theirs].bias)
    assert requests == ["VGG16_Weights.IMAGENET1K_V1", True]


def test_a_path_that_does_not_exist_and_a_resnet_are_refused(tmp_path):
    with pytest.raises(CheckpointError, match=r"There is no weight file .*none.pth"):
        build(size=32, width=0.05, start=str(tmp_path / "none.pth"))
    torch.save(torchvision.models.resnet18(weights=None).state_dict(), tmp_path / "resnet.pth")
    with pytest.raises(CheckpointError, match=r"no VGG-16's convolutions.*noisyfer.weights=none"):
        build(size=32, width=0.05, start=str(tmp_path / "resnet.pth"))


def test_a_vgg_of_another_width_and_for_a_resnet_are_refused(vgg, tmp_path):
    torch.save({f"features.{key}": value for key, value in vgg.state_dict().items()}, tmp_path / "vgg16.pth")
    with pytest.raises(CheckpointError, match=r"conv_block1.0.weight is \(64, 3, 3, 3\) instead of \(8, 3, 3, 3\)"):
        build(size=32, width=0.05, start=str(tmp_path / "vgg16.pth"))
    with pytest.raises(CheckpointError, match="holds no ResNet's weights"):
        make("man", setup_changes={**vars(setup()), "weights": str(tmp_path / "vgg16.pth")})
