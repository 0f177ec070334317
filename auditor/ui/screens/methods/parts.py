"""The data that the tabs of the Methods page draw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from auditor.data.dataset import Dataset
from auditor.evidence.gather import Strand
from auditor.ui.look import open_faces
from auditor.ui.look.plain import plain
from auditor.ui.screens.methods import figures
from auditor.ui.state import session
from auditor.ui.state.columns import rows_where
from models.titles import descriptions, title

if TYPE_CHECKING:
    import pandas as pd

    from auditor.evidence.versions import EvidenceVersion


@dataclass(frozen=True, eq=False)
class Methods:
    """The data that the tabs draw."""

    dataset: Dataset
    evidence: EvidenceVersion

    @property
    def table(self) -> pd.DataFrame:
        """The evidence table [M rows]."""
        return self.evidence.table

    @cached_property
    def left(self) -> figures.Left:
        """What the runs left, in the table's order."""
        return figures.left(session.workspace(), self.evidence, self.dataset)

    @property
    def strands(self) -> Mapping[str, Strand]:
        """Each method's records, in the table's order."""
        return self.left.strands

    def explain_absence(self, otherwise: str) -> None:
        """Say why a method's training cannot be shown: its run does not fit the data set, or another reason."""
        st.markdown(" ".join(plain(sentence) for sentence in self.left.misfits) or otherwise)

    def column(self, name: str) -> NDArray[np.float64]:
        """Return a column of the evidence table [M]."""
        values: NDArray[np.float64] = self.table[name].to_numpy(np.float64)
        return values

    def open(self, mask: NDArray[Any], label: str) -> None:
        """Open exactly the images of a mask [M] in Review."""
        open_faces.open_rows(rows_where(self.table, mask), label)

    def open_button(self, mask: NDArray[Any], label: str, key: str) -> None:
        """Draw a button that opens the images of a mask, with their number."""
        number = int(np.count_nonzero(mask))
        if st.button(f"Open {number:,} in Review", key=key, disabled=number == 0, icon=":material/open_in_new:"):
            self.open(mask, label)

    def missing(self, method: str) -> None:
        """Show that this evidence was built without a method, what the method does, and a button to train it."""
        st.markdown(f"**{title(method)}** is not in this evidence; train it first. {descriptions()[method].about}")
        if st.button("Train it", key=f"methods-train-{method}"):
            st.session_state["retrain_open"] = True
            session.open_page("runs")
