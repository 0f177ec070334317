"""auditor/evidence/projection.py: positions of the map."""

import numpy as np

from auditor.evidence import projection


def test_pca_is_the_same_each_time_and_survives_one_dimension():
    points = np.random.default_rng(0).normal(size=(30, 5)).astype(np.float32)
    np.testing.assert_array_equal(projection.pca(points), projection.pca(points.copy()))
    assert projection.pca(points[:, :1]).shape == (30, 2)


def groups(size, count=3, dims=6):
    """Well separated groups, one of them thin: vectors and group numbers."""
    draw = np.random.default_rng(0)
    group = np.repeat(np.arange(count), [size, size, size // 10])
    centres = np.eye(dims)[:count] * 5
    return (centres[group] + draw.normal(size=(len(group), dims)) / 4).astype(np.float32), group


def test_thin_regions_keep_more_of_their_images_than_dense_ones():
    vectors, group = groups(3000)
    chosen = projection.spread(projection.unit(vectors), 1000, seed=0)
    assert len(np.unique(chosen)) == 1000 and (np.diff(chosen) > 0).all()
    kept = np.bincount(group[chosen], minlength=3) / np.bincount(group)
    assert kept[2] > 1.3 * max(kept[0], kept[1])


def test_an_image_between_two_groups_is_placed_in_the_nearer_one():
    positions = np.array([[0, 0], [1, 0], [100, 0], [101, 0]], np.float32)
    near, distance = np.array([[0, 1, 2]]), np.array([[0.5, 0.5, 0.6]], np.float32)
    np.testing.assert_allclose(projection.between(positions, near, distance), [[0.5, 0]])
