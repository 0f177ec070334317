"""auditor/ui/look/icon.py."""

from auditor.ui.look.icon import page_icon


def test_page_icon_is_small_and_drawn():
    assert page_icon().size == (64, 64)
    assert page_icon().getextrema()[3] == (0, 255)
