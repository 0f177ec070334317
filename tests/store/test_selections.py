"""auditor/store/selections.py: a link opens the images that it was made for, or the reason is shown."""

import os
import time
from dataclasses import replace

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from auditor.plural import counted
from auditor.store.tables import SELECTIONS
from tests.ui.invented import dataset

FACES = dataset([0, 1, 2, 0, 1, 2])


def test_a_selection_keeps_its_order_and_its_token(store):
    rows = np.array([5, 1, 3])
    token = store.selections.save(FACES, rows, "lasso")
    assert token == store.selections.save(FACES, rows, "lasso")
    assert store.selections.find(token, FACES).rows.tolist() == [5, 1, 3]
    assert store.selections.find("nothing", FACES) is None
    assert store.selections.find(token, replace(FACES, key="ffffffffffff")) is None
    other = store.selections.save(FACES, rows[:1], "lasso")
    assert [part.token for part in store.selections.labelled(FACES, "lasso")] == [token, other]
    assert store.selections.labelled(FACES, "cell") == []


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.integers(0, 5), unique=True, min_size=1),
    now=st.permutations(range(9)).flatmap(lambda images: st.integers(1, 9).map(lambda most: images[:most])),
)
def test_a_selection_never_opens_other_faces(store, rows, now):
    edited = dataset([0] * len(now), names=[f"train_{image:05d}.jpg" for image in now])
    token = store.selections.save(FACES, rows, "lasso")
    found = store.selections.find(token, edited)
    wanted = [str(FACES.names[row]) for row in rows]
    assert edited.names[found.rows].tolist() == [name for name in wanted if name in set(edited.names)]
    gone = len(rows) - len(found.rows)
    assert found.note.startswith(f"{gone} of the {counted(len(rows), 'image')} ") if gone else found.note == ""
    # Of the same rows, another state makes another list.
    if len(now) >= 6 and list(now[:6]) != list(range(6)) and edited.names[rows].tolist() != wanted:
        assert store.selections.save(edited, rows, "lasso") != token


def test_a_list_of_rows_alone_opens_only_while_the_files_are_older_than_it(store, tmp_path):
    (tmp_path / "labels.txt").write_text("as it was")
    faces = replace(FACES, root=tmp_path, sources=("labels.txt",))
    token = store.selections.save(faces, [4, 2], "lasso")
    with store.database.write() as connection:
        connection.execute(update(SELECTIONS).values(names=None, created_at=time.time() + 1))
    assert store.selections.find(token, faces).rows.tolist() == [4, 2]
    with store.database.write() as connection:
        connection.execute(update(SELECTIONS).values(created_at=time.time() - 3600))
    os.utime(tmp_path / "labels.txt", (0, 0))  # a copy that keeps its time is as new as the moment it was put there
    found = store.selections.find(token, faces)
    assert not len(found.rows) and found.note.startswith("The saved list “lasso” was made by an earlier version")
    assert not len(store.selections.find(token, replace(faces, sources=("gone.txt",))).rows)
