"""auditor/ui/web/stint.py: what a tab did, counted by hand."""

from dataclasses import replace

import numpy as np
from starlette.applications import Starlette
from starlette.testclient import TestClient

from auditor.store.operations import Operation, item_of
from auditor.store.state import DecisionState
from auditor.ui.state.face_ids import face_id
from auditor.ui.web import addresses, routes, stint


def decide(store, dataset, number, row, action, label=None, tab="tabme", **more):
    items = (item_of(dataset, row, action, label),)
    store.decisions.append(Operation(f"{tab}-{number:04}", dataset.key, "ada", session=tab, items=items, **more))


def at(state, times):
    """The state with its operations at these seconds."""
    moved = DecisionState()
    for record, moment in zip(state.records.values(), times, strict=True):
        moved.add(replace(record, at=moment))
    return moved


def test_a_stretch_counts_each_face_once_with_its_changes_and_its_agreement(dataset, store):
    decide(store, dataset, 1, 5, "keep")  # before a long break
    decide(store, dataset, 2, 0, "exclude")
    decide(store, dataset, 3, 0, "relabel", 1)  # decided again: this counts
    decide(store, dataset, 4, 1, "relabel", 1)
    decide(store, dataset, 5, 2, "keep")
    decide(store, dataset, 6, 3, "ambiguous")
    decide(store, dataset, 7, 4, "skip")
    decide(store, dataset, 8, 5, "relabel", 0, mode="blind")
    decide(store, dataset, 9, 4, "exclude", tab="other")
    state = at(store.decisions.state(dataset.key), [0, 9000, 9010, 9020, 9400, 9410, 9420, 9425, 9430])
    suggested = np.array([1, 0, 1, 6, 2, 6, -1], np.int16)
    found = stint.describe(dataset, state, suggested, "tabme")
    assert found == {
        "faces": 5, "seconds": 45, "skipped": 1, "blind": 1, "kept": 1, "excluded": 0, "ambiguous": 1,
        "changes": [[0, 1, 2]], "compared": 4, "agreed": 2,
    }  # fmt: skip


def test_what_is_undone_does_not_count_and_without_evidence_nothing_is_compared(dataset, store):
    decide(store, dataset, 1, 0, "relabel", 3)
    store.decisions.append(Operation("tabme-u", dataset.key, "ada", kind="undo", target="tabme-0001", session="tabme"))
    found = stint.describe(dataset, store.decisions.state(dataset.key), None, "tabme")
    assert (found["faces"], found["seconds"], found["compared"], found["changes"]) == (0, 0, 0, [])


def test_it_has_an_address_with_a_token_of_its_own(dataset, store):
    client = TestClient(Starlette(routes=routes.routes()))
    decide(store, dataset, 1, 0, "keep")
    prefix = addresses.stint_prefix(dataset, 0)
    assert client.get(f"{prefix}tabme").json()["faces"] == 1
    assert client.get(f"{prefix}tab-me").status_code == 404
    token = prefix.split("/stint/")[1].split("/")[0]
    other = addresses.detail_prefix(dataset, 0).split("/detail/")
    elsewhere = f"{other[0]}/detail/{token}/{other[1].split('/', 1)[1]}"
    assert client.get(f"{elsewhere}{face_id(dataset, str(dataset.names[1]))}").status_code == 403
