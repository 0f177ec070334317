"""Dynamics with given numbers, as a training would have left them."""

import numpy as np

from auditor.training.dynamics import Dynamics, DynamicsWriter


def record(folder, probs, labels, role=None, fold=None, method="man"):
    """Dynamics of given probabilities [E, N, C]."""
    epochs, size, classes = probs.shape
    role = np.zeros(size) if role is None else role
    writer = DynamicsWriter(
        folder, method=method, fold=fold, epochs=epochs, classes=classes, rows=np.arange(size), role=role,
        labels=labels, columns={},
    )  # fmt: skip
    for epoch in range(epochs):
        writer.append(epoch, probs[epoch], {}, np.eye(size, 4))
    return Dynamics.open(folder)
