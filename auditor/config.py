"""Frozen settings, validated once and written with every run.

`Workspace` holds the paths; `RunConfig` holds what a run does. Neither knows a method's own options: the method checks
them (models/base.py), so a fifth method needs no change here.
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from auditor.errors import ConfigError

PRESETS = ("demo", "recommended", "published")
OLD_PRESETS = {"paper": "published"}
LABELS = ("given", "corrected", "control")
DEVICES = ("auto", "cpu", "cuda", "mps")
PRECISIONS = ("auto", "no", "fp16", "bf16")
AUTO_BATCH = "auto"
LARGEST_BATCH = 65_536
STEMS = ("imagenet", "small")
DEPTHS = (18, 34, 50)
SMALLEST_IMAGE = 32
HELD_OUT = 0.05
NOTHING_HELD_OUT = (
    "All training images are used for training and none is held out, as in the papers. How much a method has learnt, "
    "and therefore its weight in the consensus, is then measured on images it may have memorised. To measure it on "
    "unseen images, train in folds or hold out a share."
)


@dataclass(frozen=True)
class Workspace:
    """The one folder that the auditor writes to; the user's own files are only read.

    Attributes:
        path: The folder. It is created when something is first written.
    """

    path: Path

    @classmethod
    def default(cls) -> Self:
        """Return the folder named by AUDITOR_WORKSPACE, else `workspace` in the current folder."""
        return cls(Path(os.environ.get("AUDITOR_WORKSPACE", "workspace")).expanduser().absolute())

    @property
    def database_url(self) -> str:
        """The database's URL: AUDITOR_DATABASE_URL where a team shares a PostgreSQL server, else SQLite here."""
        return os.environ.get("AUDITOR_DATABASE_URL") or f"sqlite:///{self.path / 'auditor.db'}"

    @property
    def cache(self) -> Path:
        """Decoded images and indexes: may be deleted at any time; in the folder named by AUDITOR_CACHE, else here."""
        elsewhere = os.environ.get("AUDITOR_CACHE")
        return Path(elsewhere).expanduser().absolute() if elsewhere else self.path / "cache"

    @property
    def runs(self) -> Path:
        """The folder that holds one folder per run."""
        return self.path / "runs"

    @property
    def evidence(self) -> Path:
        """The folder that holds one folder per data set, and in it one per version."""
        return self.path / "evidence"

    @property
    def demo(self) -> Path:
        """The folder of the demo data set of drawn faces."""
        return self.path / "demo"

    def run(self, run_id: str) -> Path:
        """The folder of one run."""
        return self.runs / run_id

    def make(self) -> Self:
        """Create the folder, and that of AUDITOR_CACHE, readable only by its owner because they will hold faces.

        Raises:
            ConfigError: A folder cannot be made or written to.
        """
        _make_private(self.path, "workspace", "--workspace or AUDITOR_WORKSPACE")
        if self.cache.parent != self.path:
            _make_private(self.cache, "cache", "AUDITOR_CACHE")
        return self


def _make_private(folder: Path, what: str, setting: str) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise ConfigError(
            f"The {what} {folder} cannot be made ({error.strerror}); name a folder you may write to with {setting}."
        ) from error
    if not os.access(folder, os.W_OK):
        raise ConfigError(f"The {what} {folder} is read-only; name a folder you may write to with {setting}.")


@dataclass(frozen=True)
class DatasetRef:
    """Which data set a run reads: enough to open it again in another process.

    Attributes:
        root: The data set's folder.
        format: The format's name, such as `rafdb`.
        label_file: The label file, relative to root; empty for image folders.
        key: The data set's identity (12 hex digits), which names folders in the workspace.
    """

    root: str
    format: str
    label_file: str
    key: str


RAW, JPEG = "raw", "jpeg"
CACHE_FORMATS = (RAW, JPEG)
"""How decoded images are kept: as raw pixels, or as JPEG records that are decoded again at every read."""


@dataclass(frozen=True)
class RunConfig:
    """What one run does. `None` means the value of each method's preset.

    Attributes:
        dataset: The data set.
        methods: Names of methods, trained one after another.
        epochs: Epochs, or None for the preset's.
        batch_size: Images per step, None for the preset's, or `auto` for the preset's, halved until a step fits into
            the device's memory.
        image_size: Side of the square input in pixels, at least 32, or None for the preset's.
        width: Channel multiplier of the networks in (0, 4], or None for the preset's.
        stem: `imagenet` (7x7, stride 2, max-pool) or `small` (3x3, stride 2), or None for the preset's.
        depth: ResNet depth: 18, 34 or 50.
        weights: `none` (random), `imagenet` or the path of a weight file. With None, `published` refuses to start and
            the other presets start from random weights.
        device: `auto` (a CUDA device where there is one, else the CPU), `cpu`, `cuda` or `mps` (Apple).
        precision: `auto`, `no` (float32), `fp16` or `bf16`, as Accelerate names them. `auto` is float32 for `published`
            and on a CPU, mixed precision for the others on a GPU.
        seed: Seed of all random numbers of the run.
        preset: `demo` (small, for a CPU), `published` (every value as in the papers' programs; `paper` is its old name)
            or `recommended` (`published` with this program's improvements, for a GPU).
        labels: Train on the labels as `given`, as `corrected` by the decisions, or on the `control`, which changes as
            many labels as were corrected, but at images drawn at random.
        held_out: Share of the training images, stratified by label, that no network of the run is trained on; None for
            the preset's: 0 for `published`, else 0.05.
        reading: Inputs and outputs of a checkpoint to score, where its file does not state them: `class_order` (names),
            `channels` (rgb or bgr), `mean` and `std` (three numbers each).
        folds: 0 scores images by networks trained on them; K >= 2 trains K times, each image scored out of fold.
        options: Per method, its own options by name.
        cache_format: Keep the decoded images as `raw` pixels, or as `jpeg` records of quality 95: about a quarter of
            the disk, slower to read, and slightly different pixels.
    """

    dataset: DatasetRef
    methods: tuple[str, ...]
    epochs: int | None = None
    batch_size: int | str | None = None
    image_size: int | None = None
    width: float | None = None
    stem: str | None = None
    depth: int = 18
    weights: str | None = None
    device: str = "auto"
    precision: str = "auto"
    seed: int = 0
    preset: str = "demo"
    labels: str = "given"
    held_out: float | None = None
    folds: int = 0
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    reading: Mapping[str, Any] = field(default_factory=dict)
    cache_format: str = RAW

    def __post_init__(self) -> None:
        """Refuse a value that cannot be used.

        Raises:
            ConfigError: Names the option, its value and the allowed values.
        """
        object.__setattr__(self, "preset", canonical_preset(self.preset))
        if not self.methods:
            raise ConfigError("No method was named; name at least one, such as man.")
        if len(set(self.methods)) != len(self.methods):
            raise ConfigError(f"A method is named twice in {', '.join(self.methods)}; name each once.")
        _one_of("preset", self.preset, PRESETS)
        _one_of("labels", self.labels, LABELS)
        _one_of("device", self.device, DEVICES)
        _one_of("depth", self.depth, DEPTHS)
        _one_of("precision", self.precision, PRECISIONS)
        _one_of("cache format", self.cache_format, CACHE_FORMATS)
        if self.stem is not None:
            _one_of("stem", self.stem, STEMS)
        _within("epochs", self.epochs, 1, 10_000)
        if self.batch_size != AUTO_BATCH:
            _within("batch size", self.batch_size, 1, LARGEST_BATCH)
        _within("image size", self.image_size, SMALLEST_IMAGE, 1024)
        _within("width", self.width, 1 / 64, 4)
        _within("held-out share", self.held_out, 0, 0.5)
        _within("seed", self.seed, 0, 2**31 - 1)
        if self.folds != 0:
            _within("number of folds", self.folds, 2, 50)

    @property
    def share_held_out(self) -> float:
        """The share of images held out: the configured one, else the preset's."""
        if self.held_out is not None:
            return self.held_out
        return 0.0 if self.preset == "published" else HELD_OUT

    @property
    def judged_by_nothing(self) -> bool:
        """Whether no image is held out and there are no folds, so that memorisation cannot be measured."""
        return self.share_held_out == 0 and not self.folds

    def going_on(
        self, batch_size: int | str | None = None, device: str | None = None, precision: str | None = None
    ) -> Self:
        """Return the configuration of a run that goes on, with what may change in the middle; None keeps a value.

        A batch size then applies to every method, also to one that had its own.

        Raises:
            ConfigError: A value is invalid.
        """
        values = {"batch_size": batch_size, "device": device, "precision": precision}
        changed: dict[str, Any] = {name: value for name, value in values.items() if value is not None}
        if batch_size is not None:
            changed["options"] = {
                method: {name: value for name, value in own.items() if name != "batch_size"}
                for method, own in self.options.items()
            }
        return dataclasses.replace(self, **changed)

    def to_json(self) -> str:
        """Return the configuration as indented JSON that `from_json` reads."""
        return json.dumps(dataclasses.asdict(self), indent=1, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read the JSON of `to_json`, also of earlier versions; the old preset `paper` is read as `recommended`.

        Raises:
            ConfigError: The text is not a configuration, or holds an unknown option.
        """
        try:
            values = json.loads(text)
            if values.get("preset") in OLD_PRESETS:
                values["preset"] = "recommended"  # what `paper` meant then: held-out images, mixed precision
            dataset = DatasetRef(**values.pop("dataset"))
            methods = tuple(values.pop("methods"))
            return cls(dataset=dataset, methods=methods, **values)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise ConfigError(
                f"The run's config.json cannot be read ({error}); start a new run with the options you want."
            ) from error


def default_preset(kind: str) -> str:
    """Return the preset for a type of device ('cpu', 'cuda', 'mps'): `demo` is for a CPU."""
    return "demo" if kind == "cpu" else "recommended"


def batch_size(text: str) -> int | str:
    """Read a batch size that a person typed: 'auto' or a number.

    Raises:
        ValueError: It is neither.
    """
    return AUTO_BATCH if text.strip().lower() == AUTO_BATCH else int(text)


def canonical_preset(name: str) -> str:
    """Return a preset's current name."""
    return OLD_PRESETS.get(name, name)


def _one_of(name: str, value: object, choices: tuple[object, ...]) -> None:
    if value not in choices:
        raise ConfigError(f"The {name} is {value!r}; expected one of {', '.join(map(str, choices))}.")


def _within(name: str, value: float | str | None, low: float, high: float) -> None:
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise ConfigError(f"The {name} is {value!r}; expected a number from {low:g} to {high:g}.")
