"""A choice of labels: a label file and the roles chosen in it, as `file?role=value&role=value`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from urllib.parse import parse_qsl, urlencode

from auditor.data.problems import printable
from auditor.errors import DataError

OPTIONS: Mapping[str, str] = MappingProxyType(
    {
        "label": "--label-column",
        "split": "--split-column",
        "image": "--image-column",
        "numbering": "--numbering",
        "format": "--format",
        "labels": "--labels",
    }
)
"""The command line's option for each role that a person may choose."""

NONE = "none"
"""The value that chooses no column: `split=none` takes every row as a training row."""


@dataclass(frozen=True)
class Selection:
    """A label file and the roles a person chose in it.

    Attributes:
        file: The label file as in `Dataset.label_file`, without the question mark; '' for folders.
        chosen: Role -> value, such as label -> annotator_2.
    """

    file: str
    chosen: Mapping[str, str]

    @classmethod
    def parse(cls, text: str, root: Path | None = None) -> Selection:
        """Read `file?role=value`; a file whose own name holds a question mark is taken as it is.

        Args:
            text: What a data set's `label_file` says.
            root: Where the file lies, to look whether the question mark belongs to its name.
        """
        file, mark, query = text.rpartition("?")
        if not mark or (root is not None and _is_file(root / text)):
            return cls(text, {})
        return cls(file, dict(parse_qsl(query, keep_blank_values=True)))

    def allow(self, roles: tuple[str, ...]) -> Selection:
        """This selection, where it chooses nothing but these roles.

        Raises:
            DataError: It chooses something else, or nothing after its question mark.
        """
        unknown = sorted(set(self.chosen) - set(roles))
        if unknown:
            choices = ", ".join(roles) or "nothing"
            raise DataError(
                f"There is no choice of {printable(', '.join(unknown))} for {printable(self.file) or 'this data set'}; "
                f"after the question mark choose {choices}."
            )
        return self

    def choosing(self, **roles: str) -> Selection:
        """The same file with these roles chosen as well."""
        return Selection(self.file, {**self.chosen, **roles})

    def get(self, role: str) -> str | None:
        """What was chosen for a role, or None."""
        return self.chosen.get(role)

    def __str__(self) -> str:
        return f"{self.file}?{urlencode(self.chosen)}" if self.chosen else self.file

    @property
    def title(self) -> str:
        """Return the selection as a title: 'annotator_2 · labels.csv'."""
        if "classes" in self.chosen:
            return f"{self.file} · {self.chosen['classes']} classes"
        values = [value for role, value in self.chosen.items() if role in ("label", "numbering")]
        return " · ".join([*values, self.file]) if values else str(self)


def _is_file(path: Path) -> bool:
    """Whether there is such a file; a choice of columns may be longer than any name, or hold what no name can."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False
