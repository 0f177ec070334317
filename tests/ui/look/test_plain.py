"""plain.py: no part of a name is read as Markdown. What a browser shows of it: tests/e2e/test_history.py."""

import re

from hypothesis import given
from hypothesis import strategies as st

from auditor.ui.look.plain import JOINER, plain


@given(st.text(max_size=40))
def test_every_sign_is_escaped_and_every_letter_comes_back(text):
    shown = plain(text)
    assert not re.search(r"(?<!\\)[*_`\[\]<>$#|~&]", shown.replace("\\\\", ""))
    assert "\n" not in shown
    back = re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", shown).replace(JOINER, "")
    assert back == " ".join(text.split()).replace(JOINER, "")


def test_no_line_begins_a_list_or_a_heading():
    for text in ("1. x", "1234) x", "- x", "+ x", "# x", "> x", "    x"):
        assert re.match(r"(\d+)?\\[-+#>.)] x$|x$", plain(text))
    assert plain("3.5 of 7 (50 %), well-known.") == "3.5 of 7 (50 %), well-known."


def test_addresses_icons_and_arrows_are_broken_up():
    for text in ("https://evil.example", "www.evil.example", "a@b.example", ":smile:", ":material/home:", "a -> b"):
        assert JOINER in plain(text)
    for text in ("happiness", "train_00001.jpg", "Anna B.", "kappa: 0.5"):
        assert JOINER not in plain(text)
