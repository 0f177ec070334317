"""Data: open a data set, see what was recognised, its counts and every problem."""

from auditor.ui.screens.data import page

page.show()
