"""Recognise a data set that was opened before, wherever its folder is now.

Each place (folder, format, audited labels) that was opened keeps its key, so that corrected labels and added images
make no other data set. At a new place the content decides (auditor/data/content.py): the same images with the same
labels are one data set, also as a copy; a copy that was labelled differently is another one while the original stands.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from auditor.data import content
from auditor.data.dataset import Content
from auditor.plural import counted

if TYPE_CHECKING:
    from auditor.data.dataset import Dataset


@dataclass(frozen=True, order=True)
class Place:
    """Where a data set was opened.

    Attributes:
        root: Its folder.
        format: The format's name.
        label_file: The audited labels, relative to root.
    """

    root: str
    format: str
    label_file: str

    @classmethod
    def of(cls, dataset: Dataset) -> Place:
        """The place of an open data set."""
        return cls(str(dataset.root), dataset.format, dataset.label_file)

    def is_there(self) -> bool:
        """Whether its folder and its label file exist; also where this user may not look."""
        try:
            return (Path(self.root) / self.label_file.partition("?")[0]).exists()
        except PermissionError:
            return True
        except (OSError, ValueError):
            return False


@dataclass(frozen=True)
class Known:
    """A data set of the workspace.

    Attributes:
        key: Its key.
        title: Its name.
        last: Where it was opened last.
        content: Its index; None where it was last opened before there was one.
        labelled: Digests of the names and labels that an older program read there (see `index.remembered`), or None.
    """

    key: str
    title: str
    last: Place
    content: Content | None
    labelled: Callable[[], tuple[str, str] | None] = lambda: None


@dataclass(frozen=True, eq=False)
class Recognised:
    """A data set under the key by which the workspace knows it.

    Attributes:
        dataset: It, with that key.
        message: What a person should know, in sentences; empty where nothing is remarkable.
    """

    dataset: Dataset
    message: str = ""


class Recognising:
    """Recognises data sets among those of a workspace."""

    def __init__(
        self, registered: Sequence[Known], places: Mapping[Place, str], judged: Callable[[str], int],
        there: Callable[[Place], bool] = Place.is_there,
    ) -> None:  # fmt: skip
        """Take what the workspace knows.

        Args:
            registered: Its data sets, the last opened first.
            places: The key of each place that was opened.
            judged: Returns on how many images of a data set there are decisions, by its key.
            there: Whether a place still exists.
        """
        self._known = {each.key: each for each in registered}
        self._places = places
        self._judged = judged
        self._there = there

    def find(self, dataset: Dataset) -> Recognised:
        """Return a data set under its key, with what is remarkable about that."""
        earlier = self._known.get(self._places.get(Place.of(dataset), ""))
        if earlier is None:
            return self._elsewhere(dataset)
        if earlier.content is None or dataset.content is None:
            return _under(earlier.key, dataset)
        same, changed = content.compare(earlier.content, dataset)
        if earlier.content.sample and not same:
            return self._replaced(earlier, dataset)
        message = ""
        if same and changed == same:
            message = (
                f"The images that were compared ({same:,}) hold something else than when {earlier.title} was opened "
                f"here before. {self._judgements(earlier)} still apply, by the images' names. If these are other "
                "images, open them in another workspace."
            )
        return _under(earlier.key, dataset, message)

    def _replaced(self, earlier: Known, dataset: Dataset) -> Recognised:
        """What is at a place where another data set was before."""
        now = self._elsewhere(dataset, without={earlier.key})
        message = (
            f"This folder held other images before ({earlier.title}). {self._judgements(earlier)} stay with those, and "
            "do not apply here."
        )
        return replace(now, message=f"{message} {now.message}".strip())

    def _elsewhere(self, dataset: Dataset, without: Collection[str] = ()) -> Recognised:
        """What is at a place that was not opened before."""
        now = dataset.content
        if now is None:
            return Recognised(dataset)
        others = [
            each for each in self._known.values() if each.last.format == dataset.format and each.key not in without
        ]
        for each in others:
            if self._is_same(each, dataset, now):
                where = f"opened before in {each.last.root}"
                where += ", which is still there: both are one data set" if self._stands(each) else ""
                return _under(
                    each.key, dataset,
                    f"These are the images of {each.title}, {where}. {self._judgements(each)} apply here, as do its "
                    "runs and evidence.",
                )  # fmt: skip
        for each in others:
            if self._is_changed(each, dataset):
                return _under(
                    each.key, dataset,
                    f"These are the images of {each.title}, opened before in {each.last.root}, which is not there any "
                    f"more. Its labels or list of images were changed since. {self._judgements(each)} apply here.",
                )  # fmt: skip
        copied = next((each for each in others if _named_alike(each, dataset) and _same_images(each, now)), None)
        key = self._free_key(dataset, now, other_labels=copied is not None)
        if copied is None:
            return _under(key, dataset)
        return _under(
            key, dataset,
            f"These are the images of {copied.title} in {copied.last.root} with other labels, so this is a data set of "
            f"its own. {self._judgements(copied)} do not apply here; export them as a ledger and `apply` it to carry "
            "them over.",
        )  # fmt: skip

    def _is_same(self, earlier: Known, dataset: Dataset, now: Content) -> bool:
        """Whether the images and their labels are the same; a label file of another name must have replaced its own."""
        if earlier.content is None:  # of an older program: it read no image, so only what has gone can have moved here
            same = earlier.labelled() == (now.names, now.labels)
            return _named_alike(earlier, dataset) and not self._stands(earlier) and same
        if not _same_images(earlier, now) or earlier.content.labels != now.labels:
            return False
        return _named_alike(earlier, dataset) or not self._stands(earlier)

    def _is_changed(self, earlier: Known, dataset: Dataset) -> bool:
        """Whether most of the images are those of a data set that is not where it was."""
        if earlier.content is None or not _named_alike(earlier, dataset) or self._stands(earlier):
            return False
        same, changed = content.compare(earlier.content, dataset)
        return changed == 0 and 2 * same > len(earlier.content.sample)

    def _stands(self, earlier: Known) -> bool:
        """Whether a data set is still at one of the places where it was opened."""
        return any(self._there(place) for place, key in self._places.items() if key == earlier.key)

    def _free_key(self, dataset: Dataset, now: Content, *, other_labels: bool) -> str:
        number, key = 0, ""
        while not key or key in self._known:
            key = content.key(dataset.format, dataset.label_file, now, other_labels=other_labels, number=number)
            number += 1
        return key

    def _judgements(self, earlier: Known) -> str:
        count = self._judged(earlier.key)
        return f"Its decisions on {counted(count, 'image')}" if count else "Its decisions (none yet)"


def _under(key: str, dataset: Dataset, message: str = "") -> Recognised:
    return Recognised(replace(dataset, key=key), message)


def _named_alike(earlier: Known, dataset: Dataset) -> bool:
    return content.audited(earlier.last.label_file) == content.audited(dataset.label_file)


def _same_images(earlier: Known, now: Content) -> bool:
    """Whether names and sample are the same; images that were erased since are not in the sample any more."""
    before = earlier.content
    sampled = set(before.sample) if before is not None else set()
    return before is not None and before.names == now.names and bool(sampled) and sampled <= set(now.sample)
