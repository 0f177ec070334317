"""The table of roles: who may do what, where people log in and the login does not give it."""

from __future__ import annotations

import time
from dataclasses import dataclass

from sqlalchemy import Connection, func, insert, select

from auditor.custody.access import LEAD, LONGEST_NAME, NONE
from auditor.custody.access import ROLES as KNOWN
from auditor.errors import RefusedError
from auditor.store.database import Database
from auditor.store.tables import ROLES


@dataclass(frozen=True)
class Given:
    """A role that somebody has.

    Attributes:
        person: The login's name of the person.
        role: 'none', 'viewer', 'annotator' or 'lead'.
        given_by: Who gave it.
        at: When, seconds since 1970.
    """

    person: str
    role: str
    given_by: str
    at: float


class Roles:
    """The one writer of the table `roles`. A line is never changed: the latest of a person counts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def role(self, person: str) -> str:
        """Return a person's role; 'none' where nobody gave one.

        Raises:
            UnavailableError: The database is away or busy.
        """
        latest = select(ROLES.c.role).where(ROLES.c.person == person).order_by(ROLES.c.id.desc()).limit(1)
        with self._database.read() as connection:
            return connection.execute(latest).scalar() or NONE

    def current(self) -> list[Given]:
        """Return the current role of everybody who ever had one, by name.

        Raises:
            UnavailableError: The database is away or busy.
        """
        with self._database.read() as connection:
            return _current(connection)

    def history(self) -> list[Given]:
        """Return every role that was ever given, in order.

        Raises:
            UnavailableError: The database is away or busy.
        """
        query = select(ROLES.c.person, ROLES.c.role, ROLES.c.given_by, ROLES.c.at).order_by(ROLES.c.id)
        with self._database.read() as connection:
            return [Given(*row) for row in connection.execute(query)]

    def give(self, person: str, role: str, *, by: str, keep_a_lead: bool = True) -> None:
        """Give a person a role.

        Args:
            person: The login's name of the person.
            role: One of access.ROLES; 'none' takes the role away.
            by: Who gives it.
            keep_a_lead: Whether the table must name a lead afterwards; not needed where the operator names one.

        Raises:
            RefusedError: The role or the name cannot be used, or nobody would be left to give roles.
            UnavailableError: The database is away or busy.
        """
        name = person.strip()
        if role not in KNOWN:
            raise RefusedError(f"The role {role!r} does not exist; expected one of {', '.join(KNOWN)}.")
        if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
            raise RefusedError(
                f"The login {name[:40]!r} cannot be used; give 1 to {LONGEST_NAME} characters, as the login writes it."
            )
        with self._database.write() as connection:
            if connection.dialect.name == "postgresql":  # two leads who demote each other at once
                connection.exec_driver_sql("LOCK TABLE roles IN EXCLUSIVE MODE")
            others = any(each.role == LEAD and each.person != name for each in _current(connection))
            if keep_a_lead and role != LEAD and not others:
                raise RefusedError(f"The person {name} is the last lead; make somebody else a lead first.")
            connection.execute(insert(ROLES).values(person=name, role=role, given_by=by, at=time.time()))


def _current(connection: Connection) -> list[Given]:
    newest = select(func.max(ROLES.c.id)).group_by(ROLES.c.person)
    query = select(ROLES.c.person, ROLES.c.role, ROLES.c.given_by, ROLES.c.at).where(ROLES.c.id.in_(newest))
    return [Given(*row) for row in connection.execute(query.order_by(ROLES.c.person))]
