"""What each role may do. Mirrors auditor/custody: access.py, account.py."""

import pytest

from auditor.custody import access
from auditor.custody.access import Person
from auditor.custody.account import local_user
from auditor.errors import ForbiddenError

ALLOWED = {
    "none": set(),
    "viewer": {"look"},
    "annotator": {"look", "decide"},
    "lead": {"look", "decide", "undo others", "final", "train", "export", "open", "manage", "erase", "roles", "share"},
}


@pytest.mark.parametrize("role", access.ROLES)
def test_each_role_may_do_this_and_no_more(role):
    allowed = {act for act in access.ACTS if not access.refusal(Person("ada", role), act)}
    assert allowed == ALLOWED[role]


def test_the_refusal_names_the_person_the_act_and_the_role_it_needs():
    with pytest.raises(ForbiddenError) as refused:
        access.check(Person("ada", "viewer"), "decide")
    assert str(refused.value) == (
        "The role of ada is viewer and does not allow to decide; ask a lead for the role annotator or lead."
    )
    assert access.refusal(Person("bob", "none"), "look").startswith("The person bob has no role here")


def test_the_highest_role_of_somebodys_groups_counts_and_unknown_groups_give_none():
    roles = {"staff": "viewer", "faces": "lead"}
    assert access.highest(["staff", "faces", "other"], roles) == "lead"
    assert access.highest(["other", ""], roles) == access.highest([], roles) == "none"


def test_where_nobody_logs_in_it_is_the_account_s_user(monkeypatch):
    monkeypatch.setenv("AUDITOR_ANNOTATOR", "grace")
    assert local_user() == "grace"
