"""Test models/noisyfer/published.py: the published files give the published outputs."""

import pytest
import torch

from auditor.errors import CheckpointError
from models.noisyfer.discriminators import Side, published_names
from tests.models.noisyfer.published import build, published_decoder, write
from tests.models.noisyfer.published import wave as old_wave
from tests.models.small import batch
from tests.models.trajectories import PART, fill, state, wave

SMALL = {"size": 32, "width": 0.05}


@pytest.fixture(scope="module")
def case(reference):
    return reference("checkpoints")["noisyfer"]


@pytest.fixture(scope="module")
def method(case, tmp_path_factory):
    loaded = build()
    loaded.load_published(write(case["nets"], tmp_path_factory.mktemp("published")))
    return loaded.eval()


def test_parameters_are_as_many_as_the_paper_has(method, case):
    nets = {"encoder": method.encoder, "decoder": method.decoder}
    nets |= published_names(method.discriminators, has_va=True)
    assert {name: sum(p.numel() for p in net.parameters()) for name, net in nets.items()} == case["parameters"]


@torch.no_grad()
def test_encoder(method, case):
    codes = method.encoder(old_wave([2, 3, 64, 64], 21))
    assert torch.allclose(codes.mean[:, :5], torch.tensor(case["outputs"]["encoder.mean"]), rtol=1e-4)
    assert torch.allclose(codes.labels, torch.tensor(case["outputs"]["encoder.z1"]), rtol=1e-4)


@torch.no_grad()
def test_decoder_is_the_published_layers(case):
    """Compare with torch's own layers and older spectral-norm hook, which the published decoder uses."""
    layers, ours = published_decoder().double(), build().decoder
    keys = case["nets"]["decoder"]
    for net in (layers, ours.double()):
        net.load_state_dict(state(keys))
    codes = wave([2, 109], 22)
    assert torch.allclose(ours.eval()(codes), layers.eval()(codes), rtol=1e-10, atol=1e-12)


@torch.no_grad()
def test_scores_of_label_sets(method, case):
    """These do not cancel, so float32 reproduces them on any processor and any number of threads."""
    for place, (name, code) in enumerate({"s_z1_exp": torch.eye(7)[[1, 4]], "s_z1_va": old_wave([2, 2], 24)}.items()):
        score = method.discriminators.labels[place](code)[1]
        assert torch.allclose(score, torch.tensor(case["outputs"][name]), rtol=1e-4)


@torch.no_grad()
def test_decoder_and_discriminators_in_float64(reference):
    """The first step on three label sets tests all of both sides in one figure, with weights that do not cancel.

    In float32 the figures of checkpoints.json for the decoder, s_x and s_xz depend on the order of sums and therefore
    on the processor, because their weights have rank 2 and cancel.
    """
    figures = reference("trajectories")["noisyfer_cifar"]["scrambled_fill"]["steps"][0]
    net = build(32, classes=10, sets=(10, 10), va=False, dropout=0.0, recipe="cifar-10")
    fill(net.encoder), fill(net.decoder)
    offsets = {"discriminator_z1_2": 100, "discriminator_z1_3": 200}
    for name, judge in published_names(net.discriminators, has_va=False).items():
        fill(judge, offset=offsets.get(name, 0))
    images, noise, z0 = wave([8, 3, 32, 32], 560), wave([8, 100], 580), wave([8, 100], 600)
    codes = net.encoder(images)
    real = Side(images, codes.mean + (codes.log_variance / 2).exp() * noise, tuple(net.codes.split(codes.labels)))
    one_hots = tuple(torch.eye(10).double()[torch.tensor(labels)] for labels in figures["labels"])
    drawn = Side(net.decoder(torch.cat([z0, *one_hots], 1)), z0, one_hots)
    difference = net.discriminators(real).mean() - net.discriminators(drawn).mean()
    assert difference.item() == pytest.approx(figures["gan_computed_but_unused"], rel=PART)


def test_of_several_label_sets_the_discriminators_are_numbered():
    names = list(published_names(build(**SMALL, sets=(7, 7), va=False).discriminators, has_va=False))
    assert names[2:5] == ["discriminator_z1_1", "discriminator_z1_2", "discriminator_z1_3"]


def test_the_encoder_alone_gives_labels_but_no_plausibility(tmp_path):
    small = build(**SMALL)
    torch.save(small.encoder.state_dict(), tmp_path / "12_net_encoder.pth")
    other = build(**SMALL)
    other.load_published([tmp_path / "12_net_encoder.pth"])
    assert not bool(other.judged)
    assert torch.equal(other.encoder.c_layer.weight, small.encoder.c_layer.weight)


@pytest.mark.parametrize(("sets", "va"), [((), True), ((7, 7), False)])
def test_files_of_other_label_sets_than_the_datas_bring_their_own(sets, va, tmp_path):
    trained = build(**SMALL, sets=sets, va=va)
    names = {"encoder": trained.encoder, **published_names(trained.discriminators, has_va=va)}
    files = [tmp_path / f"9_net_{name}.pth" for name in names]
    for file, net in zip(files, names.values(), strict=True):
        torch.save(net.state_dict(), file)
    scoring = build(**SMALL, va=False)
    scoring.load_published(files)
    assert scoring.codes == trained.codes and bool(scoring.judged)
    images = batch(scoring, [0, 1])
    assert torch.equal(scoring.score(images).probs, trained.score(images).probs)


def test_files_without_valence_and_arousal_for_data_with_them(tmp_path):
    trained = build(**SMALL, va=False)
    torch.save(trained.encoder.state_dict(), tmp_path / "9_net_encoder.pth")
    scoring = build(**SMALL, va=True)
    scoring.load_published([tmp_path / "9_net_encoder.pth"])
    assert scoring.codes == trained.codes
    assert scoring.score(batch(scoring, [0])).columns["plausibility"].isnan().all()


@pytest.mark.parametrize(
    ("files", "says"),
    [
        (["1_net_encoder", "2_net_encoder"], "same network"),
        (["1_net_generator"], "none of NoisyFER's networks"),
        (["1_net_decoder"], "comes? from its encoder"),
    ],
)
def test_files_that_are_no_checkpoint_are_refused(files, says, tmp_path):
    small = build(**SMALL)
    for file in files:
        torch.save(small.decoder.state_dict(), tmp_path / f"{file}.pth")
    with pytest.raises(CheckpointError, match=says):
        small.load_published([tmp_path / f"{file}.pth" for file in files])


def test_a_file_that_does_not_fit_says_which_keys(tmp_path):
    small = build(**SMALL)
    state = small.encoder.state_dict()
    state["c_layer.weight"] = torch.zeros(3, 8)
    state["extra"] = torch.zeros(1)
    del state["mean_layer.bias"]
    torch.save(state, tmp_path / "1_net_encoder.pth")
    with pytest.raises(
        CheckpointError, match=r"missing: mean_layer.bias; unexpected: extra; .*c_layer.weight is \(3, 8\)"
    ):
        small.load_published([tmp_path / "1_net_encoder.pth"])
