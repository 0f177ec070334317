"""Export: the corrected label file and every other kind of export."""

from auditor.ui.look import boundary, needs
from auditor.ui.screens import export
from auditor.ui.state import session

TITLE, ICON, ORDER = "Export", ":material/ios_share:", 80

with boundary.sentence():
    dataset = session.dataset()
    if dataset is None:
        needs.no_dataset("Export", "Open a data set first; the decisions on it can then be exported.")
    else:
        export.show(dataset)
