"""The form that starts a training; a dialog, so that no page pays for it until it is opened."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from auditor.config import DEVICES, RunConfig
from auditor.custody import roots
from auditor.data.dataset import Dataset
from auditor.errors import AuditorError
from auditor.evidence import student
from auditor.jobs import catalogue, manager
from auditor.ui.look import boundary
from auditor.ui.look.plain import plain
from auditor.ui.state import session

LABELS = {
    "given": "As given",
    "corrected": "As corrected by the decisions",
    "control": "Control: as many labels changed, but at random",
}
PRESETS = {"demo": "Small, for a CPU", "paper": "As published"}
WEIGHTS = {"none": "None", "imagenet": "ImageNet (torchvision)", "file": "A weight file …"}
AUTO = "As the settings say"
MOST_SETS = 4  # besides the audited labels, as auditor/training/labelsets.py takes


@st.dialog("Train", width="medium")
def dialog() -> None:
    """Ask what to train, or which checkpoint to score with, and start it."""
    with boundary.sentence():
        dataset = session.dataset()
        if dataset is None:
            st.write("Open a data set first.")
            return
        methods = {name: title for name, title in catalogue.titles().items() if name != student.NAME}
        training, scoring = st.tabs(["Train", "Score with a checkpoint"])
        with training:
            config = _form(dataset, methods)
            if config is not None:
                _begun(manager.start(session.workspace(), config, store=session.store()))
        with scoring:
            asked = _checkpoint_form(dataset, methods)
            if asked is not None:
                config, files = asked
                _begun(manager.start(session.workspace(), config, "score", session.store(), checkpoint=files))


def _begun(run_id: str) -> None:
    session.open_page("runs", run=run_id)


def _checkpoint_form(dataset: Dataset, methods: Mapping[str, str]) -> tuple[RunConfig, list[Path]] | None:
    st.caption("Evidence from a published or an own checkpoint, without training.")
    with st.form("score", border=False):
        left, right = st.columns(2)
        method = left.selectbox("Method", list(methods), format_func=methods.__getitem__)
        preset = right.selectbox(
            "Network", ["paper", "demo"], format_func=PRESETS.__getitem__, help="Own checkpoints bring theirs"
        )
        listed = st.text_area("Checkpoint files on this computer, one a line", height=90)
        device = st.selectbox("Device", DEVICES, key="score_device")
        if not st.form_submit_button("Score", type="primary", width="stretch"):
            return None
    files = [Path(line.strip()).expanduser() for line in listed.splitlines() if line.strip()]
    for file in files:
        roots.check_data(session.workspace(), file, session.workspace().runs)
    absent = [str(file) for file in files if not file.is_file()]
    if absent or not files:
        st.error(
            plain(f"There is no file {absent[0]}; check the path.") if absent else "Name at least one checkpoint file."
        )
        return None
    config = _config(dataset, methods=(method,), preset=preset, device=device)
    return None if config is None else (config, files)


def _before(dataset: Dataset, names: list[str]) -> list[str]:
    """The methods of the last training that ended well, for a fair comparison with it; else the first method."""
    for run in session.store().runs.list(dataset.key):
        if run.kind == "train" and run.state == "done":
            return [name for name in run.config.methods if name in names] or names[:1]
    return names[:1]


def _form(dataset: Dataset, methods: Mapping[str, str]) -> RunConfig | None:
    found = session.store().decisions.state(dataset.key).apply(dataset)
    counts = {"relabelled": len(found.changed), "in shares": len(found.soft), "excluded": int(found.excluded.sum())}
    names = list(methods)
    with st.form("train", border=False):
        chosen = st.multiselect("Methods", names, default=_before(dataset, names), format_func=methods.__getitem__)
        taught = st.checkbox(
            "Then a student of what they say together",
            value=True,
            help="One more network that learns the consensus instead of the labels; it makes the ranking better",
        )
        left, right = st.columns(2)
        labels = left.selectbox(
            "Labels",
            list(LABELS),
            index=int(any(counts.values())),
            format_func=LABELS.__getitem__,
            help="Now " + ", ".join(f"{count:,} {what}" for what, count in counts.items()),
        )
        preset = right.selectbox("Settings", list(PRESETS), format_func=PRESETS.__getitem__)
        epochs = left.number_input("Epochs", 1, 10_000, None, placeholder=AUTO)
        folds = right.number_input(
            "Folds",
            2,
            50,
            None,
            placeholder="None",
            help="Each image is then scored by networks that have not seen its label; it takes as many trainings",
        )
        sets = _label_sets(dataset) if "noisyfer" in methods else {}
        values = _advanced()
        if not st.form_submit_button("Start", type="primary", width="stretch"):
            return None
    return _config(
        dataset,
        methods=(*chosen, student.NAME) if chosen and taught else tuple(chosen),
        labels=labels,
        preset=preset,
        epochs=epochs,
        folds=folds or 0,
        options={"noisyfer": sets} if sets and "noisyfer" in chosen else {},
        **values,
    )


def _label_sets(dataset: Dataset) -> dict[str, Any]:
    """NoisyFER's options for the label sets it learns from; nothing where the data set has none of its own."""
    names = [each.name for each in dataset.label_sets if (each.labels >= 0).any()]
    if not names:
        return {}
    chosen = st.multiselect(
        "Label sets that NoisyFER learns from",
        names,
        default=names[:MOST_SETS],
        max_selections=MOST_SETS,
        help="Besides the audited labels; the other methods use those alone",
    )
    return {"label_sets": "own", "own_sets": chosen} if chosen else {"label_sets": "none"}


def _advanced() -> dict[str, Any]:
    with st.expander("Networks and device"):
        left, right = st.columns(2)
        size = left.number_input("Image size in pixels", 32, 1024, None, step=8, placeholder=AUTO)
        width = right.number_input("Width of the networks", 0.05, 4.0, None, step=0.05, placeholder=AUTO)
        weights = left.selectbox("Starting weights", list(WEIGHTS), format_func=WEIGHTS.__getitem__)
        file = right.text_input("Weight file", placeholder="/path/to/resnet18_msceleb.pth")
        device = left.selectbox("Device", DEVICES)
        seed = right.number_input("Seed", 0, 2**31 - 1, 0)
    return {
        "image_size": size,
        "width": width,
        "weights": file.strip() if weights == "file" else weights,
        "device": device,
        "seed": int(seed),
    }


def _config(dataset: Dataset, **values: Any) -> RunConfig | None:
    try:
        if values.get("weights", "none") not in WEIGHTS:
            roots.check_data(session.workspace(), values["weights"], session.workspace().runs)
        return RunConfig(dataset=dataset.reference, **values)
    except AuditorError as error:
        boundary.show(error)
        return None
