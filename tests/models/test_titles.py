"""Test models/titles.py: descriptions read without torch equal those of the imported classes."""

import dataclasses
import subprocess
import sys

import models
from models import registry, titles

PLAIN = '''
class Plain(Method):
    """A method that states as little as it can."""
    name, title = "plain", "Plain"
    paper = "nobody" + " yet"
'''


def forget():
    titles.descriptions.cache_clear()
    titles.colours.cache_clear()


def test_every_description_is_what_the_class_holds():
    assert list(titles.descriptions()) == list(registry.methods())
    for name, kind in registry.methods().items():
        stated = dataclasses.asdict(titles.descriptions()[name])
        assert stated == {key: getattr(kind, key) for key in titles.FIELDS}
        assert kind.about.endswith(".")


def test_a_description_says_nothing_of_what_is_no_plain_value_and_finds_a_free_colour(tmp_path, monkeypatch):
    (tmp_path / "plain.py").write_text(PLAIN, encoding="utf-8")
    monkeypatch.setattr(models, "__path__", [*models.__path__, str(tmp_path)])
    forget()
    try:
        assert titles.descriptions()["plain"] == titles.Description("plain", "Plain")
        assert len(set(titles.colours().values())) == len(titles.descriptions())
    finally:
        forget()


def test_a_method_that_was_removed_keeps_its_name_and_a_colour_of_its_own():
    assert titles.title("gone") == "gone"
    assert titles.colour("gone") not in titles.colours().values()
    assert titles.student() in titles.descriptions() and titles.student() not in titles.judges()


def test_titles_are_read_without_torch():
    code = "import sys; from models import titles; print(titles.title('noisyfer'), 'torch' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.split() == ["NoisyFER", "False"]


def test_no_two_figures_of_a_method_are_shown_under_one_name():
    for name, each in titles.descriptions().items():
        columns = {*titles.COLUMN_WORDS, *each.column_words}
        assert len({titles.column_words(name, column)[0] for column in columns}) == len(columns)
