"""Methods: what each method alone shows, and how they compare."""

import streamlit as st

from auditor.ui import methods_more, needs
from auditor.ui.methods_data import TABS, tab_of
from auditor.ui.methods_parts import Methods


def main() -> None:
    dataset, evidence = needs.evidence("Methods", "what each method found, in its own terms")
    st.title("Methods", anchor=False)
    page = Methods(dataset, evidence)
    asked = tab_of(st.query_params.get("tab"), evidence.methods)
    tab = st.segmented_control(
        "Method",
        list(TABS),
        default=asked,
        format_func=TABS.__getitem__,
        key="methods-tab",
        label_visibility="collapsed",
        required=True,
    )
    if tab != asked:
        st.query_params["tab"] = tab
    show = {
        "man": page.man,
        "rul": page.rul,
        "nla": page.nla,
        "noisyfer": lambda: methods_more.noisyfer(page),
        "compare": lambda: methods_more.comparison(page),
    }
    show[tab]()


main()
