"""auditor/errors.py: the form of every message, and quoting one inside another sentence."""

import ast
import inspect

import pytest

from auditor import errors
from auditor.errors import DataError, finding
from tests.conftest import REPOSITORY

SOURCES = sorted(path for folder in ("auditor", "models", "pages") for path in (REPOSITORY / folder).rglob("*.py"))
ERRORS = {name for name, _ in inspect.getmembers(errors, inspect.isclass)}
ADVICE = ("; ", " try again.", " train on the given labels.", "give other labels", " or relabel instead.")
"""A message says what to do after a semicolon, or in words like these."""


def text(message: ast.expr) -> str | None:
    """A message with a brace for each value in it; None where another expression makes it."""
    if not isinstance(message, ast.JoinedStr | ast.Constant):
        return None
    parts = message.values if isinstance(message, ast.JoinedStr) else [message]
    return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in parts)


def messages(source: str) -> list[tuple[int, str]]:
    """Line and text of every message of an error for a person that a file makes, raised there or not."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call) and node.args]
    named = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id in ERRORS]
    return [(call.lineno, message) for call in named if (message := text(call.args[0])) is not None]


def is_a_sentence(message: str) -> bool:
    """Whether it has a capital, what to do, and a full stop."""
    return message[:1].isupper() and message.endswith(".") and any(words in message for words in ADVICE)


def test_every_message_says_what_was_found_and_what_to_do():
    wrong = [
        f"{path.relative_to(REPOSITORY)}:{line}: {message}"
        for path in SOURCES
        for line, message in messages(path.read_text("utf-8"))
        if not is_a_sentence(message)
    ]
    assert not wrong
    assert sum(len(messages(path.read_text("utf-8"))) for path in SOURCES) > 250


@pytest.mark.parametrize(
    "line",
    [
        'raise DataError("the file is empty; copy it again.")',
        'raise ConfigError(f"{name} is no method; choose another.")',
        'return StoreError("The database is away; try again")',
        'raise JobError("The run is over.")',
    ],
)
def test_a_message_of_another_form_is_seen(line):
    ((_, message),) = messages(line)
    assert not is_a_sentence(message)


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
