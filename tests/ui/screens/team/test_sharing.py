"""Work shared out on the Team page: leads share out and see progress, others do not. Mirrors sharing.py."""

from auditor.store.operations import Operation, item_of
from auditor.store.progress import Agreement, PartProgress
from auditor.store.sharing import Terms
from auditor.ui.screens.team import sharing


def page():
    from auditor.ui.screens.team import sharing

    sharing.show()


def test_a_lead_shares_out_and_sees_how_far_everybody_has_got(store, dataset, open_as):
    store.roles.give("ada", "annotator", by="lea", keep_a_lead=False)
    store.decisions.append(
        Operation("op-1xxxx", dataset.key, "ben", items=(item_of(dataset, 0, "relabel", 1),))
    )  # reviewed: not shared out
    shown = open_as("lea")
    assert not shown.exception
    shown.multiselect[0].set_value(["ada", "ben"])
    shown.button[0].click().run()
    assert not shown.exception and not shown.error
    share = store.sharing.current(dataset.key)
    assert share.terms == Terms(("ada", "ben"))
    assert sorted(face.image for part in share.parts.values() for face in part) == dataset.names[1:6].tolist()
    assert shown.dataframe[0].value["person"].tolist() == ["ada", "ben"]
    assert {event.what for event in store.trail.list(dataset.key)} == {"sharing"}


def test_somebody_else_is_not_told_what_measures_them(store, dataset, open_as):
    store.roles.give("ada", "annotator", by="lea", keep_a_lead=False)
    store.sharing.share(dataset.key, dataset.names[:6].tolist(), Terms(("ada",), repeats=0.5), by="lea")
    shown = open_as("ada")
    assert not shown.exception and not shown.dataframe and not shown.button
    assert not any("twice" in each.value for each in shown.caption)


def test_the_tables_say_what_was_found():
    found = PartProgress(
        "ada", 10, 4, 8.0, None, Agreement(3, 4), {"fear": Agreement(1, 2)}, Agreement(), Agreement(1, 1),
        {"joy": Agreement(1, 1)},
    )  # fmt: skip
    (line,) = sharing.table([found]).to_dict("records")
    assert (line["judged"], line["time left"], line["agrees with others"]) == ("4 of 10", "45 s", "75% of 4")
    assert line["with themselves"] == ""
    assert sharing.by_class([found]).to_dict("list") == {
        "person": ["ada", "ada"], "class": ["fear", "joy"], "agrees with others": ["50% of 2", ""],
        "with known answers": ["", "100% of 1"],
    }  # fmt: skip
