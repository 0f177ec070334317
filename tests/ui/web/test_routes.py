"""Faces are served only with a token, for integer parameters, and with headers that keep them in this browser."""

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from auditor.ui.web import addresses, routes
from auditor.ui.web.middleware import SecurityHeaders


@pytest.fixture
def client(store):
    app = Starlette(routes=routes.routes())
    return TestClient(SecurityHeaders(app))


def test_faces_are_served_with_a_token_and_headers(client, dataset):
    for url in (addresses.face_url(dataset, 2, 90), addresses.sprite_url(dataset, [0, 5, 6], 96)):
        answer = client.get(url)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "image/jpeg"
        assert answer.headers["cache-control"].startswith("private")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "frame-ancestors 'self'" in answer.headers["content-security-policy"]


def test_facts_without_evidence_are_the_label_alone(client, dataset):
    facts = client.get(addresses.detail_prefix(dataset, 0) + "2").json()
    assert facts == {"row": 2, "name": "train_00003.jpg", "file": str(dataset.paths[2]), "given": 1, "sets": []}


def test_nothing_opens_without_its_own_token(client, dataset):
    url = addresses.face_url(dataset, 2, 96)
    token = url.split("/")[3]
    for wrong in (
        url.replace(token, "7fffffff.AAAA"),
        url.replace("/image/", "/sprite/").replace("/2/96", "/96/2"),
        url.replace(dataset.key, "0" * 12),
        url.replace(dataset.key, "..%2f"),
    ):
        assert client.get(wrong).status_code in (403, 404)


@pytest.mark.parametrize("tail", ["99/96", "2/95", "-1/96", "2.5/96", "x/96", "2/96/../../"])
def test_only_rows_and_sizes_that_exist(client, dataset, tail):
    assert client.get(addresses.face_prefix(dataset) + tail).status_code == 404


@pytest.mark.parametrize("rows", ["", "x", "1--2", "1-99", "-".join(["1"] * 65), "1-../2"])
def test_only_lists_of_rows_that_exist(client, dataset, rows):
    url = addresses.sprite_url(dataset, [1], 96).rsplit("/", 1)[0]
    assert client.get(f"{url}/{rows}").status_code == 404


def test_nothing_can_be_written(client, dataset):
    assert client.post(addresses.face_url(dataset, 2, 96)).status_code == 405
