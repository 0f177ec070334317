"""auditor/ui/look/needs.py: pages with a missing requirement show a sentence."""

from streamlit.testing.v1 import AppTest

from auditor.config import Workspace
from auditor.data.opening import open_dataset
from auditor.store.store import Store
from auditor.training.ownmodel import look
from models import lite_weights
from tests.exports.small import rafdb


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


def untrained():
    from auditor.ui.look import needs
    from auditor.ui.state import session

    needs.no_evidence("Overview", "No method was trained yet.", session.dataset())


def test_a_first_look_without_a_network_says_what_to_install(tmp_path, monkeypatch):
    dataset = open_dataset(rafdb(tmp_path / "raf", b"train_00001.jpg 5\ntrain_00002.jpg 4\n", 2))
    monkeypatch.setenv("AUDITOR_WORKSPACE", str(tmp_path / "work"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "none"))
    monkeypatch.setattr(lite_weights, "PACKAGE", "a_package_that_is_nowhere")
    store = Store.open(Workspace(tmp_path / "work").make())
    store.datasets.register(dataset)
    app = AppTest.from_function(untrained, default_timeout=300)
    app.query_params["ds"] = dataset.key
    app.run()
    next(button for button in app.button if button.label == "First look").click().run()
    assert not app.exception
    assert "install a small one with" in app.error[0].value and look.INSTALL in app.error[0].value
    assert store.runs.list(dataset.key) == []
    store.close()
