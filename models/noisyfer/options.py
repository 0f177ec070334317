"""NoisyFER's options."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from models.inputs import CHANNELS
from models.options import ORDERS, SMALL_RECIPE, Options, option


@dataclass(frozen=True)
class PublishedSettings:
    """The settings that differ between data sets in the published programs.

    Attributes:
        start_epoch: Epoch (0-based) after which the adversarial part starts; -1 for the first epoch.
        gan_weight: Weight lambda of the adversarial part.
        channels: Channel order of the images.
        dense: Width of the encoder's dense layers.
        image_size: Side of the images in pixels.
        view: Augmentation recipe.
        idle_passes: Whether decoder and discriminators run without learning before the adversarial part.
        order: Order of the training images.
        start: The encoder's initial weights, in words; '' for random weights.
    """

    start_epoch: int
    gan_weight: float
    channels: str = "bgr"
    dense: int = 500
    image_size: int = 64
    view: str = "published-noisyfer"
    idle_passes: str = "no"
    order: str = "shuffled"
    start: str = ""


RECIPES: Mapping[str, PublishedSettings] = {
    "raf-db": PublishedSettings(5, 1.0),
    "affectnet": PublishedSettings(
        -1, 0.4, order="file",
        start="VGG-16's ImageNet weights (torchvision's vgg16-397923af.pth, whose sha256 begins with 397923af; "
        "--option noisyfer.weights=imagenet fetches them)",
    ),
    "cifar-10": PublishedSettings(0, 0.8, "rgb", 512, 32, "published-cifar", "yes"),
}  # fmt: skip
"""The published recipe of each data set, by its name in lower case; other data sets use RAF-DB's."""

AUTO = "auto"
SMALL: Mapping[str, Any] = {
    **SMALL_RECIPE,
    "epochs": 18,
    "channels": "rgb",
    "antialias": True,
    "joined_forward": True,
    "idle_passes": "no",
    "order": "shuffled",
    "dense": 500,
    "view": "demo",
    "lr": 1e-3,
    "encoder_norm": True,
    # A rough label set, such as one from prototypes, is easier to learn than the labels and would dominate them.
    "set_weight": 0.1,
    "dropout": 0.2,
    "gan_start_epoch": 8,  # an adversarial epoch takes over three times as long as another epoch
    "gan_weight": 0.1,
    "discriminator_lr": 2e-4,
    "label_codes": "probabilities",
    "log_variance_limit": 4.0,
}
"""The option values of the preset 'demo'."""

SOURCES = ("auto", "own", "methods", "prototypes", "none")
AS_RECIPE = -2  # the value of a numeric option that follows the recipe


@dataclass(frozen=True)
class NoisyFerOptions(Options):
    """NoisyFER's options; the defaults are the paper's."""

    epochs: int = option(100, "Passes over the training images (the published script has no end).", low=1)
    batch_size: int = option(128, "Images per step.", low=1)
    lr: float = option(1e-4, "Learning rate (of a one-cycle schedule: its peak).", low=0)
    weight_decay: float = option(0.0, "Weight decay.", low=0)
    schedule: str = option(
        "constant", "How the learning rate changes over the run.", choices=("exponential", "one-cycle", "constant")
    )
    label_sets: str = option(
        "auto",
        "Source of further label sets: the data set's own, other methods trained earlier in the run, or class "
        "prototypes (the log says so); auto uses the first that is available.",
        choices=SOURCES,
    )
    own_sets: tuple[str, ...] = option(
        (), "Names of the data set's own label sets to learn from; empty for the first four."
    )
    recipe: str = option(
        AUTO,
        "Data set whose published recipe sets the options that are auto: channel order, width, view, start and weight "
        "of the adversarial part; auto chooses it by the data set's format, or RAF-DB's for other formats.",
        choices=(AUTO, *RECIPES),
    )
    gan_start_epoch: int = option(
        AS_RECIPE,
        "Epoch (from 0) after which the adversarial part starts; -1 for the first, -2 for the recipe's.",
        low=-2,
    )
    gan_weight: float = option(AS_RECIPE * 1.0, "Weight of the adversarial part; -2 for the recipe's.", low=-2)
    set_weight: float = option(1.0, "Weight of each further label set's cross-entropy; the given labels have 1.", low=0)
    va_weight: float = option(1.0, "Weight of the valence/arousal loss.", low=0)
    discriminator_steps: int = option(2, "Discriminator steps per step of encoder and decoder.", low=1)
    dropout: float = option(0.5, "Dropout after the encoder's dense layers.", low=0, high=1)
    view: str = option(AUTO, "Augmentation recipe of the training images; auto for the published recipe's.")
    order: str = option(
        AUTO, "Order of the training images: shuffled in every epoch, that of the file, or auto for the recipe's.",
        choices=(AUTO, *ORDERS), before="shuffled",
    )  # fmt: skip
    channels: str = option(
        AUTO,
        "Channel order of the images: rgb, bgr, or auto for the recipe's.",
        choices=(AUTO, *CHANNELS),
        before="rgb",
    )
    antialias: bool = option(
        False, "Smooth images when they shrink to the network's size; the paper samples them.", before=True
    )
    dense: int = option(0, "Width of the encoder's dense layers; 0 for the recipe's.", low=0, before=500)
    idle_passes: str = option(
        AUTO,
        "Run decoder and discriminators without learning before the adversarial part, to update running statistics.",
        choices=(AUTO, "yes", "no"),
        before="no",
    )
    joined_forward: bool = option(
        False,
        "Pass both sides through each discriminator together, with one power iteration where the paper's two passes "
        "do two.",
        before=True,
    )
    encoder_norm: bool = option(False, "Batch norm in the encoder, which learns much faster from random weights.")
    discriminator_lr: float = option(0.0, "Learning rate of the discriminators; 0 for the other networks' rate.", low=0)
    label_codes: str = option(
        "logits",
        "The discriminators' input for a predicted label (a given label is one-hot): the raw logits, as in the paper, "
        "which can be recognised by their size alone, or the probabilities.",
        choices=("logits", "probabilities"),
    )
    log_variance_limit: float = option(0.0, "Largest absolute value of z0's log-variance; 0 for no limit.", low=0)
    prior_weight: float = option(0.0, "Weight of z0's divergence from the standard normal; the paper has none.", low=0)

    @property
    def _recipe(self) -> PublishedSettings:
        return RECIPES["raf-db" if self.recipe == AUTO else self.recipe]

    def settle(self, benchmark: str) -> Self:
        """Set every option that is auto by the recipe: the named one, else that of the published data set."""
        own = benchmark.lower() if benchmark.lower() in RECIPES else "raf-db"
        name = own if self.recipe == AUTO else self.recipe
        recipe = RECIPES[name]
        left = [each for each in ("channels", "view", "idle_passes", "order") if getattr(self, each) == AUTO]
        settled = {each: getattr(recipe, each) for each in left}
        return dataclasses.replace(self, recipe=name, dense=self.dense or recipe.dense, **settled)

    @property
    def image_size(self) -> int:
        """Side of the recipe's images in pixels."""
        return self._recipe.image_size

    @property
    def published_start(self) -> str:
        """Initial weights of the recipe's encoder, in words; '' for random weights."""
        return self._recipe.start

    @property
    def adversarial_after(self) -> int:
        """Epoch (0-based) after which the adversarial part starts."""
        return self._recipe.start_epoch if self.gan_start_epoch == AS_RECIPE else self.gan_start_epoch

    @property
    def adversarial_weight(self) -> float:
        """Weight lambda of the adversarial part."""
        return self._recipe.gan_weight if self.gan_weight < 0 else self.gan_weight
