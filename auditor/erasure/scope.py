"""What an erasure is about: the data sets of one folder and their aligned copies, and every name of each image."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from auditor.config import Workspace
from auditor.data.dataset import Dataset
from auditor.data.images import held_of_root
from auditor.data.opening import open_dataset
from auditor.errors import AuditorError, RefusedError
from auditor.store.naming import composed
from auditor.store.recognising import Place
from auditor.store.store import Store


@dataclass(frozen=True, eq=False)
class Source:
    """One data set of the erasure.

    Attributes:
        key: Its key.
        root: Its folder.
        title: Its name.
        dataset: It as it is now; None where it cannot be opened any more.
        places: Where it was opened, copies and earlier folders included.
    """

    key: str
    root: Path
    title: str
    dataset: Dataset | None
    places: tuple[Place, ...]

    @property
    def roots(self) -> set[Path]:
        """Every folder that it was opened in."""
        return {Path(place.root) for place in self.places}


@dataclass(frozen=True)
class Wish:
    """What is to be erased.

    Attributes:
        images: Names of images.
        annotator: Name of an annotator, or ''.
        whole: Whether the whole data set goes.
        keep: Whether History still counts decisions on erased images, without their names.
    """

    images: tuple[str, ...] = ()
    annotator: str = ""
    whole: bool = False
    keep: bool = True


@dataclass(frozen=True, eq=False)
class Scope:
    """What is to be erased, and where it may be.

    Attributes:
        workspace: The workspace.
        sources: The data sets, aligned copies included.
        wish: What is to be erased.
        images: The images' names in all these data sets; with a whole data set all names.
        words: Whatever names them in a file: their names, paths and file names; the annotator's name.
        new_name: The name that the annotator is given, or ''.
    """

    workspace: Workspace
    sources: tuple[Source, ...]
    wish: Wish
    images: frozenset[str]
    words: frozenset[str]
    new_name: str = ""

    @property
    def keys(self) -> tuple[str, ...]:
        """The data sets' keys."""
        return tuple(source.key for source in self.sources)


def find(workspace: Workspace, store: Store, data: str | Path, wish: Wish) -> Scope:
    """Find what an erasure is about.

    Args:
        workspace: The workspace to erase from.
        store: Its open store.
        data: A data set's folder (it may be gone), one of its label files, or its key.
        wish: What is to be erased.

    Raises:
        RefusedError: Nothing was named, this workspace has never had such a data set, or one of two images was named
            whose names the records do not tell apart.
    """
    if not (wish.images or wish.annotator or wish.whole):
        raise RefusedError("Nothing to erase was named; name an image, an annotator, or the whole data set (--all).")
    sources = tuple(_sources(workspace, store, str(data)))
    if not sources:
        raise RefusedError(
            f"Nothing of {data} is in the workspace {workspace.path}; name the folder, a label file or the key of a "
            "data set that was opened in it."
        )
    images, words = _names(workspace, sources, wish)
    if not wish.whole:
        _check_twins(store, sources, wish.images)
    new = store.erasing.new_name() if wish.annotator else ""
    return Scope(workspace, sources, wish, frozenset(images), frozenset(words), new)


def _sources(workspace: Workspace, store: Store, data: str) -> Iterator[Source]:
    records, places_of = store.datasets.list(), store.datasets.places()
    stored = next((record for record in records if record.key == data), None)
    fresh = None if stored else _open(data)
    root = Path(stored.root) if stored else fresh.root if fresh else Path(data).expanduser().resolve()
    lost = stored is None and fresh is None  # then a label file cannot be told from a folder
    roots, seen = [root], set[str]()
    for place in roots:
        for record in records:
            own = tuple(each for each, key in places_of.items() if key == record.key)
            same = any(place == Path(each.root) or (lost and place.is_relative_to(each.root)) for each in own)
            if same and record.key not in seen:
                seen.add(record.key)
                dataset = _open(record.root, record.label_file, record.format)
                yield Source(record.key, Path(record.root), record.title, dataset, own)
                roots.append(workspace.path / "aligned" / record.key)
    if fresh is not None and not any(Place.of(fresh) == each for each in places_of):  # read, and nothing registered
        recognised = store.datasets.recognise(fresh).dataset
        if recognised.key not in seen:
            yield Source(recognised.key, fresh.root, fresh.title, recognised, (Place.of(fresh),))


def _open(root: str, label_file: str = "", form: str | None = None) -> Dataset | None:
    try:  # without the workspace's index, which would be written anew
        return open_dataset(root, label_file=label_file or None, format=form)
    except AuditorError:
        return None


def _names(workspace: Workspace, sources: Sequence[Source], wish: Wish) -> tuple[set[str], set[str]]:
    """The images' names, and the words that name them."""
    images, words = set(wish.images), {wish.annotator} if wish.annotator else set()
    datasets = [source.dataset for source in sources if source.dataset is not None]
    if wish.whole:
        images |= {str(name) for dataset in datasets for name in dataset.names}
    rows = {id(dataset): {int(row) for row in dataset.rows_of(sorted(images)) if row >= 0} for dataset in datasets}
    paths = {(dataset.root, str(dataset.paths[row])) for dataset in datasets for row in rows[id(dataset)]}
    paths = {(root, path) for root, path in paths if path}
    for dataset in datasets:  # another label file may call the same file by another name
        named = [row for row, path in enumerate(dataset.paths) if (dataset.root, str(path)) in paths]
        images |= {str(dataset.names[row]) for row in (*named, *rows[id(dataset)])}
    files = {path for _, path in paths} | (set() if wish.whole else _lost_files(workspace, sources, wish.images))
    names = images | files | {PurePosixPath(file).name for file in files}
    words |= names | {composed(name) for name in names} | {unicodedata.normalize("NFD", name) for name in names}
    return images, words


def _check_twins(store: Store, sources: Sequence[Source], named: Collection[str]) -> None:
    """Refuse to erase one of two images whose names differ in their Unicode form only: the other's records would go."""
    wanted = {composed(name) for name in named}
    for source in sources:
        twins = store.erasing.names_of_twins(source.key)
        if source.dataset is not None:
            twins |= {str(name) for row, name in enumerate(source.dataset.names) if source.dataset.has_twin(row)}
        for name in sorted(twins - set(named)):
            if composed(name) in wanted:
                raise RefusedError(
                    f"The data set {source.title} has, or had, two images called {composed(name)}, whose names differ "
                    "in the Unicode form of an accent only, and not all that is stored of them can be told apart; "
                    "erase both, each by its own name."
                )


def _lost_files(workspace: Workspace, sources: Sequence[Source], names: Sequence[str]) -> set[str]:
    """The cached files of images that their data set has lost: they are called after the image."""
    cached = {
        file for root in {root for s in sources for root in s.roots} for file in held_of_root.ids(root, workspace.cache)
    }
    present = {str(path) for source in sources if source.dataset is not None for path in source.dataset.paths}
    stems = "|".join(re.escape(PurePosixPath(name).stem) for name in names if PurePosixPath(name).stem)
    called = re.compile(rf"(?<![^\W_])({stems})(?![^\W_])")
    return {file for file in cached - present if stems and "\0" not in file and called.search(file)}


def require(scope: Scope, store: Store) -> None:
    """Refuse an annotator who decided nothing here.

    Raises:
        RefusedError: Names who did.
    """
    people = {name for key in scope.keys for name in store.erasing.annotators(key)}
    if scope.wish.annotator and scope.wish.annotator not in people:
        listed = ", ".join(sorted(people)) or "nobody"
        raise RefusedError(
            f"The annotator {scope.wish.annotator!r} decided nothing on this data set (there is {listed}); check the "
            "name."
        )
