"""AffectNet's second release."""

from __future__ import annotations

import pickle
from pathlib import Path

from tests.data import layouts
from tests.data.broken import Found


def affectnet2(root: Path) -> Found:
    """A pickled label, a missing one, and one whose image is not there."""
    layouts.affectnet2(root, "train_set", [(i, i % 8, 0.1, 0.1) for i in range(1, 7)])
    home = "train_set/annotations"
    (root / home / "1_exp.npy").write_bytes(pickle.dumps({"__reduce__": 1}))
    (root / home / "2_exp.npy").unlink()
    (root / "train_set/images/3.jpg").unlink()
    return {
        (f"{home}/1_exp.npy", None, "bad-label"), (f"{home}/2_exp.npy", None, "missing-label"),
        (f"{home}/3_exp.npy", None, "missing-image"),
    }  # fmt: skip
