"""Mount the map's canvas and return its strokes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditor.ui.components.map.colouring import Colouring
from auditor.ui.web import addresses, assets, map_feed


@dataclass(frozen=True)
class Points:
    """The data that the canvas draws.

    Attributes:
        dataset: The data set's key, for the addresses.
        positions: Grid positions uint16 [N, 2].
        shown: The points that pass the filters [N].
        selected: The points that are selected and shown [N].
        colouring: The colours and the legend.
        card: The address of one point's facts, or None for no card.
        title: The canvas's name for a screen reader.
    """

    dataset: str
    positions: NDArray[np.uint16]
    shown: NDArray[np.bool_]
    selected: NDArray[np.bool_]
    colouring: Colouring
    card: str | None
    title: str

    def message(self, done: int, height: str) -> dict[str, Any]:
        """What is sent to the browser: addresses and words; the columns themselves are fetched."""
        parts = {
            "position": self.positions.astype("<u2").tobytes(),
            "code": self.colouring.codes.tobytes(),
            "shown": np.packbits(self.shown).tobytes(),
            "selected": np.packbits(self.selected).tobytes(),
        }
        return {
            "parts": {
                name: addresses.column_url(self.dataset, map_feed.publish(column)) for name, column in parts.items()
            },
            "legend": self.colouring.legend(),
            "colours": {name: list(colours) for name, colours in self.colouring.colours.items()},
            "card": self.card,
            "title": self.title,
            "ack": done,
            "height": height,
        }


def show(
    points: Points, *, key: str, done: int, height: str = "", on_strokes: Callable[[], None] | None = None
) -> tuple[list[Any], bool]:
    """Draw the map.

    Args:
        points: What to draw.
        key: Names the map within the page.
        done: Number of the last stroke that was applied; the browser forgets strokes up to it.
        height: CSS height of the canvas; empty for what fits the window.
        on_strokes: Called before the rerun that a stroke causes.

    Returns:
        The strokes in the browser's queue, oldest first, and whether the browser can draw (has WebGL2).
    """

    def nothing() -> None:
        """Do nothing: Streamlit requires a callback for every value that it keeps."""

    mount = assets.component("auditor_map", "map/index.js", assets.text("map/map.html"), assets.text("map/map.css"))
    result = mount(
        key=key,
        data=points.message(done, height),
        on_strokes_change=on_strokes or nothing,
        on_webgl_change=nothing,
        on_again_change=nothing,
    )
    strokes = result.get("strokes")
    return (strokes if isinstance(strokes, list) else []), result.get("webgl") is not False
