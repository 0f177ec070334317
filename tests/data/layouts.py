"""Small data sets in the exact layout of each format, made of drawn faces."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from tests.exports.small import picture, save

AFFECTNET_HEADER = (
    "subDirectory_filePath,face_x,face_y,face_width,face_height,facial_landmarks,expression,valence,arousal"
)


def landmarks(left: tuple[float, float], right: tuple[float, float]) -> str:
    """68 points whose eyes are centred on `left` and `right` (as seen in the picture)."""
    points = np.full((68, 2), 10.0)
    circle = np.array([[-3, 0], [-1, -1], [1, -1], [3, 0], [1, 1], [-1, 1]])
    points[36:42], points[42:48] = circle + left, circle + right
    return ";".join(f"{value:.2f}" for value in points.ravel())


def affectnet(root: Path, rows: Sequence[tuple[str, int, float, float]], end: str = "\n", folder: str = "") -> Path:
    """AffectNet's first release: (name, expression, valence, arousal) a row; the images are drawn."""
    lines = [AFFECTNET_HEADER]
    for name, code, valence, arousal in rows:
        lines.append(f"{name},1,2,90,91,{landmarks((30, 40), (70, 42))},{code},{valence},{arousal}")
        save(
            root / (folder or "Manually_Annotated_Images") / (Path(name).name if folder else name), picture(len(lines))
        )
    (root / "training.csv").write_bytes(end.join([*lines, ""]).encode())
    return root


def affectnet2(root: Path, name: str, rows: Sequence[tuple[int, int, float, float]]) -> Path:
    """AffectNet's second release: (id, expression, valence, arousal) an image, annotations as strings or numbers."""
    (root / name / "annotations").mkdir(parents=True, exist_ok=True)
    for number, code, valence, arousal in rows:
        save(root / name / "images" / f"{number}.jpg", picture(number % 50))
        stem = root / name / "annotations"
        np.save(stem / f"{number}_exp.npy", np.array(str(code)) if number % 2 else np.array(code, dtype=np.int64))
        np.save(stem / f"{number}_val.npy", np.array(str(valence)) if number % 2 else np.array(valence))
        np.save(stem / f"{number}_aro.npy", np.array(str(arousal)) if number % 2 else np.array(arousal))
        np.save(stem / f"{number}_lnd.npy", np.arange(136.0))
    return root


USAGES = ("Training", "PublicTest", "PrivateTest")
PLUS_HEADER = "Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF"


def grey(seed: int) -> np.ndarray:
    """A drawn face in grey: uint8 [48, 48]."""
    return np.asarray(Image.fromarray(picture(seed)).convert("L"))


def ferplus(root: Path, rows: Sequence[tuple[int, str, Sequence[int], str]], end: str = "\n") -> Path:
    """The CSV pair: (emotion, usage, 10 votes, image name) a row."""
    root.mkdir(parents=True, exist_ok=True)
    pixels, votes = ["emotion,pixels,Usage"], [PLUS_HEADER]
    for seed, (emotion, usage, counts, name) in enumerate(rows):
        pixels.append(f"{emotion},{' '.join(map(str, grey(seed).ravel()))},{usage}")
        votes.append(f"{usage},{name},{','.join(map(str, counts))}")
    (root / "fer2013.csv").write_bytes(end.join([*pixels, ""]).encode())
    (root / "fer2013new.csv").write_bytes(end.join([*votes, ""]).encode())
    return root


def prepared(root: Path, folder: str, rows: Sequence[tuple[str, Sequence[int]]]) -> Path:
    """The prepared PNG form of one split."""
    lines = []
    for seed, (name, counts) in enumerate(rows):
        save(root / folder / name, grey(seed))
        lines.append(f'{name},"(0, 0, 48, 48)",{",".join(map(str, counts))}\r\n')
    (root / folder / "label.csv").write_bytes("".join(lines).encode())
    return root


def votes(**counts: int) -> list[int]:
    """Ten columns of votes by name."""
    names = PLUS_HEADER.split(",")[2:]
    return [counts.get(name, 0) for name in names]


CIFAR_CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


def cifar10(root: Path, labels: dict[str, Sequence[int]], protocol: int = 2) -> Path:
    """CIFAR-10's batches with these labels."""
    root.mkdir(parents=True, exist_ok=True)
    seed = 0
    for batch, codes in labels.items():
        faces = [picture(seed + i, 32).transpose(2, 0, 1).ravel() for i in range(len(codes))]
        seed += len(codes)
        content = {
            b"batch_label": batch.encode(),
            b"labels": list(codes),
            b"data": np.stack(faces),
            b"filenames": [f"face_s_{i:06d}.png".encode() for i in range(len(codes))],
        }
        (root / batch).write_bytes(pickle.dumps(content, protocol))
    names = CIFAR_CLASSES
    meta = {b"num_cases_per_batch": 2, b"label_names": [name.encode() for name in names], b"num_vis": 3072}
    (root / "batches.meta").write_bytes(pickle.dumps(meta, protocol))
    return root
