"""Runs: current and past runs."""

from auditor.ui.look import boundary, needs
from auditor.ui.screens.runs import page
from auditor.ui.state import session

TITLE, ICON, ORDER = "Runs", ":material/timeline:", 60

with boundary.sentence():
    if session.dataset_key() is None:
        needs.no_dataset("Runs", "Open a data set first; its runs are then listed here.")
    else:
        page.show()
