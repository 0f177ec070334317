"""The table of roles. Mirrors auditor/store/roles.py."""

import pytest

from auditor.errors import RefusedError


def test_the_latest_role_counts_and_every_earlier_one_stays(store):
    store.roles.give("ada", "lead", by="operator")
    store.roles.give("bob", "viewer", by="ada")
    store.roles.give("bob", "annotator", by="ada")
    assert [store.roles.role(name) for name in ("ada", "bob", "eve")] == ["lead", "annotator", "none"]
    assert [(each.person, each.role) for each in store.roles.current()] == [("ada", "lead"), ("bob", "annotator")]
    assert [each.role for each in store.roles.history()] == ["lead", "viewer", "annotator"]
    store.roles.give("bob", "none", by="ada")
    assert store.roles.role("bob") == "none"


def test_names_are_those_of_the_login_letter_by_letter(store):
    store.roles.give("ada", "lead", by="operator")
    assert store.roles.role("Ada") == store.roles.role("ada ") == "none"


def test_the_last_lead_stays_unless_the_operator_names_one(store):
    store.roles.give("ada", "lead", by="operator")
    for role in ("annotator", "none"):
        with pytest.raises(RefusedError, match="last lead"):
            store.roles.give("ada", role, by="ada")
    store.roles.give("ada", "viewer", by="ada", keep_a_lead=False)
    assert store.roles.role("ada") == "viewer"


@pytest.mark.parametrize("person", ["", "  ", "a\nb", "a\0", "x" * 201])
def test_a_name_that_no_login_has_is_refused(store, person):
    with pytest.raises(RefusedError, match="cannot be used"):
        store.roles.give(person, "lead", by="ada")
    with pytest.raises(RefusedError, match="does not exist"):
        store.roles.give("bob", "boss", by="ada")
