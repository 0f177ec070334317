"""Names of numbered classes from a small file beside the labels: `classes.txt`, `label_map.csv`, `id2label.json`.

A text has a name on each line, or a number and a name; JSON has a list or an object. A file counts only where it names
every number that is in use, and each differently.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from auditor.data.files.listing import is_image, join, list_folder
from auditor.data.files.textfile import TextFile, read_bytes
from auditor.data.problems import printable
from auditor.errors import DataError

LARGEST: Final = 2**16
_FILE: Final = re.compile(
    r"(class|label|categor|emotion|expression)(y|es|s|ies)?[ _-]?(names?|map|mapping|list|index|idx|dict|txt)?"
    r"|(names?|id2label|label2id|class_to_idx|idx_to_class|obj)",
    re.I,
)
_SUFFIXES: Final = (".txt", ".names", ".csv", ".tsv", ".json")
_HEADING: Final = re.compile(r"(class|label|categor|emotion|expression|name)(y|es|s|ies)?([ _-]?names?)?", re.I)
_MARK: Final = re.compile(r"[,;|\t:=]")
_FIELD: Final = re.compile(r"[\s,;:=|]+")


@dataclass(frozen=True)
class ClassList:
    """The names of numbered classes.

    Attributes:
        file: Where they stand, relative to the root.
        names: By number.
        close: Whether the file leaves open at which number it begins.
    """

    file: str
    names: dict[int, str]
    close: bool = False


def beside(root: Path, homes: Sequence[str], codes: Sequence[int]) -> ClassList | None:
    """Find the list that names these numbers.

    Args:
        root: The data set's root.
        homes: Folders in which to look, relative to it.
        codes: The numbers in use.
    """
    for file in _files(root, homes):
        try:
            text = "\n".join(TextFile.parse(read_bytes(root / file, LARGEST)).lines)
        except DataError:
            continue
        names, close = _numbered(text, file, codes)
        used = [names.get(code, "") for code in codes]
        if all(used) and len({name.casefold() for name in used}) == len(used) and not any(map(_is_number, used)):
            return ClassList(file, {code: printable(names[code].lower()) for code in codes}, close)
    return None


def is_class_list(name: str) -> bool:
    """Whether a file is called as lists of classes are."""
    path = Path(name)
    return path.suffix.lower() in _SUFFIXES and _FILE.fullmatch(path.stem.lstrip("_")) is not None


def _files(root: Path, homes: Sequence[str]) -> Iterator[str]:
    for home in dict.fromkeys((*homes, "")):
        yield from (join(home, name) for name in sorted(list_folder(root, home).files) if is_class_list(name))


def _numbered(text: str, file: str, codes: Sequence[int]) -> tuple[dict[int, str], bool]:
    """The names by number, and whether they may as well begin at another one."""
    if file.lower().endswith(".json"):
        try:
            content = json.loads(text)
        except (ValueError, RecursionError):
            return {}, False
        return _of_json(content, codes)
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")][:2000]
    if any(is_image(field) for line in lines for field in _FIELD.split(line)):
        return {}, False  # a list of images
    pairs = [_pair(line) for line in lines]
    names = {code: name for pair in pairs if pair is not None for code, name in [pair]}
    if len(names) >= len(lines) - 1 and names:
        return names, False
    if lines and _HEADING.fullmatch(lines[0].strip("\"'")):
        lines = lines[1:]
    plain = all(len(line.split()) <= 3 and not _MARK.search(line) for line in lines)
    return _counted(lines, codes) if plain else ({}, False)


def _pair(line: str) -> tuple[int, str] | None:
    """A number and a name, in either order."""
    fields = [field.strip("\"'") for field in _FIELD.split(line.strip())]
    if len(fields) < 2:
        return None
    if _is_number(fields[0]):
        return int(fields[0]), " ".join(fields[1:])
    return (int(fields[-1]), " ".join(fields[:-1])) if _is_number(fields[-1]) else None


def _counted(names: Sequence[str], codes: Sequence[int]) -> tuple[dict[int, str], bool]:
    """Names in order: from 0, or from 1 where as many numbers as names are in use and 0 is not."""
    from_one = 0 not in codes and max(codes) == len(names)
    close = 0 not in codes and max(codes) < len(names)
    return {place + from_one: name for place, name in enumerate(names)}, close


def _of_json(content: Any, codes: Sequence[int]) -> tuple[dict[int, str], bool]:
    if isinstance(content, dict) and len(content) == 1:
        content = next(iter(content.values()))
    if isinstance(content, list) and all(isinstance(name, str) for name in content):
        return _counted(content, codes)
    if not isinstance(content, dict):
        return {}, False
    if all(isinstance(name, str) and _is_number(key) for key, name in content.items()):
        return {int(key): name for key, name in content.items()}, False
    if all(isinstance(code, int) for code in content.values()):
        return {code: name for name, code in content.items()}, False
    return {}, False


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 6
