"""Small data sets as people have them, and what they must open as."""

from collections.abc import Callable
from pathlib import Path

from auditor.data.dataset import SPLITS
from auditor.data.opening import open_dataset
from tests.data.drawn import draw

WORDS = ("angry", "happy", "sad")
SEVEN = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")


def pictures(root: Path, names, start: int = 0) -> list[str]:
    for place, name in enumerate(names):
        draw(root / name, start + place, (8, 8))
    return list(names)


def rows(names, labels=WORDS, mark: str = ",") -> str:
    return "".join(f"{name}{mark}{labels[place % len(labels)]}\n" for place, name in enumerate(names))


def numbered(count: int, pattern: str = "{:03d}.jpg") -> list[str]:
    return [pattern.format(place) for place in range(count)]


def listed(root: Path, file: str, names, labels=WORDS, head: str = "image,label\n", mark: str = ",") -> None:
    (root / file).parent.mkdir(parents=True, exist_ok=True)
    (root / file).write_text(head + rows(names, labels, mark))


Found = dict[str, int]
Case = tuple[Callable[[Path], object], Found, tuple[str, ...] | int | None]


class Cases(dict[str, Case]):
    """By what it is: how it is made, the images of each split, and the classes (or how many)."""

    def __call__(self, counts: Found, classes: tuple[str, ...] | int | None = None):
        def keep(make):
            self[make.__name__] = (make, counts, classes)
            return make

        return keep

    def check(self, name: str, root: Path) -> None:
        """Make a data set and open it."""
        make, counts, classes = self[name]
        root.mkdir()
        make(root)
        dataset = open_dataset(root)
        sizes = {split: len(dataset.rows(split)) for split in SPLITS if len(dataset.rows(split))}
        assert sizes == counts, dataset.problems
        if isinstance(classes, int):
            assert dataset.num_classes == classes
        elif classes is not None:
            assert sorted(dataset.classes) == sorted(classes)
        assert len(set(dataset.names)) == len(dataset)
        files = [dataset.root / path for path in dataset.paths if path and path[0] != "/"]
        assert len(files) == sum(path != "" for path in dataset.paths)
        assert all(file.is_file() for file in files)


def rightly(dataset) -> bool:
    """Whether the numbered images of `pictures` have the labels that `rows` gave them."""
    return [dataset.classes[label] for label in dataset.labels[:3]] == list(WORDS)


def every() -> Cases:
    """The cases of all modules of this folder, for tests elsewhere."""
    from tests.data.kinds import (
        test_classes,
        test_documents,
        test_paths,
        test_shards,
        test_splits,
        test_texts,
        test_trees,
    )

    modules = (test_splits, test_classes, test_trees, test_texts, test_documents, test_shards, test_paths)
    return Cases({name: made for module in modules for name, made in module.case.items()})
