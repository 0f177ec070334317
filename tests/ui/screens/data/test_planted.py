"""auditor/ui/screens/data/planted.py: planted errors, counted."""

from auditor.data.demo import generate
from auditor.data.opening import open_dataset
from auditor.ui.screens.data import planted
from auditor.ui.state.columns import build


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
    found = planted.compare(dataset, build(dataset, table))
    assert (found.planted, found.found, found.named) == (noisy.sum(),) * 3
    assert planted.compare(dataset, build(dataset, None)) is None
