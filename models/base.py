"""The interface of a method: the base class that every method implements and that the training loop uses.

A method is one module (or a package with a `method.py`) in `models/` that defines one concrete subclass of `Method`;
`models.registry` finds it. It handles tensors only: no files of a data set, no screen, no database.

How the loop uses a method (epochs are 0-based):

    method = registry.build(name, setup, options)         # seeded; on the CPU
    method.prepare(accelerator)                           # once: device, optimisers, processes
    for epoch in range(options.epochs):
        torch.manual_seed(...)                            # of (seed, epoch): train_step draws from torch's generator
        method.start_epoch(epoch, last)                   # last: the scores after the previous epoch; None at first
        for batch in batches: losses = method.train_step(batch, epoch)
        method.end_epoch()
        last = the scores of all images, by method.score(batch) under torch.inference_mode(), of the plain images
            or of the view that method.view_of_last(epoch + 1) names
        save method.state_dict() and method.training_state()

To resume from a checkpoint: load both, restore `last` or score once more, then start the next epoch.
"""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from models import lanes, optim, parallel, precision
from models.batch import Batch, ColumnInfo, Scores, Setup
from models.inputs import MS_CELEB, Inputs, Published
from models.options import Options
from models.recipe import Recipe, Step

SMALL_SETUP = {"image_size": 48, "width": 0.25, "stem": "small"}
__all__ = ["PAPER_SIZE", "Batch", "ColumnInfo", "Method", "Scores", "Setup"]

PAPER_SIZE = 224
PAPER_SETUP = {"image_size": PAPER_SIZE, "width": 1.0, "stem": "imagenet"}


class Method(nn.Module, ABC):
    """A method that learns from labels that may be wrong, and gives evidence on which are wrong.

    A subclass sets the class variables, builds its networks and calls `add_optimiser` in `__init__`. Everything that
    `score` depends on is in the state dict.

    Attributes:
        name: The method's name in commands, columns and folders, such as 'man'.
        title: The method's name on the screen, such as 'MAN'.
        paper: Authors, title, venue, year.
        about: One sentence on what its evidence shows, for the Methods page.
        colour: Its index among the class colours of the palette; None for the first that is free.
        networks: Endings of the columns `pred_<network>` and `p_<network>`, where it consists of several networks.
        map_columns: Display names of the method's columns that the map can be coloured by.
        column_words: Display name and explanation of the method's columns, for the panel of a face.
        ranked: The method's columns whose values are comparable only within a run; screens show percentiles of them.
        recipes: The method's own augmentations by recipe name: a `Recipe`, or a function of (images float [N, 3, H, W]
            in 0..255, generator) at the network's size that returns images of the same shape and range.
        views: Recipe names of the augmented views in a training batch, as `views_for` returns them. An instance may
            change them in `start_epoch`, so read them after it.
        options_type: The method's options; all defaults are the paper's.
        presets: Option values by preset, over the defaults: 'published' is empty except for what must be named,
            'recommended' is 'published' with the deviations that help, 'demo' is for small images on a CPU.
        setups: Image size, width and stem by preset.
        start: The published program's initial weights, for the message that asks for them; '' for random weights.
        inputs: How images become the network's input, as `inputs_for` returns it.
        columns: The columns of its scores.
        uses_last: Whether `start_epoch` needs `last`.
        learns_from_others: Whether it is trained last, on the consensus of the others of its run (`Batch.soft`).
        fixed_shapes: Whether its passes have the same shapes in every step, so that cuDNN may time its algorithms.
        takes_label_sets: Whether it learns from `Batch.label_sets` (its options `label_sets` and `own_sets`).
        own_network: Whether its network is not the shared ResNet, so that a weight file for the others does not fit it.
        trains_the_demo: Whether it is the method that the demo is trained with.

    The fields of `models.titles.Description` are written as plain literals, because the app reads them without torch.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    paper: ClassVar[str]
    about: ClassVar[str] = ""
    colour: ClassVar[int | None] = None
    networks: ClassVar[tuple[str, ...]] = ()
    map_columns: ClassVar[Mapping[str, str]] = {}
    column_words: ClassVar[Mapping[str, tuple[str, str]]] = {}
    ranked: ClassVar[tuple[str, ...]] = ()
    recipes: ClassVar[Mapping[str, Recipe | Step]] = {}
    views: tuple[str, ...] = ("weak",)
    options_type: ClassVar[type[Options]] = Options
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {"published": {}, "recommended": {}, "demo": {}}
    setups: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "published": PAPER_SETUP, "recommended": PAPER_SETUP, "demo": SMALL_SETUP,
    }  # fmt: skip
    start: ClassVar[str] = MS_CELEB
    inputs: Inputs = Inputs()
    columns: ClassVar[Mapping[str, ColumnInfo]] = {}
    uses_last: ClassVar[bool] = False
    learns_from_others: ClassVar[bool] = False
    takes_label_sets: ClassVar[bool] = False
    own_network: ClassVar[bool] = False
    trains_the_demo: ClassVar[bool] = False
    fixed_shapes: ClassVar[bool] = True

    def __init__(self, setup: Setup, options: Options) -> None:
        super().__init__()
        self.setup = setup
        self.options = options
        self.views = self.views_for(options)
        self.inputs = self.inputs_for(options)
        self.optimisers: dict[str, Optimizer] = {}
        self.accelerator: Any = None
        self.lanes = lanes.Lanes()  # opened by the loop where independent parts of a step may run side by side
        self._progress = 0.0  # epochs done, with a fraction, for the schedules

    @abstractmethod
    def train_step(self, batch: Batch, epoch: int) -> dict[str, Tensor | float]:
        """Do one step on a batch that has the views of `views`; the batch may hold one image.

        Returns:
            Losses by name as detached 0-d tensors, because reading one waits for the device. 'loss' is the total.
        """

    @abstractmethod
    def score(self, batch: Batch) -> Scores:
        """Return the scores of a batch's 'plain' view in eval mode; the networks may be in any mode before."""

    @abstractmethod
    def load_published(self, files: Sequence[Path]) -> None:
        """Load the checkpoint files that the paper's own code writes.

        Raises:
            CheckpointError: A file cannot be read safely, or its keys or shapes do not fit.
        """

    def start_epoch(self, epoch: int, last: Scores | None) -> None:
        """Prepare an epoch (0-based) before its first step; `last`: scores of all `num_rows` images, or None."""
        del last
        self._progress = float(epoch)
        self.train()

    @classmethod
    def views_for(cls, options: Options) -> tuple[str, ...]:
        """Return the recipe names of all views that a training with these options uses."""
        view = getattr(options, "view", None)
        return cls.views if view is None else (str(view),)

    @classmethod
    def inputs_for(cls, options: Options) -> Inputs:
        """Return how images become the input of a network with these options."""
        del options
        return cls.inputs

    @classmethod
    def setup_for(cls, preset: str, options: Options) -> dict[str, Any]:
        """Return image size, width and stem of a preset, for settled options."""
        del options
        return dict(cls.setups[preset])

    @classmethod
    def start_for(cls, options: Options) -> str:
        """Return the published program's initial weights for these options, in words; '' for random weights."""
        del options
        return cls.start

    @classmethod
    def unready(cls, options: Options) -> str:
        """Return a sentence on what a training with these options lacks on this computer; '' where nothing."""
        del options
        return ""

    @classmethod
    def published_form(cls, files: Sequence[Path]) -> Published | None:
        """Read the network's form off checkpoint files in the paper's layout; return None for any other layout.

        Raises:
            CheckpointError: A file cannot be read safely.
        """
        del files
        return None

    def reorder_classes(self, order: Sequence[int]) -> None:
        """Make class k the former class `order[k]`, in every layer with one output or input per class.

        Args:
            order: [C] a permutation.
        """
        raise NotImplementedError(f"{self.title} has no layers to reorder.")

    def view_of_last(self, epoch: int) -> str:
        """Return the view whose scores this epoch's start gets as `last`: 'plain', or the name of a recipe."""
        del epoch
        return "plain"

    def parts(self, rows: Tensor) -> dict[str, Tensor]:
        """Return by view the positions in a batch of these rows [N] that need it; views not named need all."""
        del rows
        return {}

    def end_epoch(self) -> None:
        """Finish an epoch after its last step: average the running statistics over the processes."""
        parallel.average_buffers(self, self.accelerator)

    # What a subclass calls.

    def add_optimiser(self, name: str, groups: Iterable[Mapping[str, Any]], **overrides: Any) -> None:
        """Add the optimiser of the options; each of `groups` is {'params': ..., optionally 'lr': ...}."""
        self.optimisers[name] = optim.make(self.options, groups, **overrides)

    def autocast(self) -> contextlib.AbstractContextManager[Any]:
        """Return a context of the run's mixed precision, for a forward pass and its losses."""
        return contextlib.nullcontext() if self.accelerator is None else self.accelerator.autocast()

    @contextlib.contextmanager
    def scoring(self) -> Iterator[None]:
        """Switch to eval mode without gradients in the run's precision; restore the previous mode at the end."""
        was_training = self.training
        if was_training:
            self.eval()
        with torch.no_grad(), self.autocast():
            yield
        if was_training:
            self.train()

    def backward(self, loss: Tensor) -> None:
        """Compute the gradients of a loss, scaled where the precision needs it."""
        if self.accelerator is None:
            loss.backward()  # type: ignore[no-untyped-call]
        else:
            self.accelerator.backward(loss)
        self.lanes.backward()

    def step(self, name: str = "main") -> None:
        """Average the gradients over the processes, clip them if set, step at the scheduled rate, clear them."""
        optimiser = self.optimisers[name]
        parallel.average_gradients(optimiser, self.accelerator)
        optim.clip(optimiser, self.options.clip_norm, self.accelerator)
        optim.schedule(optimiser, self.options, self._progress)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)

    def tick(self) -> None:
        """Advance the schedules by one training step."""
        self._progress += 1.0 / max(1, self.setup.steps_per_epoch)

    # What the loop calls.

    def prepare(self, accelerator: Any) -> None:
        """Move to the accelerator's device and use its precision and processes; call once after `__init__`."""
        self.accelerator = accelerator
        self.to(accelerator.device)
        parallel.broadcast(self, accelerator)
        precision.new_scale(accelerator)
        self.optimisers = {name: accelerator.prepare_optimizer(each) for name, each in self.optimisers.items()}

    def training_state(self) -> dict[str, Any]:
        """Return what a resume needs beyond the state dict: tensors, numbers, lists and dicts only."""
        state = {name: optimiser.state_dict() for name, optimiser in self.optimisers.items()}
        return state | precision.state_of_scale(self.accelerator)

    def load_training_state(self, state: Mapping[str, Any]) -> None:
        """Restore the result of `training_state`."""
        for name, optimiser in self.optimisers.items():
            optimiser.load_state_dict(state[name])
        precision.restore_scale(self.accelerator, state)
