"""auditor/ui/screens/data/erasing.py: the sentence that a person confirms repeats what will go."""

from auditor.erasure.scope import Wish
from auditor.ui.screens.data.erasing import warning


def test_the_confirmation_repeats_what_will_go():
    end = "in the workspace. This cannot be undone."
    assert warning(Wish(images=("a",)), "RAF-DB", 1) == f"1 image of RAF-DB will be erased from 1 place {end}"
    assert warning(Wish(images=("a", "b")), "RAF-DB", 12).startswith("2 images of RAF-DB will be erased from 12 places")
    assert warning(Wish(annotator="ada"), "RAF-DB", 2).startswith("The name ada on RAF-DB will be")
    assert warning(Wish(whole=True), "RAF-DB", 40).startswith("All of RAF-DB, including its decisions, will be")
