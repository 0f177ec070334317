"""Small valid data sets as seeds for the fuzzer: one file a format, named after it, found by its name.

Every public function of such a file writes a data set into an empty folder and returns the files to damage, relative to
it. The function named as the format is its main seed, every other one is called `<format>-<function>`.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from functools import cache
from pathlib import Path

from auditor.data.formats.base import formats

Seed = Callable[[Path], list[str]]
"""Writes a data set into a folder; returns the files to damage, relative to it."""


@cache
def seeds() -> dict[str, Seed]:
    """Return the seeds of every format by name, such as 'table' and 'table-parquet'.

    Raises:
        ModuleNotFoundError: A registered format has no file here.
    """
    named: dict[str, Seed] = {}
    for form in formats():
        module = importlib.import_module(f"{__name__}.{form.name}")
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if function.__module__ == module.__name__ and not name.startswith("_"):
                named[form.name if name == form.name else f"{form.name}-{name.replace('_', '-')}"] = function
    return named


def format_of(seed: str) -> str:
    """Return the name of the format that reads a seed."""
    return seed.partition("-")[0]
