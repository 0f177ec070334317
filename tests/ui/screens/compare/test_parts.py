"""auditor/ui/screens/compare/parts.py."""

from auditor.ui.screens.compare import figures, parts


def test_a_comparison_marks_what_is_sure():
    sure = figures.Difference("all", 100, 0.5, 0.7, 0.1, 0.3, 25, 5, 0.0003)
    not_sure = figures.Difference("fear", 10, 0.5, 0.4, -0.3, 0.1, 1, 2, 1.0)
    chart = parts.by_class([sure, not_sure], None)
    assert [trace.name for trace in chart.data if trace.mode == "markers"] == ["before", "after"]
    assert list(chart.data[-1].y) == ["all *", "fear"]
