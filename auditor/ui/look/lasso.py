"""Find the points inside a lasso: exactly, on the server, among all points and not only those a browser has drawn.

Points lie on a grid of 65,536 x 65,536 (what the map sends to the browser). A polygon's corners arrive in the same
units, as fractions, and are rounded to 1/256 of a step, so that the whole test runs in whole numbers and its answer
does not depend on rounding.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from auditor.errors import DataError

GRID = 65_535
STEPS = 256
MODES = ("new", "add", "take", "toggle", "legend")
MOST_CORNERS = 20_000


@dataclass(frozen=True)
class Lasso:
    """One stroke on the map.

    Attributes:
        number: Counts up within a browser tab, so that a stroke is applied once.
        mode: 'new' starts a selection, 'add' adds to it, 'take' removes from it, 'toggle' inverts single points, and
            'legend' only updates what the legend hides.
        polygon: Corners in grid units [K, 2], K >= 3; the last joins the first.
        hidden: Colour codes the reader has switched off in the legend: never selected.
        points: Single points named instead of a polygon, as positions in the point list.
    """

    number: int
    mode: str
    polygon: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 2)))
    hidden: tuple[int, ...] = ()
    points: tuple[int, ...] = ()

    @classmethod
    def parse(cls, message: Mapping[str, Any]) -> Self:
        """Parse a stroke that the browser sent.

        Raises:
            DataError: The message is not a stroke.
        """
        try:
            flat = np.asarray(message.get("polygon") or [], dtype=np.float64)
            lasso = cls(
                number=int(message["id"]),
                mode=str(message["mode"]),
                polygon=flat.reshape(-1, 2),
                hidden=tuple(int(code) for code in message.get("hidden") or ()),
                points=tuple(int(point) for point in message.get("points") or ()),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise DataError(f"The map sent a stroke that cannot be read ({error}); draw it again.") from error
        usable = lasso.mode in MODES and len(lasso.polygon) <= MOST_CORNERS and np.isfinite(lasso.polygon).all()
        if not usable:
            raise DataError("The map sent a stroke that is not a polygon; draw it again.")
        return lasso


def inside(points: NDArray[np.integer[Any]], polygon: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which points are inside a polygon, by the even-odd rule.

    A point on an edge belongs to the polygon on one side of it only, so polygons that share an edge share no point.

    Args:
        points: Grid positions [N, 2], whole numbers from 0 to GRID.
        polygon: Corners [K, 2] in grid units; fewer than three enclose nothing.

    Returns:
        bool [N].
    """
    within = np.zeros(len(points), dtype=bool)
    if len(polygon) < 3 or len(points) == 0:
        return within
    reach = 4 * GRID * STEPS
    corners = np.clip(np.rint(polygon * STEPS), -reach, reach).astype(np.int64)
    low, high = corners.min(axis=0), corners.max(axis=0)
    scaled = points.astype(np.int64) * STEPS
    near = np.flatnonzero(((scaled >= low) & (scaled <= high)).all(axis=1))
    near = near[np.argsort(scaled[near, 1], kind="stable")]
    x, y = scaled[near, 0], scaled[near, 1]
    odd = np.zeros(len(near), dtype=bool)
    edges = np.stack([corners, np.roll(corners, -1, axis=0)], axis=1)
    edges = edges[edges[:, 0, 1] != edges[:, 1, 1]]
    upward = np.where((edges[:, 0, 1] < edges[:, 1, 1])[:, None, None], edges, edges[:, ::-1])
    for (x0, y0), (x1, y1) in upward.tolist():
        first, last = np.searchsorted(y, (y0, y1), side="left")
        cut = slice(first, last)
        odd[cut] ^= (x[cut] - x0) * (y1 - y0) < (y[cut] - y0) * (x1 - x0)
    within[near[odd]] = True
    return within


@dataclass(frozen=True)
class Picked:
    """The reader's selection on the map, and the strokes that made it.

    Attributes:
        points: Every point selected so far [N], visible or not.
        hidden: Colour codes the legend hides.
        by: The name of the colouring; the legend's codes are valid only for one colouring.
        done: Number of the last stroke that was applied.
    """

    points: NDArray[np.bool_]
    hidden: tuple[int, ...] = ()
    by: str = ""
    done: int = 0

    def coloured(self, by: str) -> Self:
        """Return the same selection under a colouring; a new colouring starts with nothing hidden."""
        return self if by == self.by else replace(self, by=by, hidden=())

    def after(
        self,
        lasso: Lasso,
        positions: NDArray[np.integer[Any]],
        *,
        passing: NDArray[np.bool_],
        codes: NDArray[np.uint8],
    ) -> Self:
        """Return the selection after one stroke, which affects only points that are shown.

        Args:
            lasso: The stroke.
            positions: Grid positions [N, 2].
            passing: The points that pass the page's filters [N].
            codes: The colour code of every point [N].
        """
        updated = replace(self, hidden=lasso.hidden, done=lasso.number)
        if lasso.mode == "legend":
            return updated
        hit = inside(positions, lasso.polygon)
        hit[[point for point in lasso.points if 0 <= point < len(hit)]] = True
        hit &= visible(passing, codes, lasso.hidden)
        if lasso.mode == "add":
            hit |= self.points
        elif lasso.mode == "take":
            hit = self.points & ~hit
        elif lasso.mode == "toggle":
            hit ^= self.points
        return replace(updated, points=hit)

    def effective(self, passing: NDArray[np.bool_], codes: NDArray[np.uint8]) -> NDArray[np.bool_]:
        """Return the points that are both selected and shown [N]: those that an action applies to."""
        return self.points & visible(passing, codes, self.hidden)


def visible(passing: NDArray[np.bool_], codes: NDArray[np.uint8], hidden: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return the points that pass the filters and whose colour code the legend does not hide [N]."""
    off = np.zeros(256, dtype=bool)
    off[[code for code in hidden if 0 <= code < 256]] = True
    visible_points: NDArray[np.bool_] = passing & ~off[codes]
    return visible_points


def pending(queue: object, done: int) -> Iterable[Lasso]:
    """Return the strokes in a browser's queue that were not applied yet, oldest first."""
    messages: Sequence[object] = queue if isinstance(queue, list) else []
    for message in messages:
        if isinstance(message, Mapping):
            lasso = Lasso.parse(message)
            if lasso.number > done:
                yield lasso


def on_grid(
    values: NDArray[np.floating[Any]],
) -> tuple[NDArray[np.uint16], tuple[float, float], float]:
    """Scale positions to the grid, keeping their proportions.

    Args:
        values: Positions [N, 2]; rows with NaN are put at the origin of the data.

    Returns:
        Positions uint16 [N, 2]; the data's lower left corner; data units per grid step.
    """
    if len(values) == 0:
        return np.zeros((0, 2), dtype=np.uint16), (0.0, 0.0), 1.0
    clean = np.asarray(values, dtype=np.float64)
    low = np.nanmin(clean, axis=0, initial=np.inf)
    high = np.nanmax(clean, axis=0, initial=-np.inf)
    low, high = np.where(np.isfinite(low), low, 0.0), np.where(np.isfinite(high), high, 0.0)
    step = float(max((high - low).max(), 1e-12)) / GRID
    corner = (low + high) / 2 - step * GRID / 2
    laid = np.clip(np.rint((np.nan_to_num(clean, nan=0.0) - corner) / step), 0, GRID).astype(np.uint16)
    return laid, (float(corner[0]), float(corner[1])), step
