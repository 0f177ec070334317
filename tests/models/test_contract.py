"""Test the interface that the loop uses, for every method."""

import dataclasses

import pytest
import torch

from models import registry
from tests.models.small import batch, make, scores, train

METHODS = list(registry.methods())
KINDS = {"float16": torch.float32, "float32": torch.float32, "int8": torch.int8, "int16": torch.int16}


@pytest.mark.parametrize("classes", [2, 7, 10])
@pytest.mark.parametrize("name", METHODS)
def test_trains_and_scores_any_class_count_with_a_last_batch_of_one(name, classes):
    method = make(name, setup_changes={"num_classes": classes})
    last, history = train(method, stop=2)
    assert all(torch.isfinite(torch.as_tensor(v)) for losses in history for v in losses.values())
    assert all("loss" in losses for losses in history)
    assert last.probs.shape == (9, classes)
    assert torch.allclose(last.probs.sum(1), torch.ones(9), atol=1e-5)
    assert last.probs.dtype == last.embedding.dtype == torch.float32
    assert last.embedding.ndim == 2 and torch.isfinite(last.embedding).all()


@pytest.mark.parametrize("name", METHODS)
def test_losses_are_detached_scalars_so_that_no_step_waits_for_the_device(name):
    method = make(name)
    _, history = train(method, stop=2)
    for value in (value for losses in history for value in losses.values()):
        assert isinstance(value, float) or (value.ndim == 0 and not value.requires_grad)


@pytest.mark.parametrize("name", METHODS)
def test_shares_of_classes_are_learnt_in_place_of_labels(name):
    loss_by_target = {}
    for kind, shares in {"labels": None, "one-hot": torch.eye(3)[[0, 1, 2]], "even": torch.full((3, 3), 1 / 3)}.items():
        method = make(name)
        torch.manual_seed(0)
        method.start_epoch(0, None)
        with_targets = batch(method, [0, 1, 2])
        with_targets.soft = shares
        loss_by_target[kind] = float(method.train_step(with_targets, 0)["loss"])
    assert loss_by_target["one-hot"] == pytest.approx(loss_by_target["labels"], rel=1e-5)
    assert loss_by_target["even"] != pytest.approx(loss_by_target["labels"], rel=1e-3)


@pytest.mark.parametrize("name", METHODS)
def test_columns_are_the_declared_ones(name):
    method = make(name)
    last, _ = train(method, stop=1)
    assert set(last.columns) == set(method.columns)
    for column, info in method.columns.items():
        values = last.columns[column]
        assert len(values) == 9 and values.dtype == KINDS[info.dtype], column
        assert values.ndim == (1 if info.width == 1 else 2), column
        assert info.direction in ("higher", "lower", "unknown", "none") and info.help


@pytest.mark.parametrize("name", METHODS)
def test_resume_in_the_middle_gives_the_numbers_of_an_unbroken_run(name, tmp_path):
    unbroken, _ = train(make(name))
    half = make(name)
    train(half, stop=1)
    torch.save({"weights": half.state_dict(), "training": half.training_state()}, tmp_path / "checkpoint.pt")
    resumed = make(name, setup_changes={"seed": 99})  # other initial weights: all must come from the file
    content = torch.load(tmp_path / "checkpoint.pt", weights_only=True)
    resumed.load_state_dict(content["weights"])
    resumed.load_training_state(content["training"])
    again, _ = train(resumed, first=1, last=scores(resumed))
    assert torch.equal(again.probs, unbroken.probs)
    for column in unbroken.columns:
        assert torch.equal(again.columns[column], unbroken.columns[column]), column


@pytest.mark.parametrize("name", METHODS)
def test_scoring_changes_nothing_and_an_image_scores_alike_in_any_company(name):
    method = make(name)
    train(method, stop=1)
    method.train()
    before = {key: value.clone() for key, value in method.state_dict().items()}
    together = scores(method)
    with torch.inference_mode():
        alone = method.score(batch(method, [8]))
    assert method.training
    assert torch.allclose(alone.probs, together.probs[8:], atol=1e-5)
    assert all(torch.equal(value, before[key]) for key, value in method.state_dict().items())


@pytest.mark.parametrize("name", METHODS)
def test_images_without_a_label_are_scored(name):
    method = make(name)
    with torch.inference_mode():
        unlabelled = method.score(batch(method, [0, 1], labels=[-1, -1]))
    assert torch.isfinite(unlabelled.probs).all()


@pytest.mark.parametrize("name", METHODS)
def test_a_class_with_one_image_and_one_with_none(name):
    method = make(name, setup_changes={"num_classes": 4})
    method.start_epoch(0, None)
    for labels in ([0, 0, 0, 1], [0, 0, 2, 0]):
        losses = method.train_step(batch(method, [0, 1, 2, 3], labels), 0)
        assert torch.isfinite(torch.as_tensor(losses["loss"]))


@pytest.mark.parametrize("name", METHODS)
def test_further_label_sets_and_valence_arousal_are_accepted(name):
    method = make(name, setup_changes={"label_set_classes": (3,), "has_va": True})
    _, history = train(method, stop=2)
    assert all(torch.isfinite(torch.as_tensor(v)) for losses in history for v in losses.values())


@pytest.mark.parametrize("name", METHODS)
def test_presets_and_setups_are_complete(name):
    kind = registry.get(name)
    assert set(kind.presets) == set(kind.setups) == {"published", "recommended", "demo"}
    for preset in kind.presets:
        options = registry.make_options(name, preset)
        assert dataclasses.is_dataclass(options)
        assert kind.setups[preset]["image_size"] >= 32
