"""State shared by the loaders while a data set is read: the root, the label file, and the problems so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from auditor.data.problems import Problems, count_problems


@dataclass
class Reading:
    """The state of one reading.

    Attributes:
        root: The resolved folder of the data set.
        label_file: As in `Dataset`.
        problems: Everything that is wrong.
        notes: What was recognised, in sentences.
        watched: Files and folders whose change makes this reading stale.
    """

    root: Path
    label_file: str
    problems: Problems = field(default_factory=Problems)
    notes: list[str] = field(default_factory=list)
    watched: list[str] = field(default_factory=list)

    def counted(self, otherwise: str = "it is empty") -> str:
        """Count the problems by kind, for an error message: '3 bad-line, 1 missing-image'."""
        counts = count_problems(self.problems.freeze())
        return ", ".join(f"{count:,} {kind}" for kind, count in counts.items()) or otherwise
