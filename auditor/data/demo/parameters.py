"""The parameters of a drawn face: continuous values for its identity, its expression and its view.

An expression is a point in the space of action units (after Ekman and Friesen's Facial Action Coding System): the
seven classes are seven corners of it, a blend is a point between two corners.  Everything is drawn from one
`numpy.random.Generator`, so an image is a function of its seed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Colour = tuple[float, float, float]

# RAF-DB's order: label k in the files is CLASSES[k - 1].
CLASSES: Final = ("surprise", "fear", "disgust", "happiness", "sadness", "anger", "neutral")

UNITS: Final = (
    "brow_in",  # inner brows up (+) or down (-)
    "brow_out",  # outer brows up (+) or down (-)
    "furrow",  # brows drawn together
    "lid",  # upper lids wide (+) or drooping (-)
    "squint",  # lower lids raised
    "cheek",  # cheeks raised
    "corner",  # mouth corners up (+) or down (-)
    "stretch",  # mouth wide (+) or narrow (-)
    "jaw",  # mouth open
    "upper",  # upper lip raised
    "press",  # lips pressed thin
    "teeth",  # teeth shown in the opening
    "wrinkle",  # nose wrinkled
    "sneer",  # one side of the upper lip higher than the other
    "gaze",  # eyes cast down (+) or up (-)
    "pout",  # lower lip and chin pushed up
)

# Each class in its usual forms: a grin and a closed smile are both happiness, a roar and pressed lips both anger.
EXPRESSIONS: Final[dict[str, tuple[dict[str, float], ...]]] = {
    "surprise": (
        {"brow_in": 0.9, "brow_out": 0.9, "lid": 0.9, "jaw": 0.9, "stretch": -0.4, "teeth": 0.15},
        {"brow_in": 0.8, "brow_out": 0.9, "lid": 0.7, "jaw": 0.45, "stretch": -0.5},
    ),
    "fear": (
        {"brow_in": 0.9, "brow_out": 0.25, "furrow": 0.5, "lid": 0.8, "jaw": 0.45, "stretch": 0.5, "corner": -0.35,
         "teeth": 0.6},
        {"brow_in": 0.8, "brow_out": 0.2, "furrow": 0.6, "lid": 0.85, "jaw": 0.12, "stretch": 0.45, "corner": -0.4},
    ),
    "disgust": (
        {"brow_in": -0.5, "brow_out": -0.15, "furrow": 0.4, "lid": -0.4, "squint": 0.7, "wrinkle": 1.0, "upper": 0.8,
         "corner": -0.35, "sneer": 0.45, "teeth": 0.5, "jaw": 0.2, "cheek": 0.4},
        {"brow_in": -0.35, "furrow": 0.3, "lid": -0.35, "squint": 0.6, "wrinkle": 0.9, "upper": 0.4, "corner": -0.5,
         "sneer": 0.3, "pout": 0.4, "cheek": 0.3},
    ),
    "happiness": (
        {"squint": 0.5, "cheek": 0.9, "corner": 1.0, "stretch": 0.5, "jaw": 0.45, "teeth": 0.95, "brow_out": 0.15},
        {"squint": 0.4, "cheek": 0.8, "corner": 0.85, "stretch": 0.45, "lid": -0.1},
    ),
    "sadness": (
        {"brow_in": 0.75, "brow_out": -0.5, "furrow": 0.3, "lid": -0.5, "corner": -0.8, "pout": 0.6, "gaze": 0.5},
        {"brow_in": 0.85, "brow_out": -0.4, "furrow": 0.4, "lid": -0.35, "squint": 0.4, "corner": -0.9, "jaw": 0.25,
         "stretch": 0.15, "teeth": 0.25},
    ),
    "anger": (
        {"brow_in": -0.95, "brow_out": 0.2, "furrow": 1.0, "lid": 0.15, "squint": 0.4, "press": 0.9, "corner": -0.3,
         "stretch": -0.1},
        {"brow_in": -0.9, "brow_out": 0.3, "furrow": 0.9, "lid": 0.3, "squint": 0.4, "jaw": 0.45, "stretch": 0.15,
         "teeth": 0.95, "upper": 0.35, "corner": -0.2, "wrinkle": 0.35},
    ),
    "neutral": ({},),
}  # fmt: skip

# Which classes people mix up, and how often: row = true class, RAF-DB's order; used for blends and for flips.
LOOK_ALIKE: Final[dict[str, dict[str, float]]] = {
    "surprise": {"fear": 0.62, "happiness": 0.2, "neutral": 0.18},
    "fear": {"surprise": 0.6, "sadness": 0.28, "disgust": 0.12},
    "disgust": {"anger": 0.58, "sadness": 0.24, "neutral": 0.18},
    "happiness": {"neutral": 0.55, "surprise": 0.3, "disgust": 0.15},
    "sadness": {"neutral": 0.5, "fear": 0.26, "disgust": 0.24},
    "anger": {"disgust": 0.6, "neutral": 0.25, "sadness": 0.15},
    "neutral": {"sadness": 0.55, "anger": 0.2, "happiness": 0.25},
}

SKINS: Final = (
    (255, 224, 196), (246, 205, 172), (234, 186, 148), (219, 165, 122), (197, 139, 98), (165, 109, 74), (129, 83, 56),
    (98, 62, 43),
)  # fmt: skip
HAIRS: Final = (
    (38, 28, 26), (64, 42, 30), (98, 62, 38), (140, 92, 52), (190, 142, 84), (224, 190, 128), (150, 66, 38),
    (140, 138, 140), (214, 212, 210), (28, 30, 42),
)  # fmt: skip
IRISES: Final = ((74, 48, 30), (96, 62, 34), (60, 96, 132), (86, 120, 84), (108, 112, 118), (46, 32, 26))
CLOTHES: Final = (
    (58, 84, 128), (168, 74, 70), (76, 122, 104), (206, 168, 92), (118, 92, 140), (66, 68, 78), (214, 210, 202),
    (188, 120, 92), (96, 138, 168),
)  # fmt: skip
BACKGROUNDS: Final = (
    (196, 214, 222), (226, 212, 190), (206, 220, 200), (222, 204, 208), (206, 202, 220), (176, 190, 204),
    (232, 224, 212), (150, 168, 172), (120, 132, 152), (214, 190, 160),
)  # fmt: skip
HAIR_STYLES: Final = ("bald", "crop", "side", "fringe", "bob", "long", "bun", "curls", "quiff")


@dataclass(frozen=True)
class Face:
    """Everything the renderer needs; lengths in units of half a face's height, angles in radians, y down."""

    units: dict[str, float]
    # who it is
    skin: Colour
    hair: Colour
    hair_style: str
    iris: Colour
    clothes: Colour
    width: float
    jaw_width: float
    chin: float
    eye_size: float
    eye_gap: float
    eye_tilt: float
    brow_thickness: float
    brow_height: float
    nose_width: float
    nose_length: float
    lips: float
    mouth_width: float
    lip_red: float
    lashes: float
    age: float
    beard: float
    glasses: bool
    freckles: float
    # how it is seen
    yaw: float
    pitch: float
    roll: float
    scale: float
    shift: tuple[float, float]
    gaze_x: float
    light: tuple[float, float]
    light_strength: float
    warmth: float
    exposure: float
    blur: float
    grain: float
    backgrounds: tuple[Colour, Colour]
    texture_seed: int


def expression(name: str, rng: np.random.Generator) -> FloatArray:
    """Action units [len(UNITS)] of one way of showing class `name`, at full intensity."""
    forms = EXPRESSIONS[name]
    form = forms[int(rng.integers(len(forms)))]
    return np.array([form.get(unit, 0.0) for unit in UNITS])


def mixed(true: str, second: str, share: float, rng: np.random.Generator) -> dict[str, float]:
    """Action units of `share` parts `true` and 1 - `share` parts `second`, with a person's own intensity and habits."""
    intensity = rng.uniform(0.8, 1.2)
    target = share * expression(true, rng) + (1.0 - share) * expression(second, rng)
    habits = rng.normal(0.0, 0.07, len(UNITS))
    values = np.clip(intensity * target + habits, -1.2, 1.2)
    return dict(zip(UNITS, map(float, values), strict=True))


def _between(rng: np.random.Generator, palette: tuple[tuple[int, int, int], ...], spread: float) -> Colour:
    """A colour between two neighbours of `palette`, varied by `spread` (0..255)."""
    position = rng.uniform(0, len(palette) - 1)
    low = int(position)
    a, b = (np.array(palette[i], dtype=float) for i in (low, min(low + 1, len(palette) - 1)))
    mix = a + (b - a) * (position - low) + rng.normal(0, spread, 3)
    red, green, blue = np.clip(mix, 0, 255)
    return (float(red), float(green), float(blue))


def _pick(rng: np.random.Generator, palette: tuple[tuple[int, int, int], ...], spread: float) -> Colour:
    """One colour of `palette`, varied by `spread` (0..255)."""
    red, green, blue = np.clip(np.array(palette[int(rng.integers(len(palette)))]) + rng.normal(0, spread, 3), 0, 255)
    return (float(red), float(green), float(blue))


def draw_face(true: str, second: str, share: float, rng: np.random.Generator) -> Face:
    """Draw a random person in a random view, showing `share` of class `true` and the rest of class `second`."""
    units = mixed(true, second, share, rng)
    man = bool(rng.random() < 0.5)
    styles = HAIR_STYLES[:4] + HAIR_STYLES[7:] if man else HAIR_STYLES[2:8]
    dark = rng.random() < 0.6
    return Face(
        units=units,
        skin=_between(rng, SKINS, 3.0),
        hair=_pick(rng, HAIRS[:3] if dark else HAIRS, 6.0),
        hair_style=styles[int(rng.integers(len(styles)))],
        iris=_pick(rng, IRISES, 8.0),
        clothes=_pick(rng, CLOTHES, 12.0),
        width=rng.normal(0.80 if man else 0.77, 0.035),
        jaw_width=rng.normal(0.90 if man else 0.80, 0.06),
        chin=rng.normal(1.03 if man else 0.98, 0.035),
        eye_size=rng.normal(1.05 if man else 1.18, 0.08),
        eye_gap=rng.normal(0.34, 0.018),
        eye_tilt=rng.normal(0.0, 0.05),
        brow_thickness=rng.normal(0.066 if man else 0.044, 0.008),
        brow_height=rng.normal(0.0, 0.025),
        nose_width=rng.normal(0.15, 0.02),
        nose_length=rng.normal(0.0, 0.03),
        lips=rng.normal(0.9 if man else 1.15, 0.14),
        mouth_width=rng.normal(0.31, 0.02),
        lip_red=rng.uniform(0.05, 0.35) if man else rng.uniform(0.2, 0.85),
        lashes=rng.uniform(0.0, 0.3) if man else rng.uniform(0.4, 1.0),
        age=float(rng.beta(1.2, 2.2)),
        beard=float(rng.choice([0.0, 0.3, 1.0], p=[0.68, 0.2, 0.12])) if man else 0.0,
        glasses=bool(rng.random() < 0.07),
        freckles=float(rng.random() < 0.05),
        yaw=float(np.clip(rng.normal(0.0, 0.09), -0.3, 0.3)),
        pitch=float(np.clip(rng.normal(0.0, 0.045), -0.15, 0.15)),
        roll=float(rng.normal(0.0, 0.04)),
        scale=rng.uniform(0.445, 0.48),
        shift=(float(rng.normal(0.0, 0.009)), float(rng.normal(0.0, 0.008))),
        gaze_x=float(rng.normal(0.0, 0.3)),
        light=(float(rng.uniform(-1.0, 1.0)), float(rng.uniform(-0.9, -0.1))),
        light_strength=rng.uniform(0.1, 0.36),
        warmth=rng.normal(0.0, 0.035),
        exposure=float(np.clip(rng.normal(1.0, 0.09), 0.72, 1.2)),
        blur=float(rng.choice([0.0, rng.uniform(0.3, 0.9)], p=[0.85, 0.15])),
        grain=rng.uniform(0.0, 3.0),
        backgrounds=(_pick(rng, BACKGROUNDS, 10.0), _pick(rng, BACKGROUNDS, 10.0)),
        texture_seed=int(rng.integers(2**32)),
    )
