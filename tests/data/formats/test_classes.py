import pytest

from auditor.data.formats.classes import Encoder, encode, label_key
from auditor.errors import DataError


def classes(values):
    encoder = Encoder("label")
    keys = encoder.keys(values)
    encoded, bad = encoder.classes()
    return encoded, {key: kind for key, (kind, _) in bad.items() if key}, encode(keys, encoded).tolist()


def test_numbers_in_numeric_order_however_they_are_written():
    encoded, bad, rows = classes(["10", "2.0", "02", "2", "0"])
    assert (encoded.keys, encoded.codes, bad) == (("0", "2", "10"), ("0", "2.0", "10"), {})
    assert rows == [2, 1, 1, 1, 0]


def test_words_in_alphabetical_order_with_their_usual_spelling():
    encoded, _, rows = classes(["Sad", "happy", "Happy", "Happy", " sad", "nan", ""])
    assert (encoded.names, encoded.codes) == (("happy", "sad"), ("Happy", "Sad"))
    assert rows == [1, 0, 0, 0, 1, -1, -1]


def test_labels_that_are_mistakes():
    _, bad, rows = classes(["1", "2"] * 20 + ["77", "-1", "happy"])
    assert bad == {"77": "label-range", "-1": "label-range", "happy": "bad-label"}
    assert rows[-3:] == [-1, -1, -1]
    assert classes(["happy", "sad"] * 20 + ["3"])[1] == {"3": "bad-label"}


def test_columns_that_hold_no_classes():
    with pytest.raises(DataError, match="holds no label"):
        classes(["", "nan"])
    with pytest.raises(DataError, match="different values"):
        classes([f"word {i}" for i in range(2000)])


def test_what_labels_are_compared_by():
    assert [label_key(v) for v in ("3", "+3.0", "-0", "-2", "N/A", "ß")] == ["3", "3", "0", "-2", "", "ss"]
