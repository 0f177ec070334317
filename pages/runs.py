"""Runs: trainings, live and past."""

from auditor.ui import boundary, empty, runs, session

with boundary.sentence():
    if session.dataset_key() is None:
        empty.no_dataset("Runs", "Open a data set first; its trainings are then listed here.")
    else:
        runs.show()
