"""The grammar of a label list: one image a line, its name, white space, a number, and perhaps more that is ignored.

`label_span` is the same grammar for writers: replacing that span changes a line's label and nothing else of it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from auditor.data.files.textfile import LONGEST_LINE, TextFile
from auditor.data.problems import Problems, printable

LONGEST_NAME = 1024
"""The maximum length of an image name, in characters."""

_PLAIN = re.compile(r"[ \t\v\f]*(\S+)[ \t\v\f]+(\S+)(?:\s|$)", re.ASCII)
_SPACED = re.compile(
    r"[ \t\v\f]*(\S(?:.*?\S)?\.(?:jpe?g|png|bmp|webp|tiff?|gif))[ \t\v\f]+(\S+)(?:\s|$)", re.ASCII | re.IGNORECASE
)
_NUMBER = re.compile(r"[+-]?[0-9]{1,9}(?:\.0*)?", re.ASCII)
_NOT_PLAINEST = re.compile(r"^(?!(?!/)[A-Za-z0-9_./-]{1,1024} [0-9]{1,9}\r?$)", re.ASCII | re.MULTILINE)
"""Where a line begins that is not as nearly all are: a simple name, a space, a number."""


@dataclass(slots=True)
class LabelLines:
    """The usable lines of one label list, as columns.

    Attributes:
        names: Image names, unique.
        labels: The numbers in the file.
        lines: 1-based line numbers.
        flagged: How many lines have a third column (noise studies flag the lines they flipped there).
    """

    names: list[str] = field(default_factory=list)
    labels: list[int] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    flagged: int = 0

    def take(self, keep: Iterable[int]) -> LabelLines:
        """Some of the lines."""
        rows = list(keep)
        columns = ([self.names[i] for i in rows], [self.labels[i] for i in rows], [self.lines[i] for i in rows])
        return LabelLines(*columns, self.flagged)


def match_line(line: str) -> re.Match[str] | None:
    """Group 1 is the name, group 2 the label as it is written; None for a line of another form."""
    if len(line) > LONGEST_LINE or "\0" in line:
        return None
    plain = _PLAIN.match(line)
    if plain and _NUMBER.fullmatch(plain[2]):
        return plain
    return _SPACED.match(line) or plain


def label_span(line: str) -> tuple[int, int] | None:
    """Where in a line the label stands, or None where the line has no number."""
    match = match_line(line)
    return match.span(2) if match and _NUMBER.fullmatch(match[2]) else None


def written_labels(text: TextFile) -> Counter[str]:
    """How often each label is written in a list, words and numbers alike."""
    plainest = _plainest(text)
    if plainest is not None:
        return Counter(plainest[1])
    matches = (match_line(line) for line in text.lines if line and not line.isspace())
    return Counter(match[2] for match in matches if match is not None)


def is_label_list(text: TextFile, head: int = 20) -> bool:
    """Whether the first lines look like names and numbers."""
    lines = [line for line in text.lines[:head] if line.strip()]
    return bool(lines) and sum(label_span(line) is not None for line in lines) * 2 > len(lines)


def usable_lines(text: TextFile, file: str, problems: Problems) -> Iterator[tuple[int, re.Match[str]]]:
    """Number and match of every line that has a name and something after it; the rest are listed.

    The name may be a path of another computer's, which whoever looks for the image finds by its end or refuses.
    """
    for number, line in enumerate(text.lines, 1):
        match = match_line(line)
        if match is None:
            if line and not line.isspace():
                problems.add(file, number, "bad-line", _what_is_bad(line))
        elif len(match[1]) > LONGEST_NAME:
            problems.add(file, number, "bad-line", f"the name is {len(match[1]):,} characters long")
        else:
            yield number, match


def parse_labels(
    text: TextFile, file: str, lowest: int, highest: int, problems: Problems, words: Mapping[str, int] | None = None
) -> LabelLines:
    """Read a label list.

    Args:
        text: The file.
        file: Its name in problems.
        lowest: The least label.
        highest: The greatest label.
        problems: Where to list the lines that cannot be used: of a name that came before, the first is kept.
        words: The number of a label that is written as a word, by its lower-case spelling.
    """
    plainest = _plainest(text)
    if plainest is not None:
        names, written_numbers = plainest
        numbers = {written: int(written) for written in set(written_numbers)}
        if all(lowest <= number <= highest for number in numbers.values()) and len(set(names)) == len(names):
            labels = [numbers[written] for written in written_numbers]
            return LabelLines(names, labels, list(range(1, len(names) + 1)))
    usable = LabelLines()
    first_line: dict[str, int] = {}
    for number, match in usable_lines(text, file, problems):
        name, written = match.group(1, 2)
        label = int(float(written)) if _NUMBER.fullmatch(written) else (words or {}).get(written.casefold())
        if label is None:
            message = f"the label {printable(written)!r} is not a number from {lowest} to {highest}"
            problems.add(file, number, "bad-label", f"{message}: the line is left out")
        elif not lowest <= label <= highest:
            message = f"the label {label} is not from {lowest} to {highest}: the line is left out"
            problems.add(file, number, "label-range", message)
        elif first_line.setdefault(name, number) != number:
            message = f"{printable(name)} was on line {first_line[name]} already: the first is kept"
            problems.add(file, number, "duplicate-name", message)
        else:
            usable.names.append(name)
            usable.labels.append(label)
            usable.lines.append(number)
            usable.flagged += not match.string[match.end(2) :].isspace() and match.end(2) < len(match.string)
    return usable


def _plainest(text: TextFile) -> tuple[list[str], list[str]] | None:
    """Names and written numbers of a list whose lines are all of the plainest form; read at once, for many are long.

    Returns:
        Two lists with an entry for each line; None where any line is of another form.
    """
    lines = text.lines[:-1] if text.lines and not text.lines[-1] else text.lines
    if text.newline != "\n" or not lines or _NOT_PLAINEST.search("\n".join(lines[:20])):
        return None
    body = "\n".join(lines)
    if ".." in body or _NOT_PLAINEST.search(body):
        return None
    words = body.split()
    return words[::2], words[1::2]


def _what_is_bad(line: str) -> str:
    if len(line) > LONGEST_LINE:
        return f"the line is {len(line):,} characters long: it is left out"
    if "\0" in line:
        return f"the line holds NUL characters ({printable(line)}): it is left out"
    return f"expected an image name and a label, found {printable(line.strip())!r}: the line is left out"
