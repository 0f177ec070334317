"""auditor/data/files/line_search.py: no line that begins with a word is passed over, and few others are named."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from auditor.data.files.line_search import near as near_bytes


def near(lines, words):
    lengths = [len(line.encode()) + 1 for line in lines]
    return near_bytes("\n".join(lines).encode(), np.cumsum([0, *lengths])[: len(lines)], words)


WORDS = st.text("ab.é\u00a0", min_size=1, max_size=20)
LINES = st.lists(st.text("ab.é \t\x1c\u00a0\r", max_size=24), max_size=12)


@given(LINES, st.lists(WORDS, max_size=4))
def test_every_line_that_begins_with_a_word_is_named(lines, words):
    lines = [*lines, *words, *(f"{word} 3" for word in words), *(f" {word}" for word in words)]
    beginning = {number for number, line in enumerate(lines, 1) if line.split(None, 1)[:1] and line.split()[0] in words}
    others = {number for number, line in enumerate(lines, 1) if not line.isascii()}
    named = near(lines, set(words))
    assert named == sorted(set(named))
    assert beginning | others <= set(named)


def test_of_many_lines_few_others_are_named():
    rng = np.random.default_rng(0)
    names = [f"train_{number:06d}.jpg" for number in rng.permutation(200_000)]
    lines = [f"{name} {number % 7}" for number, name in enumerate(names)]
    named = near(lines, set(names[:500]))
    assert named[:500] == list(range(1, 501))
    assert len(named) < 600  # 500 of 4 million places are marked: about 25 lines by chance


def test_nothing_is_named_where_nothing_is_looked_for():
    assert near(["a.jpg 1", "b.jpg 2"], ()) == []
    assert near([""], {"a.jpg"}) == [1]  # an empty line, which the caller drops
