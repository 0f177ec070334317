"""NoisyFER's tab: decoded faces for each label, and the posteriors of its label sets."""

from __future__ import annotations

import html

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from auditor.evidence import schema
from auditor.ui.components.matrix import component as matrix
from auditor.ui.components.matrix.component import Cell
from auditor.ui.look import charts, open_faces, palette
from auditor.ui.screens.methods import figures
from auditor.ui.screens.methods.parts import Methods
from auditor.ui.state import session

SHOWN = 8


def show(page: Methods) -> None:
    """Draw NoisyFER's decoded faces for each label, and the posteriors of its label sets."""
    groups = figures.posterior_columns(list(page.table.columns), page.dataset.num_classes, "noisyfer")
    _decoded(page)
    for number, columns in enumerate(groups):
        title = "Posterior of each given class" if len(groups) == 1 else f"Label set {number + 1}, by given class"
        st.subheader(title, anchor=False)
        _posteriors(page, columns, number)
    if "noisyfer_plausibility" in page.table:
        _plausibility(page)


def _decoded(page: Methods) -> None:
    decoded = figures.decoded_faces(session.workspace(), page.evidence, page.dataset, "noisyfer")
    st.subheader("Each face as the decoder draws it for every label", anchor=False)
    if decoded is None:
        page.explain_absence(
            "This run has no decoded faces. They are drawn at the end of training; train NoisyFER to see them."
        )
        return
    if float(page.evidence.summary["skills"].get("noisyfer", 1)) <= 0:
        st.info("The decoder has learnt little in this run, so its faces are not meaningful yet; train it longer.")
    pages = -(-len(decoded.rows) // SHOWN)
    number = st.pagination(pages, key="methods-noisyfer-page") if pages > 1 else 1
    start = SHOWN * (int(number or 1) - 1)
    rows, faces = decoded.rows[start : start + SHOWN], np.asarray(decoded.faces[start : start + SHOWN])
    names = ("itself", *page.dataset.classes)[: faces.shape[1]]
    given = page.dataset.labels[rows]
    head, picture = st.columns([1, 5], gap="small")
    with head:
        lines = "".join(
            f'<div style="flex:1;display:flex;align-items:center;justify-content:flex-end">given&nbsp;<b>'
            f"{html.escape(page.dataset.classes[int(label)])}</b></div>"
            for label in given
        )
        ratio = faces.shape[1] / (5 * len(faces))
        st.html(
            f'<div style="display:flex;flex-direction:column;aspect-ratio:{ratio:.4f};margin-top:1.6rem">{lines}</div>'
        )
    with picture:
        heads = "".join(
            f'<div style="flex:1;text-align:center;height:1.6rem">{html.escape(name)}</div>' for name in names
        )
        st.html(f'<div style="display:flex">{heads}</div>')
        st.image(_sheet(faces, given), width="stretch")
    st.caption(
        "The outlined face is drawn for the given label. Where another one looks more like the image, check the label."
    )
    if st.button("Open these faces in Review", key="methods-noisyfer-open", icon=":material/open_in_new:"):
        open_faces.open_rows(decoded.rows.astype(np.int64), "NoisyFER: decoded faces")


def _sheet(faces: NDArray[np.uint8], given: NDArray[np.integer]) -> NDArray[np.uint8]:
    """Put faces uint8 [K, 1 + C, H, W, 3] on one picture, with an outline around the one for the given label."""
    count, across, height, width, _ = faces.shape
    framed = faces.copy()
    edge = max(2, height // 24)
    colour = np.array(palette.rgb(charts.theme().assignment[1]), dtype=np.uint8)
    for place, label in enumerate(given):
        if 0 <= label < across - 1:
            face = framed[place, label + 1]
            face[:edge], face[-edge:], face[:, :edge], face[:, -edge:] = colour, colour, colour, colour
    return framed.transpose(0, 2, 1, 3, 4).reshape(count * height, across * width, 3)


def _posteriors(page: Methods, columns: list[str], number: int) -> None:
    means = figures.mean_by_class(page.table, columns, page.dataset.num_classes)
    names = page.dataset.classes
    cells = [
        [_share(float(means[g, s]), f"given {names[g]}: posterior of {names[s]}", g == s) for s in range(len(columns))]
        for g in range(len(names))
    ]
    pressed = matrix.show(
        cells, names, names, key=f"methods-noisyfer-{number}", corner="given ↓ posterior →",
        caption="Mean posterior by given class. Click a cell to open the images whose posterior is highest there.",
    )  # fmt: skip
    if pressed:
        given, predicted = pressed
        best = page.table[columns].to_numpy().argmax(axis=1) == predicted
        mask = best & (page.table[schema.GIVEN] == given).to_numpy()
        page.open(mask, f"NoisyFER: given {names[given]}, posterior highest for {names[predicted]}")


def _share(share: float, words: str, same: bool) -> Cell:
    if not np.isfinite(share):
        return Cell("")
    return Cell(f"{share:.0%}", share, f"{words}, {share:.0%} on average", True, "same" if same else "plain")


def _plausibility(page: Methods) -> None:
    st.subheader("Least plausible pairs of face and label", anchor=False)
    values = page.column("noisyfer_plausibility")
    share = st.slider("Share of all images", 0.5, 20.0, 2.0, 0.5, format="%.1f %%", key="methods-plausible")
    limit = np.nanquantile(values, share / 100) if np.isfinite(values).any() else -np.inf
    page.open_button(values <= limit, f"NoisyFER: {share:g} % least plausible", "methods-plausible-open")
