"""Build evidence after every method of a run, so that it can be reviewed at once, and draw the map at the end."""

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
    """Builds the evidence and the map from a run's results.

    If evidence cannot be built, the reason goes to the log and the training stays valid.
    """

    def __init__(self, with_map: bool = True) -> None:
        self._with_map = with_map
        self._version: EvidenceVersion | None = None

    def lesson(self, run: Run, dataset: Dataset) -> NDArray[np.float32]:
        """Return the consensus of the run's methods, for a method that learns from it."""
        return build.lesson(run.folder, dataset)

    def method_done(self, run: Run, dataset: Dataset) -> None:
        """Build new evidence, with this run first: it decides which labels are audited.

        A control builds none, because some of its labels were changed at random.
        """
        if run.config.labels == "control":
            logger.info("evidence: not built, because some labels of a control are wrong on purpose")
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
        """Draw the map; UMAP's compilation takes about 40 to 80 seconds of it.

        Raises:
            Stopped: The listener asked to stop; maps that are finished stay, the others keep PCA.
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
