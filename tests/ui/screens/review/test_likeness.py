"""review/likeness.py: the most typical faces of a class, and what cannot be asked."""

from types import SimpleNamespace

import numpy as np
import pytest

from auditor.errors import RefusedError
from auditor.store.state import DecisionState
from auditor.ui.screens.review import likeness
from auditor.ui.screens.review.payload import Queue, ReviewData
from auditor.ui.state.columns import build
from auditor.ui.state.filters import Filters
from auditor.ui.state.overlay import Overlay


@pytest.fixture
def room(dataset, store, evidence_table, monkeypatch):
    monkeypatch.setattr(likeness, "evidence", lambda _: SimpleNamespace(table=evidence_table))
    columns, overlay = build(dataset, evidence_table), Overlay.empty(len(dataset))
    return ReviewData(dataset, columns, overlay, DecisionState(), "v0001", "ada", Filters())


@pytest.fixture
def line(room):
    return Queue((), np.arange(6, dtype=np.int32), np.zeros(6, bool), room.columns, room.dataset)


def test_typical_faces_are_the_least_doubted_of_the_given_and_the_suggested_class(room, line, dataset):
    # Face 1 is given surprise and suggested fear; face 0 is surprise, too, and face 2 is fear.
    found = likeness.typical({"names": [str(dataset.names[1])]}, room, line)["classes"]
    assert [(label, [name for _, name in faces]) for label, faces in found] == [
        (0, [dataset.names[0]]),
        (1, [dataset.names[2]]),
    ]
    assert found[0][1][0][0].startswith("/faces/image/")
    # Face 4 is given and suggested disgust, and so is face 3: one class, without the face itself.
    found = likeness.typical({"names": [str(dataset.names[4])]}, room, line)["classes"]
    assert [(label, [name for _, name in faces]) for label, faces in found] == [(2, [dataset.names[3]])]


@pytest.mark.parametrize(("names", "said"), [([], "1 to 500"), ("abc", "1 to 500"), (["gone.jpg"], "not in this data")])
def test_faces_that_are_not_there_are_refused(room, line, names, said):
    with pytest.raises(RefusedError, match=said):
        likeness.typical({"names": names}, room, line)
    asked, why = likeness.resolve({"like": names}, room.dataset, SimpleNamespace())
    assert asked == {} and said in why  # the view as it was


def test_the_faces_like_some_are_a_saved_list_in_the_view(room, dataset, monkeypatch):
    monkeypatch.setattr(likeness, "similar", lambda *_: np.array([5, 2], np.int32))
    lists = []
    monkeypatch.setattr(likeness.session, "save_selection", lambda *words: lists.append(words) or "token")
    names = [str(name) for name in dataset.names[[1, 3]]]
    asked, why = likeness.resolve({"per": "30", "like": names}, dataset, SimpleNamespace())
    assert (asked, why) == ({"per": "30", "sel": "token"}, "")
    assert lists[0][0].tolist() == [5, 2] and lists[0][1] == f"like {names[0]} and 1 more"
    plain = {"class": "fear"}
    assert likeness.resolve(plain, dataset, None) == (plain, "")
    assert "train one first" in likeness.resolve({"like": names}, dataset, None)[1]
