"""The graphics card that a training would use, by the driver's own tool and without torch, for the app's form."""

import os
import platform
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata

QUERY = ("nvidia-smi", "--query-gpu=name,memory.free,memory.total,compute_cap", "--format=csv,noheader,nounits")
MEBIBYTE = 1 << 20


@dataclass(frozen=True)
class Card:
    """One CUDA device.

    Attributes:
        name: As its maker calls it.
        free: Bytes of memory that are free now.
        total: Bytes of memory.
        precision: What a training with mixed precision computes in: 'bf16', 'fp16', or 'float32' on a card that gains
            nothing by either; the rule is that of auditor/training/devices.py.
    """

    name: str
    free: int
    total: int
    precision: str


def card(environment: Mapping[str, str] = os.environ) -> Card | None:
    """Return the CUDA device that torch uses first; None where there is none, or torch was installed without CUDA."""
    visible = environment.get("CUDA_VISIBLE_DEVICES")
    if _torch_is_for_cpus() or (visible is not None and visible.split(",")[0].strip() in ("", "-1")):
        return None
    first = "0" if visible is None else visible.split(",")[0].strip()
    try:
        answer = subprocess.run(
            [*QUERY, f"--id={first}"], capture_output=True, text=True, timeout=5, check=True
        ).stdout.splitlines()[0]  # fmt: skip
        name, free, total, capability = (part.strip() for part in answer.split(","))
        return Card(name, int(free) * MEBIBYTE, int(total) * MEBIBYTE, _precision(float(capability)))
    except (OSError, subprocess.SubprocessError, ValueError, IndexError):
        return None


def _precision(capability: float) -> str:
    return "bf16" if capability >= 8 else "fp16" if capability >= 7 else "float32"


def _torch_is_for_cpus() -> bool:
    try:
        return metadata.version("torch").endswith("+cpu")
    except metadata.PackageNotFoundError:
        return True


def sentence(card: Card | None) -> str:
    """Return what 'auto' takes here, for a person who starts a training."""
    if card is None:
        apple = platform.system() == "Darwin" and platform.machine() == "arm64"
        return "There is no CUDA device here, so 'auto' is the CPU, in float32." + (
            " 'mps' is this computer's Apple GPU." if apple else ""
        )
    return (
        f"'auto' is the {card.name}, {card.free / 1e9:.1f} of {card.total / 1e9:.1f} GB free, in {card.precision} "
        "(as published: in float32)."
    )
