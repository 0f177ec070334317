"""The names of the excluded images, one per line, in label-file order."""

from __future__ import annotations

from pathlib import Path

from auditor.data.dataset import Dataset
from auditor.exports.atomic import check_target, write_file
from auditor.exports.preview import Preview


def text(decisions: Preview) -> str:
    """Return one name per line; a line feed inside a name is written as backslash n."""
    return "".join(change.name.replace("\n", "\\n").replace("\r", "\\r") + "\n" for change in decisions.excluded)


def write(dataset: Dataset, decisions: Preview, out: str | Path) -> Path:
    """Write the list; the file is empty where nothing is excluded.

    Raises:
        ExportError: It cannot be written there.
    """
    return write_file(check_target(dataset, out), text(decisions).encode("utf-8", "backslashreplace"))
