"""RUL: learn the relative uncertainty of each image by mixing the features of pairs.

Zhang, Y., Wang, C., Deng, W., "Relative Uncertainty Learning for Facial Expression Recognition", NeurIPS 2021.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from auditor.errors import CheckpointError
from models import checkpoint, reorder
from models.backbone import Backbone, BatchNorm1d, BatchNorm2d, named_children
from models.base import Batch, ColumnInfo, Method, Scores, Setup
from models.inputs import Published, raf_db_order
from models.options import SMALL_RECIPE, Options, option
from models.precision import full

EMBEDDING = 64  # size of mu and log_var
BATCH_NORM_EPS = 2e-5


@dataclass(frozen=True)
class RulOptions(Options):
    """RUL's options; the defaults are the paper's."""

    lr: float = option(2e-4, "Learning rate of the backbone and the branches.", low=0)
    head_lr: float = option(2e-3, "Learning rate of the last layer.", low=0)
    dropout: float = option(0.4, "Dropout on the last feature map.", low=0, high=0.99)
    view: str = option("published-rul", "Augmentation recipe of the training images.")


class Rul(Method):
    """The method RUL: a backbone with two branches, mu and log_var, and a linear layer on mixed mu."""

    name = "rul"
    title = "RUL"
    paper = "Zhang, Wang and Deng, Relative Uncertainty Learning for Facial Expression Recognition, NeurIPS 2021"
    views: tuple[str, ...] = ("published-rul",)
    options_type = RulOptions
    about = "Orders the faces from the most certain to the least certain."
    colour = 1
    map_columns: ClassVar[Mapping[str, str]] = {"sigma": "Uncertainty"}
    column_words: ClassVar[Mapping[str, tuple[str, str]]] = {
        "sigma": ("uncertainty", "Share of the images in this run with a lower uncertainty"),
    }
    ranked = ("sigma",)
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "published": {},
        "recommended": {},
        # Mixed pairs are learnt slowly, so more steps help more than larger steps.
        "demo": {**SMALL_RECIPE, "epochs": 20, "view": "demo", "batch_size": 32, "lr": 2e-3, "dropout": 0.1},
    }
    columns: ClassVar[Mapping[str, ColumnInfo]] = {
        "sigma": ColumnInfo(
            "float32",
            "Relative uncertainty: only its rank within the run has a meaning, and whether high values indicate wrong "
            "labels must be measured in each run",
            direction="unknown",
        ),
    }

    def __init__(self, setup: Setup, options: RulOptions) -> None:
        super().__init__(setup, options)
        self.options: RulOptions = options
        self.backbone = Backbone(setup)
        size = self.backbone.channels * self.backbone.map_size(setup.image_size) ** 2
        self.mu = _branch(self.backbone.channels, size, options.dropout)
        self.log_var = _branch(self.backbone.channels, size, options.dropout)
        self.fc = nn.Linear(EMBEDDING, setup.num_classes)
        features = [p for part in (self.backbone, self.mu, self.log_var) for p in part.parameters()]
        self.add_optimiser("main", [{"params": features}, {"params": self.fc.parameters(), "lr": options.head_lr}])

    def _describe(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return (mu [N, 64], sigma [N]) of images [N, 3, H, W]."""
        features = self.backbone(images)
        return self.mu(features), uncertainty(self.log_var(features))

    def train_step(self, batch: Batch, epoch: int) -> dict[str, Tensor | float]:
        """Do one step on the add-up loss of mixed pairs. A batch of one image pairs it with itself."""
        del epoch
        with self.autocast():
            mu, sigma = self._describe(batch.views[self.options.view])
            partner = torch.randperm(len(batch), device=mu.device)
            logits = self.fc(mix(mu, sigma, partner))
            loss = add_up_loss(logits, batch.targets, batch.targets[partner])
        self.backward(loss)
        self.step()
        self.tick()
        return {"loss": loss.detach()}

    def score(self, batch: Batch) -> Scores:
        """Return the probabilities of the unmixed mu, mu as the embedding, and sigma."""
        with self.scoring():
            mu, sigma = self._describe(batch.views["plain"])
            logits = self.fc(mu)
        return Scores(logits.float().softmax(1), mu.float(), {"sigma": sigma})

    @classmethod
    def published_form(cls, files: Sequence[Path]) -> Published | None:
        """Return the file's classes and image size; the classes are RAF-DB's where there are seven."""
        if len(files) != 1:
            return None
        content = checkpoint.read(files[0])
        bias = checkpoint.entry(content, "fc_state_dict", "bias")
        wide, narrow = (
            checkpoint.entry(content, "model_state_dict", key) for key in ("mu.3.weight", "mu.0.running_mean")
        )
        if bias is None or wide is None or narrow is None:
            return None
        side = round(math.sqrt(wide.shape[1] / len(narrow)))  # of the last feature map, 1/32 of the image
        return Published(len(bias), raf_db_order(len(bias)), 32 * side)

    def reorder_classes(self, order: Sequence[int]) -> None:
        """Reorder the head's outputs."""
        reorder.outputs(self.fc, order)

    def load_published(self, files: Sequence[Path]) -> None:
        """Load `{'model_state_dict', 'fc_state_dict'}`; the backbone's children are numbered."""
        if len(files) != 1:
            raise CheckpointError(f"RUL's checkpoint is one file and {len(files)} were given; name one.")
        content = checkpoint.read(files[0])
        model = checkpoint.state_dict(content, files[0], "model_state_dict")
        head = checkpoint.state_dict(content, files[0], "fc_state_dict")
        parts = {"": self.backbone, "mu.": self.mu, "log_var.": self.log_var}
        checkpoint.fit_parts(parts, named_children(model), f"model_state_dict of {files[0]}")
        checkpoint.fit(self.fc, head, f"fc_state_dict of {files[0]}")


def _branch(channels: int, size: int, dropout: float) -> nn.Sequential:
    """Build a branch: feature maps [N, channels, h, w] of `size` values per image -> [N, 64]."""
    return nn.Sequential(
        BatchNorm2d(channels, eps=BATCH_NORM_EPS, affine=False),
        nn.Dropout(dropout),
        nn.Flatten(),
        nn.Linear(size, EMBEDDING),
        BatchNorm1d(EMBEDDING, eps=BATCH_NORM_EPS),
    )


def uncertainty(log_var: Tensor) -> Tensor:
    """Return sigma [N] > 0, the mean of exp(log_var [N, D]) over D, in at least float32.

    By the paper, larger values mean harder images.
    """
    return full(log_var).exp().mean(dim=1).clamp(min=torch.finfo(torch.float32).tiny)


def mix(mu: Tensor, sigma: Tensor, partner: Tensor) -> Tensor:
    """Mix every embedding with its partner's: a mu_i + (1 - a) mu_j, a = sigma_i / (sigma_i + sigma_j).

    Args:
        mu: [N, D].
        sigma: [N], positive.
        partner: [N] the index j of each image's partner.

    Returns:
        [N, D]. The more uncertain image of a pair has more weight, so the loss raises sigma of hard images.
    """
    other = sigma[partner]
    share = (sigma / (sigma + other))[:, None]
    return share * mu + (1 - share) * mu[partner]


def add_up_loss(logits: Tensor, labels: Tensor, partner_labels: Tensor) -> Tensor:
    """Return the mean of the cross-entropies with a pair's two labels: classes [N] or shares of them [N, C]."""
    return (F.cross_entropy(logits, labels) + F.cross_entropy(logits, partner_labels)) / 2
