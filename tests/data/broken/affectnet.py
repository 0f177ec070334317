"""AffectNet's first release."""

from __future__ import annotations

from pathlib import Path

from tests.data import layouts
from tests.data.broken import Found


def affectnet(root: Path) -> Found:
    """A label that is no number, valence out of range, a missing image, a repeated name."""
    layouts.affectnet(root, [(f"1/{i}.jpg", i, 0.5, -0.5) for i in range(8)])
    file = root / "training.csv"
    lines = file.read_text().splitlines()
    lines[2] = lines[2].replace(",1,0.5,-0.5", ",joy,0.5,-0.5")
    lines[3] = lines[3].replace(",2,0.5,-0.5", ",2,9,-0.5")
    lines += [lines[4], lines[5].replace("1/4.jpg", "1/none.jpg")]
    file.write_text("\n".join(lines) + "\n")
    name = "training.csv"
    return {
        (name, 3, "label-range"), (name, 4, "bad-valence-arousal"), (name, 10, "duplicate-name"),
        (name, 11, "missing-image"),
    }  # fmt: skip
