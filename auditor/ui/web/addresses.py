"""Build the addresses of faces and facts, with signed, expiring tokens; the handlers are elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

from auditor.config import Workspace
from auditor.data.dataset import Dataset
from auditor.plural import counted
from auditor.ui.state import face_ids
from auditor.ui.state.base_address import base
from auditor.ui.web import thumbnails, tokens

MAP = "map"
"""The purpose of the tokens for the map's columns and cards."""


def face_url(dataset: Dataset, row: int, size: int) -> str:
    """Return the address of one face, `size` pixels square (rounded up to one of thumbnails.SIZES)."""
    token = tokens.issue(Workspace.default(), "image", dataset.key)
    (face,) = face_ids.face_ids(dataset, [row])
    return f"{base()}/faces/image/{token}/{dataset.key}/{face}/{_size(size)}"


def face_prefix(dataset: Dataset) -> str:
    """The start of every face's address: append `<face id>/<size>`. For components that show many."""
    token = tokens.issue(Workspace.default(), "image", dataset.key)
    return f"{base()}/faces/image/{token}/{dataset.key}/"


def sprite_url(dataset: Dataset, rows: Sequence[int], size: int) -> str:
    """Return the address of one picture with up to 64 faces, eight per line in the order of `rows`."""
    if len(rows) > thumbnails.SPRITE_LIMIT:
        raise ValueError(f"{counted(len(rows), 'face')} on a sprite, expected at most {thumbnails.SPRITE_LIMIT}")
    token = tokens.issue(Workspace.default(), "sprite", dataset.key)
    listed = "-".join(face_ids.face_ids(dataset, rows))
    return f"{base()}/faces/sprite/{token}/{dataset.key}/{_size(size)}/{listed}"


def detail_prefix(dataset: Dataset, version: int) -> str:
    """The start of the address of what is known of an image (JSON): append `<face id>`."""
    token = tokens.issue(Workspace.default(), "detail", dataset.key)
    return f"{base()}/faces/detail/{token}/{dataset.key}/{face_ids.edition(dataset)}/{int(version)}/"


def changes_prefix(dataset: Dataset) -> str:
    """Return the prefix of the address of newer decisions (JSON): append `<seq>/<row>-<row>-...`."""
    token = tokens.issue(Workspace.default(), "changes", dataset.key)
    return f"{base()}/faces/changes/{token}/{dataset.key}/{face_ids.edition(dataset)}/"


def stint_prefix(dataset: Dataset, version: int) -> str:
    """The start of the address of what a tab did (JSON): append its id. For pages on which labels may be seen."""
    token = tokens.issue(Workspace.default(), "stint", dataset.key)
    return f"{base()}/faces/stint/{token}/{dataset.key}/{int(version)}/"


def column_url(dataset: str, digest: str) -> str:
    """Return the address of a column of that data set for the map, valid for 12 hours."""
    return f"{base()}/faces/map/{tokens.issue(Workspace.default(), MAP, dataset)}/{dataset}/{digest}"


def card_url(dataset: Dataset, version: str, rows: str) -> str:
    """Return the prefix of the address of one point's face and facts: append '/<point>'.

    Args:
        dataset: The data set.
        version: Name of the evidence version the facts come from.
        rows: Digest of the published data set rows, int32 [N], one per point.
    """
    token = tokens.issue(Workspace.default(), MAP, dataset.key)
    return f"{base()}/faces/map-card/{token}/{dataset.key}/{face_ids.edition(dataset)}/{version}/{rows}"


def _size(size: int) -> int:
    return next((width for width in thumbnails.SIZES if width >= size), thumbnails.SIZES[-1])
