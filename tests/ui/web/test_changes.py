"""auditor/ui/web/changes.py: decisions of others on the faces of a page since it was drawn."""

from starlette.applications import Starlette
from starlette.testclient import TestClient

from auditor.store.operations import Operation, item_of
from auditor.ui.web import addresses, routes


def decide(store, dataset, number, row, who, kind="decide", target=None):
    items = (item_of(dataset, row, "relabel", 3),) if kind == "decide" else ()
    operation = Operation(
        f"tab{who}-{number}", dataset.key, who, kind=kind, target=target, session=f"tab{who}", items=items
    )
    return store.decisions.append(operation)


def test_changes_are_the_latest_act_on_each_face_of_the_page(dataset, store):
    client = TestClient(Starlette(routes=routes.routes()))
    seen = decide(store, dataset, 1, 0, "ada")
    decide(store, dataset, 2, 1, "bob")
    decide(store, dataset, 3, 4, "bob")
    last = decide(store, dataset, 4, 1, "cyd", "undo", "tabbob-2")
    prefix = addresses.changes_prefix(dataset)
    answer = client.get(f"{prefix}{seen}/0-1-2")
    assert answer.headers["cache-control"].endswith("no-store")
    found = answer.json()
    assert found["seq"] == last
    [[name, who, tab, act, label, ago, state, number]] = found["changed"]
    assert (name, who, tab, act, label, number) == (dataset.names[1], "cyd", "tabcyd", "undo", None, last)
    assert 0 <= ago < 60 and state == [None, None, None, None, [], None, None, False]
    assert client.get(f"{prefix}{last}/0-1-2").json() == {"seq": last, "changed": []}
    by_bob = client.get(f"{prefix}{seen}/4").json()["changed"][0]
    assert by_bob[1:5] == ["bob", "tabbob", "relabel", 3] and by_bob[6][:2] == ["relabel", 3]


def test_changes_open_with_their_own_token_for_rows_that_exist(dataset, store):
    client = TestClient(Starlette(routes=routes.routes()))
    prefix = addresses.changes_prefix(dataset)
    assert client.get(f"{prefix}0/99").status_code == 404
    assert client.get(f"{prefix}0/x").status_code == 404
    assert client.get(prefix.replace("/changes/", "/detail/") + "0/1").status_code == 403


def test_a_final_decision_made_meanwhile_is_told_as_one(dataset, store):
    client = TestClient(Starlette(routes=routes.routes()))
    final = Operation("tabada-1-x", dataset.key, "ada", mode="final", items=(item_of(dataset, 1, "relabel", 4),))
    store.decisions.append(final)
    decide(store, dataset, 2, 1, "bob")  # recorded, but the final one stands
    changed = client.get(f"{addresses.changes_prefix(dataset)}0/1").json()["changed"]
    assert changed[0][3] == "relabel" and changed[0][6] == ["relabel", 4, None, None, [], "ada", 1, True]
    undo = Operation("tabbob-3", dataset.key, "bob", kind="undo", target="tabbob-2")
    store.decisions.append(undo)
    store.decisions.append(Operation("tabada-4-x", dataset.key, "ada", mode="final", items=final.items))
    assert client.get(f"{addresses.changes_prefix(dataset)}3/1").json()["changed"][0][3] == "final"
