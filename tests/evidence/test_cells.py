"""The search among many images: auditor/evidence/cells.py and neighbours.py."""

import numpy as np
import pytest

from auditor.evidence import cells, duplicates, neighbours


def shared(one, other):
    """Mean share of neighbours that two searches have in common."""
    return np.mean([len(np.intersect1d(a, b)) / len(a) for a, b in zip(one, other, strict=True)])


def test_nearly_all_neighbours_are_found_and_lie_in_order():
    draw = np.random.default_rng(0)
    inner = draw.normal(size=(3000, 6)) @ draw.normal(size=(6, 40))
    vectors = (inner + 0.02 * draw.normal(size=inner.shape)).astype(np.float32)
    exact, exact_distance = neighbours.nearest(vectors, 10)
    found, distance = neighbours.nearest(vectors, 10, exact=100)
    assert shared(exact, found) > 0.99
    assert (np.diff(distance, axis=1) >= -1e-6).all() and not (found == np.arange(3000)[:, None]).any()
    np.testing.assert_allclose(distance[:, 0], exact_distance[:, 0], atol=2e-3)
    again, _ = neighbours.nearest(vectors, 10, exact=100)
    np.testing.assert_array_equal(found, again)


def test_all_cells_together_are_exact():
    vectors = np.random.default_rng(1).normal(size=(500, 5)).astype(np.float32)
    distances = ((vectors[:, None] - vectors) ** 2).sum(axis=2)
    found = cells.nearest(vectors, 7, cell=40, probes=500)
    np.testing.assert_array_equal(found, np.argsort(distances, axis=1)[:, :7])


def test_nearly_the_same_pictures_are_found_where_no_cell_means_anything():
    draw = np.random.default_rng(2)
    noise = neighbours.unit(draw.normal(size=(4000, 144)).astype(np.float32))
    copies = neighbours.unit(noise[:200] + 0.2 * neighbours.unit(draw.normal(size=(200, 144)).astype(np.float32)))
    found = cells.nearest(np.concatenate([noise, copies]), 9, cell=50, probes=duplicates.PROBES)
    place = np.arange(200)
    assert (
        (found[place] == 4000 + place[:, None]).any(axis=1) | (found[4000 + place] == place[:, None]).any(axis=1)
    ).all()


@pytest.mark.parametrize("different", [1, 2, 40])
def test_equal_rows_and_cells_that_cannot_be_divided_have_their_neighbours(different):
    vectors = np.repeat(np.eye(different, 40, dtype=np.float32), 2000 // different, axis=0)
    found = cells.nearest(vectors, 11, cell=50)
    assert all(len(set(row)) == 11 for row in found.tolist())
    assert (vectors[found] == vectors[:, None]).all()


def test_an_outlier_alone_in_its_cells_is_compared_with_all():
    draw = np.random.default_rng(3)
    vectors = np.concatenate([draw.normal(size=(400, 3)), 1000 * np.eye(3)]).astype(np.float32)
    found = cells.nearest(vectors, 12, cell=20, probes=1)
    distances = ((vectors[400:, None] - vectors) ** 2).sum(axis=2)
    np.testing.assert_array_equal(found[400:], np.argsort(distances, axis=1)[:, :12])
