"""AffectNet's second release."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.seeds.pictures import plain


def affectnet2(root: Path) -> list[str]:
    """Both sets of the second release; the annotations are damaged."""
    files = []
    for split in ("train_set", "val_set"):
        folder = root / split / "annotations"
        folder.mkdir(parents=True)
        for i in range(5):
            plain(root / split / "images" / f"{i}.jpg", i * 9)
            for kind, value in (("exp", str(i)), ("val", "0.25"), ("aro", np.float64(-0.5)), ("lnd", np.arange(136.0))):
                np.save(folder / f"{i}_{kind}.npy", value)
                files.append(f"{split}/annotations/{i}_{kind}.npy")
    return files
