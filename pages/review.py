"""Review: the most suspect faces as a grid, judged from the keyboard."""

from auditor.ui.look import needs, skeleton
from auditor.ui.screens.review import room
from auditor.ui.state import session

TITLE, ICON, ORDER = "Review", ":material/grid_view:", 30

if session.dataset() is None:
    needs.no_dataset("Review", "Open a data set first; its faces are then shown here to be judged.")
else:
    with skeleton.until_drawn("review"):
        room.show()
