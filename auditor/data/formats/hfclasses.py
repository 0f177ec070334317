"""The classes of Hugging Face shards: a label is a number, and each shard names its numbers itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from auditor.data.formats.hfschema import class_names
from auditor.data.problems import Problems, printable
from auditor.errors import ExportError


@dataclass(frozen=True)
class Declared:
    """The classes that shards declare.

    Attributes:
        names: Those of the first shard that names any, in its order, then those that only others have; lower case.
        files: The shards.
        places: The class of each number, for each shard; one that names none counts as the first that does.
        first: The first shard that names its classes.
        unnamed: The shards that name none.
    """

    names: tuple[str, ...]
    files: tuple[str, ...]
    places: tuple[tuple[int, ...], ...]
    first: str
    unnamed: tuple[str, ...]

    @property
    def codes(self) -> tuple[str, ...]:
        """The number of each class; in a shard of another order it has another one."""
        return tuple(map(str, range(len(self.names))))

    @property
    def otherwise(self) -> list[str]:
        """The shards of which some number is another class in the first."""
        usual = self.places[self.files.index(self.first)]
        pairs = zip(self.files, self.places, strict=True)
        return [file for file, places in pairs if any(a != b for a, b in zip(places, usual, strict=False))]

    def of_keys(self, shard: int) -> dict[str, int]:
        """The class of each number in one shard."""
        return {str(number): place for number, place in enumerate(self.places[shard])}

    def code_in(self, shard: int, label: int) -> str:
        """The number of a class in one shard.

        Raises:
            ExportError: The shard has no such class.
        """
        if label not in self.places[shard]:
            raise ExportError(
                f"The shard {self.files[shard]} has no class {self.names[label]!r} among those it names, and a label "
                "there has to be one of them; export the corrected labels as a table."
            )
        return str(self.places[shard].index(label))


def declared(root: Path, files: Sequence[str], label: str) -> Declared | None:
    """The classes that some shards name for their column of labels; None where none does.

    Args:
        root: The folder of the shards.
        files: The shards.
        label: The column.
    """
    own = [class_names(root / file).get(label, ()) for file in files]
    first = next((place for place, names in enumerate(own) if names), None)
    if first is None:
        return None
    known = list(own[first])
    places = []
    for names in own:
        if names in ((), own[first]):
            places.append(tuple(range(len(own[first]))))
            continue
        lowered = [name.lower() for name in known]
        for name in names:
            if name not in known and name.lower() not in lowered:
                known.append(name)
                lowered.append(name.lower())
        places.append(tuple(known.index(n) if n in known else lowered.index(n.lower()) for n in names))
    unnamed = tuple(file for file, names in zip(files, own, strict=True) if not names)
    lower = tuple(printable(name.lower()) for name in known)
    return Declared(lower, tuple(files), tuple(places), files[first], unnamed)


def list_differences(classes: Declared, problems: Problems) -> None:
    """List the shards with classes that the first one lacks, and where numbers differ those that name none."""
    usual = set(classes.places[classes.files.index(classes.first)])
    for file, places in zip(classes.files, classes.places, strict=True):
        more = ", ".join(classes.names[place] for place in sorted(set(places) - usual)[:8])
        if more:
            message = f"it names classes that {classes.first} does not: {more}"
            problems.add(file, None, "other-classes", message)
    for file in classes.unnamed if classes.otherwise else ():
        message = f"it does not name its classes, whose order differs elsewhere: they are read as in {classes.first}"
        problems.add(file, None, "other-classes", message)
