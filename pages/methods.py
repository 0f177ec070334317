"""Methods: what each method alone shows, and how they compare."""

import streamlit as st

from auditor.ui import methods_more, needs
from auditor.ui.methods_parts import Methods

TABS = {"man": "MAN", "rul": "RUL", "nla": "NLA", "noisyfer": "NoisyFER", "compare": "Comparison"}


def main() -> None:
    dataset, evidence = needs.evidence("Methods", "what each method found, in its own terms")
    st.title("Methods", anchor=False)
    page = Methods(dataset, evidence)
    first = next((name for name in TABS if name in evidence.methods), "man")
    asked = st.query_params.get("tab", first)
    tab = st.segmented_control(
        "Method",
        list(TABS),
        default=asked if asked in TABS else first,
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
