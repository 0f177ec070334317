"""What the audit trail learns from the pages: who logged in and out, who looked at which page with faces, and who
downloaded what.

The first two are not worth a refused page: while the database is away, the page says so by itself and nothing is noted.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from pathlib import Path

import streamlit as st

from auditor.custody import login
from auditor.errors import UnavailableError, UnidentifiedError
from auditor.recent import Recent
from auditor.ui.state import access, session

EVERY = 60.0
"""Seconds between two notes of one person on one page."""

SAME_LOGIN = 900.0
"""Seconds for which another tab or a reload of the same person is no new login."""

_noted: Recent[tuple[Path, str, str, str], float] = Recent(2000)
_entered: Recent[tuple[Path, str], float] = Recent(2000)


def looked(page: str) -> None:
    """Note that the person of this session looks at a page of the data set that is open."""
    with contextlib.suppress(UnavailableError):
        key = session.dataset_key()
        if key is None:
            return
        place, now = (session.workspace().path, key, session.annotator(), page), time.monotonic()
        if now - (_noted.get(place) or -EVERY) < EVERY:
            return
        session.store().glances.note(key, session.annotator(), page)
        _noted.put(place, now)


def entered() -> None:
    """Note a login when a session of somebody who logs in begins; reloads and further tabs are the same one."""
    if "trace_entered" in st.session_state:
        return
    person = access.person()
    if not person.logged_in:
        return
    with contextlib.suppress(UnavailableError):
        place, now = (session.workspace().path, person.name), time.monotonic()
        if now - (_entered.get(place) or -SAME_LOGIN) >= SAME_LOGIN:
            way = access.configured()
            how = "OpenID Connect" if way.way == login.OIDC else f"the proxy's header {way.name_from}"
            session.store().trail.add(person.name, "login", detail=f"{person.role}, by {how}")
        _entered.put(place, now)
        st.session_state["trace_entered"] = True


def left() -> None:
    """Note a log-out; of a login that names nobody there is nothing to note."""
    with contextlib.suppress(UnavailableError, UnidentifiedError):
        name = access.name()
        if name is not None:
            session.store().trail.add(name, "logout")
            _entered.put((session.workspace().path, name), -SAME_LOGIN)


def downloading(what: str, work: Callable[[], bytes]) -> Callable[[], bytes]:
    """Return the work of a download that notes who took what; it runs later, and outside of the script.

    Args:
        what: A few words, without the name of an image.
        work: Makes the file's content.
    """
    store, who, key = session.store(), session.annotator(), session.dataset_key()

    def noted() -> bytes:
        content = work()
        store.trail.add(who, "download", key, what)  # while the database is away, nothing is given out unnoted
        return content

    return access.guarded("export", noted)
