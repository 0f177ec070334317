"""auditor/ui/state/decide.py: decisions on many images from other screens than Review."""

from auditor.ui.state import decide


def test_what_somebody_else_decided_after_the_screen_was_drawn_is_left(dataset, store):
    decide.on_rows(store, dataset, [1], "keep", annotator="bob")
    op_id, newer = decide.on_rows_as_seen(store, dataset, [0, 1], "relabel", annotator="ada", seen=0, label=3)
    assert dict(newer) == {str(dataset.names[1]): "bob"}
    states = store.decisions.state(dataset.key).on(dataset)
    assert [states[str(dataset.names[row])].annotator for row in (0, 1)] == ["ada", "bob"]
    decide.undo(store, dataset, op_id, annotator="ada")
    assert decide.on_rows_as_seen(store, dataset, [1], "exclude", annotator="ada", seen=0) == ("", newer)
    seen = store.decisions.state(dataset.key).seq
    assert not decide.on_rows_as_seen(store, dataset, [1], "exclude", annotator="ada", seen=seen)[1]
