"""docs/notebook.ipynb: the demo's whole job with auditor/api.py, run by a real kernel."""

import json
import time

import pytest

from auditor.config import Workspace
from auditor.jobs import manager
from auditor.store.store import Store
from tests.conftest import REPOSITORY

NOTEBOOK = REPOSITORY / "docs" / "notebook.ipynb"


def stop_what_still_draws(workspace):
    """The map of the run is drawn in the background, and nobody waits for it here."""
    with Store.opened(workspace) as store:
        for record in store.runs.list():
            manager.cancel(workspace, record.id, store)
        end = time.monotonic() + 60
        while not all(manager.settle(store, record).ended for record in store.runs.list()):
            assert time.monotonic() < end
            time.sleep(0.2)


def test_the_notebook_is_kept_without_results():
    """Results would be faces, paths and times of one machine."""
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert code and all(not cell["outputs"] and cell["execution_count"] is None for cell in code)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of the kernel's own packages
def test_the_notebook_runs_to_its_end(tmp_path, monkeypatch):
    nbclient = pytest.importorskip("nbclient", reason="nbclient is not installed (requirements-dev.txt)")
    pytest.importorskip("ipykernel", reason="ipykernel is not installed (requirements-dev.txt)")
    import nbformat

    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    for name in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    (parameters,) = (cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", []))
    parameters.source = f"images, methods, epochs, workspace = 42, ['nla'], 1, {str(tmp_path / 'work')!r}"
    nbclient.NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    workspace = Workspace(tmp_path / "work")
    stop_what_still_draws(workspace)
    shown = [
        str(output.get("data", output.get("text", "")))
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        if output.output_type in ("execute_result", "stream")
    ]
    assert any("<Audit of" in text and "42 images" in text for text in shown)
    assert any("state='done'" in text for text in shown)
    assert sum(text.count("data:image/jpeg;base64,") for text in shown) == 12
    assert any("http://127.0.0.1:" in text or "http://localhost:" in text for text in shown)
    given = (workspace.demo / "EmoLabel" / "train_label.txt").read_text().splitlines()
    corrected = (workspace.path / "results" / "train_label.txt").read_text().splitlines()
    assert len(corrected) == len(given) - 1 and set(corrected) != set(given)
    report = (workspace.path / "results" / "report.html").read_text()
    assert "of the training labels are estimated to be wrong" in report and "<img" not in report
    assert "1 image left out" in (workspace.path / "results" / "hub" / "README.md").read_text()
