"""What a method is. The training loop knows this file and no method.

A method is one module (or a package with a `method.py`) in `models/` that defines one concrete subclass of `Method`;
`models.registry` finds it. It sees tensors only: no file of a data set, no screen, no database.

How the loop uses a method (epochs are 0-based):

    method = registry.build(name, setup, options)         # seeded; on the CPU
    method.prepare(accelerator)                           # once: device, optimisers, processes
    for epoch in range(options.epochs):
        torch.manual_seed(...)                            # of (seed, epoch): train_step draws from torch's generator
        method.start_epoch(epoch, last)                   # last: the scores after the epoch before; None at first
        for batch in batches: losses = method.train_step(batch, epoch)
        method.end_epoch()
        last = the scores of all images, by method.score(batch) under torch.inference_mode()
        save method.state_dict() and method.training_state()

To go on from a checkpoint: load both, score once more to have `last`, then start the next epoch.
"""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Self

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from models import lanes, optim, parallel
from models.options import Options

IMAGENET_NORMALISE = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
SMALL_SETUP = {"image_size": 48, "width": 0.25, "stem": "small"}
PAPER_SETUP = {"image_size": 224, "width": 1.0, "stem": "imagenet"}


@dataclass
class Batch:
    """Images of one step.

    Attributes:
        rows: [N] int64, the images' places 0..num_rows-1 among all that the run scores, the order of `last`.
        views: By recipe name, [N, 3, H, W] float, normalised as the method's `normalise` says. Training brings
            `Method.views` (of some images alone where `Method.parts` says so), scoring brings 'plain' alone.
        labels: [N] int64 given classes; -1 where there is none (scored only, never trained on).
        label_sets: [N, S] int64 classes of further label sets, -1 absent.
        valence_arousal: [N, 2] float in [-1, 1], NaN absent.
        soft: [N, C] float shares of the classes to learn (one-hot rows where the label says it all), or None.
    """

    rows: Tensor
    views: dict[str, Tensor]
    labels: Tensor
    label_sets: Tensor | None = None
    valence_arousal: Tensor | None = None
    soft: Tensor | None = None

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def targets(self) -> Tensor:
        """What a cross-entropy learns: shares [N, C] where there are any, else the labels [N]."""
        return self.labels if self.soft is None else self.soft

    def to(self, device: torch.device | str, *, non_blocking: bool = True) -> Self:
        """The same batch on a device. Rows stay: a method looks things up by them without waiting for the device."""

        def move(tensor: Tensor | None) -> Tensor | None:
            return None if tensor is None else tensor.to(device, non_blocking=non_blocking)

        return type(self)(
            rows=self.rows,
            views={name: view.to(device, non_blocking=non_blocking) for name, view in self.views.items()},
            labels=self.labels.to(device, non_blocking=non_blocking),
            label_sets=move(self.label_sets),
            valence_arousal=move(self.valence_arousal),
            soft=move(self.soft),
        )


@dataclass
class Scores:
    """What a method says about images, detached.

    Attributes:
        probs: [N, C] float32 p(y | x); rows sum to 1.
        embedding: [N, D] float32.
        columns: The method's own, by the names in `Method.columns`: [N] or [N, k].
    """

    probs: Tensor
    embedding: Tensor
    columns: dict[str, Tensor] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.probs)

    @classmethod
    def cat(cls, parts: Sequence[Scores]) -> Scores:
        """Scores of consecutive images, joined."""
        return cls(
            probs=torch.cat([part.probs for part in parts]),
            embedding=torch.cat([part.embedding for part in parts]),
            columns={name: torch.cat([part.columns[name] for part in parts]) for name in parts[0].columns},
        )


@dataclass(frozen=True)
class ColumnInfo:
    """One of a method's own columns.

    Attributes:
        dtype: How it is kept: 'float16', 'float32', 'int8' or 'int16'.
        help: One sentence for a table's header.
        per_epoch: Whether it changes with the epochs and is kept for each (else for the last alone).
        direction: Which values are more suspicious: 'higher', 'lower', 'unknown' (a run establishes it) or 'none'.
        width: Values an image: 1, or 'classes' for one a class.
    """

    dtype: str
    help: str
    per_epoch: bool = True
    direction: str = "none"
    width: int | str = 1


@dataclass(frozen=True)
class Setup:
    """What a network is built for.

    Attributes:
        num_classes: C >= 2.
        image_size: Side of the square input in pixels, >= 32.
        width: Channel multiplier.
        stem: 'imagenet' (7x7 stride 2, max-pool) or 'small' (3x3 stride 2, no pooling).
        depth: ResNet depth 18, 34 or 50.
        weights: 'none', 'imagenet' or the path of a weight file.
        num_rows: Images that the run scores, trained on or not.
        steps_per_epoch: Training steps of an epoch (of each process).
        label_set_classes: Number of classes of each further label set in `Batch.label_sets`.
        has_va: Whether batches bring valence and arousal.
        seed: Seeds the initial weights.
    """

    num_classes: int
    image_size: int = 224
    width: float = 1.0
    stem: str = "imagenet"
    depth: int = 18
    weights: str = "none"
    num_rows: int = 0
    steps_per_epoch: int = 1
    label_set_classes: tuple[int, ...] = ()
    has_va: bool = False
    seed: int = 0


class Method(nn.Module, ABC):
    """One way of learning from labels that may be wrong, and of saying which they are.

    A subclass sets the class variables, builds its networks and calls `add_optimiser` in `__init__`. Everything that
    `score` depends on is in the state dict.

    Attributes:
        name: 'man': the name everywhere (command line, columns, folders).
        title: 'MAN': for the screen.
        paper: Authors, title, venue, year.
        about: One sentence on what its evidence shows, for the Methods page.
        colour: Its place among the class colours of the palette; None for the first that is free.
        networks: Endings of the columns `pred_<network>` and `p_<network>`, where it is made of several networks.
        map_columns: Words by own column that the map can be coloured by.
        recipes: Augmentations of its own by recipe name: (images float [N, 3, H, W] in 0..255, generator) -> the same.
        views: Recipe names of the augmented views a training batch brings. An instance may choose others by option,
            and change them in `start_epoch`: read them after it.
        options_type: The method's options; all defaults are the paper's.
        presets: Option values by preset, over the defaults: 'paper' is empty but for what must be named.
        setups: Image size, width and stem by preset.
        normalise: (mean, std) of the RGB input over 0..1.
        columns: The columns of its scores.
        uses_last: Whether `start_epoch` needs `last`.
        learns_from_others: Whether it is trained last, on what the others of its run say together (`Batch.soft`).
        takes_label_sets: Whether it learns from `Batch.label_sets` (its options `label_sets` and `own_sets`).

    What `models.titles.Description` lists is written as plain literals, because the app reads it without torch.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    paper: ClassVar[str]
    about: ClassVar[str] = ""
    colour: ClassVar[int | None] = None
    networks: ClassVar[tuple[str, ...]] = ()
    map_columns: ClassVar[Mapping[str, str]] = {}
    recipes: ClassVar[Mapping[str, Callable[[Tensor, torch.Generator], Tensor]]] = {}
    views: tuple[str, ...] = ("weak",)
    options_type: ClassVar[type[Options]] = Options
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {"paper": {}, "demo": {}}
    setups: ClassVar[Mapping[str, Mapping[str, Any]]] = {"paper": PAPER_SETUP, "demo": SMALL_SETUP}
    normalise: ClassVar[tuple[tuple[float, ...], tuple[float, ...]]] = IMAGENET_NORMALISE
    columns: ClassVar[Mapping[str, ColumnInfo]] = {}
    uses_last: ClassVar[bool] = False
    learns_from_others: ClassVar[bool] = False
    takes_label_sets: ClassVar[bool] = False

    def __init__(self, setup: Setup, options: Options) -> None:
        super().__init__()
        self.setup = setup
        self.options = options
        self.optimisers: dict[str, Optimizer] = {}
        self.accelerator: Any = None
        self.lanes = lanes.Lanes()  # opened by the loop where independent parts of a step may run side by side
        self._progress = 0.0  # epochs done, with a fraction: where the schedules stand

    @abstractmethod
    def train_step(self, batch: Batch, epoch: int) -> dict[str, Tensor | float]:
        """One step on a batch that brings `views`; the batch may hold one image.

        Returns:
            Losses by name, detached 0-d tensors: reading one waits for the device, which the loop does rarely. The
            whole is 'loss'.
        """

    @abstractmethod
    def score(self, batch: Batch) -> Scores:
        """Scores of a batch from its 'plain' view, in eval mode, whatever mode the networks are in."""

    @abstractmethod
    def load_published(self, files: Sequence[Path]) -> None:
        """Load the checkpoint files that the paper's own code writes.

        Raises:
            CheckpointError: A file cannot be read safely, or its keys or shapes do not fit.
        """

    def start_epoch(self, epoch: int, last: Scores | None) -> None:
        """Before the first step of an epoch (0-based). `last`: scores of all `num_rows` images, or None."""
        del last
        self._progress = float(epoch)
        self.train()

    def parts(self, rows: Tensor) -> dict[str, Tensor]:
        """By view, the places in a batch of these rows [N] of which alone it is needed; of all where not named."""
        del rows
        return {}

    def end_epoch(self) -> None:
        """After the last step of an epoch: running statistics become the same in every process."""
        parallel.average_buffers(self, self.accelerator)

    # What a subclass calls.

    def add_optimiser(self, name: str, groups: Iterable[Mapping[str, Any]], **overrides: Any) -> None:
        """Make the optimiser that the options ask for. `groups`: {'params': ..., optionally 'lr': ...}."""
        self.optimisers[name] = optim.make(self.options, groups, **overrides)

    def autocast(self) -> contextlib.AbstractContextManager[Any]:
        """The run's mixed precision, around a forward pass and its losses; nothing without an accelerator."""
        return contextlib.nullcontext() if self.accelerator is None else self.accelerator.autocast()

    @contextlib.contextmanager
    def scoring(self) -> Iterator[None]:
        """Eval mode, no gradients and the run's precision, then back to the mode before."""
        was_training = self.training
        if was_training:
            self.eval()
        with torch.no_grad(), self.autocast():
            yield
        if was_training:
            self.train()

    def backward(self, loss: Tensor) -> None:
        """Gradients of a loss, scaled where the precision asks for it."""
        if self.accelerator is None:
            loss.backward()  # type: ignore[no-untyped-call]
        else:
            self.accelerator.backward(loss)
        self.lanes.backward()

    def step(self, name: str = "main") -> None:
        """Average the gradients over the processes, clip if asked, step at the scheduled rate, clear the gradients."""
        optimiser = self.optimisers[name]
        parallel.average_gradients(optimiser, self.accelerator)
        optim.clip(optimiser, self.options.clip_norm, self.accelerator)
        optim.schedule(optimiser, self.options, self._progress)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)

    def tick(self) -> None:
        """Say that a training step is over: schedules that move within an epoch go on."""
        self._progress += 1.0 / max(1, self.setup.steps_per_epoch)

    # What the loop calls.

    def prepare(self, accelerator: Any) -> None:
        """Move to the accelerator's device and adopt its precision and processes. Once, after `__init__`."""
        self.accelerator = accelerator
        self.to(accelerator.device)
        parallel.broadcast(self, accelerator)
        self.optimisers = {name: accelerator.prepare_optimizer(each) for name, each in self.optimisers.items()}

    def training_state(self) -> dict[str, Any]:
        """What a resumed training needs beyond the state dict: tensors, numbers, lists and dicts only."""
        return {name: optimiser.state_dict() for name, optimiser in self.optimisers.items()}

    def load_training_state(self, state: Mapping[str, Any]) -> None:
        """Take up what `training_state` gave."""
        for name, optimiser in self.optimisers.items():
            optimiser.load_state_dict(state[name])
