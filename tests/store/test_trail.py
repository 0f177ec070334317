"""auditor/store/trail.py: who did what when, newest first."""

import pytest

from auditor.errors import RefusedError
from tests.store.faces import dataset


def test_events_are_listed_newest_first_and_by_data_set(store):
    store.trail.add("ada", "login")
    store.trail.add("ada", "export", dataset().key, "ledger, 12 labels")
    assert [(event.who, event.what, event.detail) for event in store.trail.list()] == [
        ("ada", "export", "ledger, 12 labels"), ("ada", "login", ""),
    ]  # fmt: skip
    assert [event.what for event in store.trail.list(dataset().key)] == ["export"]
    assert len(store.trail.list(newest=1)) == 1


def test_an_event_of_another_kind_is_refused(store):
    with pytest.raises(RefusedError, match="no kind 'lunch'; expected one of login"):
        store.trail.add("ada", "lunch")


def test_the_trail_forgets_a_name_but_not_of_somebody_who_is_still_elsewhere(store):
    store.trail.add("ada", "login")
    store.erasing.annotator([dataset().key], "ada", "erased 1")
    assert [event.who for event in store.trail.list()] == ["erased 1"]
