"""auditor/cli/score.py, training/published.py and classorder.py: a file's outputs become the data set's classes."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from auditor.cli import main
from auditor.data.opening import open_dataset
from auditor.errors import CheckpointError
from auditor.training import checkpoints, classorder, published
from auditor.training.augment import Augmenter
from models import registry
from models.base import Setup
from models.inputs import AFFECTNET, RAF_DB
from tests.exports.small import rafdb
from tests.models.noisyfer.published import wave, write
from tests.models.published import faces, filled

ALPHABETICAL = ("anger", "disgust", "fear", "happy", "neutral", "sad", "surprise")


@pytest.fixture
def raf(tmp_path) -> Path:
    """Two faces in RAF-DB's layout."""
    return rafdb(tmp_path / "raf", b"train_00001.jpg 5\ntrain_00002.jpg 1\n", 2)


@pytest.fixture
def folders(tmp_path) -> Path:
    """One face a class, in folders, whose order is the alphabet's."""
    for number, name in enumerate(ALPHABETICAL):
        (tmp_path / "folders" / name).mkdir(parents=True)
        pixels = np.full((64, 64, 3), 30 * number, np.uint8)
        pixels[:32, :, 0] = 255 - 30 * number
        Image.fromarray(pixels).save(tmp_path / "folders" / name / f"{number}.png")
    return tmp_path / "folders"


class Seen:
    """What the command scored: the method, its scores, and images that stand in for those of the files."""

    def __init__(self, monkeypatch) -> None:
        self.images: torch.Tensor | None = None
        self.method = self.scores = self.plain = None
        own, make = published.score_all, Augmenter.plain

        def score_all(method, *arguments, **more):
            self.method, self.scores = method, own(method, *arguments, **more)
            return self.scores

        def plain(augmenter, images):
            self.plain = make(augmenter, images)["plain"] if self.images is None else self.images
            return {"plain": self.plain}

        monkeypatch.setattr(published, "score_all", score_all)
        monkeypatch.setattr(Augmenter, "plain", plain)


@pytest.fixture
def seen(monkeypatch):
    return Seen(monkeypatch)


def score(root: Path, method: str, files: list[Path], tmp_path: Path, *more: str) -> int:
    listed = [word for file in files for word in ("--checkpoint", str(file))]
    place = ["--workspace", str(tmp_path / "work"), "--device", "cpu", "--no-map"]
    return main(["score", str(root), "--method", method, *listed, *place, *more])


def layouts(reference, folder: Path, method: str) -> tuple[list[Path], torch.Tensor, torch.Tensor]:
    """A checkpoint's files in the published layout, the images of its figures, and the probabilities of these."""
    case, file = reference("checkpoints")[method], folder / f"{method}.pth"
    if method == "noisyfer":
        outputs = torch.tensor(case["outputs"]["encoder.z1"])[:, :7]
        return write(case["nets"], folder), wave([2, 3, 64, 64], 21), outputs.softmax(1)
    state = filled(case["keys"])
    contents = {
        "man": lambda: {"model1_state_dict": state, "model2_state_dict": state},
        "rul": lambda: {"model_state_dict": state, "fc_state_dict": filled(case["fc_keys"])},
        "nla": lambda: state,
    }
    torch.save(contents[method](), file)
    logits = case["logits_one_net"] if method == "man" else case["logits"]
    return [file], faces(), torch.tensor(logits).softmax(1)


@pytest.mark.slow
@pytest.mark.parametrize("method", ["man", "rul", "nla", "noisyfer"])
def test_published_layouts_give_the_figures_by_the_data_sets_classes(method, reference, raf, tmp_path, seen):
    files, seen.images, figures = layouts(reference, tmp_path, method)
    assert score(raf, method, files, tmp_path) == 0
    order = AFFECTNET if method == "noisyfer" else RAF_DB
    expected = figures[:, [order.index(name) for name in open_dataset(raf).classes]]
    assert torch.allclose(seen.scores.probs, expected, atol=1e-4)
    assert torch.equal(seen.scores.probs.argmax(1), expected.argmax(1))


SMALL = Setup(7, image_size=32, width=1 / 16)


def small(method: str, tmp_path: Path, outputs: int = 7) -> Path:
    """A narrow network's file in NLA's published layout, or MAN's."""
    options = registry.make_options(method, "published")
    built = registry.build(method, dataclasses.replace(SMALL, num_classes=outputs), options)
    file = tmp_path / f"{method}.pth"
    if method == "nla":
        torch.save(_renamed(built.net, "fc."), file)
    else:
        states = {f"model{k}_state_dict": _renamed(net, "classifier.") for k, net in ((1, built.net1), (2, built.net2))}
        torch.save(states, file)
    return file


def _renamed(net, head: str) -> dict[str, torch.Tensor]:
    return {key.removeprefix("backbone.").replace("head.", head): value for key, value in net.state_dict().items()}


NARROW = ("--image-size", "32", "--width", "0.0625")


def test_a_file_in_raf_dbs_order_is_put_in_that_of_the_data_set(folders, tmp_path, seen):
    file = small("man", tmp_path)
    assert score(folders, "man", [file], tmp_path, *NARROW) == 0
    alone = registry.build("man", SMALL, registry.make_options("man", "published"))
    alone.load_published([file])
    alone.eval()
    with torch.no_grad():
        logits = (alone.net1(seen.plain)[1] + alone.net2(seen.plain)[1]) / 2
    classes = open_dataset(folders).classes
    assert classes == ALPHABETICAL
    place = [RAF_DB.index({"happy": "happiness", "sad": "sadness"}.get(name, name)) for name in classes]
    assert torch.allclose(seen.scores.probs, logits.softmax(1)[:, place], atol=1e-5)


def test_what_is_said_of_a_file_stands_over_what_is_known(folders, tmp_path, seen):
    file = small("nla", tmp_path)
    assert score(folders, "nla", [file], tmp_path, *NARROW) == 0
    known = seen.plain
    reading = ("--channels", "bgr", "--mean", "0.5,0.5,0.5", "--std", "0.25,0.25,0.25", "--class-order", "data")
    assert score(folders, "nla", [file], tmp_path, *NARROW, *reading) == 0
    pixels = known * torch.tensor([0.2628, 0.2395, 0.2383]).view(3, 1, 1) + torch.tensor([0.577, 0.4494, 0.4001]).view(
        3, 1, 1
    )
    assert torch.allclose(seen.plain, (pixels.flip(1) - 0.5) / 0.25, atol=1e-4)
    seen.method.eval()
    with torch.no_grad():
        logits = seen.method.net(seen.plain)[1]
    assert torch.allclose(seen.scores.probs, logits.softmax(1), atol=1e-5)


@pytest.mark.parametrize(
    ("outputs", "more", "message"),
    [
        (8, (), "has 8 outputs and does not name their classes"),
        (8, ("--class-order", "data"), "has 8 outputs, but .* has 7 classes: anger, disgust"),
        (
            7,
            ("--class-order", "a,b,c,d,e,f,g"),
            "are a, b, c, d, e, f, g, and the data set's classes are anger, disgust",
        ),
        (7, ("--class-order", "a,b"), r"has 7 outputs \(a, b by name\)"),
        (7, ("--std", "0,1,1"), "the std's above 0"),
    ],
)
def test_what_cannot_be_matched_is_refused_with_both_lists(outputs, more, message, folders, tmp_path, capsys):
    import re

    assert score(folders, "man", [small("man", tmp_path, outputs)], tmp_path, *NARROW, *more) != 0
    said = capsys.readouterr().err
    assert re.search(message, said), said
    assert "Traceback" not in said


def own(tmp_path: Path, classes: list[str], **options) -> Path:
    """A checkpoint of this program, of a narrow NLA."""
    made = registry.make_options("nla", "published", options)
    method = registry.build("nla", SMALL, made)
    content = checkpoints.Checkpoint(
        "nla", vars(SMALL), vars(made), 1, 0, method.state_dict(), {}, classes=classes
    )  # fmt: skip
    return checkpoints.save(tmp_path / "own", content)


def test_our_own_checkpoints_know_their_classes(folders, tmp_path, seen, capsys):
    assert score(folders, "nla", [own(tmp_path, list(RAF_DB))], tmp_path) == 0
    by_name = seen.scores.probs
    assert score(folders, "nla", [own(tmp_path, [])], tmp_path, "--class-order", ",".join(RAF_DB)) == 0
    assert torch.equal(seen.scores.probs, by_name)
    assert score(folders, "nla", [own(tmp_path, [])], tmp_path) != 0
    assert "earlier version, which kept no class names" in capsys.readouterr().err
    assert score(folders, "nla", [own(tmp_path, list(RAF_DB))], tmp_path, "--channels", "bgr") != 0
    assert "states its channels" in capsys.readouterr().err


def test_an_old_checkpoint_keeps_the_normalisation_it_was_trained_with(folders, tmp_path, seen):
    file = own(tmp_path, list(RAF_DB))
    content = torch.load(file, weights_only=True)
    for name in ("normalise", "weights", "order"):
        del content["options"][name]  # as files of the version before had none of these
    torch.save(content, file)
    assert score(folders, "nla", [file], tmp_path) == 0
    assert seen.method.options.normalise == "imagenet" and seen.method.inputs.mean == (0.485, 0.456, 0.406)


def test_an_old_checkpoint_in_its_own_run_needs_no_names(folders, tmp_path, seen):
    """The checkpoint is in the folder of a run whose configuration names the data set."""
    assert score(folders, "nla", [own(tmp_path, list(ALPHABETICAL))], tmp_path) == 0
    (run,) = (tmp_path / "work" / "runs").iterdir()
    old = checkpoints.load(own(tmp_path, []))
    file = checkpoints.save(run / "nla", old)
    assert score(folders, "nla", [file], tmp_path) == 0
    assert seen.scores.probs.shape == (7, 7)


def test_words_for_the_same_class_are_one_class():
    assert classorder.match("x", ("Happy", "angry"), ("anger", "happiness")) == [1, 0]
    assert classorder.match("x", ("data",), ("a", "b")) == [0, 1]
    with pytest.raises(CheckpointError, match="outputs of x are a, b, and the data set's classes are a, a"):
        classorder.match("x", ("a", "b"), ("a", "a"))
