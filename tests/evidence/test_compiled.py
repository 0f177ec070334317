"""What numba compiles for a minute in each process that calls it, so that these tests are in one file.

auditor/evidence/projection.py: UMAP.
"""

import numpy as np
import pytest

from auditor.evidence import projection
from auditor.evidence.build import build
from tests.evidence.test_projection import groups

pytestmark = pytest.mark.slow


def test_umap_is_added_to_the_map_and_seeded(world):
    version = build(world.workspace, world.dataset)  # of its own: other tests of this process need one without UMAP
    projection.add_umap(version)
    first = version.map
    assert {"joint_umap_x", "man_umap_y"} <= set(first) and np.isfinite(first["joint_umap_x"]).all()
    again, placed = projection.umap(np.load(version.folder / "map_input_man.npy"))
    np.testing.assert_allclose(again[:, 0], first["man_umap_x"], atol=1e-4)
    assert not placed.any() and not any(column.endswith("_placed") for column in first)


def test_many_images_are_laid_out_in_part_and_the_others_lie_in_their_own_group():
    vectors, group = groups(600)
    positions, placed = projection.umap(vectors, fitted=300)
    assert (~placed).sum() == 300 and np.isfinite(positions).all()
    again, _ = projection.umap(vectors, fitted=300)
    np.testing.assert_array_equal(positions, again)
    centres = np.stack([positions[~placed & (group == number)].mean(0) for number in range(3)])
    nearest = np.linalg.norm(positions[:, None] - centres, axis=2).argmin(1)
    assert (nearest == group)[placed].mean() > 0.99
