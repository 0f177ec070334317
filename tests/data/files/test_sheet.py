import pytest

from auditor.data.files.sheet import is_table, read_head, read_sheet
from auditor.data.formats.roles import guess
from auditor.data.problems import Problems
from auditor.errors import DataError


def head(tmp_path, text, name="t.csv"):
    (tmp_path / name).write_text(text)
    return read_head(tmp_path / name)


def test_the_guess_goes_by_names_and_by_what_is_in_a_column(tmp_path):
    choice = guess(
        head(
            tmp_path,
            "id,Emotion,file,Usage,score\n" + "".join(f"{i},{i % 7},{i}.png,Training,0.{i}1\n" for i in range(9)),
        )
    )
    assert (choice.image, choice.label, choice.split) == ("file", "Emotion", "Usage")
    assert choice.labels == ("Emotion",)
    assert guess(head(tmp_path, "a,b\n1.5,2.5\n0.1,0.2\n")) is None
    lines = "".join(f"{i}.png,{i % 2}\n" for i in range(20))
    assert guess(head(tmp_path, f"path,label\n{lines}x.png,1.5\n")).label == "label"  # one is a slip
    assert guess(head(tmp_path, "image,confidence\na.jpg,0.5\nb.jpg,0.25\n")) is None


def test_names_of_columns_are_made_different(tmp_path):
    assert head(tmp_path, "path,label,label,\na.jpg,1,2,3\n").columns == ["path", "label", "label_2", "column_4"]


def test_lines_that_are_no_records_are_listed(tmp_path):
    (tmp_path / "t.csv").write_text('path,label\na.jpg,1,,\nb.jpg,1,x\nc.jpg\n"d,1\n')
    problems = Problems()
    sheet = read_sheet(tmp_path / "t.csv", "t.csv", ["label"], problems)
    assert (sheet.lines, sheet.cells) == ([2], {"label": ["1"]})
    assert [p.line for p in problems.freeze()] == [3, 4, 5]


@pytest.mark.parametrize("text", ["", "\n\n", ",".join(["a"] * 5000)])
def test_what_is_no_table_is_refused(tmp_path, text):
    with pytest.raises(DataError):
        head(tmp_path, text)


def test_a_broken_parquet_file_is_refused(tmp_path):
    with pytest.raises(DataError, match="not a readable Parquet file"):
        head(tmp_path, "PAR1 nothing PAR1", "t.parquet")
    assert is_table("A.CSV")
    assert not is_table("a.txt")
