"""A data set keeps its decisions wherever its folder is, and never gets those of another one.

Mirrors recognising.py and places of datasets.py; the index itself is auditor/data/content.py (data/content.py).
"""

import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from sqlalchemy import update

from auditor.config import Workspace
from auditor.data.dataset import dataset_key
from auditor.data.images import held_of_root
from auditor.data.images.cache import ImageCache
from auditor.data.images.held_of_root import family
from auditor.data.opening import open_dataset
from auditor.store.operations import Item, Operation
from auditor.store.store import Store
from auditor.store.tables import DATASETS, PLACES

CLASSES = ("fear", "joy")


def write(root, faces):
    """A table of faces and their images: name -> (label, grey value)."""
    root.mkdir(parents=True, exist_ok=True)
    for name, (_, grey) in faces.items():
        Image.fromarray(np.full((8, 8, 3), grey, np.uint8)).save(root / name)
    lines = [f"{name},{label}" for name, (label, _) in faces.items()]
    (root / "labels.csv").write_text("\n".join(["image,label", *lines]) + "\n")
    return root


FACES = {f"{place}.png": (CLASSES[place % 2], 10 * place) for place in range(20)}


@pytest.fixture
def opened(tmp_path):
    store = Store.open(Workspace(tmp_path / "workspace"))
    yield store
    store.close()


def enter(store, root):
    """Open and register what is in a folder."""
    return store.datasets.register(open_dataset(root))


def decide(store, dataset, *names):
    items = tuple(Item(name, 0, "exclude", "joy") for name in names)
    store.decisions.append(Operation("-".join(names), dataset.key, "ada", items=items))


def decided(store, recognised):
    return set(store.decisions.state(recognised.dataset.key).on(recognised.dataset))


def test_a_folder_that_moved_has_its_decisions(opened, tmp_path):
    root = write(tmp_path / "before", FACES)
    first = enter(opened, root)
    assert first.message == ""
    decide(opened, first.dataset, "1.png", "3.png")
    root.rename(tmp_path / "after")
    moved = enter(opened, tmp_path / "after")
    assert moved.dataset.key == first.dataset.key
    assert decided(opened, moved) == {"1.png", "3.png"}
    assert "opened before in" in moved.message
    assert "Its decisions on 2 images apply here" in moved.message
    assert enter(opened, tmp_path / "after").message == ""
    assert opened.datasets.get(moved.dataset.key).root == str(tmp_path / "after")


def test_the_decoded_faces_move_along(opened, tmp_path):
    cache = tmp_path / "workspace" / "cache"
    ImageCache.open(enter(opened, write(tmp_path / "before", FACES)).dataset, 8, cache)
    (tmp_path / "before").rename(tmp_path / "after")
    moved = enter(opened, tmp_path / "after").dataset
    assert [folder.name for folder in (cache / "images").iterdir()] == [family(moved.root, cache).name]
    assert held_of_root.ids(moved.root, cache) == set(FACES)


def test_a_copy_is_the_same_data_set_and_says_so(opened, tmp_path):
    first = enter(opened, write(tmp_path / "a", FACES))
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    copied = enter(opened, tmp_path / "b")
    assert copied.dataset.key == first.dataset.key
    assert "still there: both are one data set" in copied.message


def test_a_copy_with_other_labels_is_another_one_and_says_so(opened, tmp_path):
    first = enter(opened, write(tmp_path / "a", FACES))
    decide(opened, first.dataset, "1.png")
    other = enter(opened, write(tmp_path / "b", FACES | {"0.png": ("joy", 0)}))
    assert other.dataset.key != first.dataset.key
    assert decided(opened, other) == set()
    assert "with other labels" in other.message
    assert "Its decisions on 1 image do not apply here" in other.message
    assert enter(opened, tmp_path / "b").dataset.key == other.dataset.key


def test_corrected_labels_new_images_and_a_move_lose_nothing(opened, tmp_path):
    first = enter(opened, write(tmp_path / "a", FACES))
    decide(opened, first.dataset, "1.png")
    edited = FACES | {"0.png": ("joy", 0), "new.png": ("fear", 222)}
    assert enter(opened, write(tmp_path / "a", edited)).dataset.key == first.dataset.key
    (tmp_path / "a").rename(tmp_path / "b")
    moved = enter(opened, write(tmp_path / "b", edited | {"newer.png": ("joy", 223)}))
    assert moved.dataset.key == first.dataset.key
    assert "changed since" in moved.message
    assert decided(opened, moved) == {"1.png"}


def test_other_images_of_the_same_names_are_another_data_set(opened, tmp_path):
    first = enter(opened, write(tmp_path / "a", FACES))
    shutil.rmtree(tmp_path / "a")
    other = enter(opened, write(tmp_path / "b", {n: (c, grey + 1) for n, (c, grey) in FACES.items()}))
    assert other.dataset.key != first.dataset.key


def test_other_images_in_the_same_folder_do_not_get_the_decisions(opened, tmp_path):
    first = enter(opened, write(tmp_path / "a", FACES))
    decide(opened, first.dataset, "1.png")
    shutil.rmtree(tmp_path / "a")
    other = enter(opened, write(tmp_path / "a", {f"other_{name}": face for name, face in FACES.items()}))
    assert other.dataset.key != first.dataset.key
    assert "held other images before" in other.message
    assert enter(opened, tmp_path / "a").dataset.key == other.dataset.key


def test_images_that_were_made_anew_in_place_keep_the_decisions_and_are_mentioned(opened, tmp_path):
    first = enter(opened, write(tmp_path / "a", FACES))
    again = enter(opened, write(tmp_path / "a", {n: (c, grey + 1) for n, (c, grey) in FACES.items()}))
    assert again.dataset.key == first.dataset.key
    assert "hold something else" in again.message


def test_an_older_workspace_finds_its_key_and_recognises_a_move_by_its_index(tmp_path):
    workspace = Workspace(tmp_path / "workspace")
    root = write(tmp_path / "a", FACES)
    for path in (root, *root.iterdir()):
        os.utime(path, (1, 1))  # old enough for its time to be trusted
    dataset = open_dataset(root, cache=workspace.cache)
    old = dataset_key(root, dataset.format, dataset.label_file)
    store = Store.open(workspace)
    store.datasets.register(replace(dataset, content=None, key=old))  # as it was before there were indexes
    assert store.datasets.register(open_dataset(root)).dataset.key == old
    with store.database.write() as connection:
        connection.execute(update(DATASETS).values(content=None))
    root.rename(tmp_path / "b")
    assert store.datasets.register(open_dataset(tmp_path / "b")).dataset.key == old
    with store.database.read() as connection:
        assert connection.execute(PLACES.select()).rowcount
    store.close()


def test_an_erased_image_leaves_the_index_and_the_data_set_is_still_known(opened, tmp_path):
    first = enter(opened, write(tmp_path / "a", FACES))
    opened.erasing.images(first.dataset.key, ["1.png"], keep=True)
    assert len(opened.datasets.get(first.dataset.key).content.sample) == 15
    (tmp_path / "a").rename(tmp_path / "b")
    assert enter(opened, tmp_path / "b").dataset.key == first.dataset.key


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.dictionaries(
            st.sampled_from([f"{n}.png" for n in range(4)]),
            st.tuples(st.sampled_from(CLASSES), st.integers(0, 2)),
            min_size=2,
        ).filter(lambda faces: len({label for label, _ in faces.values()}) == 2),
        min_size=2,
        max_size=3,
    )
)
def test_what_is_in_two_standing_folders_is_one_data_set_only_if_it_is_the_same(tmp_path_factory, sets):
    home = tmp_path_factory.mktemp("sets")
    store = Store.open(Workspace(home / "workspace"))
    keys = [enter(store, write(home / str(place), faces)).dataset.key for place, faces in enumerate(sets)]
    for one, first in enumerate(sets):
        for two, second in enumerate(sets):
            assert (keys[one] == keys[two]) == (first == second)
        Path(home / str(one)).rename(home / f"moved {one}")
        assert enter(store, home / f"moved {one}").dataset.key == keys[one]
    store.close()
