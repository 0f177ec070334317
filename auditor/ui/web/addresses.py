"""Addresses of faces and facts behind signed, expiring tokens; no handlers, so that every room may build one."""

from __future__ import annotations

from collections.abc import Sequence

from auditor.config import Workspace
from auditor.data.dataset import Dataset
from auditor.ui.state.base_address import base
from auditor.ui.web import thumbnails, tokens

MAP = "map"
"""What the tokens of the map's columns and cards are issued for."""


def face_url(dataset: Dataset, row: int, size: int) -> str:
    """The address of one face, `size` pixels square (thumbnails.SIZES; the next larger one is taken)."""
    token = tokens.issue(Workspace.default(), "image", dataset.key)
    return f"{base()}/faces/image/{token}/{dataset.key}/{int(row)}/{_size(size)}"


def face_prefix(dataset: Dataset) -> str:
    """The start of every face's address: append `<row>/<size>`. For components that show many."""
    token = tokens.issue(Workspace.default(), "image", dataset.key)
    return f"{base()}/faces/image/{token}/{dataset.key}/"


def sprite_url(dataset: Dataset, rows: Sequence[int], size: int) -> str:
    """The address of one picture with up to 64 faces, eight a line in the order of `rows`."""
    if len(rows) > thumbnails.SPRITE_LIMIT:
        raise ValueError(f"{len(rows)} faces on a sprite, expected at most {thumbnails.SPRITE_LIMIT}")
    token = tokens.issue(Workspace.default(), "sprite", dataset.key)
    listed = "-".join(str(int(row)) for row in rows)
    return f"{base()}/faces/sprite/{token}/{dataset.key}/{_size(size)}/{listed}"


def detail_prefix(dataset: Dataset, version: int) -> str:
    """The start of the address of what is known of an image (JSON): append `<row>`."""
    token = tokens.issue(Workspace.default(), "detail", dataset.key)
    return f"{base()}/faces/detail/{token}/{dataset.key}/{int(version)}/"


def changes_prefix(dataset: Dataset) -> str:
    """The start of the address of what was decided since (JSON): append `<seq>/<row>-<row>-...`."""
    token = tokens.issue(Workspace.default(), "changes", dataset.key)
    return f"{base()}/faces/changes/{token}/{dataset.key}/"


def stint_prefix(dataset: Dataset, version: int) -> str:
    """The start of the address of what a tab did (JSON): append its id. For pages on which labels may be seen."""
    token = tokens.issue(Workspace.default(), "stint", dataset.key)
    return f"{base()}/faces/stint/{token}/{dataset.key}/{int(version)}/"


def column_url(dataset: str, digest: str) -> str:
    """Where a browser fetches a column of that data set, for 12 hours."""
    return f"{base()}/faces/map/{tokens.issue(Workspace.default(), MAP, dataset)}/{dataset}/{digest}"


def card_url(dataset: str, version: str, rows: str) -> str:
    """Where a browser asks for one point's face and facts: append '/<point>'.

    Args:
        dataset: the data set's key.
        version: name of the evidence version the facts come from.
        rows: digest of the published data set rows, int32 [N], one a point.
    """
    token = tokens.issue(Workspace.default(), MAP, dataset)
    return f"{base()}/faces/map-card/{token}/{dataset}/{version}/{rows}"


def _size(size: int) -> int:
    return next((known for known in thumbnails.SIZES if known >= size), thumbnails.SIZES[-1])
