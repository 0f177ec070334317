"""Read the literal values that a Python file assigns, without running it.

The app must not import torch, and importing a method's module for its title would. Importing a page would draw it. Both
therefore assign what the app needs as literals, which are read from their source.
"""

from __future__ import annotations

import ast
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

TRIES = 20

_turn = threading.Lock()


def parse(file: Path) -> list[ast.stmt]:
    """Return the top-level statements of a Python file.

    Raises:
        SyntaxError: The file is not valid Python.
    """
    source = file.read_text(encoding="utf-8")
    # Python 3.11 counts the depth of a tree once for all threads (python/cpython#106905): another thread that builds
    # one at the same moment, as Streamlit does for a script, makes this one fail though the file is valid.
    with _turn:
        for _ in range(TRIES - 1):
            try:
                return ast.parse(source, filename=str(file)).body
            except (SystemError, RecursionError):
                continue
        return ast.parse(source, filename=str(file)).body


def values(body: Iterable[ast.stmt]) -> dict[str, Any]:
    """Return the literals that statements assign, by name; everything else is left out.

    Args:
        body: The statements of a module or of a class.
    """
    literals: dict[str, Any] = {}
    for line in body:
        for name, value in _assignments(line):
            try:
                literals[name] = ast.literal_eval(value)
            except ValueError:  # a call, a name or an f-string, whose value needs running the file
                continue
    return literals


def _assignments(line: ast.stmt) -> Iterable[tuple[str, ast.expr]]:
    """Yield the (name, value) pairs of `a = 1`, `a: int = 1`, `a = b = 1` and `a, b = 1, 2`."""
    if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name) and line.value is not None:
        yield line.target.id, line.value
    elif isinstance(line, ast.Assign):
        for target in line.targets:
            if isinstance(target, ast.Name):
                yield target.id, line.value
            elif isinstance(target, ast.Tuple) and isinstance(line.value, ast.Tuple):
                pairs = zip(target.elts, line.value.elts, strict=False)
                yield from ((name.id, value) for name, value in pairs if isinstance(name, ast.Name))
