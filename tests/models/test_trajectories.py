"""Test that every method follows the published programs step by step (tests/reference/trajectories.json, float64).

The scrambled fill is met to the tolerances of tests/models/trajectories.py. The exact fill amplifies rounding (weights
of rank 2 under batch norm), so it is met to 1e-8 in the first step, to 1e-6 after it, and its parameters to 1e-3 of the
largest. NoisyFER's networks take a second for each float64 step; of the exact fill the first step is checked, and the
others with AUDITOR_LONG_TESTS=1.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from models import registry
from models.base import Batch, Setup
from models.landscape import narrowing
from models.man import Man
from models.nla import Nla
from models.noisyfer import losses as noisyfer_losses
from models.noisyfer.discriminators import published_names
from models.noisyfer.method import NoisyFer
from models.rul import Rul
from tests.models.trajectories import LOSS, PART, RATE, STATE, differences, fill, published_order, state, wave

FILLS = ("scrambled", "exact")
CHILDREN = ("conv1", "bn1", "relu", "maxpool", "layer1", "layer2", "layer3", "layer4")
OFFSETS = {"discriminator_z1_2": 100, "discriminator_z1_3": 200}


@pytest.fixture(scope="module")
def trajectories(reference):
    return reference("trajectories")


def build(name: str, *, classes: int = 7, size: int = 64, sets: tuple[int, ...] = (), va: bool = False, **options):
    """Build the published preset of a method in float64."""
    setup = Setup(classes, image_size=size, label_set_classes=sets, has_va=va, num_rows=100, steps_per_epoch=2)
    return registry.build(name, setup, registry.make_options(name, "published", options)).double()


class Figures:
    """The figures of one run, with the tolerances of its fill."""

    def __init__(self, whole: Mapping[str, Any], fill_name: str) -> None:
        self.figures = whole[f"{fill_name}_fill"]
        self.scrambled = fill_name == "scrambled"
        self.state = STATE if self.scrambled else 1e-3

    def wave(self, shape, place: int) -> Tensor:
        return wave(shape, place, scrambled=self.scrambled)

    def filled(self, shapes, offset: int = 0) -> dict[str, Tensor]:
        return state(shapes, offset=offset, scrambled=self.scrambled)

    def near(self, figure: float, step: int, *, part: bool = True) -> Any:
        """Return a step's loss with its tolerance."""
        allowed = (PART if part else LOSS) if self.scrambled else (1e-6 if step else 1e-8)
        return pytest.approx(figure, rel=allowed, abs=1e-15)

    def check_fill(self, tensors: Mapping[str, Tensor]) -> None:
        for key, figure in self.figures["fill_check"].items():
            assert not differences(tensors[key], figure, 1e-9), key

    def check_state(self, tensors: Mapping[str, Tensor], figures: Mapping[str, Mapping[str, Any]]) -> None:
        """Compare a network's tensors, by published key, with all figures of its final state."""
        wrong = {}
        for key, figure in (pair for group in figures.values() for pair in group.items()):
            if key.endswith("num_batches_tracked"):
                messages = [] if int(tensors[key]) == figure else [f"{int(tensors[key])} for {figure}"]
            else:
                messages = differences(tensors[key], figure, self.state)
            if messages:
                wrong[key] = messages
        assert not wrong

    def check_outputs(self, result: Tensor, figure: list[Any]) -> None:
        expected = torch.tensor(figure, dtype=torch.float64)
        assert torch.allclose(result, expected, rtol=0, atol=self.state * float(expected.abs().max())), (
            result - expected
        )


@pytest.fixture(params=FILLS)
def figures_of(request, trajectories):
    return lambda case: Figures(trajectories[case], request.param)


def shapes_of(tensors: Mapping[str, Tensor]) -> dict[str, tuple[int, ...]]:
    return {key: tuple(tensor.shape) for key, tensor in tensors.items()}


def numbered(net: nn.Module) -> dict[str, Tensor]:
    """Return a state dict with the published numbers of the backbone's children, and the head as `fc`."""
    renamed = {}
    for key, tensor in net.state_dict().items():
        first, _, rest = key.removeprefix("backbone.").partition(".")
        if key.startswith("backbone."):
            renamed[f"features.{CHILDREN.index(first)}.{rest}"] = tensor
        else:
            renamed[f"fc.{rest}" if first == "head" else key] = tensor
    return renamed


def copy_into(tensors: Mapping[str, Tensor], filled: Mapping[str, Tensor]) -> None:
    for key, tensor in tensors.items():
        tensor.copy_(filled[key])


def begin(method: Any, epoch: int) -> None:
    """Start an epoch (0-based) in train mode."""
    method.train()
    method._progress = float(epoch)


@pytest.mark.slow
def test_man(figures_of):
    case = figures_of("man")
    method = build("man")
    assert isinstance(method, Man)
    nets = {"net1": method.net1, "net2": method.net2}
    for place, net in enumerate(nets.values()):
        net.load_state_dict(case.filled(shapes_of(net.state_dict()), 200 * place))
    weak, strong = ([case.wave((8, 3, 64, 64), place + step) for step in range(9)] for place in (400, 420))

    def tensors(net: nn.Module) -> dict[str, Tensor]:
        named = {key.removeprefix("backbone."): value for key, value in net.state_dict().items()}
        return {key.replace("head.", "classifier."): value for key, value in named.items()}

    filled = {f"{name} {key}": value for name, net in nets.items() for key, value in tensors(net).items()}
    case.check_fill({**filled, "weak images, step 0": weak[0], "strong images, step 8": strong[8]})
    for place, step in enumerate(case.figures["steps"]):
        epoch = step["epoch_from_1"] - 1
        begin(method, epoch)
        method.division = None if step["warm_up"] else torch.tensor(step["division"], dtype=torch.int8)
        views = {"published-weak": weak[place], "published-strong": strong[place]}
        result = method.train_step(Batch(torch.arange(8), views, torch.tensor(step["labels"])), epoch)
        for name in () if step["warm_up"] else ("clean", "ambiguous", "noisy"):
            assert float(result[name]) == case.near(step[name], place), (place, name)
        assert float(result["loss"]) == case.near(step["loss"], place, part=False), place
        assert method.optimisers["main"].param_groups[0]["lr"] == pytest.approx(step["lr"], rel=RATE)
    method.eval()
    for name, net in nets.items():
        case.check_state(tensors(net), case.figures["state"][name])
        with torch.no_grad():
            case.check_outputs(net(weak[0][:2])[1], case.figures["eval_logits"][name])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "fill_name"), [("rul_64", "scrambled"), ("rul_64", "exact"), ("rul_224", "scrambled")]
)
def test_rul(trajectories, name, fill_name, monkeypatch):
    case = Figures(trajectories[name], fill_name)
    size, count = (64, 8) if name == "rul_64" else (224, 4)
    method = build("rul", size=size, dropout=0.0)
    assert isinstance(method, Rul)
    model = {key: tensor for key, tensor in numbered(method).items() if not key.startswith("fc.")}
    copy_into(model, case.filled(shapes_of(model)))  # the published model, which excludes its last layer
    fill(method.fc, scrambled=case.scrambled)
    images = [case.wave((count, 3, size, size), 460 + step) for step in range(6)]
    filled = {f"model {key}": tensor for key, tensor in model.items()}
    case.check_fill({**filled, "fc weight": method.fc.weight, "images, step 0": images[0]})
    for place, step in enumerate(case.figures["steps"]):
        monkeypatch.setattr(torch, "randperm", lambda *_, order=step["permutation"], **__: torch.tensor(order))
        epoch = step["epoch_from_1"] - 1
        begin(method, epoch)
        step_batch = Batch(torch.arange(count), {"published-rul": images[place]}, torch.tensor(step["labels"]))
        assert float(method.train_step(step_batch, epoch)["loss"]) == case.near(step["loss"], place, part=False), place
        rates = [group["lr"] for group in method.optimisers["main"].param_groups]
        assert rates == [pytest.approx(rate, rel=RATE) for rate in step["lr"]]
    case.check_state(numbered(method), case.figures["state"]["model"])
    case.check_state(method.fc.state_dict(), case.figures["state"]["fc"])
    method.eval()
    with torch.no_grad():
        mu, sigma = method._describe(images[0])
        case.check_outputs(method.fc(mu[:2]), case.figures["eval"]["logits"])
    if case.scrambled:  # with the exact fill it spans 50 orders of magnitude
        assert torch.allclose(sigma, torch.tensor(case.figures["eval"]["sigma"], dtype=torch.float64), rtol=1e-8)


@pytest.mark.slow
def test_nla(figures_of):
    case = figures_of("nla")
    method = build("nla")
    assert isinstance(method, Nla)
    copy_into(numbered(method.net), case.filled(shapes_of(numbered(method.net))))  # the unused `embed` is last
    images = [case.wave((8, 3, 64, 64), 440 + step) for step in range(6)]
    case.check_fill({**numbered(method.net), "images, step 0": images[0]})
    names = {"plain": "mean_ce", "weighted": "mean_weighted_ce", "consistency": "jsd_sum"}
    for place, step in enumerate(case.figures["steps"]):
        epoch = step["epoch_from_0"]
        begin(method, epoch)
        assert narrowing(epoch, 60) == pytest.approx(step["eps"], rel=RATE)
        step_batch = Batch(torch.arange(8), {"published-nla": images[place]}, torch.tensor(step["labels"]))
        result = method.train_step(step_batch, epoch)
        for loss_name, figure_name in names.items():
            assert float(result[loss_name]) == case.near(step[figure_name], place), (place, figure_name)
        assert float(result["loss"]) == case.near(step["loss"], place, part=False), place
        assert method.optimisers["main"].param_groups[0]["lr"] == pytest.approx(step["lr"], rel=RATE)
    used = {
        group: {key: value for key, value in values.items() if not key.startswith("embed.")}
        for group, values in case.figures["state"]["model"].items()
    }
    case.check_state(numbered(method.net), used)
    method.eval()
    with torch.no_grad():
        case.check_outputs(method.net(images[0][:2])[1], case.figures["eval_logits"])


def multi_task() -> NoisyFer:
    method = build("noisyfer", va=True, dropout=0.0)
    assert isinstance(method, NoisyFer)
    return method


def several_sets() -> NoisyFer:
    method = build("noisyfer", classes=10, size=32, sets=(10, 10), dropout=0.0, recipe="cifar-10")
    assert isinstance(method, NoisyFer)
    return method


def networks(method: NoisyFer) -> dict[str, nn.Module]:
    judges = published_names(method.discriminators, has_va=method.codes.has_va)
    return {"encoder": method.encoder, "decoder": method.decoder, **judges}


@pytest.fixture
def discriminator_losses(monkeypatch):
    """Record the losses of the discriminators' steps in order."""
    seen: list[float] = []
    own: Callable[..., Tensor] = noisyfer_losses.discriminator_loss

    def watched(*scores: Tensor) -> Tensor:
        loss = own(*scores)
        seen.append(loss.item())
        return loss

    monkeypatch.setattr(noisyfer_losses, "discriminator_loss", watched)
    return seen


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "make", "places"),
    [
        ("noisyfer_expr_va", multi_task, {"images": 480, "eps": 500, "z0": 520, "va": 540}),
        ("noisyfer_cifar", several_sets, {"images": 560, "eps": 580, "z0": 600}),
    ],
)
def test_noisyfer(figures_of, name, make, places, monkeypatch, discriminator_losses):
    case, method = figures_of(name), make()
    nets, has_va = networks(method), method.codes.has_va
    for key, net in nets.items():
        fill(net, offset=OFFSETS.get(key, 0), scrambled=case.scrambled)
    count, size = (6, 64) if has_va else (8, 32)

    def drawn(what: str, step: int) -> Tensor:
        shapes = {"images": (count, 3, size, size), "va": (count, 2)}
        return case.wave(shapes.get(what, (count, 100)), places[what] + step)

    filled = {f"{net} {key}": value for net, module in nets.items() for key, value in module.state_dict().items()}
    case.check_fill({**filled, "images, step 0": drawn("images", 0), "eps, step 0": drawn("eps", 0)})
    noise: Iterator[Tensor] = iter(())
    monkeypatch.setattr(torch, "randn_like", lambda _: next(noise))
    sets = {
        "expression": "cross_entropy_set_1",
        "label_set_1": "cross_entropy_set_2",
        "label_set_2": "cross_entropy_set_3",
    }
    names = {"va": "va", "gan": "gan", **({"expression": "cross_entropy"} if has_va else sets)}
    steps = case.figures["steps"]
    checked = steps if case.scrambled or os.environ.get("AUDITOR_LONG_TESTS") else steps[:1]
    for place, step in enumerate(checked):
        noise = iter((drawn("eps", place), drawn("z0", place)))
        labels = torch.tensor(step["labels"])
        step_batch = Batch(torch.arange(count), {method.options.view: drawn("images", place)}, labels)
        if has_va:
            step_batch.valence_arousal = drawn("va", place)
        else:
            step_batch.labels, step_batch.label_sets = labels[0], labels[1:].T
        begin(method, step["epoch_from_0"])
        discriminator_losses.clear()
        result = method.train_step(step_batch, step["epoch_from_0"])
        for loss_name, figure_name in names.items():
            if figure_name in step:
                assert float(result[loss_name]) == case.near(step[figure_name], place), (place, figure_name)
        assert float(result["loss"]) == case.near(step["loss"], place, part=False), place
        assert discriminator_losses == [case.near(value, place) for value in step.get("discriminator_steps", [])]
    if checked is not steps:
        return  # the figures of the state are those after the last step
    for key, net in nets.items():
        case.check_state(net.state_dict(), case.figures["state"][key])
    method.eval()
    with torch.no_grad():
        codes = method.encoder(drawn("images", 0)[:2])
    outputs = {"z1": codes.labels, "mean_first_5": codes.mean[:, :5], "logvar_first_5": codes.log_variance[:, :5]}
    for key, output in outputs.items():
        case.check_outputs(output, case.figures["eval_encoder"][key])


def test_keys_are_in_the_published_order(reference):
    """The fills use a key's index, so all figures above depend on the order."""
    layouts = reference("checkpoints")
    for key, net in networks(multi_task()).items():
        assert published_order(list(net.state_dict())) == list(layouts["noisyfer"]["nets"][key]), key
    assert list(numbered(build("nla").net)) == [key for key in layouts["nla"]["keys"] if "embed" not in key]
    man = [key.removeprefix("backbone.").replace("head.", "classifier.") for key in build("man").net1.state_dict()]
    assert man == list(layouts["man"]["keys"])
    assert [key for key in numbered(build("rul")) if not key.startswith("fc.")] == list(layouts["rul"]["keys"])
