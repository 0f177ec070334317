"""Faces are served only with a token, for integer parameters, and with headers that keep them in this browser."""

import dataclasses
import io

import numpy as np
import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient

from auditor.config import Workspace
from auditor.errors import DataError, UnavailableError
from auditor.evidence import versions
from auditor.ui.state import face_ids, library
from auditor.ui.web import addresses, answers, map_feed, routes, thumbnails
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
    facts = client.get(addresses.detail_prefix(dataset, 0) + face(dataset, 2)).json()
    assert facts == {"name": "train_00003.jpg", "file": str(dataset.paths[2]), "given": 1, "sets": []}


def face(dataset, row):
    return face_ids.face_id(dataset, str(dataset.names[row]))


def test_nothing_opens_without_its_own_token(client, dataset):
    url = addresses.face_url(dataset, 2, 96)
    token, identity = url.split("/")[3], face(dataset, 2)
    for wrong in (
        url.replace(token, "7fffffff.AAAA"),
        url.replace("/image/", "/sprite/").replace(f"/{identity}/96", f"/96/{identity}"),
        url.replace(dataset.key, "0" * 12),
        url.replace(dataset.key, "..%2f"),
    ):
        assert client.get(wrong).status_code in (403, 404)


@pytest.mark.parametrize("tail", ["2/96", "{}/95", "-1/96", "2.5/96", "x/96", "{}/96/../../", "{}f/96"])
def test_only_ids_and_sizes_that_exist(client, dataset, tail):
    assert client.get(addresses.face_prefix(dataset) + tail.format(face(dataset, 2))).status_code == 404


@pytest.mark.parametrize("listed", ["", "x", "1", "{0}--{0}", "{0}-1", "-".join(["{0}"] * 65), "{0}-../{0}"])
def test_only_lists_of_ids(client, dataset, listed):
    url = addresses.sprite_url(dataset, [1], 96).rsplit("/", 1)[0]
    assert client.get(f"{url}/{listed.format(face(dataset, 1))}").status_code == 404


def test_nothing_can_be_written(client, dataset):
    assert client.post(addresses.face_url(dataset, 2, 96)).status_code == 405


def test_after_the_label_file_was_edited_no_address_leads_to_another_face(client, dataset):
    """Rows move by one, a class is added, and an image goes."""
    before = {row: client.get(addresses.face_url(dataset, row, 96)) for row in (1, 2)}
    urls = {row: addresses.face_url(dataset, row, 96) for row in (1, 2)}
    sprite = addresses.sprite_url(dataset, [1, 2], 96)
    facts, since = addresses.detail_prefix(dataset, 0) + face(dataset, 2), addresses.changes_prefix(dataset) + "0/1-2"
    points = map_feed.publish(np.array([2], "<i4").tobytes())
    card = addresses.card_url(dataset, "v0001", points) + "/0"
    assert client.get(facts).json()["name"] == dataset.names[2]
    assert client.get(since).status_code == 200
    file = dataset.root / dataset.sources[0]
    lines = file.read_text().splitlines(keepends=True)
    file.write_text("".join(line for line in lines if "train_00002" not in line))  # row 1 goes, row 2 becomes row 1
    again = library.find(Workspace.default(), dataset.key)
    assert again.names[1] == dataset.names[2]
    assert client.get(urls[2]).content == before[2].content
    gone = client.get(urls[1])
    assert (gone.status_code, gone.text) == (410, answers.GONE)
    sheet = np.asarray(Image.open(io.BytesIO(client.get(sprite).content)).convert("L"), np.int16)
    words = thumbnails.unreadable(96).mean(axis=2)
    assert abs(sheet[:, :96] - words).mean() < 8 < abs(sheet[:, 96:192] - words).mean()
    for url in (facts, since, card):
        answer = client.get(url)
        assert (answer.status_code, answer.text) == (410, answers.CHANGED)


def test_evidence_that_was_deleted_is_not_replaced_by_another_version(client, dataset, workspace):
    with versions.new_version(workspace, dataset.key) as (folder, _):
        (folder / "summary.json").write_text("{}")
    answer = client.get(addresses.detail_prefix(dataset, 7) + face(dataset, 2))
    assert answer.status_code == 404 and answer.text.startswith("Evidence v0007 of this data set was deleted")


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (UnavailableError("The database is away; try again."), 503, "The database is away; try again."),
        (DataError("The folder is gone; put it back."), 404, "The folder is gone; put it back."),
        (KeyError("/a/secret/path"), 500, answers.FAULT),
    ],
)
def test_every_failure_is_a_sentence(client, dataset, monkeypatch, caplog, error, status, words):
    def fail(*_):
        raise error

    monkeypatch.setattr(library, "find", fail)
    points = map_feed.publish(np.array([2], "<i4").tobytes())
    for url in (
        addresses.face_url(dataset, 2, 96), addresses.sprite_url(dataset, [1], 96),
        addresses.detail_prefix(dataset, 0) + face(dataset, 2), addresses.changes_prefix(dataset) + "0/1",
        addresses.card_url(dataset, "v0001", points) + "/0",
    ):  # fmt: skip
        answer = client.get(url)
        assert (answer.status_code, answer.text) == (status, words)
    assert "secret" not in caplog.text


def test_a_name_that_is_no_text_is_answered(client, dataset, monkeypatch):
    names = dataset.names.copy()
    names[2] = "fear\udcff.jpg"
    odd = dataclasses.replace(dataset, names=names)
    monkeypatch.setattr(library, "find", lambda *_: odd)
    facts = client.get(addresses.detail_prefix(odd, 0) + face(odd, 2))
    assert facts.json()["name"] == names[2]
