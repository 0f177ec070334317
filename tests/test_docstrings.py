"""One form of docstrings: what is described under Args, Attributes, Returns and Raises begins like a sentence."""

import ast
import re

import pytest

from tests.conftest import REPOSITORY

_SECTION = re.compile(r"^ *(Args|Attributes|Raises|Returns|Yields):$")
_ENTRY = re.compile(r"^ *[\w.*`, |]+?(?: \([^)]*\))?: +(?P<text>\S.*)$")
# A capital, a value, a number or a sign; or the type and shape of an array; or a formula.
_BEGINS = re.compile(r"[^a-z]|(?:u?int|float)\d*\b|bool\b|str \[|p\(")


def lower_case(source: str) -> list[str]:
    """Return the descriptions in the docstrings of a Python source that begin in lower case."""
    lines = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            lines += [text for text in _described(ast.get_docstring(node) or "") if not _BEGINS.match(text)]
    return lines


def _described(docstring: str) -> list[str]:
    texts, section = [], ""
    for line in docstring.splitlines():
        if match := _SECTION.match(line):
            section, is_first = match.group(1), True
        elif line and not line.startswith(" "):
            section = ""
        elif section and line.startswith("    ") and not line.startswith("     "):
            if section in ("Returns", "Yields"):
                texts += [line.strip()] if is_first else []
            else:
                entry = _ENTRY.match(line)
                texts.append(entry["text"] if entry else line.strip())
            is_first = False
    return texts


@pytest.mark.parametrize("folder", ["auditor", "models", "benchmarks"])
def test_descriptions_begin_with_a_capital(folder):
    wrong = {
        str(path.relative_to(REPOSITORY)): lines
        for path in sorted((REPOSITORY / folder).rglob("*.py"))
        if (lines := lower_case(path.read_text(encoding="utf-8")))
    }
    assert not wrong, "begin each description with a capital, or quote the value that it begins with"


@pytest.mark.parametrize(
    ("line", "seen"),
    [
        ("    count: how many.", ["how many."]),
        ("    count: How many.\n        each of them.", []),
        ("    codes: int8 [N], one a point.", []),
        ("    probs: p(y|x) of every image.", []),
        ("    kind: 'undo' or 'redo'.", []),
        ("    integers: integers.", ["integers."]),
    ],
)
def test_a_description_in_lower_case_is_seen(line, seen):
    body = "\n".join(f"    {part}" for part in line.splitlines())
    source = f'def count(things):\n    """Count.\n\n    Args:\n{body}\n    """\n'
    assert lower_case(source) == seen
