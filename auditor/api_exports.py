"""What the API writes: exports of the decisions, and the report."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING

from auditor.config import Workspace
from auditor.errors import ConfigError

if TYPE_CHECKING:
    from auditor.data.dataset import Dataset
    from auditor.evidence.versions import EvidenceVersion
    from auditor.store.store import Store


class Exports(ABC):
    """The part of an audit that writes files.

    Attributes:
        dataset: What is audited.
        workspace: Where everything else is written.
    """

    dataset: Dataset
    workspace: Workspace

    @abstractmethod
    def _store(self) -> Store:
        """Open the audit's store, or return the open one."""

    @abstractmethod
    def _version(self) -> EvidenceVersion:
        """Return the evidence in use, built where there is none."""

    def export(
        self,
        out: str | Path,
        kind: str = "source",
        *,
        votes: str = "replace",
        keep_excluded: bool = False,
        link: str = "copy",
        force: bool = False,
    ) -> list[Path]:
        """Export the decisions; the data set's own files are never changed.

        Args:
            out: The file, or the new folder for the kinds 'folder', 'hf-disk' and 'hf-parquet'.
            kind: 'source' (the label file, byte for byte except for the changed labels), 'table', 'soft', 'excluded',
                'ledger', 'folder'; or for another tool 'hf-disk', 'hf-parquet' (with Croissant metadata),
                'label-studio', 'fiftyone', 'coco' or 'issues' (as cleanlab's Datalab lists them).
            votes: For FER+: 'replace' a corrected image's votes, or 'keep' them.
            keep_excluded: For 'source': leave excluded images in the file, with the given label.
            link: For 'folder': 'copy', 'symlink' or 'hardlink'.
            force: Replace an existing file that was not written from this workspace.

        Returns:
            The files written.

        Raises:
            ExportError: It cannot be written, or would not be faithful.
        """
        from auditor.evidence import choice
        from auditor.exports import catalogue, places
        from auditor.exports.preview import preview

        store = self._store()
        try:
            decisions = preview(self.dataset, store.decisions.state(self.dataset.key))
        finally:
            store.close()
        evidence = choice.evidence(self.workspace, self.dataset)
        with places.writing(self.workspace, over=force):
            written = catalogue.export(
                self.dataset, decisions, out, kind,
                evidence=evidence, votes=votes, keep_excluded=keep_excluded, link=link,
            )  # fmt: skip
        self._record(f"{kind}: {written.sentence}")
        return list(written.paths)

    def _record(self, detail: str) -> None:
        """Add an export to the audit trail."""
        from auditor.custody.account import local_user

        store = self._store()
        try:
            store.trail.add(local_user(), "export", self.dataset.key, detail)
        finally:
            store.close()

    def report(self, out: str | Path, *, faces: str = "none", force: bool = False) -> Path:
        """Write a report as one HTML file: noise rate, classes, confusions, agreement, decisions, changes.

        Args:
            out: The HTML file.
            faces: 'none', 'blurred' (9 pixels per side) or 'shown'.
            force: Replace an existing file that was not written from this workspace.

        Raises:
            EvidenceError: No method was trained yet.
            ExportError: It cannot be written.
        """
        from auditor.exports import places, report
        from auditor.exports.preview import preview

        if faces not in report.FACES:
            raise ConfigError(f"The faces cannot be {faces!r}; choose one of {', '.join(report.FACES)}.")
        version = self._version()
        store = self._store()
        try:
            state = store.decisions.state(self.dataset.key)
        finally:
            store.close()
        audited = report.Audited(self.dataset, version, preview(self.dataset, state), state)
        with places.writing(self.workspace, over=force):
            path = report.write(audited, out, faces=faces)
        self._record(f"report, faces {faces}")
        return path
