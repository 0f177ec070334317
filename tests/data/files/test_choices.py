"""auditor/data/files/choices.py: cells that hold a list of labels, read and written back in their own form."""

import pytest

from auditor.data.files.choices import labels_in, written_like

CELLS = {
    '{"choices": ["Happy", "Sad"]}': ["Happy", "Sad"],
    '{"choices":["Happy"]}': ["Happy"],
    "['happy']": ["happy"],
    '{"emotion": "happy"}': ["happy"],
    '["happy", "happy"]': ["happy"],
    "[]": [],
    "happy": None,
    "[1, 2, 3]": None,
    '{"a": "x", "b": "y"}': None,
    "[__import__('os')]": None,
    "[" * 900 + "]" * 900: None,
}


@pytest.mark.parametrize("cell", CELLS)
def test_the_labels_of_a_cell(cell):
    assert labels_in(cell) == CELLS[cell]


@pytest.mark.parametrize(
    ("cell", "after"),
    [
        ('{"choices":["Happy"]}', '{"choices":["Sad"]}'),
        ("['Happy']", "['Sad']"),
        ('{"emotion": "Happy"}', '{"emotion": "Sad"}'),
        ("Happy", "Sad"),
    ],
)
def test_a_new_label_takes_the_old_ones_form(cell, after):
    assert written_like("Sad", cell) == after
