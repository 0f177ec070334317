"""Which images a query line describes."""

from __future__ import annotations

import difflib
import operator
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from auditor.data.dataset import Dataset
from auditor.store.naming import class_numbers
from auditor.ui.state.overlay import Overlay
from auditor.ui.state.query import facts
from auditor.ui.state.query.facts import NOTHING, Fact
from auditor.ui.state.query.parse import Ask, Compare, Every, Node, Not, QueryError, Some, Value, parse

if TYPE_CHECKING:
    import pandas as pd

Mask = NDArray[np.bool_]
ORDER: dict[str, Callable[[Any, Any], Mask]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "=": operator.eq, "!=": operator.ne,
}  # fmt: skip


def mask(
    tree: Node, columns: Mapping[str, Fact], number: Callable[[str], int | None], classes: tuple[str, ...]
) -> Mask:
    """Return which images a query describes, bool [N].

    A face without a value passes no comparison, '!=' included; `column = none` asks for exactly these.

    Args:
        tree: Of `parse`.
        columns: Every column by name (`facts.facts`).
        number: The class index of a name, None for no class.
        classes: Class names, for the sentence about one that is not there.

    Raises:
        QueryError: A column or a word is not there, or a comparison makes no sense.
    """
    return _Reader(columns, number, classes).read(tree)


def described(text: str, dataset: Dataset, table: pd.DataFrame | None, overlay: Overlay) -> Mask:
    """Return which images of a data set a query line describes, bool [N].

    Raises:
        QueryError: It cannot be answered as it is written.
    """
    numbers = class_numbers(dataset)
    return mask(parse(text), facts.facts(dataset, table, overlay), numbers.number, numbers.names)


class _Reader:
    def __init__(
        self, columns: Mapping[str, Fact], number: Callable[[str], int | None], classes: tuple[str, ...]
    ) -> None:
        self.columns = columns
        self.number = number
        self.classes = classes

    def read(self, tree: Node) -> Mask:
        match tree:
            case Every(parts):
                return _together(np.logical_and, [self.read(part) for part in parts])
            case Some(parts):
                return _together(np.logical_or, [self.read(part) for part in parts])
            case Not(part):
                return ~self.read(part)
            case Ask(column):
                return self.ask(column)
            case Compare():
                return self.compare(tree)

    def fact(self, column: str) -> Fact:
        named = self.columns.get(column) or self.columns.get(column.lower())
        if named is None:
            near = difflib.get_close_matches(column.lower(), list(self.columns), 1)
            instead = f"did you mean {near[0]}?" if near else "the list below the line has all of them."
            raise QueryError(f"The query asks for {column!r}, and there is no such column; {instead}")
        return named

    def ask(self, column: str) -> Mask:
        fact = self.fact(column)
        if fact.kind in (facts.FLAG, facts.SET):
            return fact.read().astype(np.bool_)
        raise QueryError(
            f"The query asks for {column!r} alone, and it is a {fact.kind}; compare it, as in {column} = …"
        )

    def compare(self, term: Compare) -> Mask:
        fact = self.fact(term.column)
        if term.operator == "in":
            one_by_one = [self.compare(Compare(term.column, "=", (value,))) for value in term.values]
            return _together(np.logical_or, one_by_one)
        value = term.values[0]
        reader = {
            facts.CLASS: self.codes, facts.CHOICE: self.codes, facts.NUMBER: self.numbers, facts.TEXT: self.texts,
            facts.FLAG: self.flags, facts.SET: self.words,
        }[fact.kind]  # fmt: skip
        return reader(term, fact, value)

    def codes(self, term: Compare, fact: Fact, value: Value) -> Mask:
        _only(term, fact, "=", "!=")
        values = fact.read()
        other = self.other(value, fact)
        if _is_nothing(value):
            return (values < 0) if term.operator == "=" else (values >= 0)
        if other is not None:
            beside = other.read()
            return (values >= 0) & (beside >= 0) & ORDER[term.operator](values, beside)
        code = self.number(value.text) if fact.kind == facts.CLASS else _code(value.text, fact.words)
        if code is None:
            words = self.classes if fact.kind == facts.CLASS else fact.words
            raise QueryError(f"The query asks for {term.column} {value.text!r}; expected one of {_some(words)}.")
        matching: Mask = (values >= 0) & ORDER[term.operator](values, code)
        return matching

    def numbers(self, term: Compare, fact: Fact, value: Value) -> Mask:
        _only(term, fact, "<", "<=", ">", ">=", "=", "!=")
        values = fact.read()
        if _is_nothing(value):
            _only(term, fact, "=", "!=")
            missing: Mask = np.isnan(values)
            return missing if term.operator == "=" else ~missing
        other = self.other(value, fact)
        beside = _number(term, value) if other is None else other.read()
        matching: Mask = ORDER[term.operator](values, beside) & ~np.isnan(values) & ~np.isnan(beside)
        return matching

    def texts(self, term: Compare, fact: Fact, value: Value) -> Mask:
        _only(term, fact, "=", "!=", "contains")
        values = fact.read()
        if term.operator != "contains":
            matching: Mask = np.asarray(ORDER[term.operator](values, value.text), dtype=np.bool_)
            return matching
        part = value.text.lower()
        return np.fromiter((part in text.lower() for text in values), np.bool_, len(values))

    def flags(self, term: Compare, fact: Fact, value: Value) -> Mask:
        _only(term, fact, "=", "!=")
        wanted = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}.get(value.text.lower())
        if wanted is None:
            raise QueryError(f"The query asks for {term.column} {value.text!r}; expected yes or no.")
        held = fact.read().astype(np.bool_)
        return held if wanted == (term.operator == "=") else ~held

    def words(self, term: Compare, fact: Fact, value: Value) -> Mask:
        _only(term, fact, "=", "!=")
        if fact.rows_of is None or (_is_nothing(value) and value.text not in fact.words):
            any_word: Mask = fact.read().astype(np.bool_)
            return ~any_word if term.operator == "=" else any_word
        code = _code(value.text, fact.words)
        if code is None:
            raise QueryError(f"The query asks for {term.column} {value.text!r}; expected one of {_some(fact.words)}.")
        held = fact.rows_of(fact.words[code])
        return held if term.operator == "=" else ~held

    def other(self, value: Value, fact: Fact) -> Fact | None:
        """The column that a value names, where it is one of the same kind and no class or word of the first."""
        if value.quoted or (fact.kind == facts.CLASS and self.number(value.text) is not None):
            return None
        named = self.columns.get(value.text) or self.columns.get(value.text.lower())
        alike = (
            named is not None and named.kind == fact.kind and (fact.kind != facts.CHOICE or named.words == fact.words)
        )
        return named if alike else None


def _together(how: np.ufunc, parts: list[Mask]) -> Mask:
    joined: Mask = how.reduce(parts)
    return joined


def _only(term: Compare, fact: Fact, *operators: str) -> None:
    if term.operator not in operators:
        raise QueryError(
            f"The query compares {term.column} by {term.operator}, and it is a {fact.kind}; "
            f"expected {' or '.join(operators[:2]) if len(operators) < 3 else ', '.join(operators)}."
        )


def _is_nothing(value: Value) -> bool:
    return not value.quoted and value.text.lower() == NOTHING


def _number(term: Compare, value: Value) -> np.float32:
    text = value.text
    try:
        number = float(text.removesuffix("%").replace(",", ".")) / (100 if text.endswith("%") else 1)
    except ValueError:
        number = float("nan")
    if value.quoted or not np.isfinite(number):
        raise QueryError(f"The query compares {term.column} with {text!r}; expected a number such as 0.2 or 20%.")
    return np.float32(number)


def _code(word: str, words: tuple[str, ...]) -> int | None:
    lowered = [each.lower() for each in words]
    if word in words:
        return words.index(word)
    return lowered.index(word.lower()) if word.lower() in lowered else None


def _some(words: tuple[str, ...]) -> str:
    first = ", ".join(words[:12])
    return f"{first} …" if len(words) > 12 else first or "none, for there is none yet"
