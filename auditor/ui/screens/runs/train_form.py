"""The form that starts a training, as a dialog, so that it costs nothing until it is opened."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from auditor.config import CACHE_FORMATS, DEVICES, NOTHING_HELD_OUT, PRECISIONS, RunConfig, batch_size, default_preset
from auditor.custody import roots
from auditor.data.dataset import Dataset
from auditor.errors import AuditorError, ConfigError
from auditor.evidence import student
from auditor.jobs import graphics, opinions
from auditor.store import counts
from auditor.ui.look import boundary
from auditor.ui.look.plain import plain
from auditor.ui.screens.runs import lengths, own_model
from auditor.ui.state import acts, session
from models import lite_weights, titles
from models.inputs import CHANNELS, MS_CELEB, weights_needed

LABELS = {
    "given": "As given",
    "corrected": "As corrected by the decisions",
    "control": "Control: as many labels changed, but at random",
}
PRESETS = {"demo": "Small, for a CPU", "recommended": "Recommended, for a GPU", "published": "As published"}
WEIGHTS = {
    "": "As in the preset",
    "none": "None (random)",
    "imagenet": "ImageNet (torchvision)",
    "file": "A weight file …",
}
AUTO = "As in the preset"
PRECISION_WORDS = {"auto": "Fastest that is safe", "no": "float32", "fp16": "fp16", "bf16": "bf16"}
CACHE_WORDS = {"raw": "Raw pixels", "jpeg": "JPEG, where disk is short"}
AS_FILE = "From the file"
CLASS_ORDER = (
    "The classes in the order of the file's outputs, with commas between; 'data' if it is the data set's own. Known "
    "for the papers' files of RAF-DB, AffectNet and CIFAR-10 and for checkpoints of this program"
)
MOST_SETS = 4  # in addition to the audited labels, as in auditor/training/further_labels.py


@st.dialog("Train", width="medium")
def dialog() -> None:
    """Draw the forms to train methods or to score with a checkpoint, and start the run."""
    with boundary.sentence():
        dataset = session.dataset()
        if dataset is None:
            st.write("Open a data set first.")
            return
        methods = {name: each.title for name, each in titles.judges().items()}
        training, scoring, own = st.tabs(["Train", "Score with a checkpoint", "Use your own model"])
        with training:
            config, minutes, starts = _form(dataset, methods)
            if config is not None and minutes:
                config = lengths.spend(dataset, config, minutes)
            if config is not None and starts:
                _begun(acts.start_run(session.workspace(), config, store=session.store()))
            elif config is not None and not minutes:
                lengths.estimate(dataset, config)
        with scoring:
            requested = _checkpoint_form(dataset, methods)
            if requested is not None:
                config, files = requested
                _begun(acts.start_run(session.workspace(), config, "score", session.store(), checkpoint=files))
        with own:
            asked_opinion = own_model.form(dataset)
            if asked_opinion is not None:
                _begun(acts.start_run(session.workspace(), asked_opinion, opinions.KIND, session.store()))


def _begun(run_id: str) -> None:
    record = session.store().runs.get(run_id)
    detail = f"{record.kind} {', '.join(record.config.methods)}, run {run_id}"
    session.store().trail.add(session.annotator(), "training", record.dataset, detail)
    session.open_page("runs", run=run_id)


def _checkpoint_form(dataset: Dataset, methods: Mapping[str, str]) -> tuple[RunConfig, list[Path]] | None:
    st.caption("Build evidence from a published checkpoint or your own, without training.")
    with st.form("score", border=False):
        left, right = st.columns(2)
        method = left.selectbox("Method", list(methods), format_func=methods.__getitem__)
        preset = right.selectbox(
            "Network",
            ["published", "demo"],
            format_func=PRESETS.__getitem__,
            help="Your own checkpoints contain their network",
        )
        listed = st.text_area("Checkpoint files on this computer, one per line", height=90)
        left, right = st.columns(2)
        order = left.text_input("Class order", placeholder=AS_FILE, help=CLASS_ORDER)
        channels = right.selectbox("Channels", ["", *CHANNELS], format_func=lambda name: name.upper() or AS_FILE)
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
    config = _config(dataset, False, methods=(method,), preset=preset, device=device, reading=_reading(order, channels))
    return None if config is None else (config, files)


def _reading(order: str, channels: str) -> dict[str, Any]:
    """Return the options that describe how to read the checkpoint."""
    names = [name.strip() for name in order.split(",") if name.strip()]
    values = {"class_order": names, "channels": channels}
    return {key: value for key, value in values.items() if value}


def _before(dataset: Dataset, names: list[str]) -> list[str]:
    """Return the methods of the last finished training, for a fair comparison with it; else the first method."""
    for run in session.store().runs.list(dataset.key):
        if run.kind == "train" and run.state == "done":
            return [name for name in run.config.methods if name in names] or names[:1]
    return names[:1]


def _form(dataset: Dataset, methods: Mapping[str, str]) -> tuple[RunConfig | None, int, bool]:
    """Return the configuration once a button was pressed, the minutes to spend or 0, and whether the run starts."""
    card = graphics.card()
    tally = counts.count(dataset, session.store().decisions.state(dataset.key))
    learnt = f"{tally.changed_audited:,} get a new label, {tally.audited.excluded:,} are left out"
    names = list(methods)
    with st.form("train", border=False):
        minutes = lengths.ask()
        picked = st.multiselect("Methods", names, default=_before(dataset, names), format_func=methods.__getitem__)
        with_student, lite = _student(card is None)
        left, right = st.columns(2)
        labels = left.selectbox(
            "Labels",
            list(LABELS),
            index=int(bool(tally.audited.reviewed - tally.audited.kept)),
            format_func=LABELS.__getitem__,
            help=f"{tally.sentence}: {learnt}",
        )
        preset = right.selectbox(
            "Preset",
            list(PRESETS),
            index=list(PRESETS).index(default_preset("cpu" if card is None else "cuda")),
            format_func=PRESETS.__getitem__,
            help="As published: every value as in the papers' programs, which need starting weights. "
            f"{NOTHING_HELD_OUT}",
        )
        epochs = left.number_input("Epochs", 1, 10_000, None, placeholder=AUTO)
        folds = right.number_input(
            "Folds",
            2,
            50,
            None,
            placeholder="None",
            help="Each image is then scored by networks that have not seen its label; this takes that many trainings",
        )
        learners = [name for name in methods if titles.descriptions()[name].takes_label_sets]
        sets = _label_sets(dataset, [methods[name] for name in learners])
        values = _advanced()
        st.caption(plain(graphics.sentence(card)))
        left, right = st.columns([1, 2])
        asks = left.form_submit_button(
            "How long?", width="stretch", help="Two steps of each method, without starting it"
        )
        starts = right.form_submit_button("Start", type="primary", width="stretch")
        if not (asks or starts):
            return None, 0, False
    picked = list(titles.judges()) if minutes else picked
    taught = bool(picked) and (with_student or minutes > 0)
    options = _options(picked, learners, sets, values["weights"])
    if taught and preset == "demo" and (lite or (minutes and lite_weights.installed())):
        options[student.NAME] = {"backbone": lite_weights.NAME if lite else lite_weights.RESNET}
    config = _config(
        dataset,
        methods=(*picked, student.NAME) if taught else tuple(picked),
        labels=labels,
        preset=preset,
        epochs=None if minutes else epochs,
        folds=folds or 0,
        options=options,
        **values,
    )
    return config, minutes, bool(starts)


def _student(on_cpu: bool) -> tuple[bool, bool]:
    """Draw the choice of a student; return whether there is one, and whether it begins with the small network."""
    with_student = st.checkbox(
        "Then train a student on their consensus",
        value=True,
        help="One more network that learns the consensus instead of the labels; this improves the ranking",
    )
    lite = lite_weights.installed() and st.checkbox(
        "In the small preset, begin it with a network that knows natural images",
        value=on_cpu,
        help=f"The small network of a first look ({lite_weights.NAME}). It finds more errors than one from random "
        "weights, and takes about twice as long on a CPU",
    )
    return with_student, lite


def _options(
    picked: list[str], learners: list[str], sets: Mapping[str, Any], weights: str | None
) -> dict[str, dict[str, Any]]:
    """Return the options by method: label sets for those that learn from them, random weights for other networks."""
    options = {name: dict(sets) for name in learners if sets and name in picked}
    if len(picked) > 1 and weights not in (None, "none", "imagenet"):
        # A file for several methods holds a ResNet; a method with a network of its own starts from random weights.
        for name in picked:
            if titles.descriptions()[name].own_network:
                options.setdefault(name, {})["weights"] = "none"
    return options


def _label_sets(dataset: Dataset, learners: list[str]) -> dict[str, Any]:
    """Return the options of methods that learn from further label sets; empty where the data set has none."""
    names = [each.name for each in dataset.label_sets if (each.labels >= 0).any()]
    if not names or not learners:
        return {}
    picked = st.multiselect(
        f"Label sets that {' and '.join(learners)} learns from",
        names,
        default=names[:MOST_SETS],
        max_selections=MOST_SETS,
        help="In addition to the audited labels, which are the only ones that the other methods use",
    )
    return {"label_sets": "own", "own_sets": picked} if picked else {"label_sets": "none"}


def _advanced() -> dict[str, Any]:
    with st.expander("Networks and device"):
        left, right = st.columns(2)
        size = left.number_input("Image size in pixels", 32, 1024, None, step=8, placeholder=AUTO)
        width = right.number_input("Width of the networks", 0.05, 4.0, None, step=0.05, placeholder=AUTO)
        weights = left.selectbox("Starting weights", list(WEIGHTS), format_func=WEIGHTS.__getitem__)
        file = right.text_input("Weight file", placeholder="/path/to/resnet18_msceleb.pth")
        device = left.selectbox("Device", DEVICES)
        precision = right.selectbox("Precision", PRECISIONS, format_func=PRECISION_WORDS.__getitem__)
        images = left.text_input(
            "Images a step",
            placeholder=AUTO,
            help="A number; or 'auto', which halves the preset's until a step fits into the device's memory",
        )
        seed = right.number_input("Seed", 0, 2**31 - 1, 0)
        kept_as = left.selectbox(
            "Images in the cache",
            CACHE_FORMATS,
            format_func=CACHE_WORDS.__getitem__,
            help="JPEG of quality 95 takes at most about a quarter of the disk. It is slower to read, and the pixels "
            "differ slightly from the raw ones, so scores do too. Raw pixels take 150 kB an image at 224 pixels.",
        )
    return {
        "batch_size": _batch_size(images),
        "precision": precision,
        "image_size": size,
        "width": width,
        "weights": (file.strip() if weights == "file" else weights) or None,
        "device": device,
        "seed": int(seed),
        "cache_format": kept_as,
    }


def _batch_size(text: str) -> int | str | None:
    """Read the images a step; the text itself where it is neither empty, a number nor 'auto'."""
    try:
        return batch_size(text) if text.strip() else None
    except ValueError:
        return text


def _config(dataset: Dataset, training: bool = True, **values: Any) -> RunConfig | None:
    try:
        if (values.get("weights") or "none") not in WEIGHTS:
            roots.check_data(session.workspace(), values["weights"], session.workspace().runs)
        config = RunConfig(dataset=dataset.reference, **values)
        needs_weights = any(not titles.descriptions()[name].own_network for name in config.methods)
        if training and config.preset == "published" and config.weights is None and needs_weights:
            raise ConfigError(weights_needed(MS_CELEB))
        return config
    except AuditorError as error:
        boundary.show(error)
        return None
