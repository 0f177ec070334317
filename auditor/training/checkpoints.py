"""Checkpoints of a run: written atomically, with the previous one kept, and read with weights_only.

A checkpoint holds the method's state dict and training state, the epoch and step that training has reached, and the
losses summed so far. It holds no generator states: see auditor/training/seeds.py.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from auditor import writing
from auditor.errors import CheckpointError
from auditor.training.disk import room
from models import archive
from models.batch import Scores

NAME, PREVIOUS = "checkpoint.pt", "checkpoint.previous.pt"
FORMAT = 1
# What torch and zipfile raise for a file that is cut short, damaged or holds more than tensors.
UNREADABLE = (OSError, RuntimeError, ValueError, KeyError, EOFError, TypeError)


@dataclass
class Checkpoint:
    """The state of a training, enough to resume it.

    Attributes:
        method: The method's name.
        setup: The `Setup` of its networks, as a plain mapping.
        options: Its options, as a plain mapping.
        epoch: Epochs done.
        step: Steps done of the next epoch.
        state_dict: The method's state dict.
        training_state: The method's training state.
        sums: Losses summed over the images of the unfinished epoch.
        last: p(y|x) and columns after the last whole epoch, for methods that divide the data by them.
        classes: Names of the classes in the order of the outputs; empty in files of earlier versions.
        done: Images of the unfinished epoch that were trained on, by all processes; -1 in files of earlier versions.
    """

    method: str
    setup: dict[str, Any]
    options: dict[str, Any]
    epoch: int
    step: int
    state_dict: dict[str, Any]
    training_state: dict[str, Any]
    sums: dict[str, float] = field(default_factory=dict)
    last: dict[str, Tensor] | None = None
    classes: list[str] = field(default_factory=list)
    done: int = -1


def save(folder: Path, checkpoint: Checkpoint) -> Path:
    """Write the newest checkpoint of a folder; the one that was newest becomes the previous.

    Raises:
        TrainingError: The disk is full; the existing checkpoints are unchanged.
    """
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / NAME
    with room(folder), writing.replacing(target, sync=True) as aside:
        with aside.open("wb") as file:
            torch.save({"format": FORMAT, **vars(checkpoint)}, file)
        if target.exists():
            target.replace(folder / PREVIOUS)
    return target


def load(file: Path) -> Checkpoint:
    """Read a checkpoint of this program into CPU memory.

    Raises:
        CheckpointError: It is missing, damaged, or not a checkpoint of this program.
    """
    try:
        content = archive.load(file)
        if not isinstance(content, dict) or content.pop("format", None) != FORMAT:
            raise ValueError("it is not a checkpoint of this program")
        return Checkpoint(**content)
    except UNREADABLE as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise CheckpointError(
            f"The checkpoint {file} cannot be used ({reason[:200]}); restore it or start a new run."
        ) from error
    except CheckpointError:
        raise
    except Exception as error:
        # pickle.UnpicklingError: weights_only refuses to run what a checkpoint of this program never holds. A damaged
        # pickle raises nearly everything else.
        raise CheckpointError(
            f"The checkpoint {file} is damaged or holds more than tensors, so it is refused; "
            "use a file that holds only weights."
        ) from error


def last_scores(checkpoint: Checkpoint) -> Scores | None:
    """Return the scores after the last whole epoch, as an uninterrupted run has them; None where none were kept."""
    if checkpoint.last is None:
        return None
    columns = {name: column for name, column in checkpoint.last.items() if name != "probs"}
    probs = checkpoint.last["probs"]
    return Scores(probs, torch.zeros(len(probs), 0), columns)


def step_at(checkpoint: Checkpoint, images: int, a_step: int) -> int:
    """Return the steps of the unfinished epoch that are done, counted in steps of the present size.

    The order of an epoch's images depends on the seed alone, so the same images come first at any batch size and for
    any number of processes. Where the sizes do not divide, the images of an unfinished step are trained on twice.

    Args:
        checkpoint: Of a training that goes on, perhaps with another batch size or number of processes.
        images: Number of images of an epoch.
        a_step: Number of images of a step, of all processes.
    """
    done = checkpoint.done if checkpoint.done >= 0 else checkpoint.step * int(checkpoint.options["batch_size"])
    return -(-images // a_step) if done >= images else done // a_step


def newest(folder: Path) -> Checkpoint | None:
    """Return a folder's newest readable checkpoint; None where the folder has none.

    Raises:
        CheckpointError: There are checkpoints, but none can be read.
    """
    damaged: CheckpointError | None = None
    for name in (NAME, PREVIOUS):
        if not (folder / name).exists():
            continue
        try:
            return load(folder / name)
        except CheckpointError as error:
            damaged = damaged or error
    if damaged is not None:
        raise damaged
    return None
