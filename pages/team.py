"""Team: who may do what, where people log in."""

from auditor.ui.look import boundary
from auditor.ui.screens import team

TITLE, ICON, ORDER = "Team", ":material/group:", 90

with boundary.sentence():
    team.show()
