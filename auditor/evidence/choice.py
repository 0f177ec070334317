"""Which version of the evidence is in use: a person's choice, or a newer version that replaced it automatically.

A new version takes over only if its held-out skill is not worse than that of the version in use. This is computed from
the versions' summaries and one small file, <workspace>/evidence/<data set key>/choice.json. Only people's choices
change that file: a training that ends does not write it, so it cannot overwrite a choice made at the same moment.
"""

from __future__ import annotations

import contextlib
import json
import math
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from auditor import writing
from auditor.config import Workspace
from auditor.data.dataset import Dataset
from auditor.errors import EvidenceError
from auditor.evidence import versions
from auditor.evidence.alignment import aligned
from auditor.evidence.versions import EvidenceVersion

FILE = "choice.json"
LOCK = ".choice.lock"
LONGEST_NAME = 60


@dataclass(frozen=True)
class EvidenceChoice:
    """What people have chosen about a data set's evidence.

    Attributes:
        version: The version that was chosen to be used, None where nobody chose.
        pinned: Whether no other version may take over automatically.
        seen: Number of the newest version when the choice was made; only newer ones may take over.
        names: People's names for versions and runs, by 'v0003' or the run's id.
        by: Who chose last.
        at: When, seconds since 1970.
    """

    version: str | None = None
    pinned: bool = False
    seen: int = 0
    names: dict[str, str] = field(default_factory=dict)
    by: str = ""
    at: float = 0.0


@dataclass(frozen=True)
class Skill:
    """How well the best method of a version predicts labels that it was not trained on.

    Attributes:
        value: In [0, 1], see `opinions.skill`; the highest of the methods.
        error: Its standard error; 0 where the version does not hold it.
    """

    value: float
    error: float

    def worse_than(self, other: Skill) -> bool:
        """Whether it is lower by more than the standard error of the difference."""
        return other.value - self.value > math.hypot(self.error, other.error) + 1e-9


@dataclass(frozen=True)
class EvidenceInUse:
    """The version in use, and the version that waits for a person's choice.

    Attributes:
        version: The version in use; None where there is no evidence.
        waiting: The newest version that did not take over and that nobody has accepted or declined yet, or None.
        choice: What people have chosen.
    """

    version: EvidenceVersion | None
    waiting: EvidenceVersion | None
    choice: EvidenceChoice

    @property
    def pinned(self) -> bool:
        """Whether the version in use is pinned."""
        return self.choice.pinned and self.version is not None and self.choice.version == self.version.name

    @property
    def sentence(self) -> str:
        """Return why the waiting version is not in use; '' where none waits."""
        if self.waiting is None or self.version is None:
            return ""
        new, used = skill(self.waiting), skill(self.version)
        numbers = f"its held-out skill is {_number(new)}, and that of {self.version.name} is {_number(used)}"
        why = f"{self.version.name} is pinned ({numbers})" if self.pinned else numbers
        return f"Evidence {self.waiting.name} is new and not in use: {why}."


def _number(measured: Skill | None) -> str:
    return (
        "unknown"
        if measured is None
        else f"{measured.value:.2f}" + (f" ± {measured.error:.2f}" if measured.error else "")
    )


def read(workspace: Workspace, key: str) -> EvidenceChoice:
    """Return what people have chosen; the default where nobody has.

    Raises:
        EvidenceError: The file cannot be read.
    """
    file = workspace.evidence / key / FILE
    try:
        return EvidenceChoice(**json.loads(file.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return EvidenceChoice()
    except (OSError, ValueError, TypeError) as error:
        raise EvidenceError(
            f"The choice of evidence in {file} cannot be read ({error}); delete that file to choose again."
        ) from error


def standing(workspace: Workspace, key: str) -> EvidenceInUse:
    """Return the version in use: the chosen one (or the first), or a newer one that took over; and what waits."""
    return _stand(read(workspace, key), versions.versions(workspace, key))


def _stand(choice: EvidenceChoice, listed: Sequence[EvidenceVersion]) -> EvidenceInUse:
    used = next((version for version in listed if version.name == choice.version), None)
    held = choice.pinned and used is not None
    newer = [version for version in listed if used is None or version.number > choice.seen]
    best, waiting = used, None
    for version in newer:
        if used is None or (not held and takes_over(version, best)):
            best = version if best is None or not _lower(version, best) else best
            used, waiting = version, None
        else:
            waiting = version
    return EvidenceInUse(used, waiting, choice)


def in_use(workspace: Workspace, key: str) -> EvidenceVersion | None:
    """Return the version in use as it is on the disk, to read its name; use `evidence` for its content."""
    return standing(workspace, key).version


def evidence(workspace: Workspace, dataset: Dataset) -> EvidenceVersion | None:
    """The version in use in the rows and class numbers of the data set in hand; None where there is no evidence yet.

    Raises:
        EvidenceError: The choice of evidence or the version's files cannot be read.
    """
    version = in_use(workspace, dataset.key)
    return None if version is None else aligned(version, dataset)


def takes_over(version: EvidenceVersion, best: EvidenceVersion | None) -> bool:
    """Whether a new version may replace the one in use automatically.

    Args:
        version: The new one.
        best: The best of the versions in use since the last choice, so that many small losses do not add up.
    """
    new, used = skill(version), None if best is None else skill(best)
    if new is None:
        return False
    return used is None or not new.worse_than(used)


def _lower(version: EvidenceVersion, than: EvidenceVersion) -> bool:
    new, old = skill(version), skill(than)
    return new is None or (old is not None and new.value < old.value)


def skill(version: EvidenceVersion) -> Skill | None:
    """Return a version's held-out skill; None where its summary cannot be read."""
    try:
        stamp = (version.folder / "summary.json").stat()
    except OSError:
        return None
    return _skill(version.folder, stamp.st_mtime_ns, stamp.st_size)


@lru_cache(maxsize=512)
def _skill(folder: Path, changed: int, size: int) -> Skill | None:
    del changed, size  # what the file's content depends on
    try:
        summary: dict[str, Any] = EvidenceVersion(folder).summary
        skills = [float(value) for value in summary.get("skills", {}).values()]
        return Skill(max(skills, default=0.0), float(summary.get("skill_error") or 0.0))
    except (EvidenceError, AttributeError, TypeError, ValueError):
        return None


def use(workspace: Workspace, key: str, name: str, *, by: str, pin: bool = False) -> None:
    """Use a version until a newer one takes over; if it is pinned, none does.

    Raises:
        EvidenceError: There is no such version, or the choice cannot be written.
    """

    def with_version(choice: EvidenceChoice) -> EvidenceChoice:
        _find(workspace, key, name)
        return replace(choice, version=name, pinned=pin, seen=versions.newest_number(workspace, key))

    _change(workspace, key, by, with_version)


def keep(workspace: Workspace, key: str, *, by: str, pin: bool | None = None) -> str:
    """Keep the version in use, decline the versions that exist now, and return its name.

    Args:
        workspace: Where the evidence is.
        key: The data set.
        by: Who decides.
        pin: Whether it is pinned from now on; None does not change that.

    Raises:
        EvidenceError: There is no evidence yet, or the choice cannot be written.
    """

    def with_current(choice: EvidenceChoice) -> EvidenceChoice:
        now = standing(workspace, key)
        if now.version is None:
            raise EvidenceError("There is no evidence of this data set yet; train a method first.")
        pinned = now.pinned if pin is None else pin
        return replace(choice, version=now.version.name, pinned=pinned, seen=versions.newest_number(workspace, key))

    return str(_change(workspace, key, by, with_current).version)


def rename(workspace: Workspace, key: str, which: str, name: str, *, by: str) -> None:
    """Give a version or a run a name beside its number; an empty name removes it.

    Raises:
        EvidenceError: The name is too long, or it cannot be written.
    """
    words = " ".join(name.split())
    if len(words) > LONGEST_NAME:
        raise EvidenceError(f"The name has {len(words)} characters; choose one of at most {LONGEST_NAME}.")

    def renamed(choice: EvidenceChoice) -> EvidenceChoice:
        names = {other: value for other, value in choice.names.items() if other != which}
        return replace(choice, names=names | ({which: words} if words else {}))

    _change(workspace, key, by, renamed)


def delete(workspace: Workspace, key: str, name: str, *, by: str, at_work: Collection[str] = ()) -> None:
    """Delete a version that is not in use.

    Args:
        workspace: Where the evidence is.
        key: The data set.
        name: The version.
        by: Who deletes it.
        at_work: Runs that are running now: they may still be drawing the map of a version that they built.

    Raises:
        EvidenceError: It is in use, a run is working on it, there is no such version, or it cannot be deleted.
    """

    def removed(choice: EvidenceChoice) -> EvidenceChoice:
        version, now = _find(workspace, key, name), standing(workspace, key)
        if now.version is not None and now.version.name == name:
            raise EvidenceError(f"Evidence {name} is in use; use another version first, then delete it.")
        busy = sorted(set(_runs(version)) & set(at_work))
        if busy:
            raise EvidenceError(f"Run {busy[0]} is running and may be drawing the map of {name}; wait until it ends.")
        rest = [each for each in versions.versions(workspace, key) if each.name != name]
        versions.remove(version)
        new_choice = replace(
            choice, names={key_named: value for key_named, value in choice.names.items() if key_named != name}
        )
        then, used = _stand(new_choice, rest).version, now.version
        if used is not None and (then is None or then.name != used.name):
            # The version in use must not depend on a deleted version, so it becomes the chosen one.
            newest = versions.newest_number(workspace, key)
            new_choice = replace(new_choice, version=used.name, pinned=now.pinned, seen=newest)
        return new_choice

    _change(workspace, key, by, removed)


def needed_runs(workspace: Workspace, key: str) -> dict[str, str]:
    """Return the runs that the version in use is built from, each with that version's name."""
    now = in_use(workspace, key)
    return {} if now is None else dict.fromkeys(_runs(now), now.name)


def _runs(version: EvidenceVersion) -> list[str]:
    student = version.summary.get("student") or {}
    return [*version.summary.get("runs", ()), *student.get("runs", ())]


def _find(workspace: Workspace, key: str, name: str) -> EvidenceVersion:
    version = versions.get(workspace, key, name)
    if version is None:
        there = ", ".join(version.name for version in versions.versions(workspace, key)) or "none"
        raise EvidenceError(f"There is no evidence {name} of this data set; there is {there}.")
    return version


def _change(
    workspace: Workspace, key: str, by: str, changed: Callable[[EvidenceChoice], EvidenceChoice]
) -> EvidenceChoice:
    """Read, change and write the choice while no other process does."""
    folder = workspace.evidence / key
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _locked(folder / LOCK):
            new_choice = replace(changed(read(workspace, key)), by=by, at=time.time())
            text = json.dumps(asdict(new_choice), indent=1, ensure_ascii=False)
            writing.write_text(folder / FILE, text, sync=True)
            return new_choice
    except OSError as error:
        raise EvidenceError(
            f"The choice of evidence cannot be written to {folder} ({error.strerror}); check who may write there."
        ) from error


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Let one process in at a time; the system frees the lock if that process is killed."""
    import fcntl

    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
