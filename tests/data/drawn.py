"""Small data sets written in the layouts found on users' disks."""

from pathlib import Path

from PIL import Image


def draw(path: Path, shade: int = 90, size: tuple[int, int] = (16, 16)) -> Path:
    """A plain image file of the kind its name says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (shade % 256, 20, 30)).save(path)
    return path


def raf(root: Path, train: str | bytes = "train_00001.jpg 5\ntrain_00002.jpg 1\n", images=None, **files) -> Path:
    """RAF-DB's layout: label files by their names (without `.txt`) and the images of the names given."""
    labels = root / "EmoLabel"
    labels.mkdir(parents=True)
    for name, text in {"train_label": train, **files}.items():
        if text is not None:
            (labels / f"{name}.txt").write_bytes(text.encode() if isinstance(text, str) else text)
    if images is None:
        texts = [
            text.decode("latin-1") if isinstance(text, bytes) else text for text in (train, *files.values()) if text
        ]
        images = {line.split()[0] for text in texts for line in text.splitlines() if line.split()}
    for i, name in enumerate(sorted(images)):
        if name.endswith(".jpg") and "/" not in name:
            draw(root / "Image/aligned" / name.replace(".jpg", "_aligned.jpg"), i * 9)
    return root


def kinds(dataset) -> list[tuple[str, int | None, str]]:
    """File, line and kind of every problem."""
    return [(problem.file, problem.line, problem.kind) for problem in dataset.problems]
