"""The form for a model of the user's own: probabilities, features, an ONNX or a torchvision network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from auditor.config import RunConfig
from auditor.custody import roots
from auditor.data.dataset import Dataset
from auditor.errors import AuditorError
from auditor.jobs import opinions
from auditor.training.ownmodel.request import IMAGENET, OUTPUTS, ModelRequest, checked_name
from auditor.ui.look import boundary
from auditor.ui.state import session

SOURCES = {
    "probs": "Probabilities in a file",
    "embedding": "Features in a file",
    "onnx": "An ONNX network",
    "torchvision": "A torchvision network",
}
FORMATS = "npy, npz, CSV or Parquet; images are matched by name where the file names them, else by their number"


def form(dataset: Dataset) -> RunConfig | None:
    """Draw the form; what it asks for once it is sent, or None."""
    st.caption("Your model's output is used beside the methods. Files are on this computer and are only read.")
    left, right = st.columns(2)
    source = left.selectbox("What you have", list(SOURCES), format_func=SOURCES.__getitem__, key="own_source")
    name = right.text_input("Name", placeholder="clip", key="own_name", help="Letters, digits and hyphens")
    with st.form("own_model", border=False):
        values = _source(str(source))
        unseen = st.checkbox(
            "It never saw the labels of these images",
            key="own_unseen",
            help="Otherwise it counts as trained on them, and may have memorised wrong ones",
        )
        if not st.form_submit_button("Add it", type="primary", width="stretch"):
            return None
    try:
        request = ModelRequest(**values, out_of_fold=unseen)
        for file in request.files:
            roots.check_data(session.workspace(), file.expanduser(), session.workspace().runs)
        return opinions.configured(dataset, checked_name(name), request)
    except AuditorError as error:
        boundary.show(error)
        return None


def _source(source: str) -> dict[str, Any]:
    """Fields of `ModelRequest` for one kind of source."""
    if source == "torchvision":
        left, right = st.columns(2)
        network = left.text_input("Network", "resnet18", help="Its name in torchvision.models")
        weights = right.text_input("Weights", IMAGENET, help="A weight file, or imagenet for torchvision's own")
        return {"torchvision": network.strip(), "weights": _path(weights) if weights != IMAGENET else weights}
    label = {"probs": "File of probabilities", "embedding": "File of features", "onnx": "ONNX file"}[source]
    file = st.text_input(label, placeholder="/path/to/file", help=FORMATS if source != "onnx" else None)
    values: dict[str, Any] = {source: _path(file)}
    if source == "probs":
        values["embedding"] = _path(st.text_input("File of its features, if there is one", placeholder="/path/to/file"))
    if source == "onnx":
        left, right = st.columns(2)
        values["outputs"] = str(left.selectbox("Its output", OUTPUTS))
        values["size"] = int(right.number_input("Image size in pixels", 0, 1024, 0, help="0: the file's own size"))
    if source != "embedding":
        order = st.text_input("Class order", placeholder="The file's own order", help="Names with commas between")
        values["classes"] = tuple(part.strip() for part in order.split(",") if part.strip())
    return values


def _path(text: str) -> str:
    return str(Path(text.strip()).expanduser().absolute()) if text.strip() else ""
