"""Read NoisyFER's published checkpoint: one state dict per network, in files named `<epoch>_net_<name>.pth`."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from torch import nn

from auditor.errors import CheckpointError
from models import checkpoint
from models.inputs import AFFECTNET, CIFAR_10, Published
from models.noisyfer.codes import VA, LabelCodes
from models.noisyfer.options import RECIPES

_FILE = re.compile(r"(?:.*_)?net_(?P<name>\w+)")


def load(files: Sequence[Path], nets: Mapping[str, nn.Module]) -> set[str]:
    """Load each file into the network that its name states.

    Args:
        files: One per network. The encoder must be among them.
        nets: Networks by published name.

    Returns:
        The names of the loaded networks.

    Raises:
        CheckpointError: A file's name states no network, two files are the same network, the encoder is missing, or a
            file does not fit.
    """
    file_of: dict[str, Path] = {}
    for file in files:
        name = _name(file)
        if name == "discriminator_z1_exp" and name not in nets:
            name = "discriminator_z1_1"  # the first of several label sets is the expression
        if name not in nets:
            raise CheckpointError(
                f"The file {file} is none of NoisyFER's networks; give files named <epoch>_net_<name>.pth, where "
                f"<name> is one of {', '.join(nets)}."
            )
        if name in file_of:
            raise CheckpointError(
                f"The files {file} and {file_of[name]} are the same network; give the files of one epoch."
            )
        file_of[name] = file
    if "encoder" not in file_of:
        raise CheckpointError("NoisyFER's labels come from its encoder; give its <epoch>_net_encoder.pth too.")
    for name, file in file_of.items():
        checkpoint.fit(nets[name], checkpoint.state_dict(checkpoint.read(file), file), str(file))
    return set(file_of)


def form(files: Sequence[Path]) -> Published | None:
    """Read the form of the networks off the encoder's file; return None without such a file.

    Dense layers of width 512 mean CIFAR-10 (RGB, its own classes); all others mean RAF-DB and AffectNet (BGR,
    AffectNet's order of seven classes).

    Args:
        files: One per network.
    """
    encoders = [file for file in files if _name(file) == "encoder"]
    if not encoders:
        return None
    content = checkpoint.read(encoders[0])
    dense, bias = (checkpoint.entry(content, key) for key in ("embedding.0.weight", "c_layer.bias"))
    maps = checkpoint.entry(content, "conv_block5.4.bias")
    if dense is None or bias is None or maps is None:
        return None
    size = 32 * round(math.sqrt(dense.shape[1] / len(maps)))
    names = {_name(file) for file in files}
    has_va = "discriminator_z1_va" in names or len(bias) == len(AFFECTNET) + VA
    outputs = len(bias) - VA * has_va
    recipe = "cifar-10" if len(dense) == RECIPES["cifar-10"].dense else "raf-db"
    classes = CIFAR_10 if recipe == "cifar-10" else AFFECTNET
    fits = outputs % len(classes) == 0
    options = {"recipe": recipe, "channels": RECIPES[recipe].channels, "antialias": False, "dense": len(dense)}
    return Published(len(classes) if fits else outputs, classes if fits else (), size, options)


def label_codes(files: Sequence[Path], classes: int) -> LabelCodes | None:
    """Read the label sets of checkpoint files off the encoder's outputs; return None where they are not clear.

    Valence and arousal are assumed where their discriminator has a file, or where the number of outputs is not a
    multiple of the classes.

    Args:
        files: One per network.
        classes: Number of classes of each label set.
    """
    named = {_name(file): file for file in files}
    if "encoder" not in named:
        return None
    state = checkpoint.state_dict(checkpoint.read(named["encoder"]), named["encoder"])
    outputs = len(state["c_layer.bias"]) if "c_layer.bias" in state else 0
    has_va = "discriminator_z1_va" in named or outputs % classes != 0
    sets, rest = divmod(outputs - VA * has_va, classes)
    return LabelCodes((classes,) * sets, has_va) if sets > 0 and rest == 0 else None


def _name(file: Path) -> str:
    match = _FILE.fullmatch(file.stem)
    return match["name"] if match else file.stem
