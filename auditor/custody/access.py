"""Roles: what a person may do. Pure rules; who somebody is, and which role they have, is found out elsewhere.

A viewer looks. An annotator also decides, and undoes decisions of their own. A lead also trains, exports, opens data,
chooses evidence, undoes the decisions of others, makes final decisions, shares out the work, erases, and gives roles.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from auditor.errors import ForbiddenError

NONE, VIEWER, ANNOTATOR, LEAD = "none", "viewer", "annotator", "lead"
ROLES = (NONE, VIEWER, ANNOTATOR, LEAD)
"""Every role, each one allowed all that those before it are."""

ACTS = {
    "look": (VIEWER, "look at the faces"),
    "decide": (ANNOTATOR, "decide"),
    "undo others": (LEAD, "undo or restore what others decided"),
    "final": (LEAD, "make a decision final"),
    "train": (LEAD, "start, stop or resume a run"),
    "export": (LEAD, "export"),
    "open": (LEAD, "open other data"),
    "manage": (LEAD, "choose, rename or delete evidence and runs"),
    "erase": (LEAD, "erase"),
    "roles": (LEAD, "give roles"),
    "share": (LEAD, "share out the work"),
}
"""For each act, the lowest role that may do it, and the act in words."""

LONGEST_NAME = 200


@dataclass(frozen=True)
class Person:
    """Somebody who uses the app.

    Attributes:
        name: The name that their decisions are stored under.
        role: One of `ROLES`.
        logged_in: False for the single user of this computer, who types a name.
    """

    name: str
    role: str
    logged_in: bool = True


def refusal(person: Person, act: str) -> str:
    """Return the sentence that says why a person may not do something; '' where they may.

    Args:
        person: Who asks.
        act: A key of `ACTS`.
    """
    least, words = ACTS[act]
    if ROLES.index(person.role) >= ROLES.index(least):
        return ""
    needed = " or ".join(role for role in ROLES[ROLES.index(least) :])
    if person.role == NONE:
        return f"The person {person.name} has no role here and so may not {words}; ask a lead for the role {needed}."
    return (
        f"The role of {person.name} is {person.role} and does not allow to {words}; ask a lead for the role {needed}."
    )


def check(person: Person, act: str) -> None:
    """Refuse an act that the person's role does not allow.

    Raises:
        ForbiddenError: Who, what, and which role it needs.
    """
    sentence = refusal(person, act)
    if sentence:
        raise ForbiddenError(sentence)


def highest(groups: Iterable[str], roles: Mapping[str, str]) -> str:
    """Return the highest role that any of a person's groups gives.

    Args:
        groups: Names of groups, as the login gives them.
        roles: The role of each group that has one.
    """
    return max((roles.get(group, NONE) for group in groups), key=ROLES.index, default=NONE)
