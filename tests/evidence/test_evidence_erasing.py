"""auditor/evidence/erasing.py: an erased image leaves its place empty, and every other number as it was."""

import shutil

import numpy as np

from auditor.evidence import erasing
from auditor.evidence.alignment import aligned
from auditor.evidence.versions import EvidenceVersion

GONE, TWIN = "train_00001.jpg", "train_00002.jpg"


def test_an_image_its_twin_and_its_numbers(version, world, tmp_path):
    copy = EvidenceVersion(shutil.copytree(version.folder, tmp_path / version.name))
    assert erasing.copies_of(copy, {GONE}) == {TWIN}
    files = {file.name for file in erasing.files_of(copy, {GONE})}
    assert {"table.parquet", "probs.npy", "map.parquet", "duplicates.parquet", "p_given_man.npy"} <= files
    erasing.erase(copy, {GONE})
    now = EvidenceVersion(copy.folder)
    assert erasing.files_of(now, {GONE}) == [] and GONE not in set(now.table["name"])
    place = version.place(world.dataset.index_of(GONE))
    others = np.arange(len(version.table)) != place
    assert now.table[others].equals(version.table[others]) and now.map[others].equals(version.map[others])
    assert np.array_equal(now.probs[others], version.probs[others]) and not now.probs[place].any()
    assert not now.map.iloc[place, 1:].any() and (now.neighbours[place] == version.rows[place]).all()
    view = aligned(now, world.dataset)
    assert view.place(world.dataset.index_of(GONE)) < 0 and len(view.table) == len(version.table) - 1
    erasing.erase(now, {GONE})  # again does no harm
