"""Work shared out: kept, found by its person, erased with what it names; and how far everybody has got."""

import pytest

from auditor.errors import RefusedError
from auditor.store.operations import Item, Operation
from auditor.store.parts import KNOWN, REPEAT, PartFace
from auditor.store.progress import Agreement, pace, progress
from auditor.store.sharing import Share, Terms
from tests.store.faces import NAMES, dataset

KEY = dataset().key
TERMS = Terms(("ada", "ben"), per_face=2, repeats=0.5, seed=3)


def decide(store, who, image, label, mode="open"):
    action = ("exclude", None) if label is None else ("relabel", label)
    item = Item(image, NAMES.index(image), action[0], "anger", action[1])
    number = len(store.decisions.state(KEY).records)
    store.decisions.append(Operation(f"op-{number}", KEY, who, mode=mode, items=(item,)))


def test_a_part_is_found_by_its_person_until_it_ends_or_is_shared_out_anew(store):
    made = store.sharing.share(KEY, NAMES, TERMS, by="lea", known={"a.jpg": "joy"})
    assert store.sharing.current(KEY) == made
    part = store.sharing.part(KEY, "ben")
    assert part.parts == {"ben": made.parts["ben"]}
    assert part.known == {"a.jpg": "joy"}
    assert store.sharing.part(KEY, "eve") is None
    again = store.sharing.share(KEY, NAMES[:2], Terms(("eve",)), by="lea")
    assert store.sharing.current(KEY).number == again.number > made.number
    assert store.sharing.part(KEY, "ben") is None
    store.sharing.end(KEY)
    assert store.sharing.current(KEY) is None
    with pytest.raises(RefusedError, match="Nothing is shared out"):
        store.sharing.end(KEY)


def test_refused_terms_leave_what_is_shared_out(store):
    made = store.sharing.share(KEY, NAMES, TERMS, by="lea")
    with pytest.raises(RefusedError):
        store.sharing.share(KEY, NAMES, Terms(("ada",), per_face=2), by="lea")
    assert store.sharing.current(KEY) == made


def test_progress_and_agreement_are_those_worked_out_by_hand(store):
    faces = tuple(PartFace(name) for name in ("a.jpg", "b.jpg", "c.jpg"))
    parts = {
        "ada": (*faces, PartFace("d.jpg", KNOWN), PartFace("a.jpg", REPEAT), PartFace("b.jpg", REPEAT)),
        "ben": (*faces, PartFace("d.jpg", KNOWN)),
    }
    share = Share(1, KEY, TERMS, "lea", 0.0, {"d.jpg": "joy"}, parts)
    for who, image, label, mode in (
        ("ada", "a.jpg", "joy", "open"), ("ada", "b.jpg", "joy", "open"), ("ada", "d.jpg", "fear", "open"),
        ("ada", "a.jpg", "joy", "repeat"), ("ada", "b.jpg", "fear", "repeat"),
        ("ben", "a.jpg", "joy", "open"), ("ben", "b.jpg", None, "open"), ("ben", "d.jpg", "joy", "open"),
    ):  # fmt: skip
        decide(store, who, image, label, mode)
    ada, ben = progress(share, store.decisions.state(KEY))
    assert (ada.judged, ada.faces) == (5, 6)
    assert (ben.judged, ben.faces) == (3, 4)
    assert ada.itself == Agreement(1, 2)
    assert ben.itself.share is None
    assert (ada.known, ben.known) == (Agreement(0, 1), Agreement(1, 1))
    assert ben.known_by_class == {"joy": Agreement(1, 1)}
    assert ada.others == Agreement(1, 3)
    assert ada.by_class == {"fear": Agreement(0, 1), "joy": Agreement(1, 2)}
    assert ben.by_class == {"excluded": Agreement(0, 1), "joy": Agreement(1, 2)}
    # A second look never changes what holds.
    assert store.decisions.state(KEY).by_image["b.jpg"].label is None


def test_the_pace_leaves_out_pauses():
    assert pace([0, 2, 4, 1000, 1002]) == pytest.approx(30)
    assert pace([5]) is None


def test_an_erased_image_and_an_erased_person_are_gone_from_it(store):
    store.sharing.share(KEY, NAMES, TERMS, by="ada", known={"a.jpg": "joy", "b.jpg": "fear"})
    decide(store, "ada", "c.jpg", "joy")
    store.erasing.images(KEY, ["a.jpg", "c.jpg"], keep=True)
    share = store.sharing.current(KEY)
    assert share.known == {"b.jpg": "fear"}
    assert {face.image for part in share.parts.values() for face in part} == {"b.jpg", "d.jpg", "e.jpg", "f.jpg"}
    store.erasing.annotator([KEY], "ada", "erased 1")
    share = store.sharing.current(KEY)
    assert share.by == "erased 1"
    assert share.terms.people == ("erased 1", "ben")
    assert set(share.parts) == {"erased 1", "ben"}
    store.erasing.dataset(KEY)
    assert store.sharing.current(KEY) is None
