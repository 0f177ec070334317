"""The device of a run: which one, its precision, its free memory, and its speed settings."""

from dataclasses import dataclass
from pathlib import Path

import torch

from auditor.config import RunConfig
from auditor.errors import ConfigError

TENSOR_CORES = 7  # compute capability from which fp16 is faster than float32
GIGABYTE = 10**9
_MEMINFO = Path("/proc/meminfo")


@dataclass(frozen=True)
class Memory:
    """Memory of a device in bytes.

    Attributes:
        free: What a training could take now, with what torch has cached; 0 where it is not known.
        total: What the device has; 0 where it is not known.
    """

    free: int
    total: int

    def __str__(self) -> str:
        """Return it in words: '61.2 of 85.0 GB'."""
        if not self.total:
            return "an unknown amount"
        return f"{self.free / GIGABYTE:.1f} of {self.total / GIGABYTE:.1f} GB"


def kind_of(device: str) -> str:
    """Return the type of the device that a configured one stands for: 'cuda', 'mps' or 'cpu'.

    'auto' is a CUDA device where there is one, else the CPU. Apple's MPS has to be asked for.

    Raises:
        ConfigError: This machine lacks the device.
    """
    cuda = torch.cuda.is_available()
    if device == "cuda" and not cuda:
        raise ConfigError("There is no CUDA device on this machine; use --device cpu, or auto to choose automatically.")
    if device == "mps" and not torch.backends.mps.is_available():
        raise ConfigError(
            "There is no MPS device on this machine (it needs Apple silicon and macOS 14); use --device cpu, or auto "
            "to choose automatically."
        )
    if device == "auto":
        return "cuda" if cuda else "cpu"
    return device


def precision_of(config: RunConfig, kind: str) -> str:
    """Return a run's precision as Accelerate names it: 'no' (float32), 'bf16' or 'fp16'.

    'auto' is bf16 on a GPU that has it in hardware, else fp16 on one with tensor cores, else float32. Emulated bf16
    does not count: a Turing card (T4, RTX 20) makes bf16 tensors but has no bf16 convolutions. The preset `published`,
    a CPU and MPS are float32.

    Args:
        config: The run's configuration.
        kind: The device's type, see `kind_of`.

    Raises:
        ConfigError: The device lacks the configured precision.
    """
    precision = config.precision
    if precision == "auto":
        return "no" if config.preset == "published" or kind != "cuda" else fastest()
    if precision == "fp16" and kind == "cpu":
        raise ConfigError("A CPU cannot train in fp16; use --precision no, or bf16.")
    if precision == "bf16" and kind == "cuda" and not torch.cuda.is_bf16_supported(including_emulation=False):
        raise ConfigError(
            f"The device {name_of(torch.device('cuda'))} has no bf16 in hardware; use --precision fp16, no, or auto to "
            "choose automatically."
        )
    return precision


def fastest() -> str:
    """Return the fastest precision of this machine's CUDA device: 'bf16', 'fp16' or 'no' (float32)."""
    if torch.cuda.is_bf16_supported(including_emulation=False):
        return "bf16"
    return "fp16" if torch.cuda.get_device_capability()[0] >= TENSOR_CORES else "no"


def name_of(device: torch.device) -> str:
    """Return a device's name for a person: 'NVIDIA H100 80GB HBM3', 'Apple GPU (MPS)' or 'CPU'."""
    if device.type == "cuda":
        return str(torch.cuda.get_device_name(device))
    return {"mps": "Apple GPU (MPS)", "cpu": "CPU"}.get(device.type, str(device))


def memory_of(device: torch.device) -> Memory:
    """Return a device's free and total memory; a CUDA device's cached blocks of torch count as free.

    On a CPU it is the machine's memory, where the system tells it.
    """
    if device.type == "cuda":
        free, total = torch.cuda.mem_get_info(device)
        cached = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return Memory(free + cached, total)
    if device.type == "mps":
        total = torch.mps.recommended_max_memory()
        return Memory(max(0, total - torch.mps.driver_allocated_memory()), total)
    return _of_the_machine()


def _of_the_machine() -> Memory:
    try:
        lines = dict(line.split(":", 1) for line in _MEMINFO.read_text(encoding="ascii").splitlines())
        return Memory(*(int(lines[key].split()[0]) * 1024 for key in ("MemAvailable", "MemTotal")))
    except (OSError, ValueError, KeyError):  # not Linux
        return Memory(0, 0)


def tune(device: torch.device, *, published: bool, fixed_shapes: bool) -> None:
    """Choose between exact and fast float32 on a CUDA device, and whether cuDNN times its algorithms.

    The preset `published` computes in full float32. The others let matrix products and convolutions round their inputs
    to TF32 (10 bits of mantissa), which is several times faster from Ampere on and more exact than bf16. cuDNN then
    times its algorithms for every new shape, which pays only where the shapes repeat.

    Args:
        device: The run's device; others than CUDA are left alone.
        published: Whether the run has the preset `published`.
        fixed_shapes: Whether the method's passes have the same shapes in every step (`Method.fixed_shapes`).
    """
    if device.type != "cuda":
        return
    torch.backends.cuda.matmul.allow_tf32 = not published
    torch.backends.cudnn.allow_tf32 = not published
    torch.backends.cudnn.benchmark = fixed_shapes and not published
