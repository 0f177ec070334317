"""What the API gains from other libraries: data sets of Hugging Face's, and models of the user's own."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from auditor.config import Workspace

if TYPE_CHECKING:
    from auditor.api import Audit
    from auditor.data.dataset import Dataset
    from auditor.store.store import Store


def from_dataset(dataset: Any, *, label: str | None = None, workspace: str | Path | None = None) -> Audit:
    """Open a data set of the Hugging Face library `datasets`: a Dataset, or a DatasetDict of splits.

    It is saved to the workspace with its images inside (`save_to_disk`), so that any process can open it. The same
    images are the same data set again, whose decisions stand.

    Args:
        dataset: With a column of images and one of labels.
        label: The column of labels, where the likeliest one is not meant.
        workspace: As for `open`.

    Raises:
        DataError: It cannot be saved, or has no column of images or of labels.
        ConfigError: The workspace cannot be written to.
    """
    from auditor.api import Audit
    from auditor.data.imported import save_dataset
    from auditor.data.opening import open_dataset

    place = (Workspace.default() if workspace is None else Workspace(Path(workspace).expanduser().absolute())).make()
    root = save_dataset(dataset, place.path / "frames")
    columns = {} if label is None else {"label": label}
    return Audit(open_dataset(root, format="hfdata", cache=place.cache, chosen=columns), place)


@dataclass(frozen=True)
class Run:
    """A training that has ended.

    Attributes:
        id: Its name, and its folder's below `runs` in the workspace.
        methods: What was trained, in order.
        state: 'done' or 'cancelled'.
        message: A sentence on what came of it, or ''.
        folder: Checkpoints, records and the log.
    """

    id: str
    methods: tuple[str, ...]
    state: str
    message: str
    folder: Path


class Opinions(ABC):
    """The part of an audit that takes models of the user's own.

    Attributes:
        dataset: What is audited.
        workspace: Where everything is written.
    """

    dataset: Dataset
    workspace: Workspace

    @abstractmethod
    def _store(self) -> Store:
        """Open the audit's store, or return the open one."""

    def add_opinion(
        self,
        name: str,
        *,
        probs: Any = None,
        embedding: Any = None,
        names: Iterable[str] | None = None,
        classes: Iterable[str] = (),
        out_of_fold: bool = False,
        with_map: bool = True,
        **reading: Any,
    ) -> Run:
        """Add what a model of your own says to the evidence, beside the methods.

        Args:
            name: What it is called: letters, digits and hyphens.
            probs: p(class | image): an array [N, C], a data frame (index: image names, columns: classes), or a file.
            embedding: Features: an array [N, D], a data frame, or a file. Alone they become probabilities by an
                out-of-fold logistic regression on the given labels.
            names: The image of each row of the arrays; without them there is one row for each image, or for each
                training image, in the order of the data set.
            classes: The class of each column of `probs`, where it does not name them.
            out_of_fold: Whether the model never saw these labels; else it counts as trained on them.
            with_map: Whether the UMAP is drawn too.
            **reading: Further fields of `auditor.training.ownmodel.request.ModelRequest`, such as onnx or torchvision.

        Returns:
            The run that holds the opinion, done or cancelled.

        Raises:
            ConfigError: The name is taken, or nothing was given.
            DataError: Shapes, names, classes or numbers do not fit; the message shows both sides.
            EvidenceError: The evidence cannot be built.
        """
        from auditor.jobs import opinion_worker
        from auditor.training.ownmodel.given import OwnModel

        model = OwnModel(probs, embedding, names, classes, out_of_fold, reading)
        store = self._store()
        try:
            record = opinion_worker.from_script(
                self.workspace, self.dataset, store, name, model, with_map=with_map
            )  # fmt: skip
        finally:
            store.close()
        folder = self.workspace.run(record.id)
        return Run(record.id, record.config.methods, record.state, record.message or "", folder)
