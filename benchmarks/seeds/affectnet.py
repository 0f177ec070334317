"""AffectNet's first release."""

from __future__ import annotations

from pathlib import Path

from benchmarks.seeds.pictures import COUNT, plain


def affectnet(root: Path) -> list[str]:
    """Both lists of the first release."""
    head = "subDirectory_filePath,face_x,face_y,face_width,face_height,facial_landmarks,expression,valence,arousal\n"
    points = ";".join(f"{i + 0.5}" for i in range(136))
    for name, base in (("training.csv", 0), ("validation.csv", COUNT)):
        rows = [head]
        for i in range(base, base + COUNT):
            plain(root / "Manually_Annotated_Images" / "7" / f"{i}.jpg", i * 5)
            rows.append(f"7/{i}.jpg,1,1,9,9,{points},{i % 11},0.1,{-2 if i % 5 == 0 else -0.4}\n")
        (root / name).write_text("".join(rows))
    return ["training.csv", "validation.csv"]
