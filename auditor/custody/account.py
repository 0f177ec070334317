"""The user of this computer's account, where nobody logs in."""

from __future__ import annotations

import getpass
import os


def local_user() -> str:
    """Return AUDITOR_ANNOTATOR, else the account's user."""
    try:
        return os.environ.get("AUDITOR_ANNOTATOR") or getpass.getuser()
    except (OSError, KeyError):  # a container's user without an entry in the password file
        return "annotator"
