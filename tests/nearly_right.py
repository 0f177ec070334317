"""Drawn faces with the opinion of a model that is nearly always right, so that promises on it release many faces."""

import numpy as np

import auditor
from auditor.data.demo import generate

IMAGES = 400


def nearly_right(faces, workspace):
    """Draw 400 faces into a folder, add the opinion, and return the audit."""
    audit = auditor.open(generate.generate(faces, images=IMAGES, seed=4), workspace=workspace)
    add_opinion(audit)
    return audit


def add_opinion(audit):
    """Add the opinion of a model that is nearly always right to an audit of drawn faces."""
    dataset, planted = audit.dataset, generate.truth(audit.dataset.root)
    true = planted.true[planted.rows(dataset.names)]
    shares = np.full((len(true), dataset.num_classes), 0.002)
    shares[np.arange(len(true)), true] = 1 - 0.002 * (dataset.num_classes - 1)
    audit.add_opinion(
        "clip", probs=shares, names=dataset.names, classes=dataset.classes, out_of_fold=True, with_map=False
    )
