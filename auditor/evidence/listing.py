"""List the versions of a data set's evidence, and compare two of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from auditor.config import RunConfig, Workspace
from auditor.errors import ConfigError, EvidenceError
from auditor.evidence import choice, student, versions
from auditor.evidence.choice import Skill
from auditor.evidence.versions import EvidenceVersion
from auditor.plural import counted
from models.titles import title

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class SourceRun:
    """A run that a version is built from.

    Attributes:
        run: Its id.
        labels: 'given' or 'corrected'; '' where unknown.
        epochs: Finished epochs by method; None where unknown.
    """

    run: str
    labels: str
    epochs: dict[str, int] | None

    @property
    def words(self) -> str:
        """Such as 'given labels: MAN, RUL 25 epochs, Student 10'; by the number of epochs."""
        by_number: dict[int, list[str]] = {}
        for name, count in (self.epochs or {}).items():
            by_number.setdefault(count, []).append(title(name))
        parts = [f"{', '.join(names)} {count}" for count, names in by_number.items()]
        if by_number:
            count, names = next(iter(by_number.items()))
            parts[0] = f"{', '.join(names)} {counted(count, 'epoch')}"
        return f"{self.labels or 'unknown'} labels: {', '.join(parts or ['unknown epochs'])}"


@dataclass(frozen=True)
class Entry:
    """A version in the list.

    Attributes:
        version: The version.
        name: What people call it, '' for nothing.
        created: When it was built, ISO 8601, '' where unknown.
        methods: Names of its methods, and of the student.
        trainings: The runs that it is built from.
        skill: Held-out skill of its best method, None where its summary cannot be read.
        noise: Estimated share of wrong labels, and the ends of its 95 % interval, in [0, 1]; None likewise.
        in_use: Whether it is in use.
        pinned: Whether it is pinned.
        waiting: Whether it waits for a person's choice.
        size: Bytes on the disk.
    """

    version: EvidenceVersion
    name: str
    created: str
    methods: tuple[str, ...]
    trainings: tuple[SourceRun, ...]
    skill: Skill | None
    noise: tuple[float, float, float] | None
    in_use: bool
    pinned: bool
    waiting: bool
    size: int

    @property
    def state(self) -> str:
        """Its state in words: 'in use', 'in use, pinned', 'new' or ''."""
        if self.in_use:
            return "in use, pinned" if self.pinned else "in use"
        return "new" if self.waiting else ""


@dataclass(frozen=True, eq=False)
class VersionDifference:
    """How two versions differ on the images that are in both.

    Attributes:
        images: Number of images in both.
        divided: Data set rows of those with another assignment (clean, ambiguous, noisy), the most suspicious by the
            second version first.
        suggested: Data set rows of those with another suggested label, likewise.
        correlation: Spearman's rank correlation of the suspicions, in [-1, 1].
    """

    images: int
    divided: NDArray[np.int64]
    suggested: NDArray[np.int64]
    correlation: float


def entries(workspace: Workspace, key: str) -> list[Entry]:
    """Return every version of a data set's evidence, the newest first.

    Raises:
        EvidenceError: The choice of evidence cannot be read.
    """
    standing = choice.standing(workspace, key)
    used_name, waiting_name = (None if each is None else each.name for each in (standing.version, standing.waiting))
    listed = []
    for version in reversed(versions.versions(workspace, key)):
        summary = _summary(version)
        noise = summary.get("noise")
        listed.append(
            Entry(
                version=version,
                name=standing.choice.names.get(version.name, ""),
                created=str(summary.get("created", "")),
                methods=(*summary.get("methods", ()), *((student.NAME,) if summary.get("student") else ())),
                trainings=_trainings(workspace, summary),
                skill=choice.skill(version),
                noise=(noise["overall"], noise["low"], noise["high"]) if noise else None,
                in_use=version.name == used_name,
                pinned=version.name == used_name and standing.pinned,
                waiting=version.name == waiting_name,
                size=size(version.folder),
            )
        )
    return listed


def size(folder: Path) -> int:
    """Return the bytes of all files below a folder; 0 where it does not exist."""
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.lstat().st_size
        except OSError:  # deleted since it was listed
            continue
    return total


def spoken(size: int) -> str:
    """Return a size in words: '14 MB'."""
    for unit, bytes_ in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= bytes_:
            return f"{size / bytes_:.3g} {unit}" if size < 999.5 * bytes_ else f"{size / bytes_:,.0f} {unit}"
    return f"{size} bytes"


def compare(before: EvidenceVersion, after: EvidenceVersion) -> VersionDifference:
    """What two versions of the same data set's evidence say differently of the images that it has now.

    Args:
        before: The one, as `alignment.aligned` gives it for the data set in hand.
        after: The other, likewise; its suspicion sorts the rows.

    Raises:
        EvidenceError: One of them cannot be read.
    """
    from scipy.stats import spearmanr

    columns = ["row", "suggested", "assignment", "p_mislabelled"]
    joined: pd.DataFrame = before.table[["name", *columns[1:]]].merge(
        after.table[["name", *columns]], on="name", suffixes=("_before", "")
    )
    joined = joined.sort_values("p_mislabelled", ascending=False, kind="stable")
    rows = joined["row"].to_numpy(np.int64)
    divided = (joined["assignment"] != joined["assignment_before"]).to_numpy()
    suggested = (joined["suggested"] != joined["suggested_before"]).to_numpy()
    correlation = float("nan")
    if len(joined) > 1:
        correlation = float(spearmanr(joined["p_mislabelled"], joined["p_mislabelled_before"]).statistic)
    return VersionDifference(len(joined), rows[divided], rows[suggested], correlation)


def _summary(version: EvidenceVersion) -> dict[str, Any]:
    try:
        return version.summary
    except EvidenceError:  # the list leaves its figures empty
        return {}


def _trainings(workspace: Workspace, summary: dict[str, Any]) -> tuple[SourceRun, ...]:
    """Return the runs by the summary; for old versions without labels and epochs, by the runs' own files."""
    epochs, labels = summary.get("trainings"), summary.get("labels", {})
    if epochs is not None:
        return tuple(SourceRun(run, labels.get(run, ""), by_method) for run, by_method in epochs.items())
    return tuple(SourceRun(run, *_of_run(workspace.run(run))) for run in summary.get("runs", ()))


def _of_run(folder: Path) -> tuple[str, dict[str, int] | None]:
    """Return a run's labels and finished epochs by method from its files; '' and None where they are gone."""
    try:
        labels = RunConfig.from_json((folder / "config.json").read_text(encoding="utf-8")).labels
        lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines()]
        epochs: dict[str, int] = {}
        for line in lines:
            epochs[line["method"]] = max(epochs.get(line["method"], 0), int(line["epoch"]) + 1)
    except (OSError, ConfigError, ValueError, KeyError, TypeError):
        return "", None
    return labels, epochs
