"""auditor/ui/look/boundary.py: errors as sentences."""

from streamlit.testing.v1 import AppTest


def test_errors_are_one_sentence_and_faults_of_ours_name_nobody(caplog):
    def page():
        from auditor.errors import DataError
        from auditor.ui.look import boundary

        with boundary.sentence():
            raise DataError("The folder is empty; choose another one.")
        boundary.on_script_error(ValueError("train_00001.jpg"))

    shown = [error.value for error in AppTest.from_function(page).run().error]
    assert shown[0] == "The folder is empty; choose another one."
    assert "reload the page" in shown[1].lower()
    assert "train_00001" not in shown[1] + caplog.text
