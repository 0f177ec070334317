"""Paths that a person types into the training form or the Data page are below the folders that the operator names."""

import pytest
from streamlit.testing.v1 import AppTest

from auditor.ui.state import library


def weights_form(path):
    from auditor.ui.screens.runs import train_form
    from auditor.ui.state import session

    train_form._config(session.dataset(), methods=("man",), weights=path)


def data_form():
    from auditor.ui.look import boundary
    from auditor.ui.screens.data import opening

    with boundary.sentence():
        opening.form()


@pytest.fixture
def confined(dataset, store, monkeypatch):
    monkeypatch.setenv("AUDITOR_DATA_ROOTS", str(dataset.root))
    return dataset


def test_a_weight_file_elsewhere_is_refused(confined, workspace):
    for path, refused in (
        ("/etc/passwd", 1),
        (str(confined.root / "r18.pth"), 0),
        (str(workspace.runs / "run" / "checkpoint.pt"), 0),
        ("imagenet", 0),
    ):
        shown = AppTest.from_function(weights_form, args=(path,)).run(timeout=300)
        assert not shown.exception and len(shown.error) == refused


def test_the_data_page_lists_and_opens_nothing_elsewhere(confined, dataset, tmp_path):
    other = tmp_path / "private" / "happiness"
    other.mkdir(parents=True)
    (other / "face.jpg").write_bytes((dataset.root / dataset.paths[0]).read_bytes())
    shown = AppTest.from_function(data_form).run(timeout=60)
    shown.text_input(key="path").set_value(str(other.parent))
    assert [box.label for box in shown.selectbox] == ["Format"]  # no menu of its label files
    next(button for button in shown.button if button.label == "Open data").click().run()
    assert "outside of the folders that this server opens" in shown.error[0].value


def test_a_data_set_that_was_opened_before_is_not_opened_elsewhere(dataset, store, workspace, monkeypatch, tmp_path):
    library.forget_all()
    monkeypatch.setenv("AUDITOR_DATA_ROOTS", str(tmp_path / "elsewhere"))
    with pytest.raises(library.DataError, match="outside of the folders"):
        library.find(workspace, dataset.key)
    with pytest.raises(library.DataError, match="outside of the folders"):
        library.add(workspace, dataset)
