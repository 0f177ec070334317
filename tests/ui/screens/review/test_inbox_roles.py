"""Keys of people who log in: theirs alone, and only what their role allows. Mirrors inbox.py."""

import pytest

from auditor.custody.access import Person
from auditor.errors import UnidentifiedError
from auditor.ui.screens.review.inbox import Inbox
from auditor.ui.state import access
from tests.ui.screens.review.test_inbox import op


def take(inbox, store, dataset, person, *ops):
    with access.requesting(person):
        return inbox.take({"client": "tabx", "ops": list(ops)}, store, dataset, person.name)


def test_a_viewer_s_key_is_refused_and_told_and_blocks_nothing(dataset, store):
    inbox = Inbox()
    assert take(inbox, store, dataset, Person("vic", "viewer"), op(dataset, 1), op(dataset, 2)) == 0
    assert inbox.acknowledged == {"tabx": 2}
    assert "role of vic is viewer" in inbox.refused[1][0] and "ask a lead" in inbox.refused[1][0]
    assert not store.decisions.state(dataset.key).records


def test_a_name_that_the_browser_writes_counts_for_nothing(dataset, store):
    inbox, ada = Inbox(), Person("ada", "annotator")
    take(inbox, store, dataset, ada, op(dataset, 1, who="eve"), op(dataset, 2, (1,), who="ada"), op(dataset, 3, (2,)))
    assert "pressed by eve" in inbox.refused[1][0]
    records = store.decisions.state(dataset.key).records.values()
    assert [record.operation.annotator for record in records] == ["ada", "ada"]


def test_final_decisions_and_undoing_others_need_a_lead_whatever_the_browser_sends(dataset, store):
    inbox, ada = Inbox(), Person("ada", "annotator")
    take(inbox, store, dataset, Person("lea", "lead"), op(dataset, 1))
    undo = {"n": 2, "id": "tabx-2-abc", "ds": dataset.key, "kind": "undo", "target": "tabx-1-abc"}
    take(inbox, store, dataset, ada, undo, op(dataset, 3, mode="final"))
    assert "what others decided" in inbox.refused[2][0] and "final" in inbox.refused[3][0]
    assert store.decisions.state(dataset.key).records["tabx-1-abc"].active


def test_keys_of_somebody_whose_login_ended_stay_in_the_browser(dataset, store, monkeypatch):
    monkeypatch.setenv("AUDITOR_IDENTITY_HEADER", "X-Remote-User")
    monkeypatch.setenv("AUDITOR_TRUSTED_PROXIES", "10.0.0.5")
    inbox = Inbox()
    with pytest.raises(UnidentifiedError):
        inbox.take({"client": "tabx", "ops": [op(dataset, 1)]}, store, dataset, "ada")
    assert inbox.acknowledged == {} and inbox.refused == {}
