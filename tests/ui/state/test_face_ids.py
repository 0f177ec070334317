"""Ids that faces are asked for by: of this process's pages, of pages from before a restart, and of nothing."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from auditor.ui.state import face_ids


def whole(dataset):
    """How often the ids of all images of a data set were needed."""
    return face_ids._ids(dataset)._all is not None


def test_an_id_that_a_page_was_given_is_found_without_the_ids_of_all_images(dataset):
    given = face_ids.face_ids(dataset, [3, 1])
    assert [face_ids.row_of(dataset, each) for each in given] == [3, 1]
    assert not whole(dataset)


def test_an_id_from_before_a_restart_is_found_and_another_one_is_not(dataset, monkeypatch):
    digested = []
    monkeypatch.setattr(face_ids, "_digest", lambda *each, digest=face_ids._digest: digested.append(1) or digest(*each))
    wanted = [face_ids.face_id(dataset, str(name)) for name in dataset.names]
    digested.clear()
    with ThreadPoolExecutor(8) as threads:  # a page asks for its faces at once
        found = list(threads.map(lambda each: face_ids.row_of(dataset, each), wanted * 3))
    assert found == list(range(len(dataset))) * 3
    assert len(digested) == len(dataset)
    for nothing in ("0" * 16, "f" * 16, "", "no hex at all ..", str(dataset.names[0])):
        with pytest.raises(KeyError):
            face_ids.row_of(dataset, nothing)
