"""auditor/plural.py: a count agrees with its noun, and every sentence uses it."""

import ast
import itertools
import re

import pytest

from auditor.plural import agreeing, counted
from tests.conftest import REPOSITORY

_NOUNS = """
    annotator class clause column cpu decision difference distribution entry epoch error exclusion face file fold folder
    frame image key label line list match method model network note operation page pair person photo place
    point problem question record reference repeat review run row selection set shard share step suggestion
    suspect tag training value version view vote word
"""
_PLURALS = frozenset({"classes", "entries", "matches", "people", *(f"{noun}s" for noun in _NOUNS.split())})
_AFTER = re.compile(r"(?: [a-z-]+\b){1,3}")
_TEXTS = frozenset(
    ["title", "upper", "printable", "labels", "file", "shown", "counted", "split", "split_name", "chosen"]
)
_MORE = re.compile(r"^s\b|\b(are|were|they|them|their|have)\b")
_TWO_OR_MORE = frozenset({"num_classes"})
_NOT_ADJECTIVES = frozenset(
    {"of", "in", "and", "or", "to", "at", "on", "the", "its", "from", "hold", "has", "have", "holds", "scored", "with"}
)


def uncounted(source: str) -> list[str]:
    """Return the f-string parts of a Python source that put a number before a plural, and so could say '1 faces'.

    Constants (in capitals), texts and numbers with decimals are left out.
    """
    places = []
    for node in ast.walk(ast.parse(source)):
        parts = node.values if isinstance(node, ast.JoinedStr) else []
        for value, text in itertools.pairwise(parts):
            if isinstance(value, ast.FormattedValue) and isinstance(text, ast.Constant) and _may_be_one(value):
                match = _AFTER.match(text.value)
                if noun := _plural(match[0].split() if match else []):
                    places.append(f"line {node.lineno}: {ast.unparse(value.value)} {noun}")
        if isinstance(node, ast.IfExp) and _chooses_a_number(node):
            places.append(f"line {node.lineno}: {ast.unparse(node)}")
    return places


def _chooses_a_number(node: ast.IfExp) -> bool:
    """Return whether it writes one text for exactly one thing and another text for more."""
    texts = [each.value for each in (node.body, node.orelse) if isinstance(each, ast.Constant)]
    compared = node.test.comparators if isinstance(node.test, ast.Compare) else []
    with_one = any(isinstance(each, ast.Constant) and each.value == 1 for each in compared)
    return with_one and any(isinstance(text, str) and _MORE.search(text) for text in texts)


def _plural(words: list[str]) -> str:
    """Return the plural noun that ends the phrase, '' where the words are another phrase."""
    for number, word in enumerate(words, start=1):
        if word in _PLURALS:
            return " ".join(words[:number])
        if word in _NOT_ADJECTIVES:
            break
    return ""


def _may_be_one(value: ast.FormattedValue) -> bool:
    spec = ast.unparse(value.format_spec)[2:-1] if value.format_spec else ""
    called = value.value.func if isinstance(value.value, ast.Call) else value.value
    called = called.value if isinstance(called, ast.Subscript) else called
    name = getattr(called, "id", getattr(called, "attr", ""))
    text = isinstance(value.value, ast.IfExp | ast.Constant | ast.BoolOp) or name in _TEXTS | _TWO_OR_MORE
    return spec in ("", ",", "d") and not name.isupper() and not text


@pytest.mark.parametrize(("count", "words"), [(0, "0 faces"), (1, "1 face"), (2, "2 faces"), (12_000, "12,000 faces")])
def test_a_noun_agrees_with_its_count(count, words):
    assert counted(count, "face") == words


def test_a_verb_agrees_with_the_noun():
    assert [counted(n, "class is", "classes are") for n in (1, 2)] == ["1 class is", "2 classes are"]
    assert [agreeing(n, "it", "them") for n in (0, 1, 2)] == ["them", "it", "them"]


@pytest.mark.parametrize("folder", ["auditor", "models", "pages"])
def test_every_count_uses_it(folder):
    wrong = {
        str(path.relative_to(REPOSITORY)): places
        for path in sorted((REPOSITORY / folder).rglob("*.py"))
        if (places := uncounted(path.read_text(encoding="utf-8")))
    }
    assert not wrong, "use auditor.plural.counted, which writes '1 face' and '2 faces'"


@pytest.mark.parametrize(
    ("line", "seen"),
    [
        ('f"{count:,} faces"', True),
        ('f"{len(rows)} wrong labels"', True),
        ('f"{count} people differ"', True),
        ('f"{MOST:,} faces"', False),
        ('f"{share:.0%} faces"', False),
        ('f"{folder} holds images"', False),
        ("""f"{count} face{'' if count == 1 else 's'}\"""", True),
        ("""verb = 'is' if count == 1 else 'are'\n""", True),
        ("""words = f"{count} file{'s' if count > 1 else ''}"\n""", True),
        ('f"{counted(count, word)} of them"', False),
    ],
)
def test_a_count_before_a_plural_is_seen(line, seen):
    assert bool(uncounted(line)) == seen


def test_every_count_in_the_browser_uses_its_own():
    """`counted` in auditor/ui/components/review/dom.js does the same there."""
    wrong = []
    for path in sorted((REPOSITORY / "auditor" / "ui" / "components").rglob("*.js")):
        script = path.read_text(encoding="utf-8")
        counts = re.finditer(r"\$\{([^{}]*)\}((?: [a-z-]+\b){1,3})", script)
        wrong += [f"{path.name}: {match[0]}" for match in counts if _plural(match[2].split())]
        wrong += [f"{path.name}: {match[0]}" for match in re.finditer(r"=== 1 \? '(\w+)' : '\1s'", script)]
    assert not wrong, "use counted of dom.js, which writes '1 face' and '2 faces'"
