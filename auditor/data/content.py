"""What a data set is, wherever its folder is: the names of its images, a sample of their content, and their labels.

The index is small and made without reading every image: 16 of them, chosen by name, tell two data sets apart whose
images are called the same. Which labels the images have is kept apart, because correcting one makes no other data set.
"""

from __future__ import annotations

import hashlib
import heapq
import itertools
import unicodedata
import zlib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import PurePosixPath

from auditor.data.dataset import Content, Dataset
from auditor.data.images.cache import decode, read_encoded
from auditor.errors import AuditorError

SAMPLED = 16
"""Images whose content is part of the index."""

_TOGETHER = 10_000
"""Texts that are digested at once: a call for each of a million takes a second."""

UNREADABLE = ""
"""The content of an image that cannot be read."""


def indexed(dataset: Dataset) -> Dataset:
    """Return a data set that was just read, with its content's index and the key that comes from it."""
    content = of(dataset)
    return replace(dataset, content=content, key=key(dataset.format, dataset.label_file, content))


def of(dataset: Dataset) -> Content:
    """Compute a data set's index; this reads 16 images."""
    names = [_composed(str(name)) for name in dataset.names]
    codes = (zlib.crc32(name.encode("utf-8", "replace")) for name in names)
    first = heapq.nsmallest(SAMPLED, zip(codes, names, itertools.count(), strict=False))
    sample = tuple((name_digest(name), _content_or_none(dataset, row)) for _, name, row in first)
    return Content(*digests(names, [dataset.classes[label] for label in dataset.labels]), sample)


def digests(names: Iterable[str], labels: Iterable[str]) -> tuple[str, str]:
    """Return a digest of the images' names and one of their labels, both in any order of the images.

    Args:
        names: Their names.
        labels: Their classes' names.
    """
    pairs = sorted((_composed(name), label) for name, label in zip(names, labels, strict=True))
    return _digest(name for name, _ in pairs), _digest(f"{name}\0{label}" for name, label in pairs)


def key(format: str, label_file: str, content: Content, *, other_labels: bool = False, number: int = 0) -> str:
    """Return the 12 hexadecimal digits that identify a data set.

    Args:
        format: The format's name: another reading of the same files may have other classes.
        label_file: Which labels are audited; of a file outside of the data set's folder, its name counts.
        content: Its index.
        other_labels: Whether the key tells labels apart too, for a copy that was labelled differently.
        number: Tells data sets apart that have one key otherwise.
    """
    parts = [format, audited(label_file), content.names, *(f"{name} {digest}" for name, digest in content.sample)]
    parts += [content.labels] if other_labels else []
    parts += [str(number)] if number else []
    return hashlib.blake2b("\0".join(parts).encode("utf-8", "surrogateescape"), digest_size=6).hexdigest()


def audited(label_file: str) -> str:
    """Return what is compared of a label file's name: all of it, but of one outside of the data set the name alone."""
    return PurePosixPath(label_file).name if label_file.startswith("/") else label_file


def compare(content: Content, dataset: Dataset) -> tuple[int, int]:
    """Look for the sample of an earlier index in a data set; this reads the images that are found.

    Returns:
        How many of the sample's images the data set has by name, and how many of these hold something else now.
    """
    if dataset.content is not None and content.sample == dataset.content.sample:
        return len(content.sample), 0
    wanted = dict(content.sample)
    rows = {digest: row for row, name in enumerate(dataset.names) if (digest := name_digest(str(name))) in wanted}
    changed = 0
    for digest, row in rows.items():
        before, now = wanted[digest], _content_or_none(dataset, row)
        changed += UNREADABLE not in (before, now) and before != now
    return len(rows), changed


def name_digest(name: str) -> str:
    """Return the digest by which a sample knows an image's name, in any Unicode form."""
    return hashlib.blake2b(_composed(name).encode("utf-8", "surrogateescape"), digest_size=8).hexdigest()


def content_hash(dataset: Dataset, row: int) -> str:
    """Return the SHA-256 of an image's file, or of its pixels and their shape where it is inside an archive.

    Raises:
        ImageError: The image cannot be read.
    """
    if dataset.paths[row]:
        return hashlib.sha256(read_encoded(dataset, row)).hexdigest()
    pixels = decode(dataset, row)
    return hashlib.sha256(f"{pixels.shape}".encode() + pixels.tobytes()).hexdigest()


def _content_or_none(dataset: Dataset, row: int) -> str:
    try:
        return content_hash(dataset, row)[:32]
    except AuditorError:
        return UNREADABLE


def _composed(name: str) -> str:
    return name if name.isascii() else unicodedata.normalize("NFC", name)


def _digest(texts: Iterable[str]) -> str:
    state = hashlib.blake2b(digest_size=16)
    rest = iter(texts)
    while block := list(itertools.islice(rest, _TOGETHER)):
        state.update("\n\0".join([*block, ""]).encode("utf-8", "surrogateescape"))
    return state.hexdigest()
