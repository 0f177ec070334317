"""Export: the corrected label file and everything else that can leave the house."""

from auditor.ui.look import boundary, needs
from auditor.ui.screens import export
from auditor.ui.state import session

TITLE, ICON, ORDER = "Export", ":material/ios_share:", 80

with boundary.sentence():
    dataset = session.dataset()
    if dataset is None:
        needs.no_dataset("Export", "Open a data set first; what was decided on it can then be taken along.")
    else:
        export.show(dataset)
