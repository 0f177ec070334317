"""Who is using this session, and whether they may do what they ask for.

Everything that changes something asks `require` at the place where it is done; a greyed button is only a courtesy.
Who somebody is comes from the connection, never from the session's own state.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import streamlit as st
from streamlit.runtime.secrets import secrets_singleton

from auditor.config import Workspace
from auditor.custody import access, login
from auditor.custody.access import Person
from auditor.custody.login import Login
from auditor.errors import UnavailableError, UnidentifiedError
from auditor.recent import Recent
from auditor.ui.state import library

PROOF = f"x-auditor-{secrets.token_hex(16)}"
"""Prefix of the headers in which web/identity.py hands on what a trusted proxy said.

It is drawn at every start and never leaves the process, so that no client can write such a header, and nothing is
believed where that middleware does not run.
"""
NAME, GROUPS = f"{PROOF}-name", f"{PROOF}-groups"

FRESH = 1.0
"""Seconds for which a role of the table is believed after it was read."""

_recent: Recent[tuple[Path, str], tuple[float, str]] = Recent(1000)
_secrets_read = threading.Event()
_requester: ContextVar[Person | None] = ContextVar("requester", default=None)


def configured() -> Login:
    """Return how this server knows who somebody is.

    Raises:
        ConfigError: It is not configured in a way that can be used.
    """
    return login.read(oidc=_has_oidc())


def _has_oidc() -> bool:
    # Asked several times at every key. Where no file was ever read, Streamlit would look for one each time by raising
    # an error; one that was read counts even after it is deleted.
    if not _secrets_read.is_set() and not any(Path(place).exists() for place in st.get_option("secrets.files")):
        return False
    # Not st.secrets: without a file it draws an error on the page.
    if not secrets_singleton.load_if_toml_exists():
        return False
    _secrets_read.set()
    return "auth" in secrets_singleton


def person() -> Person:
    """Return who uses this session, with the role that they have now.

    Raises:
        UnidentifiedError: The login names nobody.
        UnavailableError: The database with the roles is away.
    """
    requester = _requester.get()
    if requester is not None:
        return requester
    way = configured()
    return Person("", access.LEAD, logged_in=False) if way.typed else with_role(way, *_claimed(way))


def name() -> str | None:
    """Return who uses this session, also while the database is away; None where a name is typed.

    Raises:
        UnidentifiedError: The login names nobody.
    """
    requester = _requester.get()
    if requester is not None:
        return requester.name if requester.logged_in else None
    way = configured()
    return None if way.typed else _claimed(way)[0]


def _claimed(way: Login) -> tuple[str, list[str]]:
    claimed = from_headers(st.context.headers) if way.way == login.HEADER else from_claims(way, st.user.to_dict())
    if claimed is None:
        raise UnidentifiedError("The login does not name you (any more); reload the page to log in again.")
    return claimed


def with_role(way: Login, name: str, groups: list[str]) -> Person:
    """Return a person with their role: the operator's leads, else the login's groups, else the table."""
    if name in way.leads:
        return Person(name, access.LEAD)
    if way.roles_from:
        return Person(name, access.highest(groups, way.groups))
    return Person(name, _role(Workspace.default(), name))


def _role(workspace: Workspace, name: str) -> str:
    """Return a person's role in the table, at most a second old: a page with many faces asks many times."""
    place, now = (workspace.path, name), time.monotonic()
    cached = _recent.get(place)
    if cached is None or now - cached[0] > FRESH:
        cached = _recent.put(place, (now, library.store(workspace).roles.role(name)))
    return cached[1]


def forget_roles() -> None:
    """Read every role again when it is next needed."""
    _recent.clear()


def from_headers(headers: Mapping[str, str]) -> tuple[str, list[str]] | None:
    """Return the name and the groups that web/identity.py handed on; None where it named nobody."""
    name = unquote(headers.get(NAME) or "")
    return (name, unquote(headers.get(GROUPS) or "").split("\n")) if name else None


def from_claims(way: Login, claims: Mapping[str, Any]) -> tuple[str, list[str]] | None:
    """Return the name and the groups in the claims of an OIDC login; None where they name nobody.

    An e-mail address that its provider has not verified names nobody: anybody could have typed it there.
    """
    if claims.get("is_logged_in") is not True:
        return None
    name = usable(claims.get(way.name_from))
    if name is None or (way.name_from == "email" and claims.get("email_verified") is False):
        return None
    groups = claims.get(way.roles_from) if way.roles_from else None
    listed = groups if isinstance(groups, list) else str(groups or "").split(",")
    return name, [str(group).strip() for group in listed]


def usable(name: object) -> str | None:
    """Return a login's name without spaces around it; None where it cannot name anybody."""
    text = name.strip() if isinstance(name, str) else ""
    return text if 0 < len(text) <= access.LONGEST_NAME and text.isprintable() else None


def require(act: str) -> Person:
    """Refuse an act that the person's role does not allow, and return who it is.

    Args:
        act: A key of `custody.access.ACTS`.

    Raises:
        ForbiddenError: The role does not allow it.
        UnidentifiedError: The login names nobody.
    """
    requester = person()
    access.check(requester, act)
    return requester


def why_not(act: str) -> str | None:
    """Return why the person may not do something, for a greyed button; None where they may."""
    try:
        return access.refusal(person(), act) or None
    except UnavailableError as error:
        return str(error)


def guarded(act: str, work: Callable[[], bytes]) -> Callable[[], bytes]:
    """Return work that checks the role again when it is done: a download runs later, and outside of the script.

    Raises:
        UnidentifiedError: The login names nobody.
    """
    requester, way = person(), configured()

    def checked() -> bytes:
        # Groups are those of the login; a role of the table may have been taken away meanwhile.
        again = with_role(way, requester.name, []) if requester.logged_in and not way.roles_from else requester
        access.check(again, act)
        return work()

    return checked


@contextmanager
def requesting(requester: Person) -> Iterator[None]:
    """Make `person` return this one inside the block: a request beside the pages has no session."""
    token = _requester.set(requester)
    try:
        yield
    finally:
        _requester.reset(token)
