"""Methods: what each method alone shows, and how they compare."""

from auditor.ui.screens.methods import page

TITLE, ICON, ORDER = "Methods", ":material/science:", 50

page.show()
