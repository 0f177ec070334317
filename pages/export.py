"""Export: the corrected label file and everything else that can leave the house."""

from auditor.ui import boundary, empty, export, session

with boundary.sentence():
    dataset = session.dataset()
    if dataset is None:
        empty.no_dataset("Export", "Open a data set first; what was decided on it can then be taken along.")
    else:
        export.show(dataset)
