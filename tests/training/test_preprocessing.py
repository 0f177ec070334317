"""Test the network's input from an image file against the published programs (tests/reference/preprocessing.json)."""

import numpy as np
import pytest
import torch
from PIL import Image

from auditor.data.images.cache import decode
from auditor.data.opening import open_dataset
from auditor.training import ownsize
from auditor.training.augment import Augmenter
from models import registry

NETWORKS = {
    "man": ("man", {}, 224), "rul": ("rul", {}, 224), "nla": ("nla", {}, 224),
    "noisyfer_raf_64": ("noisyfer", {}, 64), "noisyfer_cifar_32": ("noisyfer", {"recipe": "cifar-10"}, 32),
}  # fmt: skip
LEVEL = 1 / 127.5  # OpenCV's own versions round a bilinear resize otherwise by one grey level


def drawn(side: int) -> np.ndarray:
    """Return the image of the figures: one cosine per channel."""
    index = np.arange(side * side)[:, None]
    values = 127.5 + 127.5 * np.cos(0.013 * index + 0.7 * np.arange(3))
    return np.rint(values).astype(np.uint8).reshape(side, side, 3)


@pytest.fixture(scope="module")
def figures(reference):
    return reference("preprocessing")


@pytest.mark.parametrize("side", [100, 32])
def test_the_image_is_that_of_the_figures(figures, side):
    check, image = figures["image_check"][f"{side}x{side}"], drawn(side)
    assert image[0, :4].tolist() == check["first_4_pixels_rgb"]
    assert int(image.sum(dtype=np.int64)) == check["sum_all"]


@pytest.mark.parametrize("case", NETWORKS)
def test_an_image_file_becomes_the_published_input(figures, case, tmp_path):
    name, options, size = NETWORKS[case]
    kind = registry.get(name)
    chosen = registry.make_options(name, "published", options)
    assert kind.setup_for("published", chosen)["image_size"] == size
    (tmp_path / "a").mkdir(), (tmp_path / "b").mkdir()
    side = 32 if size == 32 else 100
    for folder in ("a", "b"):
        Image.fromarray(drawn(side)).save(tmp_path / folder / "face.png")
    dataset = open_dataset(tmp_path)
    assert ownsize.side_of(dataset) == side
    inputs = kind.inputs_for(chosen)
    pixels = decode(dataset, 0, size if inputs.antialias else ownsize.side_of(dataset))
    network_input = Augmenter(inputs, "cpu", size).plain(torch.from_numpy(pixels.copy())[None])["plain"][0]
    expected, near = figures["methods"][case]["output"], LEVEL if case == "noisyfer_raf_64" else 2e-6
    assert list(network_input.shape) == expected["shape"] and network_input.dtype == torch.float32
    for place, value in expected["pixels"].items():
        channel, row, column = (int(part) for part in place.strip("[]").split(","))
        assert network_input[channel, row, column].item() == pytest.approx(value, abs=near * 1.001), place
    assert network_input.mean((1, 2)).tolist() == pytest.approx(expected["channel_mean"], abs=near, rel=1e-5)
    assert network_input.flatten(1).std(1, correction=0).tolist() == pytest.approx(
        expected["channel_std_population"], abs=near, rel=1e-5
    )
    assert [network_input.min().item(), network_input.max().item()] == pytest.approx(
        [expected["min"], expected["max"]], abs=near * 1.001
    )


def test_sampling_an_image_is_not_smoothing_it(figures):
    """The published NoisyFER does not antialias, which changes pixels by up to 37 grey levels."""
    images = torch.from_numpy(drawn(100))[None]
    kind = registry.get("noisyfer")
    views = []
    for antialias in (False, True):
        options = registry.make_options("noisyfer", "published", {"antialias": antialias})
        views.append(Augmenter(kind.inputs_for(options), "cpu", 64).plain(images)["plain"])
    far = figures["side_facts"][
        "noisyfer_resize_100_to_64_cv2_linear_vs_PIL_bilinear_antialiased_max_abs_difference_uint8"
    ]
    assert ((views[0] - views[1]).abs().max() * 127.5).item() == pytest.approx(far, abs=1.01)


def test_class_orders_are_the_published_ones(figures):
    from models.inputs import AFFECTNET, CIFAR_10, RAF_DB

    for case, names in {"man": RAF_DB, "rul": RAF_DB, "nla": RAF_DB, "noisyfer_raf_64": AFFECTNET}.items():
        class_order = (
            figures["methods"][case]["class_order"].lower().replace("happy", "happiness").replace("sad,", "sadness,")
        )
        assert [part.split()[1] for part in class_order.partition("(")[0].split(", ")] == list(names), case
    assert ", ".join(CIFAR_10) in figures["methods"]["noisyfer_cifar_32"]["class_order"]


def test_images_of_several_sizes_are_brought_to_their_median_and_it_is_said(tmp_path, caplog):
    for number, side in enumerate((40, 60, 80)):
        for folder in ("a", "b"):
            (tmp_path / folder).mkdir(exist_ok=True)
            Image.fromarray(np.zeros((side, side, 3), np.uint8)).save(tmp_path / folder / f"{number}.png")
    assert ownsize.side_of(open_dataset(tmp_path)) == 60
    assert "each is resized to 60 pixels first" in caplog.text
