"""Methods: the results of each method, and how they compare."""

from auditor.ui.screens.methods import page

TITLE, ICON, ORDER = "Methods", ":material/science:", 50

page.show()
