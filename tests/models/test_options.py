"""Test models/options.py: values from forms and command lines, and errors that name the allowed values."""

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.errors import ConfigError
from models.options import Options, describe, option


@dataclass(frozen=True)
class Some(Options):
    """Options of every kind."""

    flag: bool = option(False, "A switch.")
    pair: tuple[float, ...] = option((0.5, 0.5), "Two numbers.", low=0, high=1)
    kind: str = option("a", "One of two.", choices=("a", "b"))


def test_text_becomes_the_options_type():
    parsed = Some.make({}, {"epochs": "3", "lr": "1e-3", "flag": "yes", "pair": "0.1,0.2", "kind": "b"})
    assert (parsed.epochs, parsed.lr, parsed.flag, parsed.pair, parsed.kind) == (3, 1e-3, True, (0.1, 0.2), "b")
    assert Some.make({}, {"flag": "False", "epochs": 4.0, "pair": [1, 0]}).pair == (1.0, 0.0)


def test_overrides_go_over_the_preset_and_none_keeps_it():
    parsed = Some.make({"epochs": 7, "lr": 0.1}, {"lr": 0.2, "epochs": None})
    assert (parsed.epochs, parsed.lr, parsed.batch_size) == (7, 0.2, 64)


@pytest.mark.parametrize(
    ("name", "value"),
    [("epochs", 0), ("epochs", "2.5"), ("epochs", "many"), ("epochs", True), ("lr", "nan"), ("lr", -1),
     ("flag", "perhaps"), ("pair", "0.1,2"), ("kind", "c"), ("kind", 3), ("optimiser", "magic")],
)  # fmt: skip
def test_a_value_that_is_not_taken_is_refused_with_the_possible_ones(name, value):
    with pytest.raises(ConfigError, match=f"Option '{name}' cannot be .*give .*default"):
        Some.make({}, {name: value})


def test_an_unknown_option_is_refused_with_the_known_ones():
    with pytest.raises(ConfigError, match=r"no option 'typo'; the options are .*epochs"):
        Some.make({}, {"typo": 1})


@settings(deadline=None)  # a busy machine is no failure
@given(st.dictionaries(st.sampled_from(["epochs", "lr", "flag", "pair", "kind"]), st.text() | st.floats() | st.none()))
def test_any_value_is_taken_or_refused_in_a_sentence(values):
    try:
        Some.make({}, values)
    except ConfigError as error:
        assert str(error).endswith((".", ")."))


def test_descriptions_have_a_type_and_help():
    by_name = {entry["name"]: entry for entry in describe(Some)}
    assert by_name["flag"]["type"] == "bool" and by_name["kind"]["choices"] == ("a", "b")
    assert all(entry["help"] for entry in by_name.values())
