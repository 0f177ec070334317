"""NLA: weight every image by (p of its label, largest other p), and make two views agree.

Lee, J. et al., "Navigating Label Ambiguity for Facial Expression Recognition in the Wild", AAAI 2025. The
weights are the densities of models/landscape.py.
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
from models.backbone import Classifier, named_children
from models.base import PAPER_SIZE, Batch, ColumnInfo, Method, Scores, Setup
from models.inputs import Inputs, Published, raf_db_order
from models.landscape import gaussian_false, gaussian_true
from models.lanes import take_statistics, twin
from models.options import SMALL_RECIPE, Options, option
from models.precision import full

TRUE, FALSE, UNLABELLED = 1, 0, -1
OWN = Inputs(mean=(0.577, 0.4494, 0.4001), std=(0.2628, 0.2395, 0.2383))
"""The published program's mean and standard deviation of RGB, in training and evaluation."""


@dataclass(frozen=True)
class NlaOptions(Options):
    """NLA's options; the defaults are the paper's, except for `detach_weight`."""

    batch_size: int = option(32, "Images per step; the consistency loss is a sum over them.", low=1)
    detach_weight: bool = option(
        True, "Stop gradients at the weight. The paper lets them through, which learns little from random weights."
    )
    weighted_share: float = option(
        0.5, "Share of the weighted cross-entropy in the loss; the plain one has the rest.", low=0, high=1
    )
    consistency_weight: float = option(
        0.5, "Weight of the divergence between the views, summed over the batch; 0.5 is for 32 images.", low=0
    )
    normalise: str = option(
        "own",
        "Mean and standard deviation for normalising the images: the paper's own, or ImageNet's.",
        choices=("own", "imagenet"),
        before="imagenet",
    )
    joined_forward: bool = option(False, "One forward pass of both views, which then share batch-norm statistics.")
    view: str = option("published-nla", "Augmentation recipe of the training images.")


class Nla(Method):
    """The method NLA: one classifier with a weighted cross-entropy and consistency under mirroring."""

    name = "nla"
    title = "NLA"
    paper = "Lee et al., Navigating Label Ambiguity for Facial Expression Recognition in the Wild, AAAI 2025"
    views: tuple[str, ...] = ("published-nla",)
    options_type = NlaOptions
    about = "Weights the images by the probability of their label and of its strongest rival."
    colour = 2
    trains_the_demo = True  # the fastest of the four; it finds most of the planted errors too (benchmarks/demo.py)
    map_columns: ClassVar[Mapping[str, str]] = {"weight": "Weight"}
    column_words: ClassVar[Mapping[str, tuple[str, str]]] = {
        "weight": ("weight", "Weight of the image in the loss of the last epoch"),
        "p_gt": ("last p(given)", "Probability of the given label after the last epoch"),
        "p_nn": ("last p(rival)", "Largest probability of another class after the last epoch"),
        "case": ("given label first", "1 where the given label is the most probable class, else 0"),
    }
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "published": {"detach_weight": False},
        "recommended": {},
        # The consistency loss is a sum over the batch. At the paper's weight, a network from random weights does not
        # learn. Chosen on errors planted on real faces (docs/notebook.md).
        "demo": {**SMALL_RECIPE, "epochs": 20, "view": "demo", "consistency_weight": 0.015},
    }
    columns: ClassVar[Mapping[str, ColumnInfo]] = {
        "weight": ColumnInfo("float16", "Weight of the image in the loss of this epoch", direction="none"),
        "p_gt": ColumnInfo("float16", "Probability of the given label", direction="lower"),
        "p_nn": ColumnInfo("float16", "Largest probability of another class", direction="higher"),
        "case": ColumnInfo("int8", "1 where the given label is the most probable class, else 0", direction="lower"),
    }
    epoch: Tensor

    def __init__(self, setup: Setup, options: NlaOptions) -> None:
        super().__init__(setup, options)
        self.options: NlaOptions = options
        self.net = Classifier(setup)
        # The weight that `score` returns depends on the epoch. A loaded published checkpoint has the last epoch.
        self.register_buffer("epoch", torch.tensor(options.epochs - 1))
        self.add_optimiser("main", [{"params": self.net.parameters()}])
        self._epoch: int | None = options.epochs - 1  # its value, so that `score` need not read it from the device
        self.register_load_state_dict_post_hook(_forget_epoch)  # type: ignore[no-untyped-call]
        self._beside: list[nn.Module] = []  # the network's twin, in a list to keep it out of the state dict

    def start_epoch(self, epoch: int, last: Scores | None) -> None:
        """Set the epoch of the landscape, which gets narrower with each epoch."""
        super().start_epoch(epoch, last)
        self._set_epoch(epoch)

    def _set_epoch(self, epoch: int) -> None:
        self.epoch.fill_(epoch)
        self._epoch = epoch

    def _epoch_now(self) -> int:
        if self._epoch is None:  # just loaded
            self._epoch = int(self.epoch)
        return self._epoch

    def train_step(self, batch: Batch, epoch: int) -> dict[str, Tensor | float]:
        """Do one step on L = 0.5 mean(CE) + 0.5 mean(weight CE) + 0.5 JSD(image, mirrored image)."""
        images = batch.views[self.options.view]
        with self.autocast():
            logits, mirrored = self._logits_of_both(images, images.flip(-1))
            losses = nla_losses(
                logits, mirrored, batch.labels, epoch, self.options.epochs,
                detach=self.options.detach_weight, targets=batch.targets,
            )  # fmt: skip
            share = self.options.weighted_share
            loss = (
                (1 - share) * losses["plain"]
                + share * losses["weighted"]
                + self.options.consistency_weight * losses["consistency"]
            )
        self.backward(loss)
        for other in self._beside if self.lanes.count > 1 else ():
            take_statistics(self.net, other)
        self.step()
        self.tick()
        return {"loss": loss.detach(), **{name: value.detach() for name, value in losses.items()}}

    def _logits_of_both(self, images: Tensor, mirrored: Tensor) -> tuple[Tensor, Tensor]:
        if self.options.consistency_weight == 0:  # the mirrored images have no part in the loss
            logits = self.net(images)[1]
            return logits, logits.detach()
        if self.options.joined_forward:
            first, second = self.net(torch.cat([images, mirrored]))[1].chunk(2)
            return first, second
        if self.lanes.count == 1:
            return self.net(images)[1], self.net(mirrored)[1]
        self._beside = self._beside or [twin(self.net)]
        other = self._beside[0]
        passes = (lambda: (self.net(images)[1],), lambda: (other(mirrored)[1],))
        (first,), (second,) = self.lanes.forward(passes, self.autocast)
        return first, second

    def score(self, batch: Batch) -> Scores:
        """Return probabilities, pooled features, and each image's position and weight; NaN without a label."""
        with self.scoring():
            embedding, logits = self.net(batch.views["plain"])
        probs = logits.float().softmax(1)
        p_label, p_other = p_label_and_other(probs, batch.labels.clamp(min=0))
        weight = weights(p_label, p_other, self._epoch_now(), self.options.epochs)
        unlabelled = batch.labels < 0
        return Scores(
            probs,
            embedding.float(),
            {
                "weight": weight.masked_fill(unlabelled, math.nan),
                "p_gt": p_label.masked_fill(unlabelled, math.nan),
                "p_nn": p_other.masked_fill(unlabelled, math.nan),
                "case": (p_label >= p_other).to(torch.int8).masked_fill(unlabelled, UNLABELLED),
            },
        )

    @classmethod
    def inputs_for(cls, options: Options) -> Inputs:
        """Return the paper's own mean and standard deviation, or ImageNet's."""
        assert isinstance(options, NlaOptions)
        return OWN if options.normalise == "own" else Inputs()

    @classmethod
    def published_form(cls, files: Sequence[Path]) -> Published | None:
        """Return the file's classes and image size; the classes are RAF-DB's where there are seven."""
        if len(files) != 1:
            return None
        bias = checkpoint.entry(checkpoint.read(files[0]), "fc.bias")
        options = {"normalise": "own"}
        return None if bias is None else Published(len(bias), raf_db_order(len(bias)), PAPER_SIZE, options)

    def reorder_classes(self, order: Sequence[int]) -> None:
        """Reorder the head's outputs."""
        reorder.outputs(self.net.head, order)

    def load_published(self, files: Sequence[Path]) -> None:
        """Load `model.state_dict()`: numbered children as in RUL's file, `fc`, and an unused `embed`."""
        if len(files) != 1:
            raise CheckpointError(f"NLA's checkpoint is one file and {len(files)} were given; name one.")
        state = checkpoint.state_dict(checkpoint.read(files[0]), files[0])
        used = {key: value for key, value in named_children(state).items() if not key.startswith("embed.")}
        checkpoint.fit_parts({"": self.net.backbone, "fc.": self.net.head}, used, str(files[0]))
        self._set_epoch(self.options.epochs - 1)


def _forget_epoch(method: nn.Module, keys: object) -> None:
    """Read the epoch from the state dict that was loaded, when it is next needed."""
    del keys
    assert isinstance(method, Nla)
    method._epoch = None


def p_label_and_other(probs: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """Return (p_gt, p_nn), [N] each, from [N, C]: the label's probability and the largest of the other classes."""
    p_label = probs.gather(1, labels[:, None])[:, 0]
    others = probs.scatter(1, labels[:, None], -1.0)  # out of place, so that the others keep their gradients
    return p_label, others.amax(dim=1)


def weights(p_label: Tensor, p_other: Tensor, epoch: int, epochs: int) -> Tensor:
    """Return the landscape's density [N] at (p_gt, p_nn); the label is the arg-max where p_gt >= p_nn.

    Args:
        p_label: [N] p_gt.
        p_other: [N] p_nn.
        epoch: The epoch, counted from 0.
        epochs: Number of epochs of the whole training.
    """
    true, false = gaussian_true(epoch, epochs), gaussian_false()
    density_true = true.height * torch.exp(true.exponent(p_label, p_other))
    density_false = false.height * torch.exp(false.exponent(p_label, p_other))
    return torch.where(p_label >= p_other, density_true, density_false)


def divergence_of_views(logits: Tensor, other: Tensor) -> Tensor:
    """Return the divergence of two views as published, with the mean taken over logits: m = (a + b) / 2.

    It is 0.5 (sum KL(softmax(m) || softmax(a)) + sum KL(softmax(m) || softmax(b))), summed over classes and the batch,
    so it grows with the batch.
    """
    log_a, log_b = F.log_softmax(logits, dim=1), F.log_softmax(other, dim=1)
    log_m = F.log_softmax((logits + other) / 2, dim=1)
    to_a = F.kl_div(log_a, log_m, reduction="sum", log_target=True)
    to_b = F.kl_div(log_b, log_m, reduction="sum", log_target=True)
    return (to_a + to_b) / 2


def nla_losses(
    logits: Tensor,
    mirrored: Tensor,
    labels: Tensor,
    epoch: int,
    epochs: int,
    *,
    detach: bool,
    targets: Tensor | None = None,
) -> dict[str, Tensor]:
    """Return the three losses, unweighted.

    Args:
        logits: [N, C] of the images.
        mirrored: [N, C] of the mirrored images.
        labels: [N] classes.
        epoch: The epoch, counted from 0.
        epochs: Number of epochs of the whole training.
        detach: Whether gradients stop at the weight.
        targets: Shares [N, C] for the cross-entropy in place of the labels. The weight always uses the label.

    Returns:
        'plain': mean CE; 'weighted': mean of weight times CE; 'consistency': the divergence of the views.
    """
    cross_entropy = F.cross_entropy(logits, labels if targets is None else targets, reduction="none")
    probs = full(logits.detach() if detach else logits).softmax(1)
    weight = weights(*p_label_and_other(probs, labels), epoch, epochs)
    return {
        "plain": cross_entropy.mean(),
        "weighted": (weight * cross_entropy).mean(),
        "consistency": divergence_of_views(logits, mirrored),
    }
