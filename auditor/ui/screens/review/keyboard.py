"""The keys that the team has changed, kept when somebody changes one."""

from __future__ import annotations

from auditor.errors import ConfigError
from auditor.ui.screens.review.asked import Answer, Errand
from auditor.ui.screens.review.payload import Queue, ReviewData
from auditor.ui.state import key_table, session


def keep(errand: Errand, room: ReviewData, line: Queue) -> Answer:
    """Keep the keys that somebody chose, for everybody on this workspace."""
    del room, line
    changes = errand.get("keys")
    if not isinstance(changes, dict):
        raise ConfigError("These keys cannot be kept: each act needs one key; reload the page and choose again.")
    key_table.write(session.workspace(), changes)
    return {"keys": changes}
