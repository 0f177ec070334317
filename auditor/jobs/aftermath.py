"""What a run does with its results: evidence after every method, so that it is reviewable at once, and the map last."""

import logging

import numpy as np
from numpy.typing import NDArray

from auditor.data.dataset import Dataset
from auditor.errors import AuditorError
from auditor.evidence import build, choice, projection
from auditor.evidence.versions import EvidenceVersion
from auditor.training.run import Run
from auditor.training.scoring import Stopped

logger = logging.getLogger(__name__)


class Aftermath:
    """Puts what a run has left so far before the annotators.

    Evidence that cannot be built is told in the log and does not undo a training.
    """

    def __init__(self, with_map: bool = True) -> None:
        self._with_map = with_map
        self._version: EvidenceVersion | None = None

    def lesson(self, run: Run, dataset: Dataset) -> NDArray[np.float32]:
        """The consensus of the run's methods, for one that learns from it."""
        return build.lesson(run.folder, dataset)

    def method_done(self, run: Run, dataset: Dataset) -> None:
        """Build the evidence anew, this run first: it decides which labels are audited.

        A control decides nothing: some of its labels were changed at random.
        """
        if run.config.labels == "control":
            logger.info("evidence: it stays as it is, for a control's labels are not the data set's")
            return

        def progress(done: int, total: int, text: str) -> None:
            run.listener.on_phase(f"evidence: {text}", done, total)

        others = [folder for folder in build.runs_of(run.workspace, dataset.key) if folder != run.folder]
        try:
            self._version = build.build(run.workspace, dataset, [run.folder, *others], progress)
            logger.info("evidence: %s", self._version.folder.name)
            waits = choice.standing(run.workspace, dataset.key).sentence
            if waits:
                logger.info("evidence: %s", waits)
        except AuditorError as error:
            logger.warning("evidence: %s", error)

    def run_done(self, run: Run) -> None:
        """Draw the map; some 40 to 80 seconds of it are UMAP's compilation.

        Raises:
            Stopped: The listener asked for it; what is drawn so far stays, and until then PCA is the map.
        """
        if self._version is None or not self._with_map:
            return

        def progress(done: int, total: int, text: str) -> None:
            if done < total and run.listener.stopping():
                raise Stopped
            run.listener.on_phase(f"map: {text}", done, total)

        try:
            projection.add_umap(self._version, progress)
        except AuditorError as error:
            logger.warning("map: %s", error)
