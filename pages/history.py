"""History: who decided what, when; any of it can be undone."""

from auditor.ui.screens.history import page

TITLE, ICON, ORDER = "History", ":material/history:", 90

page.show()
