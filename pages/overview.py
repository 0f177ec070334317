"""Overview: how many labels are wrong, where, and how far the review has come."""

from auditor.ui.screens.overview import page

TITLE, ICON, ORDER = "Overview", ":material/insights:", 20

page.show()
