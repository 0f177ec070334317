"""Team: who may do what, where people log in, and work shared out."""

from auditor.ui.look import boundary
from auditor.ui.screens.team import page

TITLE, ICON, ORDER = "Team", ":material/group:", 90

with boundary.sentence():
    page.show()
