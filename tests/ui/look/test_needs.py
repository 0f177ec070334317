"""auditor/ui/look/needs.py: pages with a missing requirement show a sentence."""

from streamlit.testing.v1 import AppTest


def page():
    from auditor.ui.look import needs
    from auditor.ui.screens.methods.parts import Methods
    from auditor.ui.screens.overview.parts import Overview

    dataset, evidence = needs.evidence("Overview", "how many labels are wrong")
    Overview.of(dataset, evidence)
    Methods(dataset, evidence)
    raise AssertionError("a page without a data set must end at its first line")


def test_a_page_without_a_data_set_says_what_to_do():
    app = AppTest.from_function(page, default_timeout=300).run()
    assert not app.exception
    assert "Open the demo or a folder of faces of your own" in app.markdown[0].value
