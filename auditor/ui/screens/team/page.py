"""Team: the role of each person, which leads give, and how the server knows who somebody is; work shared out."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from auditor import durations
from auditor.custody.access import LEAD, LONGEST_NAME, NONE, ROLES
from auditor.store.roles import Given
from auditor.ui.look import boundary
from auditor.ui.look.allowed import greyed
from auditor.ui.look.plain import plain
from auditor.ui.screens.team import sharing
from auditor.ui.state import access, acts, session

SAID = "team-said"
WORDS = {
    "viewer": "Viewer: looks",
    "annotator": "Annotator: also decides, and undoes own decisions",
    "lead": "Lead: also trains, exports, opens data, undoes others, decides finally, erases, gives roles",
    "none": "None: may not see anything",
}


def show() -> None:
    """Draw the page.

    Raises:
        UnidentifiedError: People log in here, and the login names nobody.
        UnavailableError: The database is away.
    """
    st.title("Team")
    _people()
    sharing.show()


def _people() -> None:
    """Draw who may do what."""
    way, person = access.configured(), access.person()
    if way.typed:
        st.write(
            "Nobody logs in here: the app serves the single user of this computer, who may do everything. To serve a "
            "team, set up a login as in docs/team.md; this page then gives the roles."
        )
        return
    st.write(f"You are **{plain(person.name)}**, {person.role}.")
    if way.leads:
        st.caption(plain(f"Leads by the operator's settings, whatever is below: {', '.join(sorted(way.leads))}."))
    if way.roles_from:
        st.info(plain(f"Roles come from the login ({way.roles_from}) and are changed there."), icon=":material/login:")
        return
    roles = session.store().roles.current()
    st.dataframe(table(roles), hide_index=True, width="stretch")
    _form(roles)


def table(roles: Sequence[Given]) -> pd.DataFrame:
    """Return who has which role, who gave it and when; people whose role was taken away are left out."""
    rows = [(each.person, each.role, each.given_by, durations.moment(each.at)) for each in roles if each.role != NONE]
    return pd.DataFrame(rows, columns=["login", "role", "given by", "when"])


def _form(roles: Sequence[Given]) -> None:
    with st.form("role", border=True), boundary.sentence():
        left, right = st.columns([3, 4], vertical_alignment="bottom")
        login = left.text_input("Login", max_chars=LONGEST_NAME, help="As the login writes it, capitals included")
        role = right.selectbox("Role", [*ROLES[1:], NONE], format_func=WORDS.__getitem__)
        if st.form_submit_button("Give the role", type="primary", **greyed("roles")):
            acts.give_role(session.store(), login, str(role))
            st.session_state[SAID] = f"{plain(login)} has the role {role} now."
            st.rerun()
    if message := st.session_state.get(SAID):
        st.success(message, icon=":material/check_circle:")
    if not any(each.role == LEAD for each in roles):
        st.caption("Nobody in the table is a lead; only those of the operator's settings give roles.")
