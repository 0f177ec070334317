"""auditor/jobs/beside.py: the last line of a module's output, the reason why it failed, and the end of patience."""

import pytest

from auditor.config import DatasetRef, RunConfig
from auditor.jobs import beside

CONFIG = RunConfig(DatasetRef("/faces", "rafdb", "", "abc"), ("nla",))


def test_the_configuration_is_the_input_and_the_last_line_is_the_result():
    outcome = beside.ask("json.tool", ["--compact"], CONFIG, 60)
    assert RunConfig.from_json(outcome.result) == CONFIG and (outcome.reason, outcome.status) == ("", 0)


def test_the_last_line_of_an_error_is_the_reason(tmp_path):
    outcome = beside.ask("json.tool", [str(tmp_path / "absent.json")], CONFIG, 60)
    assert outcome.result == "" and "absent.json" in outcome.reason and outcome.status != 0


def test_a_module_that_prints_nothing_has_failed():
    assert beside.ask("__future__", [], CONFIG, 60).reason == "the process ended early"


def test_it_is_ended_when_patience_is():
    with pytest.raises(TimeoutError, match="took more than 0 seconds"):
        beside.ask("json.tool", [], CONFIG, 0.001)
