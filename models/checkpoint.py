"""Read weight files safely, with errors that name what does not fit."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from auditor.errors import CheckpointError
from auditor.plural import counted
from models import archive

_SHOWN = 4  # keys of each kind that an error names before it counts the rest


def read(path: Path) -> Any:
    """Read a `.pt`/`.pth` or `.safetensors` file into CPU memory.

    A PyTorch file is a pickle. Only tensors, numbers, strings and containers are loaded, so the file cannot run code.

    Raises:
        CheckpointError: The file is missing, damaged or holds other objects.
    """
    if not path.is_file():
        raise CheckpointError(f"There is no weight file {path}; check the path.")
    try:
        if path.suffix == ".safetensors":
            return _read_safetensors(path)
        return archive.load(path)
    except CheckpointError:
        raise
    except Exception as error:  # a damaged file raises nearly everything, and each means the same
        refused_object = re.search(r"GLOBAL (\S+)", str(error))
        if refused_object is None:
            raise CheckpointError(
                f"The file {path} is not a readable PyTorch or safetensors file ({type(error).__name__}); it may be "
                "cut short or of another kind, so download or save it again."
            ) from error
        raise CheckpointError(
            f"The file {path} holds more than tensors and plain values (it asks for {refused_object[1]}), and loading "
            "it could run code of its author, so it was not loaded; save only its state_dict with torch.save and give "
            "that file."
        ) from error


def _read_safetensors(path: Path) -> dict[str, Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        tensors: dict[str, Tensor] = load_file(path)
    except SafetensorError as error:
        raise ValueError(path) from error
    return tensors


def state_dict(content: Any, path: Path, key: str | None = None) -> dict[str, Tensor]:
    """Return the state dict in a file's content, without the prefix `module.` of data-parallel training.

    Args:
        content: The result of `read`.
        path: The file, for the error.
        key: The state dict's name in the content, or None where the content itself is the state dict.

    Raises:
        CheckpointError: The content has no such state dict.
    """
    state = content if key is None else content.get(key) if isinstance(content, Mapping) else None
    if not isinstance(state, Mapping) or not all(isinstance(v, Tensor) for v in state.values()):
        what = "a state dict" if key is None else f"a state dict under '{key}'"
        raise CheckpointError(f"The checkpoint {path} holds {_describe(content)}; expected {what}.")
    return {str(name).removeprefix("module."): tensor for name, tensor in state.items()}


def entry(content: Any, *path: str) -> Tensor | None:
    """Return a tensor of a file's nested content, or None; keys may have the prefix `module.`."""
    for key in path:
        if not isinstance(content, Mapping):
            return None
        content = content.get(key, content.get(f"module.{key}"))
    return content if isinstance(content, Tensor) else None


def _describe(content: Any) -> str:
    if isinstance(content, Mapping):
        names = [str(name) for name in content]
        return f"{counted(len(names), 'entry', 'entries')}: {_some(names)}" if names else "nothing"
    return f"a {type(content).__name__}"


def fit(module: nn.Module, state: Mapping[str, Tensor], where: str) -> None:
    """Load a state dict whose keys and shapes must all match the module's.

    Counters of batch norm (`num_batches_tracked`) may be missing, as in files of PyTorch before 0.4.1.

    Args:
        module: The module to load into.
        state: Tensors by the module's keys.
        where: 'model_state_dict of /path/file.pth', for the error.

    Raises:
        CheckpointError: Names the missing and unexpected keys, and those of another shape.
    """
    own = module.state_dict()
    missing = [k for k in own if k not in state and not k.endswith("num_batches_tracked")]
    unexpected = [k for k in state if k not in own]
    shapes = [
        f"{k} is {tuple(state[k].shape)} instead of {tuple(own[k].shape)}"
        for k in own
        if k in state and state[k].shape != own[k].shape
    ]
    if missing or unexpected or shapes:
        parts = [
            f"{name}: {_some(keys)}"
            for name, keys in (("missing", missing), ("unexpected", unexpected), ("of another shape", shapes))
            if keys
        ]
        raise CheckpointError(
            f"The checkpoint {where} does not fit this network ({'; '.join(parts)}); choose the method, the number of "
            "classes, the image size, the width and the stem that it was trained with."
        )
    module.load_state_dict({**own, **state})


def _some(keys: list[str]) -> str:
    more = f" and {len(keys) - _SHOWN} more" if len(keys) > _SHOWN else ""
    return ", ".join(keys[:_SHOWN]) + more


def fit_parts(parts: Mapping[str, nn.Module], state: Mapping[str, Tensor], where: str) -> None:
    """Load one state dict into several modules with `fit`: each takes the keys with its prefix, '' takes the rest.

    The error uses the keys of the file.
    """
    whole = _Parts(parts)
    fit(whole, state, where)


class _Parts(nn.Module):
    """Several modules as one module with the keys of a published file."""

    def __init__(self, parts: Mapping[str, nn.Module]) -> None:
        super().__init__()
        for prefix, module in parts.items():
            if prefix:
                self.add_module(prefix.removesuffix("."), module)
            else:
                for name, child in module.named_children():
                    self.add_module(name, child)
