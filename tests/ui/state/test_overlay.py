"""Decisions as arrays, updated one operation at a time."""

from auditor.store.operations import Operation, item_of
from auditor.ui.state.overlay import ACTION_CODES, Overlay


def test_overlay_follows_decisions_undo_and_redo_of_two_annotators(dataset, store):
    overlay = Overlay.empty(len(dataset))

    def append(op_id, who, kind="decide", target=None, items=()):
        store.decisions.append(Operation(op_id, dataset.key, who, kind=kind, target=target, items=items))
        return overlay.update(dataset, store.decisions.state(dataset.key))

    both = (item_of(dataset, 1, "relabel", 3), item_of(dataset, 2, "keep"))
    append("first1", "ada", items=both)
    append("second", "bob", items=(item_of(dataset, 2, "exclude"), item_of(dataset, 2, "tag", text="odd")))
    assert overlay.action.tolist()[:3] == [0, ACTION_CODES["relabel"], ACTION_CODES["exclude"]]
    assert [overlay.annotators[k] for k in overlay.annotator[1:3]] == ["ada", "bob"]
    assert overlay.tags["odd"] == {2}
    append("third3", "bob", "undo", "second")
    assert overlay.action[2] == ACTION_CODES["keep"]
    assert not overlay.tags["odd"]
    append("fourth", "ada", "undo", "first1")
    assert not overlay.action.any()
    assert (overlay.annotator == -1).all()
    append("fifth5", "bob", "redo", "second")
    assert overlay.action[2] == ACTION_CODES["exclude"]
    fresh = Overlay.empty(len(dataset)).update(dataset, store.decisions.state(dataset.key))
    assert fresh.action.tolist() == overlay.action.tolist()
