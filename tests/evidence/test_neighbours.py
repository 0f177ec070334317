"""auditor/evidence/neighbours.py: the nearest images, exactly."""

import numpy as np

from auditor.evidence import (
    neighbours,
)


def test_nearest_are_exact_and_leave_the_image_out():
    vectors = np.array([[1, 0], [1, 0], [0, 1], [-1, 0]], np.float32)
    indices, distance = neighbours.nearest(vectors, 2)
    assert indices[0, 0] == 1 and indices[1, 0] == 0 and not (indices == np.arange(4)[:, None]).any()
    np.testing.assert_allclose(distance[0], [0, 1], atol=1e-6)
    np.testing.assert_allclose(neighbours.disagreement(np.array([0, 0, 1, 1]), indices)[0], 0.5)
    np.testing.assert_allclose(neighbours.average(np.eye(4, dtype=np.float32), indices)[0], [0, 0.5, 0.5, 0])


def test_joint_embedding_ignores_a_method_of_no_weight():
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(2, 20, 5)).astype(np.float32)
    joint = neighbours.joint_embedding([first, second], [1.0, 0.0])
    np.testing.assert_allclose(np.linalg.norm(joint, axis=1), 1, rtol=1e-5)
    assert joint.shape == (20, 5)
