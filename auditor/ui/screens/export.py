"""Export: preview every change, then write the file to the disk or download it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from auditor.custody import leftovers
from auditor.data.dataset import Dataset
from auditor.data.formats.base import get_format
from auditor.data.problems import printable
from auditor.errors import ExportError
from auditor.evidence.versions import EvidenceVersion
from auditor.exports import catalogue, foretell, source
from auditor.exports.preview import Change, Preview, moment, preview
from auditor.store import counts
from auditor.store.operations import PersonalDecision
from auditor.ui.look import boundary, needs, overwrite
from auditor.ui.look.allowed import greyed
from auditor.ui.look.plain import plain
from auditor.ui.state import acts, face_ids, session, trace
from auditor.ui.web import addresses

FACES_SHOWN = 2_000
TITLES = {
    "source": "Corrected label file",
    "table": "Table",
    "soft": "Soft labels",
    "excluded": "Excluded names",
    "ledger": "Ledger",
    "folder": "Folder tree",
    "hf-disk": "Hugging Face folder",
    "hf-parquet": "Hugging Face hub and Croissant",
    "label-studio": "Label Studio",
    "fiftyone": "FiftyOne",
    "coco": "COCO",
    "issues": "cleanlab issues",
}
LINKS = {"copy": "Copies", "symlink": "Symbolic links", "hardlink": "Hard links"}
EXCLUDED = {"Leave them out": False, "Keep them, with the given label": True}
VOTES = {"replace": "Replace the votes of corrected faces", "keep": "Keep the votes, add a column"}


def show(dataset: Dataset) -> None:
    """Draw the page.

    Raises:
        StoreError: The database cannot be reached.
    """
    needs.open_eyes("Export", "the given and the new label of every face")
    st.title("Export")
    state = session.store().decisions.state(dataset.key)
    decisions = preview(dataset, state)
    st.caption(f"{counts.count(dataset, state).sentence}.")
    left, right = st.columns([3, 2], gap="large")
    with left:
        foretold = st.container()  # above the changes, but filled after the export is chosen
        _preview(dataset, decisions)
    with right, boundary.sentence():
        _write(dataset, decisions, foretold)


def _preview(dataset: Dataset, decisions: Preview) -> None:
    sizes = {
        "changes": (f"{len(decisions.changes):,} changed", decisions.changes),
        "excluded": (f"{len(decisions.excluded):,} excluded", decisions.excluded),
        "softened": (f"{len(decisions.softened):,} with shares", decisions.softened),
        "decided": (f"{len(decisions.decided):,} reviewed", decisions.decided),
    }
    if decisions.marked:
        sizes["marked"] = (f"{len(decisions.marked):,} with tags or a note", decisions.marked)
    if decisions.contested:
        sizes["contested"] = (f"{len(decisions.contested):,} on which people differ", decisions.contested)
    if not (decisions.decided or decisions.marked):
        reason = (
            f"No decision applies to {plain(dataset.title)} any more"
            if decisions.lapsed
            else f"No face of {plain(dataset.title)} has a decision yet"
        )
        st.write(f"{reason}: the exported file would be identical, byte for byte.")
        if st.button("Review the suspects"):
            session.open_page("review")
    else:
        part = st.segmented_control(
            "Preview", list(sizes), default="changes", format_func=lambda name: sizes[name][0], key="export_part"
        )
        rows = table(dataset, sizes[part or "changes"][1])
        st.dataframe(
            rows,
            width="stretch",
            height=min(520, 38 + 48 * max(len(rows), 1)),
            hide_index=True,
            row_height=48,
            column_config={
                "face": st.column_config.ImageColumn("face", width=56),
                "name": st.column_config.TextColumn("name", width=140),
                "when": st.column_config.DatetimeColumn("when", format="D MMM, HH:mm"),
            },
        )


def table(dataset: Dataset, changes: tuple[Change, ...]) -> pd.DataFrame:
    """Return the changes as a table: one row each, with the face."""
    prefix = addresses.face_prefix(dataset)
    faces = face_ids.face_ids(dataset, [each.row for each in changes[:FACES_SHOWN]])
    frame = pd.DataFrame(
        {
            "face": [f"{prefix}{face}/64" for face in faces] + [None] * (len(changes) - len(faces)),
            "name": [each.name for each in changes],
            "from": [dataset.classes[each.from_label] for each in changes],
            "to": ["excluded" if each.to_label is None else _to(dataset, each) for each in changes],
            "line": [each.line or None for each in changes],
            "by": [each.who for each in changes],
            "when": pd.to_datetime([moment(each.when) if each.when else None for each in changes]),
            "tags": [", ".join(each.tags) for each in changes],
            "note": [each.note or "" for each in changes],
            "people": ["; ".join(map(_spoken, each.opinions)) for each in changes],
        }
    )
    return frame.drop(columns=[name for name in ("tags", "note", "people") if not any(frame[name])])


def _spoken(opinion: PersonalDecision) -> str:
    answer = {"ambiguous": "ambiguous", "exclude": "excluded"}.get(opinion.action, opinion.label or "kept")
    return f"{opinion.annotator}: {answer}"


def _to(dataset: Dataset, change: Change) -> str:
    if change.soft is not None:
        shares = sorted(((share, k) for k, share in enumerate(change.soft) if share > 0.005), reverse=True)
        return ", ".join(f"{dataset.classes[k]} {share:.0%}" for share, k in shares)
    return dataset.classes[change.to_label if change.to_label is not None else change.from_label]


def _write(dataset: Dataset, decisions: Preview, foretold: DeltaGenerator) -> None:
    offered = catalogue.kinds(dataset)
    # A menu: as a list, the kinds push the buttons off the screen.
    kind = st.selectbox("What to export", list(offered), format_func=TITLES.__getitem__, key="export_kind")
    st.caption(f"{plain(offered[kind])}.")
    options: dict[str, Any] = {}
    if kind == "folder":
        options["link"] = st.selectbox("Images as", list(LINKS), format_func=LINKS.__getitem__)
    if kind == "source" and decisions.excluded and source.leaving_out(dataset).how != "kept":
        options["keep_excluded"] = EXCLUDED[st.selectbox("Excluded images", list(EXCLUDED), key="export_excluded")]
    if kind == "source" and get_format(dataset.format).holds_votes:
        options["votes"] = st.selectbox("Votes", list(VOTES), format_func=VOTES.__getitem__)
    with foretold:
        _foretell(dataset, decisions, kind, options)
    name = file_name(dataset, kind)
    many = source.writes_folder(dataset) if kind == "source" else catalogue.SUFFIXES[kind] == ""
    out = st.text_input(
        "New folder on this computer" if many else "File on this computer",
        str(session.workspace().path / "exports" / dataset.key / name),
        key=f"export_out_{kind}_{dataset.key}",
        help="In the workspace's exports, or a folder that the operator allows. Existing files are never replaced "
        "without asking",
    )
    left, right = st.columns(2)
    leave = overwrite.button(left, session.workspace(), out)
    if leave is not None:
        bar = st.progress(0.0, text="Writing …")

        def progress(done: int, total: int, text: str) -> None:
            bar.progress(done / max(total, 1), text=text)

        written = acts.export(
            leave, dataset, decisions, out, kind, evidence=session.evidence(), progress=progress, **options
        )
        bar.empty()
        session.store().trail.add(session.annotator(), "export", dataset.key, f"{kind}: {written.sentence}")
        message = f"{', '.join(map(str, written.paths))}: {written.sentence}."
        st.success(plain(message), icon=":material/check_circle:")
    if not many:
        evidence = session.evidence()  # looked up here: the download itself happens outside of the script
        right.download_button(
            "Download",
            data=trace.downloading(kind, lambda: content(dataset, decisions, kind, evidence, options)),
            file_name=name,
            **greyed("export"),
            width="stretch",
            on_click="ignore",
        )


def _foretell(dataset: Dataset, decisions: Preview, kind: str, options: dict[str, Any]) -> None:
    """Show what this export will do in addition to the changes of the preview."""
    export_options = {name: options[name] for name in ("keep_excluded", "votes") if name in options}
    sentences = foretell.sentences(dataset, decisions, kind, **export_options)
    if sentences:
        mark = "- " if len(sentences) > 1 else ""
        st.info("\n".join(f"{mark}{plain(printable(each, 600))}" for each in sentences), icon=":material/info:")
    if decisions.contested and st.button("Resolve the disagreements", key="export-people"):
        session.open_page("history", tab="people")


def file_name(dataset: Dataset, kind: str) -> str:
    """Return a file name for an export: the label file's own for its own format, else one with the export's kind."""
    source_name = Path(dataset.label_file.split("?")[0]).name or dataset.root.name
    if kind == "source":
        return source_name
    return f"{dataset.root.name}-{Path(source_name).stem}-{kind}{catalogue.SUFFIXES[kind]}"


def content(
    dataset: Dataset, decisions: Preview, kind: str, evidence: EvidenceVersion | None, options: dict[str, Any]
) -> bytes:
    """Return the bytes of an export, for the browser.

    Raises:
        ExportError: It is not a single file, or cannot be made.
    """
    with leftovers.temporary() as folder:
        written = catalogue.export(
            dataset, decisions, folder / file_name(dataset, kind), kind, evidence=evidence, **options
        )
        if len(written.paths) != 1 or not written.paths[0].is_file():
            raise ExportError("This export is more than one file; write it to a folder on this computer instead.")
        return written.paths[0].read_bytes()
