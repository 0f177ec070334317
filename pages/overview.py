"""Overview: how many labels are wrong, in which classes, and the progress of the review."""

from auditor.ui.screens.overview import page

TITLE, ICON, ORDER = "Overview", ":material/insights:", 20

page.show()
