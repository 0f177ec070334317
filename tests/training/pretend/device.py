"""A device that is not there: tensors that say they are on it, hold CPU data, and behave in three ways like a GPU's.

- An operation on tensors of two devices fails, except with numbers (0-d tensors of the CPU).
- A generator draws only on its own device.
- Every operation that would wait for the device is noted: reading a value, a copy that blocks, an operation whose
  result's shape depends on data.

Autocast follows CUDA's lists of operations. It cannot show pinned memory, NCCL, cuDNN, fp16's range or speed. It stands
on torch's experimental backend in Python, so `UnusableError` is raised where torch's internals differ.
"""

from __future__ import annotations

import re
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import torch
from torch.utils._python_dispatch import TorchDispatchMode, return_and_correct_aliasing
from torch.utils._pytree import tree_flatten, tree_map, tree_map_only

NAME = "pretend"
ROOT = Path(__file__).resolve().parents[3]
aten = torch.ops.aten


class UnusableError(Exception):
    """This torch has other internals."""


class MixedDevicesError(RuntimeError):
    """An operation on tensors, or a generator, of two devices."""


@dataclass(frozen=True)
class Wait:
    """One operation that waits for the device: which, why, and the line of the program that does it."""

    operation: str
    why: str
    line: str


class Backend:
    """What torch asks a device's module for."""

    is_available = staticmethod(lambda: True)
    is_initialized = staticmethod(lambda: True)
    device_count = staticmethod(lambda: 1)
    current_device = staticmethod(lambda: 0)
    _is_in_bad_fork = staticmethod(lambda: False)
    manual_seed_all = staticmethod(lambda _: None)
    get_amp_supported_dtype = staticmethod(lambda: [torch.bfloat16, torch.float16])


waits: list[Wait] = []
watching = False  # whether waits are noted
COPIES = {aten._to_copy.default, aten.copy_.default}
READS = {
    aten._local_scalar_dense.default: "reads a value",
    aten.nonzero.default: "its shape depends on data",
    aten.masked_select.default: "its shape depends on data",
    aten.bincount.default: "its shape depends on data",
    aten.equal.default: "reads a value",
    aten.is_nonzero.default: "reads a value",
}
INDEXING = ("index", "index_put", "index_put_", "_index_put_impl_")
SMALL = 65536  # bytes; a larger copy from memory that is not pinned waits


def note(operation: object, why: str) -> None:
    if watching:
        frames = [f for f in reversed(traceback.extract_stack()) if f.filename.startswith(str(ROOT))]
        own = next((f for f in frames if "/tests/" not in f.filename and "/.venv/" not in f.filename), None)
        line = f"{Path(own.filename).relative_to(ROOT)}:{own.lineno}" if own else "?"
        waits.append(Wait(str(operation), why, line))


class Far(torch.Tensor):
    """A tensor on the device; `held` is its data on the CPU."""

    @staticmethod
    def __new__(cls, held, requires_grad=False):
        made = torch.Tensor._make_wrapper_subclass(
            cls, held.shape, strides=held.stride(), storage_offset=held.storage_offset(), dtype=held.dtype,
            layout=held.layout, device=torch.device(NAME, 0), requires_grad=requires_grad,
        )  # fmt: skip
        made.held = held
        return made

    __torch_function__ = torch._C._disabled_torch_function_impl

    def __tensor_flatten__(self):
        return ["held"], None

    @staticmethod
    def __tensor_unflatten__(inner, meta, size, stride):
        return Far(inner["held"])

    @classmethod
    def __torch_dispatch__(cls, function, types, args=(), kwargs=None):
        return compute(function, args, kwargs or {})


def near(tensor):
    """The data of a tensor, wherever it says it is."""
    return tensor.held if isinstance(tensor, Far) else tensor


def is_far(value) -> bool:
    return isinstance(value, torch.device) and value.type == NAME


def compute(function, args, kwargs):
    """Do an operation on the data, after what a device would have refused or waited for."""
    flat, _ = tree_flatten((args, kwargs))
    tensors = [value for value in flat if isinstance(value, torch.Tensor)]
    far = [tensor for tensor in tensors if isinstance(tensor, Far)]
    if not far and not any(map(is_far, flat)):
        return function(*args, **kwargs)
    if function in COPIES:
        check_copy(function, args, kwargs)
        if function is aten.copy_.default:
            near(args[0]).copy_(near(args[1]))
            return args[0]
    elif function in READS:
        note(function, READS[function])
    elif function._overloadpacket.__name__ in INDEXING:
        check_index(function, args)
    elif far and any(tensor.ndim for tensor in tensors if not isinstance(tensor, Far)):
        raise MixedDevicesError(f"{function}: {[(tuple(tensor.shape), tensor.device.type) for tensor in tensors]}")
    generator = kwargs.get("generator")
    if generator is not None and generator._cdata not in Generator.of_device:
        raise MixedDevicesError(f"{function}: a generator of the CPU draws on the device")
    return wrapped(function, args, kwargs)


def wrapped(function, args, kwargs):
    """Call the operation on the data, and put its result on the device unless it goes to the CPU."""
    there = any(is_far(value) for value in tree_flatten((args, kwargs))[0])
    to_cpu = function is aten._to_copy.default and not there and kwargs.get("device") is not None
    plain_args, plain = tree_map(near, (args, kwargs))
    if is_far(plain.get("device")):
        plain["device"] = torch.device("cpu")
    plain.pop("pin_memory", None)
    out = function(*plain_args, **plain)
    if to_cpu:
        return out.clone() if out is plain_args[0] else out
    if function is aten._local_scalar_dense.default or not isinstance(out, torch.Tensor | tuple | list):
        return out
    result = tree_map_only(torch.Tensor, Far, out)
    return return_and_correct_aliasing(function, args, kwargs, result)


def check_copy(function, args, kwargs) -> None:
    """Note a copy between the devices that blocks."""
    if function is aten._to_copy.default:
        source, goal = isinstance(args[0], Far), kwargs.get("device")
        target, free = (source if goal is None else is_far(goal)), kwargs.get("non_blocking", False)
        size = args[0].numel() * args[0].element_size()
    else:
        target, source = isinstance(args[0], Far), isinstance(args[1], Far)
        free = args[2] if len(args) > 2 else kwargs.get("non_blocking", False)
        size = args[1].numel() * args[1].element_size()
    if source == target:
        return
    if not free:
        note(function, f"a blocking copy of {size} bytes {'from' if source else 'to'} the device")
    elif target and size > SMALL:
        note(function, f"a copy of {size} bytes from memory that is not pinned")


def check_index(function, args) -> None:
    """Refuse an index of two devices; note one by truth values or from the CPU."""
    if not isinstance(args[0], Far):
        raise MixedDevicesError(f"{function}: a tensor of the CPU is indexed by one of the device")
    for index in (each for each in args[1] if each is not None):
        if index.dtype in (torch.bool, torch.uint8):
            note(function, "an index of truth values is counted first")
        elif not isinstance(index, Far):
            note(function, "an index from the CPU is copied first")
    if len(args) > 2 and isinstance(args[2], torch.Tensor) and args[2].ndim and not isinstance(args[2], Far):
        raise MixedDevicesError(f"{function}: values of the CPU are put into a tensor of the device")


class Present(TorchDispatchMode):
    """Within it, tensors can be made on the device."""

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        return compute(function, args, kwargs or {})


class Generator(torch.Generator):
    """A generator of the device, or a plain one; both draw the CPU's numbers."""

    of_device: ClassVar[set[int]] = set()  # by address, because torch wraps a generator anew when it hands it on
    kept: ClassVar[list[object]] = []

    def __new__(cls, device="cpu"):
        if torch.device(device).type != NAME:
            return PLAIN_GENERATOR(device)
        made = super().__new__(cls, "cpu")
        cls.kept.append(made)
        cls.of_device.add(made._cdata)
        return made


PLAIN_GENERATOR = torch.Generator


def install() -> torch.device:
    """Make the device known to torch, once per process.

    Raises:
        UnusableError: This torch has other internals.
    """
    try:
        from torch.utils import backend_registration

        backend_registration._setup_privateuseone_for_python_backend(NAME, backend_module=Backend())
        torch._C._set_only_lift_cpu_tensors(True)
        torch.__future__.set_swap_module_params_on_conversion(True)
        install_autocast()
    except (AttributeError, ImportError, OSError, IndexError, RuntimeError, TypeError) as error:
        raise UnusableError(f"torch {torch.__version__} has no such backend ({error})") from error
    torch.Generator = Generator
    torch.inference_mode = torch.no_grad  # the wrapper tensors cannot be inference tensors
    return torch.device(NAME, 0)


def listed(macro: str) -> list[str]:
    """Names of the operations that CUDA's autocast treats alike, from torch's own header."""
    header = (Path(torch.__file__).parent / "include/ATen/autocast_mode.h").read_text()
    body = header.split(f"#define {macro}(_)", 1)[1].split("\n\n", 1)[0]
    return [".".join(part.strip() for part in entry.split(",")) for entry in re.findall(r"_\(([^)]*)\)", body)]


def install_autocast() -> None:
    """Cast before operations as CUDA's autocast does."""
    keys = torch._C.DispatchKeySet(torch._C.DispatchKey.AutocastPrivateUse1)
    library, fall = (torch.library.Library(name, "IMPL", "AutocastPrivateUse1") for name in ("aten", "_"))
    fall.fallback(torch.library.fallthrough_kernel)
    Generator.kept += [library, fall]  # a library that is collected is unregistered

    def kernel(target, kind):
        def cast(*args, **kwargs):
            with torch._C._ExcludeDispatchKeyGuard(keys):
                floats = [x for x in tree_flatten((args, kwargs))[0] if is_castable(x)]
                low = torch.get_autocast_dtype(NAME)
                wide = kind == "float32" or (kind == "widest" and any(x.dtype == torch.float32 for x in floats))
                dtype = torch.float32 if wide else low
                changed, named = tree_map(lambda x: x.to(dtype) if is_castable(x) else x, (args, kwargs))
                return target(*changed, **named)

        return cast

    for macro, kind in (
        ("AT_FORALL_LOWER_PRECISION_FP", "low"),
        ("AT_FORALL_FP32", "float32"),
        ("AT_FORALL_FP32_SET_OPT_DTYPE", "float32"),
        ("AT_FORALL_PROMOTE", "widest"),
    ):
        for name in listed(macro):
            packet, _, overload = name.partition(".")
            target = getattr(getattr(aten, packet, None), overload or "default", None)
            if target is not None:
                library.impl(target, kernel(target, kind))


def is_castable(value) -> bool:
    return isinstance(value, Far) and value.is_floating_point() and value.dtype != torch.float64
