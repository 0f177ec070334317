"""glances.py: looks at pages: one line for each person, data set, page and hour."""

from tests.store.faces import dataset

KEY = dataset().key


def test_an_hour_of_looking_is_one_line(store):
    for at in (3600.0, 3700.0, 7199.0, 7200.0):
        store.glances.note(KEY, "ada", "review", at)
    store.glances.note(KEY, "ben", "review", 3601.0)
    store.glances.note("other", "ada", "map", 3602.0)
    found = [(each.who, each.page, each.first_at, each.last_at, each.times) for each in store.glances.list(KEY)]
    assert found == [
        ("ada", "review", 7200.0, 7200.0, 1),
        ("ada", "review", 3600.0, 7199.0, 3),
        ("ben", "review", 3601.0, 3601.0, 1),
    ]
    assert len(store.glances.list()) == 4
    store.erasing.annotator([KEY, "other"], "ada", "erased 1")
    assert {each.who for each in store.glances.list()} == {"erased 1", "ben"}
