"""The problems of a data set: each is counted, and listed with file and line.

The list stays bounded (a file of ten million bad lines must not fill the memory): after `LISTED` problems of one kind
in one file the rest are counted in a single closing entry, so that the sum of `count` is always the true number.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from auditor.plural import counted

LISTED = 10_000
"""Problems of one kind in one file that are listed one by one."""

SHOWN = 60
"""Characters of the user's own text that a message quotes."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in a data set, and what was done about it.

    Attributes:
        file: The file it is in, relative to the data set's root.
        line: Its 1-based line there, or None where it concerns the whole file.
        kind: One of 'bad-line', 'bad-label', 'label-range', 'duplicate-name', 'other-name', 'missing-image',
            'unreadable-image', 'outside-root', 'encoding', ... The screens group by it.
        message: One sentence for a person.
        count: How many lines or images this entry stands for (1, but for the closing entry of a long list).
    """

    file: str
    line: int | None
    kind: str
    message: str
    count: int = 1


class Problems:
    """Collects problems while a data set is read; see the module's text for what is kept."""

    def __init__(self, listed: int = LISTED):
        self._listed = listed
        self._kept: list[Problem] = []
        self._seen: Counter[tuple[str, str]] = Counter()

    def add(self, file: str, line: int | None, kind: str, message: str) -> None:
        """Count a problem, and list it while there is room."""
        self._seen[file, kind] += 1
        if self._seen[file, kind] <= self._listed:
            self._kept.append(Problem(printable(file, 400), line, kind, message))

    def extend(self, problems: Iterable[Problem]) -> None:
        """Add problems that were collected elsewhere."""
        for problem in problems:
            if problem.count == 1:
                self.add(problem.file, problem.line, problem.kind, problem.message)
            else:
                self.count(problem.file, problem.kind, problem.count)

    def count(self, file: str, kind: str, more: int) -> None:
        """Count `more` problems of a kind without listing them."""
        self._seen[file, kind] += more

    def __len__(self) -> int:
        """The true number of problems, listed or only counted."""
        return sum(self._seen.values())

    def freeze(self) -> tuple[Problem, ...]:
        """The problems in the order they were found, and one closing entry for every list that was cut."""
        listed = Counter((problem.file, problem.kind) for problem in self._kept)
        closing = []
        for (file, kind), total in self._seen.items():
            more = total - listed[printable(file, 400), kind]
            if more:
                message = f"{counted(more, 'more problem')} of this kind, counted here and not listed one by one"
                closing.append(Problem(printable(file, 400), None, kind, message, more))
        return (*self._kept, *closing)


def count_problems(problems: Iterable[Problem]) -> dict[str, int]:
    """Count the problems of each kind, the most frequent first."""
    counts: Counter[str] = Counter()
    for problem in problems:
        counts[problem.kind] += problem.count
    return dict(counts.most_common())


def printable(text: str, limit: int = SHOWN) -> str:
    """Make the user's text safe to show: escape control characters and stray bytes, cut long text.

    The result encodes as UTF-8 (a file name on disk may not).
    """
    if len(text) <= limit and text.isprintable():
        return text
    cut = text[: limit + 1]
    safe = "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode("ascii") for c in cut)
    return safe if len(text) <= limit and len(safe) <= limit else f"{safe[: limit - 1]}…"
