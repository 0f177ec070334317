"""Erase decoded images: the caches at every size, the index that names them, aligned copies, the demo."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from auditor.data.images import held_of_root
from auditor.data.index import index_file
from auditor.erasure.act import Act, deletion
from auditor.erasure.scope import Scope, Source

AGAIN = "made again when it is needed"


def acts(scope: Scope) -> Iterator[Act]:
    """Yield what is to be done; nothing for an annotator.

    Caches go as a whole: they hold the names of all their images, in files of older selections too, and nothing in
    them is lost for good. An aligned copy goes as a whole because its label files are copies that name the image.
    """
    workspace = scope.workspace.path
    if not scope.images and not scope.wish.whole:
        return
    for root in sorted({root for source in scope.sources for root in source.roots}):
        cached = held_of_root.family(root, scope.workspace.cache)
        if cached.is_dir() and _concerned(scope, root):
            yield deletion(workspace, cached, f"decoded images of every size; {AGAIN}")
    for source in scope.sources:
        if not (scope.wish.whole or _has_image(scope, source)):
            continue
        for place in source.places:
            index = index_file(scope.workspace.cache, Path(place.root), place.format, place.label_file)
            if index.exists():
                yield deletion(workspace, index, f"the list of its images; {AGAIN}")
        aligned = workspace / "aligned" / source.key
        if aligned.is_dir():
            yield deletion(workspace, aligned, "the aligned copy; align again to have it without the image")
    if scope.wish.whole and scope.workspace.demo in {source.root for source in scope.sources}:
        yield deletion(workspace, scope.workspace.demo, "the demo's drawn faces")


def _has_image(scope: Scope, source: Source) -> bool:
    """Whether a data set has one of the images now, or cannot be opened to look."""
    return source.dataset is None or bool((source.dataset.rows_of(scope.images) >= 0).any()) or _cached(scope, source)


def _cached(scope: Scope, source: Source) -> bool:
    ids = {name for root in source.roots for name in held_of_root.ids(root, scope.workspace.cache)}
    names = {name.rpartition("\0")[2] for name in ids}
    return bool((names | {PurePosixPath(name).name for name in names}) & scope.words)


def _concerned(scope: Scope, root: Path) -> bool:
    of_root = [source for source in scope.sources if root in source.roots]
    return scope.wish.whole or any(_has_image(scope, source) for source in of_root)
