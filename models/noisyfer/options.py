"""NoisyFER's options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from models.options import Options, option

RECIPES: Mapping[str, tuple[int, float]] = {"raf-db": (5, 1.0), "affectnet": (-1, 0.4), "cifar-10": (0, 0.8)}
"""(epoch after which the adversarial part starts, its weight lambda), as the paper has them for each data set."""

SOURCES = ("auto", "own", "methods", "prototypes", "none")
AS_RECIPE = -2  # what an option of the recipe says to follow it


@dataclass(frozen=True)
class NoisyFerOptions(Options):
    """NoisyFER's options; the defaults are the paper's."""

    epochs: int = option(100, "Passes over the training images (the published script has no end).", low=1)
    batch_size: int = option(128, "Images a step.", low=1)
    lr: float = option(1e-4, "Learning rate (of a one-cycle schedule: its peak).", low=0)
    weight_decay: float = option(0.0, "Weight decay.", low=0)
    schedule: str = option(
        "constant", "How the learning rate changes over the run.", choices=("exponential", "one-cycle", "constant")
    )
    label_sets: str = option(
        "auto",
        "Where further label sets come from: the data set's own, other methods trained before in the run, or class "
        "prototypes (which are said out loud); auto takes the first of these that there is.",
        choices=SOURCES,
    )
    own_sets: tuple[str, ...] = option(
        (), "Which of the data set's own label sets are learnt from, by name; none named: the first four."
    )
    recipe: str = option(
        "raf-db", "Data set whose start and weight of the adversarial part are used.", choices=tuple(RECIPES)
    )
    gan_start_epoch: int = option(
        AS_RECIPE, "Epoch (from 0) after which the adversarial part starts; -1 at once, -2 as the recipe says.", low=-2
    )
    gan_weight: float = option(AS_RECIPE * 1.0, "Weight of the adversarial part; -2 as the recipe says.", low=-2)
    set_weight: float = option(1.0, "Weight of each further label set's cross-entropy; the given labels have 1.", low=0)
    va_weight: float = option(1.0, "Weight of the valence/arousal loss.", low=0)
    discriminator_steps: int = option(2, "Discriminator steps for each step of encoder and decoder.", low=1)
    dropout: float = option(0.5, "Dropout after the encoder's dense layers.", low=0, high=1)
    view: str = option("noisyfer", "Augmentation recipe of the training images.")
    encoder_norm: bool = option(False, "Batch norm in the encoder: from random weights it learns much faster.")
    discriminator_lr: float = option(0.0, "Learning rate of the discriminators; 0 is the same as the others'.", low=0)
    label_codes: str = option(
        "logits",
        "What the discriminators see of a predicted label, beside the one-hot of a given one: the raw logits (the "
        "paper's, told apart by their size alone) or the probabilities.",
        choices=("logits", "probabilities"),
    )
    log_variance_limit: float = option(0.0, "Largest size of z0's log-variance; 0 does not limit it.", low=0)
    prior_weight: float = option(0.0, "Weight of z0's divergence from the standard normal; the paper has none.", low=0)

    @property
    def adversarial_after(self) -> int:
        """Epoch (0-based) after which the adversarial part starts."""
        return RECIPES[self.recipe][0] if self.gan_start_epoch == AS_RECIPE else self.gan_start_epoch

    @property
    def adversarial_weight(self) -> float:
        """Weight lambda of the adversarial part."""
        return RECIPES[self.recipe][1] if self.gan_weight < 0 else self.gan_weight
