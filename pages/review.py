"""Review: the queue of suspects as a grid, judged from the keyboard."""

from auditor.ui import empty, review, session

if session.dataset() is None:
    empty.no_dataset("Review", "Open a data set first; its faces then wait here to be judged.")
else:
    review.show()
