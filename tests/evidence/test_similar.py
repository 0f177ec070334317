"""auditor/evidence/similar.py: the nearest faces by the mean cosine, worked out by hand."""

import json

import numpy as np
import pandas as pd
import pytest

from auditor.errors import EvidenceError
from auditor.evidence.similar import similar
from auditor.evidence.versions import EvidenceVersion


@pytest.fixture
def version(tmp_path):
    """Rows 0, 2, 4, 6, 8 at angles of 0, 10, 30, 90 and 180 degrees, of different lengths."""
    folder = tmp_path / "v0001"
    folder.mkdir()
    angle, length = np.radians([0, 10, 30, 90, 180]), np.array([1, 5, 2, 3, 9])
    np.save(
        folder / "map_input_joint.npy", (np.stack([np.cos(angle), np.sin(angle)], 1) * length[:, None]).astype("f4")
    )
    pd.DataFrame({"row": np.arange(0, 10, 2, dtype=np.int32)}).to_parquet(folder / "table.parquet")
    (folder / "summary.json").write_text(json.dumps({"methods": []}))
    return EvidenceVersion(folder)


def test_nearest_first_without_the_face_itself(version):
    assert similar(version, [0]).tolist() == [2, 4, 6, 8]
    assert similar(version, [0], most=2).tolist() == [2, 4]


def test_several_faces_count_by_their_mean_cosine(version):
    # From 0 and 90 degrees together, 30 degrees (0.866 + 0.5) is nearer than 10 degrees (0.985 + 0.174).
    assert similar(version, [0, 6]).tolist() == [4, 2, 8]
    assert similar(version, [0, 0, 0, 6, 3]).tolist()[:1] == [
        2
    ]  # one named three times counts so; row 3 has no evidence


def test_what_cannot_be_answered_is_said(version):
    with pytest.raises(EvidenceError, match="No method has scored"):
        similar(version, [3])
    (version.folder / "map_input_joint.npy").unlink()
    with pytest.raises(EvidenceError, match="build it again"):
        similar(EvidenceVersion(version.folder), [0])
