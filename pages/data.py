"""Data: open a data set; its recognised format, its counts and every problem."""

from auditor.ui.screens.data import page

TITLE, ICON, ORDER = "Data", ":material/folder_open:", 10

page.show()
