"""Draw the review-yield curves as an SVG file, without a plotting library."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

import numpy as np
from numpy.typing import NDArray

COLOURS = ("#0b6e99", "#c4561b", "#5b8c3e", "#8a4f9e", "#a08a1f", "#6b7280", "#c2447b", "#2f4858")
WIDTH, HEIGHT, LEFT, TOP, SIZE_X, SIZE_Y = 840, 440, 70, 50, 420, 320


def svg(curves: Mapping[str, tuple[NDArray[np.float64], NDArray[np.float64]]], title: str) -> str:
    """Draw a curve for each score: share of images looked at (x), share of wrong labels found (y), both in [0, 1]."""
    text = 'font-family="system-ui, sans-serif" fill="#222"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{escape(title)}">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        f'<text x="{LEFT}" y="28" font-size="17" {text}>{escape(title)}</text>',
    ]
    for tick in range(6):
        x, y = LEFT + SIZE_X * tick / 5, TOP + SIZE_Y * (1 - tick / 5)
        parts += [
            f'<line x1="{LEFT}" x2="{LEFT + SIZE_X}" y1="{y}" y2="{y}" stroke="#e3e3e3"/>',
            f'<text x="{LEFT - 8}" y="{y + 4}" font-size="12" text-anchor="end" {text}>{tick * 20} %</text>',
            f'<text x="{x}" y="{TOP + SIZE_Y + 18}" font-size="12" text-anchor="middle" {text}>{tick * 20} %</text>',
        ]
    parts.append(
        f'<text x="{LEFT + SIZE_X / 2}" y="{TOP + SIZE_Y + 42}" font-size="13" text-anchor="middle" {text}>'
        "images looked at</text>"
        f'<text x="18" y="{TOP + SIZE_Y / 2}" font-size="13" text-anchor="middle" {text} '
        f'transform="rotate(-90 18 {TOP + SIZE_Y / 2})">wrong labels found</text>'
    )
    for number, (name, (looked, share_found)) in enumerate(curves.items()):
        colour, stroke = COLOURS[number % len(COLOURS)], 3 if number == 0 else 1.6
        points = " ".join(
            f"{LEFT + SIZE_X * x:.1f},{TOP + SIZE_Y * (1 - y):.1f}" for x, y in zip(looked, share_found, strict=True)
        )
        y = TOP + 12 + number * 24
        parts += [
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="{stroke}"/>',
            f'<line x1="{LEFT + SIZE_X + 22}" x2="{LEFT + SIZE_X + 46}" y1="{y}" y2="{y}" stroke="{colour}" '
            f'stroke-width="{stroke}"/>',
            f'<text x="{LEFT + SIZE_X + 54}" y="{y + 4}" font-size="13" {text}>{escape(name)}</text>',
        ]
    return "\n".join([*parts, "</svg>\n"])
