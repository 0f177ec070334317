"""The query line's grammar: text becomes a tree of comparisons. Nothing is ever executed, and no column is known here.

    query       = or
    or          = and {"or" and}
    and         = not {"and" not}
    not         = "not" not | "(" or ")" | column [comparison]
    comparison  = ("=" | "!=" | "<" | "<=" | ">" | ">=" | "contains") value | ["not"] "in" "(" value {"," value} ")"
    value       = number ["%"] | word | "text in quotes"

Keywords are not case-sensitive. A column alone is a question answered by yes or no, such as 'reviewed'.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from auditor.errors import AuditorError

LONGEST = 500
DEEPEST = 40
OPERATORS = ("=", "!=", "<", "<=", ">", ">=", "contains")
KEYWORDS = ("and", "or", "not", "in", "contains")
_SPELLINGS = {"==": "=", "<>": "!=", "≠": "!=", "≤": "<=", "≥": ">=", "~": "contains"}
_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"[^"]*"|'[^']*')|(?P<operator><=|>=|==|!=|<>|[=<>≠≤≥~])|(?P<mark>[(),])"""
    r"""|(?P<word>[^\s=<>≠≤≥~!(),"']+))"""
)


class QueryError(AuditorError):
    """A query line that cannot be answered as it is written."""


@dataclass(frozen=True)
class Value:
    """What a column is compared with.

    Attributes:
        text: As it was written, without its quotes.
        quoted: Whether it was in quotes: then it is never a column, a number or 'none'.
    """

    text: str
    quoted: bool = False


@dataclass(frozen=True)
class Compare:
    """One column against one or more values.

    Attributes:
        column: Its name as it was written.
        operator: One of `OPERATORS`, or 'in'.
        values: One value; several for 'in'.
    """

    column: str
    operator: str
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Ask:
    """A column that is a question by itself, such as 'reviewed'."""

    column: str


@dataclass(frozen=True)
class Not:
    """Faces that the part does not describe."""

    part: Node


@dataclass(frozen=True)
class Every:
    """Faces that all parts describe."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Some:
    """Faces that one part or more describes."""

    parts: tuple[Node, ...]


Node = Compare | Ask | Not | Every | Some


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str

    @property
    def key(self) -> str:
        return self.text.lower() if self.kind == "word" else self.text


def parse(text: str) -> Node:
    """Read a query line.

    Args:
        text: The line, not empty.

    Raises:
        QueryError: It is not in the grammar; the sentence says where and what was expected.
    """
    if len(text) > LONGEST:
        raise QueryError(f"The query has {len(text)} characters, and {LONGEST} are read; shorten it.")
    reader = _Reader(_tokens(text))
    tree = reader.either()
    left = reader.next()
    if left is not None:
        raise QueryError(f"The query goes on with {left.text!r} where 'and', 'or' or its end was expected; add one.")
    return tree


def _tokens(text: str) -> list[_Token]:
    tokens, at = [], 0
    text = text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            rest = text[at:].strip()
            what = "a quote that is not closed" if rest[:1] in "\"'" else f"{rest[:1]!r}"
            raise QueryError(f"The query holds {what} at {rest[:20]!r}; write column = value, such as given = fear.")
        kind = str(match.lastgroup)
        tokens.append(_Token(kind, match.group(kind)))
        at = match.end()
    return tokens


class _Reader:
    """Reads tokens from left to right, by recursive descent."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    def peek(self) -> str | None:
        return self._tokens[self._at].key if self._at < len(self._tokens) else None

    def next(self) -> _Token | None:
        if self._at >= len(self._tokens):
            return None
        self._at += 1
        return self._tokens[self._at - 1]

    def take(self, *keys: str) -> bool:
        """Go past the next token where it is one of these and not a text in quotes."""
        if self._at < len(self._tokens) and self._tokens[self._at].kind != "text" and self.peek() in keys:
            self._at += 1
            return True
        return False

    def either(self) -> Node:
        parts = [self.every()]
        while self.take("or"):
            parts.append(self.every())
        return parts[0] if len(parts) == 1 else Some(tuple(parts))

    def every(self) -> Node:
        parts = [self.one()]
        while self.take("and"):
            parts.append(self.one())
        return parts[0] if len(parts) == 1 else Every(tuple(parts))

    def one(self) -> Node:
        self._depth += 1
        if self._depth > DEEPEST:
            raise QueryError(f"The query is nested more than {DEEPEST} deep; write it with fewer brackets.")
        node = self._one()
        self._depth -= 1
        return node

    def _one(self) -> Node:
        if self.take("not"):
            return Not(self.one())
        if self.take("("):
            inside = self.either()
            self.expect(")", "a bracket is not closed")
            return inside
        token = self.next()
        if token is None:
            raise QueryError("The query ends where a column was expected; write column = value, such as given = fear.")
        if token.kind != "word" or token.key in KEYWORDS:
            raise QueryError(
                f"The query has {token.text!r} where a column was expected, such as given or aum; add one."
            )
        return self.comparison(token.text)

    def comparison(self, column: str) -> Node:
        token = self._tokens[self._at] if self._at < len(self._tokens) else None
        if token is not None and token.kind == "operator":
            self._at += 1
            return Compare(column, _SPELLINGS.get(token.text, token.text), (self.value(column),))
        if self.take("contains"):
            return Compare(column, "contains", (self.value(column),))
        if self.take("in"):
            return Compare(column, "in", self.listed(column))
        following = self._tokens[self._at + 1].key if self._at + 1 < len(self._tokens) else None
        if self.peek() == "not" and following == "in":
            self._at += 2
            return Not(Compare(column, "in", self.listed(column)))
        return Ask(column)

    def listed(self, column: str) -> tuple[Value, ...]:
        self.expect("(", f"{column} in is followed by no bracket")
        values = [self.value(column)]
        while self.take(","):
            values.append(self.value(column))
        self.expect(")", f"the list of {column} is not closed")
        return tuple(values)

    def value(self, column: str) -> Value:
        token = self.next()
        if token is None or token.kind not in ("word", "text") or (token.kind == "word" and token.key in KEYWORDS):
            problem = "ends" if token is None else f"has {token.text!r}"
            raise QueryError(f"The query {problem} where a value of {column} was expected; write one behind it.")
        return Value(token.text[1:-1], True) if token.kind == "text" else Value(token.text)

    def expect(self, mark: str, problem: str) -> None:
        if not self.take(mark):
            raise QueryError(f"In the query {problem}: {mark!r} was expected; add it.")
