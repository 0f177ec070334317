"""auditor/exports/evidence_csv.py: the contract for scripts."""

import pytest

from auditor.errors import ExportError
from auditor.exports import evidence_csv


def test_csv_to_a_missing_folder_is_an_error(world, version, tmp_path):
    with pytest.raises(ExportError, match="cannot be written"):
        evidence_csv.write(version, world.dataset, tmp_path / "absent" / "e.csv")
