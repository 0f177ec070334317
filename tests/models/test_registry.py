"""Test models/registry.py: one new file is a new method, and the catalogue lists all methods."""

import json
import subprocess
import sys

import pytest

import models
from auditor.errors import ConfigError
from models import registry
from models.base import Setup

FIFTH = '''
import torch
from models.base import Batch, Method, Scores
from models.backbone import Classifier

class Fifth(Method):
    """A plain classifier."""
    name, title, paper = "fifth", "Fifth", "nobody"
    def __init__(self, setup, options):
        super().__init__(setup, options)
        self.net = Classifier(setup)
        self.add_optimiser("main", [{"params": self.parameters()}])
    def train_step(self, batch, epoch):
        loss = torch.nn.functional.cross_entropy(self.net(batch.views["weak"])[1], batch.labels)
        self.backward(loss); self.step(); self.tick()
        return {"loss": loss.detach()}
    def score(self, batch):
        with self.scoring():
            embedding, logits = self.net(batch.views["plain"])
        return Scores(logits.softmax(1), embedding)
    def load_published(self, files):
        raise NotImplementedError
'''


@pytest.fixture
def add(tmp_path, monkeypatch):
    """Make a source text the file of one method more."""

    def adds(source):
        (tmp_path / "fifth.py").write_text(source, encoding="utf-8")
        monkeypatch.setattr(models, "__path__", [*models.__path__, str(tmp_path)])
        registry.methods.cache_clear()

    yield adds
    sys.modules.pop("models.fifth", None)
    registry.methods.cache_clear()


def test_a_fifth_method_is_one_file(add):
    add(FIFTH)
    assert "fifth" in registry.methods()
    assert registry.build("fifth", Setup(3, 32, 0.125, "small"), registry.make_options("fifth", "demo")).name == "fifth"


def test_a_base_that_methods_share_is_no_method(add):
    base = "class Shared(Method):\n    def load_published(self, files):\n        raise NotImplementedError\n\n"
    add(FIFTH.replace("class Fifth(Method):", f"{base}class Fifth(Shared):"))
    assert registry.get("fifth").__name__ == "Fifth"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('colour = "#8a5cd0"', "has the colour '#8a5cd0'; expected a number from 0"),
        ("colour = -1", "has the colour -1; expected a number from 0"),
        ('presets = {"published": {}}', "has no preset demo, recommended; add"),
    ],
)
def test_a_method_that_the_screens_could_not_show_is_refused(line, message, add):
    add(FIFTH.replace('"nobody"\n', f'"nobody"\n    {line}\n'))
    with pytest.raises(ConfigError, match=message):
        registry.methods()


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        (
            "def load_published",
            "def load",
            "The method fifth lacks load_published; write what is missing in models.fifth",
        ),
        ("def score", "def scores", "The method fifth lacks score; write"),
        ("name, title, paper", "label, title, colours", "class Fifth of models.fifth lacks name, paper; state"),
        ('"fifth"', '"man"', "Two methods are called man, in models.man and models.fifth; give"),
    ],
)
def test_a_method_that_is_not_whole_is_refused_with_what_is_missing(before, after, message, add):
    add(FIFTH.replace(before, after))
    with pytest.raises(ConfigError, match=message):
        registry.methods()


def test_unknown_names_are_refused_with_the_known_ones():
    with pytest.raises(ConfigError, match=f"no method 'mann'; the methods are {', '.join(registry.methods())}"):
        registry.get("mann")
    with pytest.raises(ConfigError, match="MAN has no preset 'huge'"):
        registry.make_options("man", "huge")


@pytest.mark.parametrize("changes", [{"num_classes": 1}, {"image_size": 31}])
def test_a_setup_that_cannot_be_is_refused(changes):
    with pytest.raises(ConfigError, match="at least"):
        registry.build("nla", Setup(**{"num_classes": 7, **changes}), registry.make_options("nla", "demo"))


def test_the_same_seed_draws_the_same_weights():
    options = registry.make_options("nla", "demo")
    first, second, third = (registry.build("nla", Setup(3, 32, 0.125, seed=seed), options) for seed in (1, 1, 2))
    assert first.net.head.weight.equal(second.net.head.weight)
    assert not first.net.head.weight.equal(third.net.head.weight)


def test_the_catalogue_is_printed_as_json_and_the_package_imports_no_torch():
    printed = subprocess.run([sys.executable, "-m", "models"], capture_output=True, text=True, check=True).stdout
    entries = {entry["name"]: entry for entry in json.loads(printed)}
    assert set(entries) == set(registry.methods())
    assert entries["man"]["options"][0]["help"] and entries["rul"]["columns"]["sigma"]["direction"] == "unknown"
    light = "import sys, models, models.options, models.landscape; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", light], check=False).returncode == 0
