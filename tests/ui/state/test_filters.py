"""The images that a view selects, and their order."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from auditor.store.operations import Operation, item_of
from auditor.ui.state.columns import build
from auditor.ui.state.filters import Filters, select
from auditor.ui.state.overlay import Overlay


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ({}, [1, 3, 2, 5, 4, 0]),
        ({"sort": "-suspicion"}, [0, 4, 2, 5, 3, 1]),
        ({"sort": "man"}, [1, 3, 5, 2, 4, 0]),
        ({"sort": "file"}, [0, 1, 2, 3, 4, 5]),
        ({"sort": "nonsense"}, [1, 3, 2, 5, 4, 0]),
        ({"class": "surprise,fear"}, [1, 2, 0]),
        ({"class": "joy"}, []),
        ({"suggested": "fear"}, [1, 2]),
        ({"assignment": "noisy"}, [1, 3]),
        ({"votes": "1"}, [1, 3, 2]),
        ({"smin": "0.5", "smax": "0.8"}, [3, 2, 5]),
        ({"q": "00003"}, [2]),
        ({"q": "TRAIN_0"}, [1, 3, 2, 5, 4, 0]),
        ({"q": ".jpg\0train"}, []),
        ({"q": "train_0.*"}, []),
        ({"dup": "any", "sort": "duplicates"}, [1, 2, 3, 4]),
        ({"dup": "conflict"}, [1, 2]),
        ({"reviewed": "yes"}, [3]),
        ({"reviewed": "exclude"}, [3]),
        ({"reviewed": "no", "class": "disgust"}, [4]),
        ({"by": "ada"}, [3]),
        ({"by": "nobody"}, []),
        ({"tag": "hard"}, [4]),
        ({"reviewed": "noted"}, [0]),
        ({"sel": "t"}, [5, 0, 1]),
        ({"sel": "t", "sort": "suspicion"}, [1, 5, 0]),
    ],
)
def test_select_rows(dataset, store, evidence_table, query, rows):
    names = dataset.names
    for number, (image, action, text) in enumerate(
        [(names[3], "exclude", None), (names[4], "tag", "hard"), (names[0], "note", "look")]
    ):
        item = item_of(dataset, dataset.index_of(image), action, text=text)
        store.decisions.append(Operation(f"op-{number}xx", dataset.key, "ada", items=(item,)))
    overlay = Overlay.empty(len(dataset)).update(dataset, store.decisions.state(dataset.key))
    chosen = np.array([5, 0, 1, 99], np.int32)
    found = select(Filters.read(query), dataset, build(dataset, evidence_table), overlay, chosen)
    assert found.tolist() == rows


def test_without_evidence_everything_comes_in_file_order(dataset):
    found = select(Filters(smin=0.5), dataset, build(dataset, None), Overlay.empty(len(dataset)))
    assert found.tolist() == [0, 1, 2, 3, 4, 5]


@given(
    some.dictionaries(
        some.sampled_from(["class", "per", "page", "smin", "sort", "blind", "dup", "view", "x"]), some.text()
    )
)
def test_any_address_is_read_and_written_back(query):
    filters = Filters.read(query)
    assert Filters.read(filters.parameters()) == filters


def test_numbers_out_of_range_come_back_into_it():
    filters = Filters.read({"per": "7", "page": "-3", "smin": "nan", "smax": "9", "votes": "1e3", "blind": "yes"})
    assert (filters.per, filters.page, filters.smin, filters.smax, filters.votes, filters.blind) == (
        30,
        1,
        0.0,
        1.0,
        0,
        0,
    )
