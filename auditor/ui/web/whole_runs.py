"""Let every run of a page reach the browser whole.

When a fragment runs again before the messages of the run before were sent, Streamlit drops these messages of the
fragment but keeps their 'finished', at which the browser removes what that run did not draw: the review grid with the
letters that were being typed. It comes back at once, as another grid. The messages are small, so they are kept.
"""

from __future__ import annotations

import functools
import inspect
from typing import Any

from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

EXPECTED = ["self", "retain_lifecycle_msgs", "fragment_ids_this_run"]


def keep_whole_runs() -> bool:
    """Change this process's Streamlit so; without effect where its queue is another one, or changed already.

    Returns:
        Whether runs are kept whole from now on.
    """
    drop = ForwardMsgQueue.clear
    if getattr(drop, "keeps_whole_runs", False):
        return True
    if list(inspect.signature(drop).parameters) != EXPECTED:
        return False

    @functools.wraps(drop)
    def clear(self: Any, retain_lifecycle_msgs: bool = False, fragment_ids_this_run: list[str] | None = None) -> None:
        if not retain_lifecycle_msgs or fragment_ids_this_run is None:
            drop(self, retain_lifecycle_msgs, fragment_ids_this_run)
        else:
            self._delta_index_map = {}  # what comes next stands behind these messages, and replaces none of them

    clear.keeps_whole_runs = True  # type: ignore[attr-defined]
    ForwardMsgQueue.clear = clear  # type: ignore[method-assign]
    return True
