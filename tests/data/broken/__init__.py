"""Small data sets with something wrong in them: one file a format, named after it, found by its name.

Every public function of such a file writes a data set into a folder that is not there yet and returns what must be
listed: (file, line, kind). The function named as the format is its first, every other one is called
`<format>-<function>`.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from pathlib import Path

from auditor.data.formats.base import formats

Found = set[tuple[str, int | None, str]]


def broken() -> dict[str, Callable[[Path], Found]]:
    """Every one by its name; ModuleNotFoundError where a registered format has no file here."""
    named = {}
    for form in formats():
        module = importlib.import_module(f"{__name__}.{form.name}")
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if function.__module__ == module.__name__ and not name.startswith("_"):
                named[form.name if name == form.name else f"{form.name}-{name}"] = function
    return named
