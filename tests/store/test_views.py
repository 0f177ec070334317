"""Saved views: named, replaced, shared and deleted (auditor/store/views.py)."""

import pytest

from auditor.errors import RefusedError
from auditor.store import views
from tests.store.faces import dataset


def test_a_view_is_kept_under_its_name_replaced_and_deleted(store):
    key = dataset().key
    assert store.views.save(key, "  my   fears ", {"class": "fear"}, "ada") == "my fears"
    store.views.save(key, "Others", {"sort": "aum"}, "ada")
    store.views.save(key, "my fears", {"class": "fear", "per": "30"}, "ben")
    found = store.views.find(key, "my fears")
    assert (found.parameters, found.annotator) == ({"class": "fear", "per": "30"}, "ben")
    assert [view.name for view in store.views.list(key)] == ["my fears", "Others"]
    store.views.delete(key, "my fears")
    store.views.delete(key, "my fears")
    assert store.views.find(key, "my fears") is None
    assert store.views.list("another") == []


@pytest.mark.parametrize("name", ["", "   ", "x" * 61, "a\x00b", "a\x1bb"])
def test_a_name_that_cannot_be_used_is_refused(store, name):
    with pytest.raises(RefusedError, match="1 to 60 printable"):
        store.views.save(dataset().key, name, {}, "ada")


def test_there_is_a_limit(store, monkeypatch):
    monkeypatch.setattr(views, "MOST", 1)
    key = dataset().key
    store.views.save(key, "one", {}, "ada")
    store.views.save(key, "one", {"q": "x"}, "ada")
    with pytest.raises(RefusedError, match="delete one first"):
        store.views.save(key, "two", {}, "ada")
