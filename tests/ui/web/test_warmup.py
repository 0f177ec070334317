"""The last data set is opened before the first visit."""

from auditor.config import Workspace
from auditor.ui.state import library
from auditor.ui.web import warmup


def test_the_last_data_set_is_open_with_its_order(store, dataset):
    workspace = Workspace.default()
    warmup.open_last(workspace)
    assert (workspace.path, dataset.key) in library._datasets
    assert any(place[0] == dataset.key for place in library._columns)


def test_a_data_set_that_is_gone_is_no_error_here(store, dataset):
    (dataset.root / "EmoLabel").rename(dataset.root / "elsewhere")
    library.forget_all()
    warmup.open_last(Workspace.default())
