"""What somebody sees who is not logged in, or who has no role: one sentence and the way on, and no page."""

from __future__ import annotations

import streamlit as st

from auditor.custody import login
from auditor.errors import ForbiddenError, UnavailableError, UnidentifiedError
from auditor.ui.look import boundary
from auditor.ui.look.plain import plain
from auditor.ui.state import access, trace

LAST = "person"


def open_to_person() -> bool:
    """Return whether the person may see pages; where they may not, show why and how to go on."""
    with boundary.sentence():
        name = _name()
        try:
            access.require("look")
        except UnidentifiedError as error:
            _log_in(error)
            return False
        except ForbiddenError as error:
            st.error(plain(error), icon=":material/lock:")
            log_out()
            return False
        except UnavailableError:
            if st.session_state.get(LAST) != name:
                raise
            return True  # let in before: what was read stays on the screen while the database is away
        if st.session_state.setdefault(LAST, name) != name:
            st.session_state.clear()  # a session of somebody else was resumed: what it holds is theirs
            st.rerun()
        trace.entered()
        return True
    return False


def _name() -> str | None:
    try:
        return access.name()
    except UnidentifiedError:
        return None


def _log_in(error: UnidentifiedError) -> None:
    if access.configured().way != login.OIDC:
        st.error(plain(error), icon=":material/lock:")
        return
    st.title("Label auditor")
    if st.user.is_logged_in:
        st.error("Your login does not identify you (a verified e-mail address is needed); log in with another account.")
        log_out()
    elif st.button("Log in", type="primary", icon=":material/login:"):
        st.login()


def log_out() -> None:
    """Offer to log out, where the app itself holds the login; a proxy has its own way."""
    if access.configured().way == login.OIDC and st.button("Log out", icon=":material/logout:"):
        trace.left()
        st.logout()
