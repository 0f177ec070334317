"""The small parts: errors as sentences, what was planted, the page's icon."""

import subprocess
import sys

from streamlit.testing.v1 import AppTest

from auditor.data.demo import generate
from auditor.data.opening import open_dataset
from auditor.ui.look.icon import page_icon
from auditor.ui.screens.data import planted
from auditor.ui.state.columns import build


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


def test_the_app_process_never_imports_torch_or_umap():
    code = (
        "import sys, streamlit_app, importlib, pkgutil, auditor.ui\n"
        "for m in pkgutil.walk_packages(auditor.ui.__path__, 'auditor.ui.'):\n"
        "    if m.name != 'auditor.ui.shell': importlib.import_module(m.name)\n"
        "print(sorted({'torch', 'umap', 'torchvision', 'numba'} & set(sys.modules)))"
    )
    answer = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


def test_planted_errors_that_are_on_top_are_counted(tmp_path):
    dataset = open_dataset(generate.generate(tmp_path / "demo", images=60, seed=1))
    truth = generate.truth(dataset.root)
    rows = dataset.rows("train")
    entries = truth.rows(dataset.names[rows])
    import pandas as pd

    noisy = truth.kind[entries] == planted.NOISY
    table = pd.DataFrame(
        {"row": rows, "suggested": truth.true[entries], "p_mislabelled": noisy.astype("float32"), "assignment": 0}
    )
    found = planted.found(dataset, build(dataset, table))
    assert (found.planted, found.found, found.named) == (noisy.sum(),) * 3
    assert planted.found(dataset, build(dataset, None)) is None


def test_page_icon_is_small_and_drawn():
    assert page_icon().size == (64, 64)
    assert page_icon().getextrema()[3] == (0, 255)
