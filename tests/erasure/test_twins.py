"""scope.py: of two images whose names differ in their Unicode form only, one never takes the other along."""

import pytest

from auditor.config import Workspace
from auditor.data.opening import open_dataset
from auditor.erasure import erase
from auditor.erasure.scope import Wish
from auditor.errors import RefusedError
from auditor.store.store import Store
from tests.store.test_image_names import LINUX, MAC, decide, draw


@pytest.mark.parametrize("gone", [False, True], ids=["both are there", "one is gone"])
@pytest.mark.parametrize(("wished", "other"), [(MAC, LINUX), (LINUX, MAC)], ids=["a Mac's", "Linux's"])
def test_one_of_two_forms_is_refused_and_both_are_erased(tmp_path, wished, other, gone):
    root, workspace = tmp_path / "faces", Workspace(tmp_path / "work").make()
    draw(root, wished, other, "joy/b.png", "sad/c.png")
    dataset = open_dataset(root)
    with Store.opened(workspace) as store:
        decide(store, dataset, wished)
        decide(store, dataset, other)
        if gone:
            (root / wished).unlink()
        with pytest.raises(RefusedError, match="in the Unicode form of an accent only"):
            erase.plan(workspace, store, root, Wish(images=(wished,)))
        assert len(store.decisions.state(dataset.key).by_image) == 2
        erase.carry_out(erase.plan(workspace, store, root, Wish(images=(wished, other))), store, by="ops")
        assert store.decisions.state(dataset.key).by_image == {}


def test_a_name_that_was_copied_through_a_mac_is_one_image(tmp_path):
    root, workspace = tmp_path / "faces", Workspace(tmp_path / "work").make()
    draw(root, MAC, "joy/b.png", "sad/c.png")
    dataset = open_dataset(root)
    with Store.opened(workspace) as store:
        decide(store, dataset, MAC)
        (root / MAC).rename(root / LINUX)
        erase.carry_out(erase.plan(workspace, store, root, Wish(images=(LINUX,))), store, by="ops")
        assert store.decisions.state(dataset.key).by_image == {}
