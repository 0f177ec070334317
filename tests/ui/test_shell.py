"""auditor/ui/shell.py: the pages state their place in the navigation themselves."""

import pytest

from auditor.errors import ConfigError
from auditor.ui import shell


def test_every_page_states_its_place():
    names = [screen.name for screen in shell.screens()]
    assert names[:3] == ["data", "overview", "review"] and len(names) == len(set(names)) >= 9
    assert all(screen.icon.startswith(":material/") for screen in shell.screens())


def test_a_page_that_does_not_is_refused_in_a_sentence(tmp_path, monkeypatch):
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "new.py").write_text('TITLE = "New"\nORDER = 1\n')
    monkeypatch.setattr(shell, "REPOSITORY", tmp_path)
    with pytest.raises(ConfigError, match=r"new\.py does not state its place in the app; it needs TITLE and ICON"):
        shell.screens()
