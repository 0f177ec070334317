"""auditor/ui/web/map_feed.py and component.py: columns behind tokens, five bytes a point."""

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from auditor.config import Workspace
from auditor.ui.components.map.component import Points
from auditor.ui.screens.map import points as map_data
from auditor.ui.web import addresses, map_feed, tokens

KEY = "0123456789ab"


@pytest.fixture
def client():
    return TestClient(Starlette(routes=map_feed.routes()))


def test_a_published_column_is_served_to_who_has_the_token(client):
    url = addresses.column_url(KEY, map_feed.publish(b"12345"))
    assert client.get(url).content == b"12345"
    assert client.get(url.replace(KEY, "ba9876543210")).status_code == 403
    assert client.get(addresses.column_url(KEY, "0" * 32)).status_code == 404
    other = tokens.issue(Workspace.default(), "image", KEY)
    assert client.get(f"/faces/map/{other}/{KEY}/{url.rsplit('/', 1)[1]}").status_code == 403


def test_a_card_outside_the_points_is_not_there(client, store, dataset):
    rows = map_feed.publish(np.array([4, 10**6], "<i4").tobytes())
    for url in (
        addresses.card_url(dataset, "v0001", rows) + "/2",
        addresses.card_url(dataset, "v0001", rows) + "/1",
        addresses.card_url(dataset, "v0001", map_feed.publish(b"12345")) + "/0",
        addresses.card_url(dataset, "v0001", "0" * 32) + "/0",
    ):
        assert client.get(url).status_code == 404
    assert "was deleted" in client.get(addresses.card_url(dataset, "v0001", rows) + "/0").text


def test_old_columns_make_room(monkeypatch):
    monkeypatch.setattr(map_feed._columns, "most", 10)
    first, second = map_feed.publish(b"a" * 8), map_feed.publish(b"b" * 8)
    assert map_feed.find(first) is None and map_feed.find(second) == b"b" * 8


def test_a_map_sends_five_bytes_and_two_bits_a_point():
    colouring = map_data.Colouring("given", np.arange(16, dtype=np.uint8), (("a", (0,)),), {"light": [], "dark": []})
    positions = np.arange(32, dtype=np.uint16).reshape(16, 2)
    points = Points(KEY, positions, np.ones(16, bool), np.arange(16) == 0, colouring, None, "Map")
    parts = points.message(3, "")["parts"]
    columns = {name: map_feed.find(url.rsplit("/", 1)[1]) for name, url in parts.items()}
    assert {name: len(column) for name, column in columns.items()} == {
        "position": 64, "code": 16, "shown": 2, "selected": 2,
    }  # fmt: skip
    assert columns["selected"] == bytes([128, 0])
    assert np.frombuffer(columns["position"], "<u2").reshape(16, 2).tolist() == positions.tolist()
