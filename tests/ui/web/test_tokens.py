"""A token is valid for one purpose of one data set for some hours, and for nothing else."""

import pytest

from auditor.config import Workspace
from auditor.errors import ConfigError
from auditor.ui.web import tokens

NOON = 1_700_000_000.0


def test_token_opens_its_own_purpose_and_data_set_until_it_expires(tmp_path):
    workspace = Workspace(tmp_path / "w")
    token = tokens.issue(workspace, "image", "abc", now=NOON)
    assert tokens.valid(workspace, token, "image", "abc", now=NOON + tokens.LIFETIME)
    assert not tokens.valid(workspace, token, "image", "abc", now=NOON + tokens.LIFETIME + tokens.STEP)
    assert not tokens.valid(workspace, token, "sprite", "abc", now=NOON)
    assert not tokens.valid(workspace, token, "image", "abd", now=NOON)
    assert not tokens.valid(Workspace(tmp_path / "other"), token, "image", "abc", now=NOON)


@pytest.mark.parametrize("token", ["", ".", "zz.x", "7fffffff.AAAA", "é.é", "7fffffff"])
def test_invented_tokens_open_nothing(tmp_path, token):
    assert not tokens.valid(Workspace(tmp_path), token, "image", "abc")


def test_key_file_is_for_its_owner_alone_and_a_torn_one_is_said_so(tmp_path):
    workspace = Workspace(tmp_path / "w")
    tokens.issue(workspace, "image", "abc")
    file = workspace.path / "faces.key"
    assert file.stat().st_mode & 0o077 == 0
    tokens._secret.cache_clear()
    file.write_bytes(b"short")
    with pytest.raises(ConfigError, match="5 bytes, expected 32"):
        tokens.issue(workspace, "image", "abc")
    tokens._secret.cache_clear()
