"""auditor/exports/evidence_csv.py: the contract for scripts."""

import pytest

from auditor.errors import ExportError
from auditor.exports import evidence_csv


def test_csv_to_nowhere_is_said(world, version, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ExportError, match="cannot be written"):
        evidence_csv.write(version, world.dataset, tmp_path / "file" / "e.csv")
