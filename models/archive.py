"""Loading a PyTorch file that somebody else made: no code of it runs, and it cannot be larger inside than outside."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import torch

from auditor.errors import CheckpointError

ZIP = b"PK\x03\x04"
SLACK = 16 * 2**20
"""Bytes that a file may expand to beyond twice its own size."""


def load(path: Path) -> Any:
    """What a `.pt` or `.pth` file holds, on the CPU: tensors, numbers, texts and containers.

    Raises:
        CheckpointError: It expands to far more than its size, as no file that torch.save wrote does.
        Exception: Nearly any, where it is damaged or holds anything else; none of its code was run.
    """
    check_expansion(path)
    return torch.load(path, map_location="cpu", weights_only=True)


def check_expansion(path: Path) -> None:
    """Refuse an archive whose entries are much larger than it: it would fill the memory before anything is checked.

    torch.save does not compress, so that the entries of its files are smaller than the file.

    Raises:
        CheckpointError: The entries add up to more than twice the file and 16 MiB, or cannot be listed.
        OSError: The file cannot be read.
    """
    with path.open("rb") as file:
        if file.read(len(ZIP)) != ZIP:
            return
        try:
            with zipfile.ZipFile(file) as archive:
                inside = sum(entry.file_size for entry in archive.infolist())
        except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
            raise CheckpointError(
                f"The file {path} is not a readable PyTorch or safetensors file (its list of entries is damaged); "
                "fetch or save it again."
            ) from error
        outside = file.seek(0, 2)
    if inside > 2 * outside + SLACK:
        raise CheckpointError(
            f"The file {path} has {outside:,} bytes and would expand to {inside:,}, which no file saved by PyTorch "
            "does, so it was not loaded; save the weights again with torch.save."
        )
