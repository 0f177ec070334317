"""The Methods page's last two tabs: NoisyFER's decoded faces and posteriors, and the comparison of all methods."""

from __future__ import annotations

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from auditor.evidence import student
from auditor.ui import charts, methods_charts, methods_data, overview_charts, overview_data, palette, session
from auditor.ui.components.matrix import component as matrix
from auditor.ui.components.matrix.component import Cell
from auditor.ui.methods_parts import Methods

SHOWN = 8


def noisyfer(page: Methods) -> None:
    """NoisyFER's decoded faces for each label, and the posteriors of its label sets."""
    groups = methods_data.posterior_columns(list(page.table.columns), page.dataset.num_classes)
    if not groups and "noisyfer_assignment" not in page.table:
        page.missing("noisyfer", "has not been trained; it draws each face as every label would have it.")
        return
    _decoded(page)
    for number, columns in enumerate(groups):
        title = "What it sees in each given class" if len(groups) == 1 else f"Label set {number + 1}, by given class"
        st.subheader(title, anchor=False)
        _posteriors(page, columns, number)
    if "noisyfer_plausibility" in page.table:
        _plausibility(page)


def _decoded(page: Methods) -> None:
    runs = [session.workspace().run(str(name)) for name in page.evidence.summary["runs"]]
    found = next((faces for faces in map(methods_data.decoded_faces, runs) if faces is not None), None)
    st.subheader("Each face as every label would have it", anchor=False)
    if found is None:
        st.markdown(
            "This run left no decoded faces. They are drawn when the training ends; train NoisyFER to see them."
        )
        return
    if float(page.evidence.summary["skills"].get("noisyfer", 1)) <= 0:
        st.info("The decoder has learnt little in this run, so its faces mean nothing yet; train it longer.")
    pages = -(-len(found.rows) // SHOWN)
    number = st.pagination(pages, key="methods-noisyfer-page") if pages > 1 else 1
    start = SHOWN * (int(number or 1) - 1)
    rows, faces = found.rows[start : start + SHOWN], np.asarray(found.faces[start : start + SHOWN])
    names = ("itself", *page.dataset.classes)[: faces.shape[1]]
    given = page.dataset.labels[rows]
    head, picture = st.columns([1, 5], gap="small")
    with head:
        lines = "".join(
            f'<div style="flex:1;display:flex;align-items:center;justify-content:flex-end">given&nbsp;<b>'
            f"{page.dataset.classes[int(label)]}</b></div>"
            for label in given
        )
        ratio = faces.shape[1] / (5 * len(faces))
        st.html(
            f'<div style="display:flex;flex-direction:column;aspect-ratio:{ratio:.4f};margin-top:1.6rem">{lines}</div>'
        )
    with picture:
        heads = "".join(f'<div style="flex:1;text-align:center;height:1.6rem">{name}</div>' for name in names)
        st.html(f'<div style="display:flex">{heads}</div>')
        st.image(_sheet(faces, given), width="stretch")
    st.caption(
        "The outlined face is drawn for the given label: where another one looks more like the image, look again."
    )
    if st.button("Open these faces in Review", key="methods-noisyfer-open", icon=":material/open_in_new:"):
        charts.open_rows(found.rows.astype(np.int64), "NoisyFER: decoded faces")


def _sheet(faces: NDArray[np.uint8], given: NDArray[np.integer]) -> NDArray[np.uint8]:
    """Faces uint8 [K, 1 + C, H, W, 3] on one picture, the one drawn for the given label outlined."""
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
    means = methods_data.mean_by_class(page.table, columns, page.dataset.num_classes)
    names = page.dataset.classes
    cells = [
        [_share(float(means[g, s]), f"given {names[g]}: posterior of {names[s]}", g == s) for s in range(len(columns))]
        for g in range(len(names))
    ]
    pressed = matrix.show(
        cells, names, names, key=f"methods-noisyfer-{number}", corner="given ↓ posterior →",
        caption="Mean posterior by given class. A cell opens those whose posterior is highest there.",
    )  # fmt: skip
    if pressed:
        given, seen = pressed
        best = page.table[columns].to_numpy().argmax(axis=1) == seen
        mask = best & (page.table["given"] == given).to_numpy()
        page.open(mask, f"NoisyFER: given {names[given]}, sees {names[seen]}")


def _share(share: float, words: str, same: bool) -> Cell:
    if not np.isfinite(share):
        return Cell("")
    return Cell(f"{share:.0%}", share, f"{words}, {share:.0%} on average", True, "same" if same else "plain")


def _plausibility(page: Methods) -> None:
    st.subheader("Least plausible pairs of face and label", anchor=False)
    values = page.column("noisyfer_plausibility")
    share = st.slider(
        "Of all images, the least plausible", 0.5, 20.0, 2.0, 0.5, format="%.1f %%", key="methods-plausible"
    )
    limit = np.nanquantile(values, share / 100) if np.isfinite(values).any() else -np.inf
    page.open_button(values <= limit, f"NoisyFER: {share:g} % least plausible", "methods-plausible-open")


def comparison(page: Methods) -> None:
    """How the methods compare: what they count for, where they differ, how they learnt."""
    summary = page.evidence.summary
    methods = [str(name) for name in summary["methods"]]
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("What each adds", anchor=False)
        charts.draw(methods_charts.weights(summary), "methods-weights")
        if summary.get("student"):
            share = student.say(len(page.evidence.table))
            st.caption(f"A student that has learnt what they say together has {share:.0%} of their say in the ranking.")
    with right:
        st.subheader("Where they agree", anchor=False)
        names = [name.upper() for name in methods]
        pressed = matrix.show(
            overview_charts.agreement_cells(summary["agreement"], methods), names, names, key="methods-agreement",
            caption="Share of images divided alike. A cell opens the images on which two methods differ.",
        )  # fmt: skip
        if pressed:
            first, second = (methods[place] for place in pressed)
            page.open(overview_data.differing(page.table, first, second), f"{first} and {second} differ")
    left, right = st.columns(2, gap="large")
    with left:
        _opinions(page, student.heard(page.evidence))
    with right:
        st.subheader("How they learnt", anchor=False)
        curves: dict[str, list[tuple[int, float]]] = {}
        for run in summary["runs"]:
            curves |= methods_data.accuracy(session.workspace().run(str(run)))
        if curves:
            charts.draw(
                methods_charts.learning(curves), "methods-learning",
                words="Agreement with the labels trained on, on images held out from training",
            )  # fmt: skip
        else:
            st.markdown("No training log lies beside this evidence.")


def _opinions(page: Methods, methods: list[str]) -> None:
    st.subheader("Two opinions", anchor=False)
    if len(methods) < 2:
        st.markdown("Train a second method to compare two opinions of the same image.")
        return
    across, up = st.columns(2)
    first = across.selectbox("Across", methods, 0, format_func=str.upper, key="methods-across")
    second = up.selectbox("Up", methods, 1, format_func=str.upper, key="methods-up")
    x, y = page.column(f"{first}_suspicion"), page.column(f"{second}_suspicion")
    chart = methods_charts.two_opinions(x, y, page.table["assignment"].to_numpy(), (first, second))
    event = st.plotly_chart(chart, key="methods-opinions", config=charts.CONFIG, theme=None, on_select="rerun",
                            selection_mode=("box", "lasso"))  # fmt: skip
    mask = charts.outlined(event, x, y)
    if mask is None:
        mask = (x < 0.5) & (y > 0.9)
        st.caption(f"Calm for {first.upper()}, among the most suspicious tenth for {second.upper()}:")
    page.open_button(mask, f"{first.upper()} against {second.upper()}", "methods-opinions-open")
