"""Run an ONNX network over a data set's images with onnxruntime, an optional extra."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditor.errors import CheckpointError, ConfigError
from auditor.plural import counted
from auditor.training.ownmodel.request import ModelRequest
from auditor.training.ownmodel.values import FloatArray
from auditor.training.scoring import Stopped

INSTALL = "pip install onnxruntime"
AT_ONCE = 32
LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601, as Pillow makes grey images
CLASS_KEYS = ("classes", "class_names", "labels", "names")

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, eq=False)
class Network:
    """An ONNX network that takes one batch of images.

    Attributes:
        session: Onnxruntime's session.
        name: Its input's name.
        size: Side of its images in pixels.
        first: Whether channels come before rows and columns.
        channels: 3, or 1 for grey images.
        batch: Images at once: the file's fixed number, or 0 for any.
        classes: Class names that the file states, or none.
        mean: Mean of each channel over 0..1.
        std: Standard deviation of each channel over 0..1.
        bgr: Whether the channels are blue, green, red.
    """

    session: Any
    name: str
    size: int
    first: bool
    channels: int
    batch: int
    classes: tuple[str, ...]
    mean: NDArray[np.float32]
    std: NDArray[np.float32]
    bgr: bool


def load(request: ModelRequest) -> Network:
    """Open an ONNX file; its metadata may state `classes`, `mean` and `std`, and options stand over them.

    Raises:
        ConfigError: Onnxruntime is not installed, or the image size is not known.
        CheckpointError: The file cannot be read, or takes something else than images.
    """
    try:
        import onnxruntime
    except ImportError as error:
        raise ConfigError(f"An ONNX network needs onnxruntime, which is not installed; run `{INSTALL}`.") from error
    file = Path(request.onnx).expanduser()
    if not file.is_file():
        raise CheckpointError(f"There is no ONNX file {file}; check the path.")
    try:
        session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime has an exception for every cause, and each means the same here
        reason = " ".join(str(error).split())[:200]
        raise CheckpointError(f"The file {file} is not a readable ONNX network ({reason}); export it again.") from error
    inputs = session.get_inputs()
    shape = list(inputs[0].shape)
    if len(inputs) != 1 or len(shape) != 4 or inputs[0].type != "tensor(float)":
        described = ", ".join(f"{each.name} {each.type} {each.shape}" for each in inputs)
        raise CheckpointError(
            f"The network {file} takes {described}, expected one batch of float images with 1 or 3 channels; "
            "export it so."
        )
    return _network(session, inputs[0].name, shape, file, request)


def _network(session: Any, name: str, shape: list[Any], file: Path, request: ModelRequest) -> Network:
    first = shape[1] in (1, 3)
    if not first and shape[3] not in (1, 3):
        raise CheckpointError(
            f"The network {file} takes images of shape {shape}, expected 1 or 3 channels; export it so."
        )
    sides = shape[2:] if first else shape[1:3]
    fixed = [side for side in sides if isinstance(side, int)]
    if len(set(fixed)) > 1 or (fixed and request.size not in (0, fixed[0])):
        raise CheckpointError(
            f"The network {file} takes images of {sides[0]} × {sides[1]}, expected squares of --size "
            f"{request.size}; give its own size."
        )
    size = request.size or (fixed[0] if fixed else 0)
    if not size:
        raise ConfigError(
            f"The network {file} takes images of any size; give the side that it was trained on with --size."
        )
    metadata = dict(session.get_modelmeta().custom_metadata_map)
    channels = int(shape[1] if first else shape[3])
    mean, std = (
        _numbers(getattr(request, key) or _listed(metadata.get(key)), channels, default)
        for key, default in (("mean", 0.0), ("std", 1.0))
    )
    classes = request.classes or next((_listed(metadata[key]) for key in CLASS_KEYS if key in metadata), ())
    batch = shape[0] if isinstance(shape[0], int) else 0
    bgr = request.channels == "bgr"
    return Network(session, name, size, first, channels, batch, tuple(map(str, classes)), mean, std, bgr)


def _listed(text: str | None) -> tuple[Any, ...]:
    """A list in metadata: JSON, a Python literal (also a mapping by number), or words with commas between."""
    if not text:
        return ()
    for parse in (json.loads, ast.literal_eval):
        try:
            value = parse(text)
        except (ValueError, SyntaxError):
            continue
        if isinstance(value, Mapping):
            return tuple(value[key] for key in sorted(value, key=int))
        if isinstance(value, list | tuple):
            return tuple(value)
    return tuple(part.strip() for part in text.split(","))


def _numbers(values: tuple[Any, ...], channels: int, default: float) -> NDArray[np.float32]:
    """[channels] numbers; one stands for all channels, and the mean of three for a grey image."""
    numbers = np.array([float(value) for value in values] or [default], np.float32)
    return np.full(channels, numbers.mean(), np.float32) if len(numbers) != channels else numbers


def extract(
    network: Network,
    images: NDArray[np.uint8],
    rows: NDArray[np.intp],
    progress: Progress,
    stopping: Callable[[], bool],
) -> FloatArray:
    """Return the first output for some images, float32 [len(rows), K]; a feature map is averaged over its places.

    Args:
        network: The network.
        images: uint8 [R, S, S, 3] RGB.
        rows: Which images.
        progress: Called as progress(done, total, text).
        stopping: Returns whether to stop.

    Raises:
        Stopped: `stopping` returned True.
        CheckpointError: The network fails on these images, or its output is not one row an image.
    """
    parts = []
    at_once = network.batch or AT_ONCE
    for start in range(0, len(rows), at_once):
        if stopping():
            raise Stopped
        progress(start, len(rows), "running the network")
        batch = rows[start : start + at_once]
        padded = np.resize(batch, network.batch) if network.batch else batch  # a fixed batch takes no fewer
        parts.append(_outputs(network, _batch(network, images[padded]))[: len(batch)])
    progress(len(rows), len(rows), "running the network")
    return np.concatenate(parts)


def _batch(network: Network, images: NDArray[np.uint8]) -> FloatArray:
    """The network's input, float32 [B, C, S, S] or [B, S, S, C]."""
    pixels = images.astype(np.float32) / 255
    if network.channels == 1:
        pixels = (pixels @ LUMA)[..., None]
    elif network.bgr:
        pixels = pixels[..., ::-1]
    scaled = (pixels - network.mean) / network.std
    return np.ascontiguousarray(scaled.transpose(0, 3, 1, 2) if network.first else scaled)


def _outputs(network: Network, batch: FloatArray) -> FloatArray:
    try:
        output = np.asarray(network.session.run(None, {network.name: batch})[0], np.float32)
    except Exception as error:  # onnxruntime has an exception for every cause, and each means the same here
        reason = " ".join(str(error).split())[:200]
        raise CheckpointError(f"The ONNX network fails on these images ({reason}); check its image size.") from error
    if output.ndim < 2 or len(output) != len(batch):
        raise CheckpointError(
            f"The ONNX network's first output has shape {list(output.shape)} for {counted(len(batch), 'image')}, "
            "expected one row for each; export it without mixing the images of a batch."
        )
    return output.mean(axis=tuple(range(2, output.ndim))) if output.ndim > 2 else output
