"""auditor/errors.py: the form of the messages of auditor/data, and quoting one inside another sentence."""

import ast
from pathlib import Path

import pytest

import auditor.data
from auditor.errors import DataError, finding

SOURCES = sorted(Path(auditor.data.__path__[0]).rglob("*.py"))


def ends(message: ast.expr) -> tuple[str, str] | None:
    """The literal text at the beginning and at the end of a message; None where a function makes it."""
    parts = message.values if isinstance(message, ast.JoinedStr) else [message]
    texts = [part.value if isinstance(part, ast.Constant) else "" for part in parts]
    return (texts[0], texts[-1]) if any(texts) else None


def messages(file: Path) -> list[tuple[int, str, str]]:
    """Line, beginning and end of every message of a DataError or an ImageError that a file raises."""
    calls = [
        node.exc
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and isinstance(node.exc.func, ast.Name)
    ]
    named = [call for call in calls if call.func.id in ("DataError", "ImageError", "DecodingCancelledError")]
    return [(call.lineno, *texts) for call in named if (texts := ends(call.args[0])) is not None]


def test_every_message_of_the_data_layer_is_a_sentence():
    ends_with_a_sentence = "sources.py"  # '... cannot be aligned. {obstacle}'
    wrong = [
        f"{file.name}:{line}"
        for file in SOURCES
        for line, first, last in messages(file)
        if not first[:1].isupper() or not (last.endswith(".") or file.name == ends_with_a_sentence)
    ]
    assert not wrong and sum(len(messages(file)) for file in SOURCES) > 60


@pytest.mark.parametrize(
    ("error", "found"),
    [
        (DataError("The file a; b.csv is empty (0 bytes); copy it again."), "the file a; b.csv is empty (0 bytes)"),
        (DataError("Labels are missing."), "labels are missing"),
        (OSError("No space; stop."), "No space; stop."),
    ],
)
def test_the_finding_of_an_error_fits_into_another_sentence(error, found):
    assert finding(error) == found
