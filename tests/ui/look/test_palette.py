"""auditor/ui/look/palette.py: the colours can be told apart by every reader and from the page."""

from itertools import combinations

import numpy as np
import pytest

from auditor.ui.look import palette

# Machado, Oliveira and Fernandes 2009, severity 1.0, on linear RGB
SIGHT = {
    "normal": np.eye(3),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]]
    ),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
}
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.072175], [0.0193339, 0.119192, 0.9503041]]
)


def linear(colour):
    c = np.array(palette.rgb(colour)) / 255
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def lab(light):
    xyz = TO_XYZ @ np.clip(light, 0, 1) / np.array([0.95047, 1, 1.08883])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def contrast(a, b):
    low, high = sorted(float(TO_XYZ[1] @ linear(c)) for c in (a, b))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [palette.LIGHT, palette.DARK], ids=["light", "dark"])
@pytest.mark.parametrize("sight", SIGHT)
def test_class_and_assignment_colours_stay_apart(theme, sight):
    for colours in (theme.classes, theme.assignment):
        seen = [lab(SIGHT[sight] @ linear(c)) for c in colours]
        assert min(np.linalg.norm(a - b) for a, b in combinations(seen, 2)) > 25


@pytest.mark.parametrize("theme", [palette.LIGHT, palette.DARK], ids=["light", "dark"])
def test_marks_stand_out_from_the_page(theme):
    assert min(contrast(c, theme.background) for c in theme.classes + theme.assignment) > 2.95
    assert contrast(theme.text, theme.background) > 7


def test_more_classes_than_colours_get_new_shades():
    colours = palette.class_colours(palette.LIGHT, 30)
    assert len(set(colours)) == 30
    assert colours[:8] == list(palette.LIGHT.classes)


def test_a_scale_runs_from_its_first_to_its_last_colour():
    colours = palette.scale_colours(palette.DARK, 5)
    assert (colours[0], colours[-1], len(colours)) == (palette.DARK.scale[0], palette.DARK.scale[-1], 5)
    assert palette.plotly_scale(palette.DARK)[-1] == [1.0, palette.DARK.scale[-1]]
