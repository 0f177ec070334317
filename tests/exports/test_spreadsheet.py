"""spreadsheet.py: one writer for every table, and no cell or heading is run as a formula."""

import csv
import io

import numpy as np
import pandas as pd
import pytest

from auditor.exports import spreadsheet
from tests.conftest import REPOSITORY

FORMULAS = ("'=1", "=cmd|'/c calc'!A0", "+1+cmd", "-2+3", "@SUM(1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＠SUM(1)")


@pytest.mark.parametrize("formula", FORMULAS)
def test_cells_and_headings_are_inert(formula):
    table = pd.DataFrame({formula: [0.5, -0.25], "name": [formula, "train_1.jpg"], "given": ["-1", "7"]})
    header, first, second = csv.reader(io.StringIO(spreadsheet.csv_bytes(table).decode(), newline=""))
    assert header == [f"'{formula}", "name", "given"]
    assert first == ["0.5", f"'{formula}", "-1"]  # a number is one, whatever it begins with
    assert second == ["-0.25", "train_1.jpg", "7"]
    assert spreadsheet.original(header[0]) == formula


@pytest.mark.parametrize("text", ["a;=1+1", "a\t=1+1", 'a";=1', "a,=1"])
@pytest.mark.parametrize("delimiter", [",", "\t"])
def test_a_cell_does_not_end_early_where_another_sign_separates(text, delimiter):
    line = spreadsheet.csv_bytes(pd.DataFrame({"name": [text]}), delimiter).decode().splitlines()[1]
    assert line.startswith('"') and line.endswith('"')


def test_two_columns_of_one_name_and_no_rows_are_written():
    twice = pd.DataFrame(np.array([["=1", "x"]]), columns=["=a", "=a"])
    assert spreadsheet.csv_bytes(twice) == b"'=a,'=a\n'=1,x\n"
    assert spreadsheet.csv_bytes(twice.iloc[:0]) == b"'=a,'=a\n"


def test_nobody_else_writes_a_table():
    """But the label file of a data frame, which this program reads back and whose names must stay as they are."""
    for path in (REPOSITORY / "auditor").rglob("*.py"):
        if path.name not in ("spreadsheet.py", "imported.py"):
            assert ".to_csv(" not in path.read_text(encoding="utf-8"), f"{path} has a writer of its own"
