"""NoisyFER: learn labels, a label-free code and the image jointly, from label sets that may all be wrong.

Zhang, S. et al., "Facial Emotion Recognition with Noisy Multi-task Annotations", WACV 2021. The encoder predicts z0 and
labels from a real image, the decoder generates an image from z0 and given labels, and discriminators distinguish the
two sides, so that p(image, labels) of both becomes the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from auditor.errors import ConfigError
from models import reorder
from models.base import Batch, ColumnInfo, Method, Scores, Setup
from models.inputs import Inputs, Published
from models.noisyfer import losses, published
from models.noisyfer.codes import LabelCodes
from models.noisyfer.decoder import Decoder
from models.noisyfer.discriminators import CodeDiscriminator, Discriminators, Side, published_names
from models.noisyfer.encoder import NOISE, Codes, Encoder, load_vgg
from models.noisyfer.options import RECIPES, SMALL, NoisyFerOptions
from models.options import Options

MOST_SETS = 5
HALF = (0.5, 0.5, 0.5)
PAPER_NETWORK: Mapping[str, Any] = {"image_size": 64, "width": 1.0, "stem": "imagenet"}


class NoisyFer(Method):
    """The method NoisyFER: encoder, decoder and discriminators.

    It covers both modes of the paper: the given labels, any further label sets of the batch and, where the setup has
    them, valence and arousal. Each has its own head, loss and discriminator. The prediction is that of the first head.
    The embedding is the encoder's last dense layer, from which the labels are predicted. z0 is trained to be
    independent of the labels, so neighbours by z0 would be no evidence on them.
    """

    name = "noisyfer"
    title = "NoisyFER"
    paper = "Zhang et al., Facial Emotion Recognition with Noisy Multi-task Annotations, WACV 2021"
    views: tuple[str, ...] = ("published-noisyfer",)
    options_type = NoisyFerOptions
    about = "Draws each face as it would look with every label, and learns from several label sets at once."
    colour = 3
    takes_label_sets = True
    own_network = True
    column_words: ClassVar[Mapping[str, tuple[str, str]]] = {
        "plausibility": (
            "plausibility of the label",
            "Share of the images in this run whose given label is less plausible beside the best other label",
        ),
    }
    ranked = ("plausibility",)
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "published": {},
        "recommended": {"antialias": True, "joined_forward": True, "order": "shuffled"},
        "demo": SMALL,
    }
    setups: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "published": PAPER_NETWORK,
        "recommended": PAPER_NETWORK,
        "demo": {"image_size": 48, "width": 0.25, "stem": "small"},
    }
    columns: ClassVar[Mapping[str, ColumnInfo]] = {
        "posterior": ColumnInfo(
            "float16", "Probability of each class by each label set in turn, the given labels' first", width="classes"
        ),
        "plausibility": ColumnInfo(
            "float32", "Joint score of image and given label minus the best of the other labels", direction="lower"
        ),
    }
    judged: Tensor

    def __init__(self, setup: Setup, options: NoisyFerOptions) -> None:
        super().__init__(setup, options)
        self.options: NoisyFerOptions = options
        # False, also after a reload, for a published checkpoint without discriminators: it has no plausibility.
        self.register_buffer("judged", torch.tensor(True))
        self._build(LabelCodes((setup.num_classes, *setup.label_set_classes), setup.has_va))

    def _build(self, codes: LabelCodes) -> None:
        """Build the networks for label codes, and their optimisers."""
        if len(codes.classes) > MOST_SETS:
            raise ConfigError(
                f"NoisyFER takes {MOST_SETS} label sets, the given labels included, but there are "
                f"{len(codes.classes)}; choose fewer."
            )
        setup, options, outputs = self.setup, self.options, sum(codes.sizes)
        self.codes = codes
        self.encoder = Encoder(
            outputs, setup.image_size, setup.width,
            dense=options.dense or RECIPES["raf-db"].dense, dropout=options.dropout, norm=options.encoder_norm,
        )  # fmt: skip
        load_vgg(self.encoder, setup)
        self.decoder = Decoder(NOISE + outputs, setup.image_size, setup.width)
        self.discriminators = Discriminators(codes.sizes, setup.image_size, setup.width)
        self.add_optimiser("main", [{"params": [*self.encoder.parameters(), *self.decoder.parameters()]}])
        self.add_optimiser(
            "discriminators",
            [{"params": self.discriminators.parameters(), "lr": options.discriminator_lr or options.lr}],
        )

    def train_step(self, batch: Batch, epoch: int) -> dict[str, Tensor | float]:
        """Do steps of the discriminators on detached codes, then one step of encoder and decoder.

        L = CE + VA loss + lambda (mean(scores of the encoder's side) - mean(scores of the decoder's side)).
        """
        images = batch.views[self.options.view]
        adversarial = epoch > self.options.adversarial_after
        with self.autocast():
            codes = self._encode(images)
            outputs = self.codes.split(codes.labels)
            parts = self._label_losses(batch, codes, outputs)
            loss = torch.stack(list(parts.values())).sum()
            # The decoder learns only from the discriminators, so no image is generated before they start.
            idle = not adversarial and self.options.idle_passes == "yes"
            sides = self._sides(batch, images, codes, outputs) if adversarial or idle else None
            if sides is not None and idle:
                self._pass_idly(sides)
        if sides is not None and adversarial:
            parts["discriminator"] = self._judge(sides)
            parts["gan"] = self._fool(sides)
            loss = loss + self.options.adversarial_weight * parts["gan"]
        self.backward(loss)
        self.step()
        self.discriminators.requires_grad_(True)
        self.tick()
        return {"loss": loss.detach(), **{name: value.detach() for name, value in parts.items()}}

    def _encode(self, images: Tensor) -> Codes:
        codes: Codes = self.encoder(images)
        limit = self.options.log_variance_limit
        if limit <= 0:
            return codes
        return Codes(codes.mean, codes.log_variance.clamp(-limit, limit), codes.labels, codes.features)

    def _label_losses(self, batch: Batch, codes: Codes, outputs: Sequence[Tensor]) -> dict[str, Tensor]:
        """Return the weighted losses of the label sets, of valence and arousal, and of z0's prior if weighted."""
        targets = self.codes.targets(batch)
        parts = {"expression": losses.label_loss(outputs[0], targets[0], batch.soft)}
        for place, target in enumerate(targets[1:], start=1):
            parts[f"label_set_{place}"] = self.options.set_weight * losses.label_loss(outputs[place], target)
        if self.codes.has_va and batch.valence_arousal is not None:
            parts["va"] = self.options.va_weight * losses.va_loss(outputs[-1], batch.valence_arousal)
        if self.options.prior_weight > 0:
            parts["prior"] = self.options.prior_weight * losses.prior_loss(codes.mean, codes.log_variance)
        return parts

    def _sides(self, batch: Batch, images: Tensor, codes: Codes, outputs: Sequence[Tensor]) -> tuple[Side, Side]:
        """Return (encoder's side, decoder's side)."""
        as_probabilities = self.options.label_codes == "probabilities"
        real = Side(images, codes.sample(), self.codes.predicted(outputs, as_probabilities=as_probabilities))
        z0 = torch.randn_like(codes.mean)
        label_codes = self.codes.given(batch, outputs)
        return real, Side(self.decoder(torch.cat([z0, *label_codes], dim=1)), z0, label_codes)

    def _judge(self, sides: tuple[Side, Side]) -> Tensor:
        """Do the discriminators' steps on codes and images without gradients; return the last step's loss."""
        detached = (sides[0].detach(), sides[1].detach())
        for _ in range(self.options.discriminator_steps):
            with self.autocast():
                loss = losses.discriminator_loss(*self._scores(detached))
            self.backward(loss)
            self.step("discriminators")
        return loss

    def _fool(self, sides: tuple[Side, Side]) -> Tensor:
        """Return the loss of encoder and decoder; the discriminators pass its gradients on but get none."""
        self.discriminators.requires_grad_(False)
        with self.autocast():
            return losses.generator_loss(*self._scores(sides))

    def _scores(self, sides: tuple[Side, Side]) -> tuple[Tensor, Tensor]:
        """Return the scores of both sides, [N, columns] each: in two passes, as published, or in one batch."""
        if self.options.joined_forward:
            first, second = self.discriminators(Side.cat(*sides)).chunk(2)
            return first, second
        return self.discriminators(sides[0]), self.discriminators(sides[1])

    @torch.no_grad()
    def _pass_idly(self, sides: tuple[Side, Side]) -> None:
        """Pass both sides through the discriminators only for their power iterations, as the published program does."""
        self._scores((sides[0].detach(), sides[1].detach()))

    def score(self, batch: Batch) -> Scores:
        """Return the posteriors of every label set, and the plausibility of the given label; NaN without a label."""
        images = batch.views["plain"]
        with self.scoring():
            codes = self._encode(images)
            outputs = self.codes.split(codes.labels)
            plausibility = self._plausibility(batch, images, codes, outputs)
        sets = [output.float().softmax(1) for output in outputs[: len(self.codes.classes)]]
        return Scores(
            probs=sets[0],
            embedding=codes.features.float(),
            columns={"posterior": torch.cat(sets, dim=1), "plausibility": plausibility},
        )

    def _plausibility(self, batch: Batch, images: Tensor, codes: Codes, outputs: Sequence[Tensor]) -> Tensor:
        """Return [N] the joint score of the given label minus the best of the others, with z0 at its mean."""
        side = Side(images, codes.mean, self.codes.given(batch, outputs))
        one_hots = torch.eye(self.setup.num_classes, device=images.device, dtype=codes.mean.dtype)
        scores = self.discriminators.joint_for_labels(side, one_hots).float()
        return losses.margin(scores, batch.labels).masked_fill(~self.judged, torch.nan)

    @torch.no_grad()
    def decode(self, z0: Tensor, labels: Tensor) -> Tensor:
        """Draw faces for codes and labels.

        Args:
            z0: [N, 100].
            labels: [N] classes, used for all label sets of these classes; the others are uniform.

        Returns:
            [N, 3, H, W] in [-1, 1].
        """
        with self.scoring():
            faces: Tensor = self.decoder(torch.cat([z0, *self.codes.for_class(labels)], dim=1))
        return faces.float()

    @torch.no_grad()
    def faces_for_labels(self, images: Tensor) -> Tensor:
        """Draw each face with every label: [N, 3, H, W] normalised -> [N, C, 3, H, W] in [-1, 1].

        z0, valence and arousal and label sets of other classes are those predicted from the image.
        """
        with self.scoring():
            codes = self._encode(images)
            outputs = self.codes.split(codes.labels)
            faces = []
            for label in range(self.setup.num_classes):
                labels = torch.full((len(images),), label, device=images.device)
                faces.append(self.decoder(torch.cat([codes.mean, *self.codes.for_class(labels, outputs)], dim=1)))
        return torch.stack(faces, dim=1).float()

    @classmethod
    def inputs_for(cls, options: Options) -> Inputs:
        """Return inputs in [-1, 1], with the channel order and resampling of the options."""
        assert isinstance(options, NoisyFerOptions)
        return Inputs(HALF, HALF, options.channels, options.antialias)

    @classmethod
    def setup_for(cls, preset: str, options: Options) -> dict[str, Any]:
        """Return the preset's network, at the recipe's image size except for the preset 'demo'."""
        assert isinstance(options, NoisyFerOptions)
        setup = super().setup_for(preset, options)
        return setup if preset == "demo" else {**setup, "image_size": options.image_size}

    @classmethod
    def start_for(cls, options: Options) -> str:
        """Return VGG-16's ImageNet weights for AffectNet's recipe, '' (random weights) for the others."""
        assert isinstance(options, NoisyFerOptions)
        return options.published_start

    @classmethod
    def published_form(cls, files: Sequence[Path]) -> Published | None:
        """Read classes, image size, dense width and, from these, the recipe off the encoder's file."""
        return published.form(files)

    def reorder_classes(self, order: Sequence[int]) -> None:
        """Reorder the classes of every label set with that number of classes, in all networks that use them."""
        start = 0
        for place, size in enumerate(self.codes.sizes):
            if place < len(self.codes.classes) and size == len(order):
                reorder.outputs(self.encoder.c_layer, order, start)
                reorder.inputs(self.decoder.linear, order, NOISE + start)
                judge = self.discriminators.labels[place]
                assert isinstance(judge, CodeDiscriminator)
                reorder.inputs(judge.z_mlp.linear, order)
            start += size

    def load_published(self, files: Sequence[Path]) -> None:
        """Load `<epoch>_net_<name>.pth` files: the encoder for labels, all discriminators for the plausibility.

        The files determine their label sets, which may differ from those of the data to score. The networks are rebuilt
        for the files' label sets, for scoring only.
        """
        codes = published.label_codes(files, self.setup.num_classes)
        if codes is not None and codes != self.codes:
            device = self.judged.device
            self._build(codes)
            self.to(device)
            if self.accelerator is not None:
                self.prepare(self.accelerator)
        judges = published_names(self.discriminators, has_va=self.codes.has_va)
        nets: dict[str, nn.Module] = {"encoder": self.encoder, "decoder": self.decoder, **judges}
        loaded = published.load(files, nets)
        self.judged.fill_(set(judges) <= loaded)
