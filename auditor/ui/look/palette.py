"""Colours that colour-blind readers can tell apart, on a light and on a dark page.

The class colours start from Okabe and Ito's eight and were moved until every pair differs by a CIE76 distance of at
least 25 under normal, protanopic and deuteranopic sight (Machado et al. 2009) while each keeps a contrast of 3:1 with
its page; tests/ui/look/test_palette.py measures both. Scales from low to high are viridis (Smith and van der Walt,
CC0).
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from models import titles

ASSIGNMENTS = ("clean", "ambiguous", "noisy")
LEVELS = 32

_VIRIDIS = (
    "#440154", "#482475", "#414487", "#355F8D", "#2A788E", "#21918C", "#22A884", "#44BF70", "#7AD151", "#BDDF26",
    "#FDE725",
)  # fmt: skip


@dataclass(frozen=True)
class Palette:
    """The colours of one theme, as '#RRGGBB'.

    Attributes:
        background: The page behind the charts.
        text: Words and axes.
        muted: Marks without a value, or outside of the current filter.
        accent: The reader's own selection.
        classes: One colour per class; with more classes, the colours repeat in a lighter or darker shade.
        assignment: Clean, ambiguous, noisy.
        scale: Low to high, eleven steps.
    """

    background: str
    text: str
    muted: str
    accent: str
    classes: tuple[str, ...]
    assignment: tuple[str, str, str]
    scale: tuple[str, ...]


LIGHT = Palette(
    background="#FFFFFF",
    text="#1F2328",
    muted="#8A9099",
    accent="#111111",
    classes=("#3452E5", "#BD8C00", "#0AA15E", "#C372A3", "#921704", "#3B98F2", "#300657", "#542028"),
    assignment=("#2F7FB8", "#C98500", "#B4232A"),
    scale=_VIRIDIS[:10],
)
DARK = Palette(
    background="#14161A",
    text="#E6E8EB",
    muted="#7D838C",
    accent="#FFFFFF",
    classes=("#4B7FFE", "#E6AE40", "#13AF6D", "#D84AA2", "#B6351C", "#7AC6FF", "#FFFD1F", "#F3FFCC"),
    assignment=("#5AA9E6", "#F0B440", "#F2716B"),
    scale=_VIRIDIS[2:],
)


def rgb(colour: str) -> tuple[int, int, int]:
    """Convert '#RRGGBB' to three numbers from 0 to 255."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def hexadecimal(colour: NDArray[np.float64]) -> str:
    """Convert three numbers from 0 to 255 to '#RRGGBB'."""
    return "#" + "".join(f"{int(np.clip(round(float(c)), 0, 255)):02X}" for c in colour)


def class_colours(palette: Palette, count: int) -> list[str]:
    """Return one colour for each of `count` classes; every repetition is mixed with the text colour."""
    return list(_class_colours(palette, count))


@cache  # every page of faces brings them
def _class_colours(palette: Palette, count: int) -> tuple[str, ...]:
    text = np.array(rgb(palette.text), dtype=np.float64)
    colours = []
    for index in range(count):
        turn, place = divmod(index, len(palette.classes))
        share = 1 - 0.65**turn
        colours.append(hexadecimal((1 - share) * np.array(rgb(palette.classes[place])) + share * text))
    return tuple(colours)


def method_colour(palette: Palette, method: str) -> str:
    """Return the colour of a method's lines and bars: that of the class at its position (see models/titles.py)."""
    place = titles.colour(method)
    return class_colours(palette, place + 1)[place]


def scale_colours(palette: Palette, count: int = LEVELS) -> list[str]:
    """Return `count` colours from low to high along the theme's scale."""
    stops = np.array([rgb(c) for c in palette.scale], dtype=np.float64)
    at = np.linspace(0, len(stops) - 1, count)
    return [hexadecimal(np.array([np.interp(x, np.arange(len(stops)), stops[:, k]) for k in range(3)])) for x in at]


def plotly_scale(palette: Palette) -> list[list[float | str]]:
    """Return the theme's scale in plotly's format: pairs of a position in [0, 1] and a colour."""
    last = len(palette.scale) - 1
    return [[index / last, colour] for index, colour in enumerate(palette.scale)]
