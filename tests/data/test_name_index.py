"""auditor/data/name_index.py: rows are found, however they are looked for, and a few names are not worth a list."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.data import name_index
from auditor.data.name_index import NameIndex

NAMES = st.lists(st.text("abé", max_size=4), max_size=40, unique=True)


@given(NAMES, st.lists(st.one_of(st.text("abé", max_size=4), st.lists(st.text("abé", max_size=4), max_size=3))))
def test_every_name_has_its_row_and_no_other_has_one(names, questions):
    rows = {name: row for row, name in enumerate(names)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(name_index, "LONG", 10)
        index = NameIndex(np.array(names, dtype=object))
        for question in questions:
            if isinstance(question, list):
                index.look_up(question)
            else:
                assert index.get(question) == rows.get(question)


def test_a_large_data_set_is_listed_only_where_many_names_are_asked_for():
    names = np.array([f"{number}.jpg" for number in range(name_index.LONG)], dtype=object)
    index = NameIndex(names)
    index.look_up(["7.jpg", "gone.jpg"])
    assert (index.get("7.jpg"), index.get("gone.jpg")) == (7, None)
    assert [index.get(f"{number}.jpg") for number in range(100, 99 + name_index.SEARCHES)] == [*range(100, 107)]
    assert "rows" not in vars(index)
    assert index.get("200.jpg") == 200
    assert "rows" in vars(index)
