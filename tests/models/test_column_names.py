"""models/column_names.py: names of a method's columns that would mean something else in the evidence are refused."""

import types

import pytest

from auditor.errors import ConfigError
from auditor.evidence import schema
from models import column_names, registry
from models.base import Method
from models.batch import ColumnInfo

FLOAT, INT = ColumnInfo("float32", "A number."), ColumnInfo("int16", "A class.")


def test_the_names_that_are_taken_are_those_of_the_evidence():
    names = {value for name, value in vars(schema).items() if name.isupper()}
    assert {schema.P_GIVEN, schema.P_SUGGESTED, schema.PRED, schema.SUSPICION} == set(column_names.COMPUTED)
    assert schema.ASSIGNMENT == column_names.ASSIGNMENT and schema.POSTERIOR == column_names.POSTERIOR
    assert {name for name in names if "_" in name} - {schema.P_GIVEN, schema.P_SUGGESTED} == set(column_names.GENERAL)
    for column in ("pred_net1", "prediction", "top_pred"):
        assert column_names.holds_classes(column) and schema.is_class(f"mine_{column}")
    assert not column_names.holds_classes("spread") and not schema.is_class("mine_spread")


@pytest.mark.parametrize(
    ("named", "words"),
    [
        ({"suspicion": FLOAT}, "names a column 'suspicion', which the evidence computes itself for every method"),
        ({"own_suspicion": FLOAT}, "which the evidence computes itself"),
        ({"p_given": FLOAT}, "which the evidence computes itself"),
        ({"p_suggested": FLOAT}, "which the evidence computes itself"),
        ({"pred": INT}, "which the evidence computes itself"),
        ({"predicted_doubt": FLOAT}, "holds class numbers as integers, not float32"),
        ({"assignment": FLOAT}, "only an int8 column called assignment"),
        ({"own_assignment": ColumnInfo("int8", "A code.")}, "only an int8 column called assignment"),
        ({"posterior": FLOAT}, "one value for each class (width 'classes')"),
        ({"shares": ColumnInfo("float16", "Shares.", width="classes")}, "the column called posterior, and no other"),
        ({"pair": FLOAT, "pair_0": FLOAT}, "an element of the column pair"),
        ({"My column": FLOAT}, "not lower-case letters"),
    ],
)
def test_a_column_that_would_mean_something_else_is_refused(named, words):
    (objection,) = column_names.objections("mine", named, ())
    assert objection.startswith("The method mine names a column '") and words in objection
    assert objection.endswith("; rename it.")


def test_a_network_needs_both_of_its_columns():
    named = {"pred_a": INT, "p_a": FLOAT, "pred_b": INT}
    (objection,) = column_names.objections("mine", named, ("a", "b"))
    assert "states the network 'b' without the column p_b" in objection
    assert not list(column_names.objections("mine", {**named, "p_b": FLOAT}, ("a", "b")))


@pytest.mark.parametrize("name", ["My-method", "m ine", "2mine", "Mine"])
def test_a_methods_name_is_lower_case_letters_digits_and_underscores(name):
    (objection,) = column_names.objections(name, {"doubt": FLOAT}, ())
    assert objection == f"The method's name '{name}' is not lower-case letters, digits and underscores; rename it."


def test_a_method_may_not_be_named_as_the_evidences_own_columns_begin():
    (objection,) = column_names.objections("carto", {"doubt": FLOAT}, ())
    assert "look like the evidence's own carto_confidence; give the method another name" in objection


def test_a_method_is_refused_when_the_methods_are_found(monkeypatch):
    stated = {"name": "mine", "title": "MINE", "paper": "nobody", "columns": {"suspicion": FLOAT}}
    kind = type("Mine", (Method,), {**stated, "__module__": "models.mine"})
    kind.__abstractmethods__ = frozenset()
    found = types.SimpleNamespace(name="mine", ispkg=False)
    monkeypatch.setattr(registry.pkgutil, "iter_modules", lambda _: [found])
    monkeypatch.setattr(registry.importlib.util, "find_spec", lambda _: True)
    module = types.ModuleType("models.mine")
    module.Mine = kind
    monkeypatch.setattr(registry.importlib, "import_module", lambda _: module)
    with pytest.raises(ConfigError, match="column 'suspicion', which the evidence computes itself"):
        registry.methods.__wrapped__()
