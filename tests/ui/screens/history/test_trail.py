"""auditor/ui/screens/history/trail.py: the audit trail as a table."""

import time

from auditor.store.trail import Event
from auditor.ui.screens.history.trail import table


def test_each_event_is_a_line_in_the_given_order():
    at = time.mktime((2026, 11, 27, 9, 5, 0, 0, 0, -1))
    found = table([Event(at, "ada", "export", "k", "ledger"), Event(at, "ben", "login", None, "")])
    assert found.to_dict("list") == {
        "when": ["27 Nov 2026, 09:05"] * 2, "who": ["ada", "ben"], "what": ["export", "login"],
        "details": ["ledger", ""],
    }  # fmt: skip
