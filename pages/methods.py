"""Methods: what each method alone shows, and how they compare."""

from auditor.ui.screens.methods import page

page.show()
