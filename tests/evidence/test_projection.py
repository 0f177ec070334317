"""auditor/evidence/projection.py: positions of the map."""

import numpy as np
import pytest

from auditor.evidence import projection


def test_pca_is_the_same_each_time_and_survives_one_dimension():
    points = np.random.default_rng(0).normal(size=(30, 5)).astype(np.float32)
    np.testing.assert_array_equal(projection.pca(points), projection.pca(points.copy()))
    assert projection.pca(points[:, :1]).shape == (30, 2)


@pytest.mark.slow
def test_umap_is_added_to_the_map_and_seeded(world, version):
    projection.add_umap(version)
    first = version.map
    assert {"joint_umap_x", "man_umap_y"} <= set(first) and np.isfinite(first["joint_umap_x"]).all()
    again = projection.umap(np.load(version.folder / "map_input_man.npy"))
    np.testing.assert_allclose(again[:, 0], first["man_umap_x"], atol=1e-4)
