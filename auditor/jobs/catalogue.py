"""What methods there are, for the app, which must not import torch: their names as they stand in the files."""

import ast
from functools import cache
from pathlib import Path

import models


@cache
def titles() -> dict[str, str]:
    """The methods' titles by name, in alphabetical order: {'man': 'MAN', ...}.

    Read from the source, because asking Python would import torch: seconds before a form could be shown.
    """
    found = {}
    for file in sorted(Path(models.__path__[0]).rglob("*.py")):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            words = _words(node) if isinstance(node, ast.ClassDef) else {}
            if {"name", "title"} <= set(words):
                found[words["name"]] = words["title"]
    return dict(sorted(found.items()))


def _words(node: ast.ClassDef) -> dict[str, str]:
    """The class attributes that are plain strings."""
    return {
        target.id: line.value.value
        for line in node.body
        if isinstance(line, ast.Assign) and isinstance(line.value, ast.Constant) and isinstance(line.value.value, str)
        for target in line.targets
        if isinstance(target, ast.Name)
    }
