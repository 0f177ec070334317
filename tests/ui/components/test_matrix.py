"""auditor/ui/components/matrix: cells that more than one screen shows."""

from auditor.ui.components.matrix import cells


def test_the_diagonal_of_an_agreement_is_empty():
    alike = cells.agreement_cells({"man": {"rul": 0.75}, "rul": {"man": 0.75}}, ["man", "rul"])
    assert [cell.text for line in alike for cell in line] == ["", "75%", "75%", ""]
