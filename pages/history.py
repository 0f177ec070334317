"""History: every decision with its annotator and time; any of them can be undone."""

from auditor.ui.screens.history import page

TITLE, ICON, ORDER = "History", ":material/history:", 90

page.show()
