"""Check the origin of a request: only pages of the app's own host and port may connect.

A browser names the page that a WebSocket or a fetch comes from in the header Origin. Streamlit compares only its host,
so that a page on any other port of this computer could open a session and read the faces in it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

_HOST = re.compile(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(:[0-9]{1,5})?")
_USUAL = {"http": 80, "https": 443}


def is_own(origin: str | None, host: str | None, allowed: Sequence[str] = ()) -> bool:
    """Return whether a request comes from the app's own pages.

    Args:
        origin: The header Origin; None means that it is not a browser's request from another site.
        host: The header Host.
        allowed: Further origins, such as 'https://app.example.org' (server.corsAllowedOrigins).
    """
    if origin is None:
        return True
    named = _parts(origin)
    if named is None:
        return False
    scheme, name, port = named
    own = _parts(f"{scheme}://{host}") if host and _HOST.fullmatch(host) else None
    return named == own or (scheme, name, port) in [_parts(each) for each in allowed]


def _parts(address: str) -> tuple[str, str, int] | None:
    """Return scheme, host and port of an address; None where it is not http or https."""
    try:
        split = urlsplit(address.strip())
        port = split.port or _USUAL[split.scheme]
    except (ValueError, KeyError):
        return None
    return (split.scheme, split.hostname.rstrip("."), port) if split.hostname else None


def socket_sources(host: str | None) -> str:
    """Return the WebSocket addresses of this host, for a content policy; '' where the host is not valid.

    In newer browsers 'self' includes them; older ones apply it to http only.
    """
    return f"ws://{host} wss://{host}" if host and _HOST.fullmatch(host) else ""
