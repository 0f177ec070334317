"""Use the auditor in a script or a notebook; it is the same code as the command line and the app.

    import auditor

    audit = auditor.open("RAF-DB/basic", workspace="w")
    audit.train("nla", "student", epochs=20)
    audit.suspects(50)                                  # faces, in a notebook
    audit.decide(["train_00007.jpg"], "accept", annotator="ada")
    audit.export("train_label.txt")
    audit.show()                                        # the app on this data set

Everything is kept in the workspace, so that a script, the command line and the app can be used in turn.
"""

from __future__ import annotations

import uuid
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from auditor.api_exports import Exports
from auditor.api_opinions import Opinions, Run, from_dataset
from auditor.api_promises import Promises
from auditor.config import RunConfig, Workspace, default_preset
from auditor.data.align.sources import prune
from auditor.data.dataset import Dataset
from auditor.errors import ConfigError, DataError, EvidenceError, JobError
from auditor.evidence import schema
from auditor.exports.suspects import Suspects
from auditor.plural import counted
from auditor.store.operations import LABEL_ACTIONS, Item, Operation

if TYPE_CHECKING:
    import pandas as pd

    from auditor.evidence.versions import EvidenceVersion
    from auditor.jobs.server import Server
    from auditor.store.runs import RunRecord
    from auditor.store.store import Store

__all__ = ["Audit", "Run", "Suspects", "demo", "from_dataset", "from_frame", "open"]

ACTIONS = ("accept", *LABEL_ACTIONS)
"""The actions of `Audit.decide`: 'accept' relabels each image as the evidence suggests."""

_servers: dict[Path, Server] = {}
"""The apps that `Audit.show` started in this process, by workspace."""


def open(
    data: str | Path,
    *,
    workspace: str | Path | None = None,
    labels: str | None = None,
    format: str | None = None,
) -> Audit:
    """Open a data set on the disk.

    Args:
        data: Its folder, or one of its label files.
        workspace: The folder that everything is written to: AUDITOR_WORKSPACE or `workspace` where it is left out.
        labels: Which label file is audited, where the data set has several.
        format: The format's name, where the recognised one is wrong.

    Raises:
        DataError: It cannot be read as a data set.
        ConfigError: The workspace cannot be written to.
    """
    from auditor.data.opening import open_dataset

    place = _workspace(workspace)
    return Audit(open_dataset(data, label_file=labels, format=format, cache=place.cache), place)


def from_frame(
    frame: pd.DataFrame,
    *,
    image: str = "image",
    label: str = "label",
    split: str | None = None,
    workspace: str | Path | None = None,
) -> Audit:
    """Open the images and labels that a pandas data frame lists.

    Args:
        frame: One row per image.
        image: The column of image files, absolute or relative to the current folder.
        label: The column of labels, numbers or words.
        split: The column that holds train, valid or test; without it, all images are for training.
        workspace: As for `open`.

    Raises:
        DataError: A column is missing, an image has two rows, or nothing can be used.
        ConfigError: The workspace cannot be written to.
    """
    from auditor.data.imported import write_frame
    from auditor.data.opening import open_dataset

    place = _workspace(workspace)
    root, file = write_frame(frame, place.path / "frames", image=image, label=label, split=split)
    return Audit(open_dataset(root, label_file=file, format="table", cache=place.cache), place)


def demo(
    folder: str | Path | None = None, *, images: int = 1200, seed: int = 0, workspace: str | Path | None = None
) -> Audit:
    """Draw the demo, faces in RAF-DB's layout with wrong and ambiguous labels planted, and open it.

    Args:
        folder: A new folder, or one that holds this very demo; by default the workspace's own.
        images: Number of faces, at least 14; five sixths of them for training.
        seed: The same seed gives the same bytes.
        workspace: As for `open`.

    Raises:
        DataError: The folder holds something else, or cannot be written.
        ConfigError: The workspace cannot be written to.
    """
    from auditor.data.demo import generate
    from auditor.data.opening import open_dataset

    place = _workspace(workspace)
    root = generate.generate(place.demo if folder is None else folder, images=images, seed=seed)
    return Audit(open_dataset(root, cache=place.cache), place)


def _workspace(path: str | Path | None) -> Workspace:
    return (Workspace.default() if path is None else Workspace(Path(path).expanduser().absolute())).make()


class Audit(Opinions, Promises, Exports):
    """The audit of one data set in one workspace.

    Attributes:
        dataset: The data set that is audited: names, labels, classes, problems.
        workspace: The folder that everything is written to.
    """

    def __init__(self, dataset: Dataset, workspace: Workspace) -> None:
        self.workspace = workspace
        store = self._store()
        try:
            recognised = store.datasets.register(dataset)
        finally:
            store.close()
        self.dataset = recognised.dataset
        prune(workspace.path / "aligned" / self.dataset.key, self.dataset)
        if recognised.message:
            warnings.warn(recognised.message, stacklevel=3)

    def __repr__(self) -> str:
        problems = sum(problem.count for problem in self.dataset.problems)
        return f"<Audit of {self.dataset.title}: {counted(len(self.dataset), 'image')}, {counted(problems, 'problem')}>"

    def _store(self) -> Store:
        from auditor.store.store import Store

        return Store.open(self.workspace)

    def train(
        self,
        *methods: str,
        epochs: int | None = None,
        minutes: float | None = None,
        preset: str | None = None,
        labels: str = "given",
        folds: int = 0,
        seed: int = 0,
        device: str = "auto",
        options: Mapping[str, Mapping[str, Any]] | None = None,
        **settings: Any,
    ) -> Run:
        """Train methods in a separate process, wait with a progress bar, and build the evidence from the results.

        Ctrl-C, or the notebook's stop button, cancels the training; it leaves a checkpoint, which
        `python -m auditor train --resume` continues from.

        Args:
            *methods: Names such as 'man', 'rul', 'nla', 'noisyfer'; 'student', last, learns their consensus.
            epochs: Epochs of every method; the preset's where it is left out.
            minutes: About how long to train instead: measures this machine, then chooses among the methods (all where
                none is named) and the epochs of each (docs/how-long.md has the rule).
            preset: 'demo', 'recommended' or 'published'; 'recommended' where there is a GPU, else 'demo'.
            labels: 'given', 'corrected' (as decided) or 'control' (as many labels changed at random).
            folds: 0, or K >= 2 to score every image by networks that were not trained on it.
            seed: The same seed on the same machine gives the same result.
            device: 'auto', 'cpu', 'cuda' or 'mps'.
            options: The methods' own options: {'man': {'lr': 0.001}}.
            **settings: Further fields of `auditor.config.RunConfig`, such as image_size, batch_size or held_out.

        Returns:
            The run, done or cancelled.

        Raises:
            ConfigError: A method or an option does not exist.
            JobError: The run cannot be started, failed, or its process was lost; the message says why.
        """
        from auditor.jobs import budgeting, manager
        from auditor.training import devices
        from auditor.training.run import check

        methods = methods or (() if minutes is None else budgeting.all_methods())
        preset_name = preset or default_preset(devices.kind_of(device))
        own_options = {method: dict(values) for method, values in (options or {}).items()}
        try:
            config = RunConfig(
                dataset=self.dataset.reference, methods=methods, epochs=epochs, preset=preset_name, labels=labels,
                folds=folds, seed=seed, device=device, options=own_options, **settings,
            )  # fmt: skip
        except TypeError as error:
            raise ConfigError(f"A training has no such setting ({error}); see auditor.config.RunConfig.") from error
        check(config)
        if minutes is not None:
            config, _ = budgeting.plan(config, self.dataset, self.workspace, minutes)
        store = self._store()
        try:
            record = self._wait(manager.start(self.workspace, config, store=store), store)
        finally:
            store.close()
        folder = self.workspace.run(record.id)
        if record.state not in ("done", "cancelled"):
            reason = f"The run {record.id} ended as {record.state}; see its log {folder / 'run.log'}."
            raise JobError(f"{record.message} {reason}" if record.message else reason)
        return Run(record.id, config.methods, record.state, record.message or "", folder)

    def _wait(self, run_id: str, store: Store) -> RunRecord:
        """Show a bar until the run has ended; an interrupt cancels it and waits until it has stopped."""
        from auditor.jobs import manager, watching

        try:
            return watching.wait(store, run_id)
        except KeyboardInterrupt:
            manager.cancel(self.workspace, run_id, store)
            return watching.wait(store, run_id)

    def _version(self) -> EvidenceVersion:
        """Return the evidence in use; build it from the runs where there is none.

        Raises:
            EvidenceError: There is no run to build it from.
        """
        from auditor.evidence import build, choice

        version = choice.evidence(self.workspace, self.dataset)
        return build.build(self.workspace, self.dataset) if version is None else version

    def evidence(self) -> pd.DataFrame:
        """Return the evidence on every training image: one row each, in label-file order.

        The columns are those of `python -m auditor evidence`: name, given, suggested, p_mislabelled and ambiguity in
        [0, 1], assignment (clean, ambiguous, noisy), then each method's own (docs/evidence.md).

        Raises:
            EvidenceError: No method was trained yet.
        """
        from auditor.exports import evidence_csv

        return evidence_csv.readable(self._version(), self.dataset)

    def suspects(self, count: int = 50) -> Suspects:
        """Return the most suspect images without a decision; skipped images are included.

        Args:
            count: The maximum number of images.

        Raises:
            EvidenceError: No method was trained yet.
        """
        table = self.evidence()[[schema.NAME, schema.GIVEN, schema.SUGGESTED, schema.P_MISLABELLED]]
        store = self._store()
        try:
            states = store.decisions.state(self.dataset.key).on(self.dataset)
        finally:
            store.close()
        decided = [name for name, state in states.items() if state.action not in (None, "skip")]
        undecided = table[~table[schema.NAME].isin(decided) & table[schema.NAME].isin(self.dataset.names)]
        undecided = undecided.sort_values(schema.P_MISLABELLED, ascending=False, kind="stable").head(count)
        return Suspects(undecided.reset_index(drop=True), self.dataset)

    def decide(
        self, images: str | Iterable[str] | Suspects, action: str, label: str | int | None = None, *, annotator: str
    ) -> int:
        """Save one decision on some images, as one operation that the app can undo.

        Args:
            images: Names, or the result of `suspects`.
            action: 'accept' (relabel as the evidence suggests), 'keep', 'relabel', 'ambiguous', 'exclude' or 'skip'.
            label: For 'relabel' and 'ambiguous': a class, as the label file spells it or by its name.
            annotator: The annotator's name.

        Returns:
            The number of images decided on.

        Raises:
            DataError: An image, an action or a label is unknown; then nothing is saved.
            EvidenceError: 'accept' on an image without evidence.
        """
        names = [images] if isinstance(images, str) else list(images.names if isinstance(images, Suspects) else images)
        if action not in ACTIONS:
            raise DataError(f"There is no action {action!r}; choose one of {', '.join(ACTIONS)}.")
        if action == "accept" and label is not None:
            raise DataError("Accepting takes the suggested label; give no other, or relabel instead.")
        labels = self._suggested(names) if action == "accept" else dict.fromkeys(names, "" if label is None else label)
        items = [self._item(name, action, str(labels[name])) for name in dict.fromkeys(names)]
        if items:
            self._append(items, annotator)
        return len(items)

    def _suggested(self, names: list[str]) -> dict[str, Any]:
        table = self.evidence()
        suggested: dict[str, Any] = dict(zip(table[schema.NAME], table[schema.SUGGESTED], strict=True))
        missing = [name for name in names if not suggested.get(name)]  # '' is a class that the data set has lost
        if missing:
            raise EvidenceError(f"There is no suggestion for {missing[0]}; accept images that a method has scored.")
        return suggested

    def _item(self, name: str, action: str, label: str) -> Item:
        from auditor.cli.decide import decision

        item = decision(self.dataset, str(name), "relabel" if action == "accept" else action, label)
        if isinstance(item, str):
            raise DataError(f"Nothing was saved, because {item}; correct that and save again.")
        if action == "accept" and item.to_class == item.from_class:  # the evidence agrees with the given label
            return replace(item, action="keep", to_class=None)
        return item

    def _append(self, items: list[Item], annotator: str) -> None:
        from auditor.evidence import choice

        version = choice.in_use(self.workspace, self.dataset.key)
        operation = Operation(
            op_id=f"api-{uuid.uuid4().hex}", dataset=self.dataset.key, annotator=annotator, session="api",
            evidence=None if version is None else version.name, items=tuple(items),
        )  # fmt: skip
        store = self._store()
        try:
            store.decisions.append(operation)
        finally:
            store.close()

    def show(self, page: str = "review", *, port: int | None = None) -> str:
        """Start the app on this data set and return its address; it ends with this process.

        Args:
            page: 'overview', 'review', 'map', 'methods', 'runs', 'compare', 'export' or 'history'.
            port: The port, reachable from this computer only; by default 8501, or else a free one. An app that this
                process has already started on the workspace is used again.

        Raises:
            ConfigError: The port is in use.
            JobError: The app does not start; the message names its log.
        """
        import atexit

        from auditor.jobs import server

        running = _servers.get(self.workspace.path)
        if running is None or not running.running():
            running = server.start(self.workspace, port, log=self.workspace.path / "app.log")
            _servers[self.workspace.path] = running
            atexit.register(running.stop)
        elif port not in (None, running.port):
            raise ConfigError(f"The app is running on port {running.port}; leave the port out to use it.")
        return running.address(page, self.dataset.key)
