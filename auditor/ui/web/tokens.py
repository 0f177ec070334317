"""Signed, expiring tokens, without which no face is served.

A page that passed its checks issues a token for one data set and one purpose; the routes, which have no login, require
it. The signing key is in the workspace, so that a restart of the server does not break open pages.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import time
from functools import cache
from pathlib import Path

from auditor import writing
from auditor.config import Workspace
from auditor.errors import ConfigError

LIFETIME = 12 * 3600
STEP = 3600  # tokens made within the same hour are equal, so that the browser's cache finds a picture again


@cache
def _secret(folder: Path) -> bytes:
    file = Workspace(folder).make().path / "faces.key"
    try:
        if not file.exists():
            writing.create(file, secrets.token_bytes(32))  # where another process was first, its key counts
        return _read(file)
    except OSError as error:
        raise ConfigError(
            f"The key file {file} cannot be used ({error.strerror}); make the workspace writable to the app."
        ) from error


def _read(file: Path) -> bytes:
    key = file.read_bytes()
    if len(key) != 32:
        raise ConfigError(f"The key file {file} holds {len(key)} bytes, expected 32; delete it to have a new one made.")
    return key


def _signature(folder: Path, purpose: str, dataset: str, expires: int) -> str:
    message = f"{purpose}/{dataset}/{expires}".encode()
    digest = hmac.new(_secret(folder), message, hashlib.sha256).digest()[:18]
    return base64.urlsafe_b64encode(digest).decode()


def issue(workspace: Workspace, purpose: str, dataset: str, *, now: float | None = None) -> str:
    """Issue a token for one purpose ('image', 'sprite', 'detail') on one data set, valid for 12 to 13 hours.

    Args:
        workspace: The workspace with the signing key, which is made on first use.
        purpose: The route that the token is for.
        dataset: The data set's key.
        now: Seconds since 1970, for tests.
    """
    moment = time.time() if now is None else now
    expires = (int(moment) // STEP + 1) * STEP + LIFETIME
    return f"{expires:x}.{_signature(workspace.path, purpose, dataset, expires)}"


def valid(workspace: Workspace, token: str, purpose: str, dataset: str, *, now: float | None = None) -> bool:
    """Return whether the token was issued here for this purpose and data set and has not expired."""
    moment = time.time() if now is None else now
    head, _, signature = token.partition(".")
    if not re.fullmatch(r"[0-9a-f]{1,12}", head):
        return False
    expires = int(head, 16)
    expected = _signature(workspace.path, purpose, dataset, expires)
    return hmac.compare_digest(signature.encode(), expected.encode()) and moment < expires
