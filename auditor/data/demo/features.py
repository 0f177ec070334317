"""The parts of a demo face that carry its expression: eyes, brows, nose, mouth and the folds between them."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageChops

from auditor.data.demo.canvas import Canvas, Head, blend, ellipse, points, ribbon, smooth, tint
from auditor.data.demo.parameters import Colour, FloatArray

MOUTH_Y = 0.56
EYE_Y = -0.05


def draw_features(canvas: Canvas, head: Head, mask: Image.Image) -> None:
    """Draw every feature; `mask` is the head's area, which folds and shadows stay inside of."""
    for side in (-1.0, 1.0):
        _eye(canvas, head, side, mask)
    _nose(canvas, head, mask)
    _folds(canvas, head, mask)
    _mouth(canvas, head, mask)
    for side in (-1.0, 1.0):
        _brow(canvas, head, side)


def _lids(head: Head, side: float) -> tuple[FloatArray, FloatArray]:
    """Upper and lower lid of one eye, each from the inner to the outer corner, in face coordinates."""
    face, units = head.face, head.face.units
    half = 0.155 * face.eye_size
    upper = max(
        0.012, 0.078 * face.eye_size * (1 + 0.62 * units["lid"] - 0.18 * units["squint"] - 0.25 * units["wrinkle"])
    )
    lower = max(0.008, 0.052 * face.eye_size * (1 - 0.75 * units["squint"] + 0.25 * units["lid"]))
    t = np.linspace(-1.0, 1.0, 17)
    # Sad brows pull the inner end of the lid up, a frown presses it down.
    slope = -0.018 * units["brow_in"] * (1 - t) / 2 - 0.02 * units["brow_out"] * (1 + t) / 2
    top = -upper * (1 - np.abs(t) ** 2.2) ** 0.85 + slope
    bottom = lower * (1 - np.abs(t) ** 2.4) ** 0.9 + slope * 0.3
    tilt = -face.eye_tilt * t * half - 0.012 * t
    x = side * (face.eye_gap + t * half)
    return (
        np.stack([x, EYE_Y + top + tilt], axis=1),
        np.stack([x, EYE_Y + bottom + tilt], axis=1),
    )


def _eye(canvas: Canvas, head: Head, side: float, mask: Image.Image) -> None:
    face, units = head.face, head.face.units
    upper, lower = _lids(head, side)
    shade = tint(face.skin, 0.58, 0.08)
    canvas.soft(head.place(ellipse(side * face.eye_gap, EYE_Y - 0.07, 0.2, 0.13)), shade, 0.42, 10, mask)
    opening = head.place(np.concatenate([upper, lower[::-1]]))
    clip = canvas.mask(opening)
    canvas.fill(opening, (244.0, 240.0, 236.0))
    middle_x = side * face.eye_gap + 0.035 * face.gaze_x + 0.012 * np.sin(face.yaw) * 4
    middle_y = EYE_Y - 0.012 + 0.045 * units["gaze"]
    radius = 0.073 * face.eye_size**0.5
    canvas.fill(head.place(ellipse(middle_x, middle_y, radius, radius)), tint(face.iris, 0.55), clip)
    canvas.fill(head.place(ellipse(middle_x, middle_y + 0.006, radius * 0.82, radius * 0.82)), face.iris, clip)
    canvas.fill(head.place(ellipse(middle_x, middle_y, radius * 0.46, radius * 0.46)), (18.0, 14.0, 16.0), clip)
    canvas.soft(head.place(ribbon(upper, np.full(len(upper), 0.05))), (70.0, 60.0, 66.0), 0.5, 3, clip)
    spark = -0.35 if face.light[0] < 0 else 0.35
    canvas.fill(
        head.place(ellipse(middle_x + spark * radius, middle_y - 0.38 * radius, 0.019, 0.019, 12)), (255.0,) * 3, clip
    )
    lash = blend(tint(face.skin, 0.32), (26.0, 20.0, 22.0), 0.4 + 0.6 * face.lashes)
    weight = 0.018 + 0.022 * face.lashes
    t = np.linspace(0.0, 1.0, len(upper))
    canvas.fill(head.place(ribbon(upper, weight * (0.45 + 0.75 * t))), lash)
    if face.lashes > 0.5:
        wing = np.stack([upper[-1], upper[-1] + np.array([side * 0.045, -0.03])])
        canvas.fill(head.place(ribbon(wing, np.array([weight, 0.004]))), lash)
    canvas.fill(head.place(ribbon(lower, np.full(len(lower), 0.009))), tint(face.skin, 0.55, 0.05))
    crease = upper[2:-1] + np.array([0.0, -0.035 - 0.018 * max(0.0, units["lid"])])
    canvas.soft(head.place(ribbon(crease, np.full(len(crease), 0.016))), shade, 0.75, 2)
    bag = 0.25 + 0.5 * face.age + 0.5 * max(0.0, units["squint"])
    under = lower[2:-2] + np.array([0.0, 0.05 - 0.015 * units["squint"]])
    canvas.soft(head.place(ribbon(under, np.full(len(under), 0.016))), shade, 0.6 * bag, 3, mask)


def _brow(canvas: Canvas, head: Head, side: float) -> None:
    face, units = head.face, head.face.units
    base = -0.315 + face.brow_height
    inner = (
        face.eye_gap - 0.17 - 0.05 * units["furrow"],
        base + 0.02 - 0.115 * units["brow_in"] + 0.02 * units["furrow"],
    )
    outer = (face.eye_gap + 0.215, base + 0.035 - 0.10 * units["brow_out"] + 0.012 * units["squint"])
    middle = (
        face.eye_gap + 0.06,
        base - 0.045 - 0.045 * units["brow_in"] - 0.075 * units["brow_out"] + 0.03 * max(0.0, units["wrinkle"]),
    )
    line = smooth(points(inner, middle, outer)) * np.array([side, 1.0])
    t = np.linspace(0.0, 1.0, len(line))
    widths = face.brow_thickness * np.interp(t, [0, 0.15, 0.55, 1], [0.7, 1.1, 0.9, 0.2])
    colour = blend(tint(face.hair, 0.75), tint(face.skin, 0.45), 0.25)
    placed = head.place(ribbon(line, widths))
    canvas.soft(placed, colour, 0.7, 4)
    canvas.fill(placed, colour)


def _nose(canvas: Canvas, head: Head, mask: Image.Image) -> None:
    face, units = head.face, head.face.units
    lift = -0.035 * max(0.0, units["wrinkle"]) - 0.015 * max(0.0, units["upper"])
    tip = 0.28 + face.nose_length + lift
    half = face.nose_width * (1 + 0.14 * max(0.0, units["wrinkle"]) + 0.08 * max(0.0, units["corner"]))
    shade = tint(face.skin, 0.6, 0.08)
    dark = -1.0 if face.light[0] > 0 else 1.0
    bridge = points(
        (dark * 0.07, -0.2), (dark * 0.075, 0.02), (dark * 0.13, tip - 0.02), (dark * 0.03, tip), (dark * 0.02, -0.2)
    )
    canvas.soft(head.place(bridge, 0.80), shade, 0.42, 6, mask)
    canvas.soft(head.place(ellipse(-dark * 0.02, 0.02, 0.028, 0.2), 0.84), tint(face.skin, 1.22), 0.45, 5, mask)
    canvas.soft(head.place(ellipse(-dark * 0.02, tip - 0.05, 0.05, 0.04), 0.9), tint(face.skin, 1.28), 0.55, 5, mask)
    canvas.soft(head.place(ellipse(0.0, tip + 0.06, half, 0.035), 0.78), shade, 0.6, 5, mask)
    for side in (-1.0, 1.0):
        wing = smooth(
            points(
                (side * half * 0.86, tip - 0.075), (side * half * 1.05, tip - 0.01), (side * half * 0.72, tip + 0.035)
            )
        )
        canvas.fill(head.place(ribbon(wing, np.linspace(0.006, 0.02, len(wing))), 0.76), tint(face.skin, 0.62, 0.07))
        canvas.fill(
            head.place(ellipse(side * half * 0.48, tip + 0.02, 0.034, 0.017, 14), 0.82), tint(face.skin, 0.32, 0.1)
        )
    base = smooth(points((-half * 0.25, tip + 0.035), (0.0, tip + 0.05), (half * 0.25, tip + 0.035)))
    canvas.fill(head.place(ribbon(base, np.full(len(base), 0.012)), 0.84), tint(face.skin, 0.6, 0.07))


def _folds(canvas: Canvas, head: Head, mask: Image.Image) -> None:
    """Lines that an expression digs into the skin, deeper with age."""
    face, units = head.face, head.face.units
    colour = tint(face.skin, 0.5, 0.09)
    age = 0.45 + 0.55 * face.age

    def fold(line: FloatArray, width: float, alpha: float, blur: float = 2.5) -> None:
        widths = width * np.sin(np.linspace(0.15, np.pi - 0.15, len(line)))
        canvas.soft(head.place(ribbon(line, widths)), colour, min(1.0, alpha), blur, mask)

    smile = max(0.0, 0.6 * units["cheek"] + 0.5 * units["corner"], 0.9 * units["upper"]) + 0.35 * face.age
    for side in (-1.0, 1.0):
        x = 0.30 + 0.06 * units["stretch"] + 0.03 * units["cheek"]
        fold(smooth(points((side * 0.19, 0.27), (side * x, 0.42), (side * (x + 0.05), 0.58))), 0.03, 0.75 * smile)
        sad = max(0.0, -units["corner"])
        fold(
            smooth(points((side * 0.32, 0.62), (side * 0.36, 0.72), (side * 0.35, 0.8))),
            0.025,
            0.6 * sad * age + 0.1 * face.age,
        )
        fold(smooth(points((side * 0.055, -0.19), (side * 0.045, -0.29), (side * 0.06, -0.39))), 0.026,
             1.0 * max(0.0, units["furrow"]) * age)  # fmt: skip
        crow = max(0.0, units["cheek"]) * face.age
        for dy in (-0.05, 0.0, 0.05):
            fold(smooth(points((side * 0.53, EYE_Y + dy * 0.5), (side * 0.60, EYE_Y + dy * 1.6))), 0.016, crow)
        wrinkle = max(0.0, units["wrinkle"])
        for dy in (0.0, 0.07):
            fold(
                smooth(points((0.0, -0.09 + dy), (side * 0.06, -0.075 + dy), (side * 0.12, -0.03 + dy))),
                0.018,
                0.55 * wrinkle,
            )
    raised = max(0.0, units["brow_in"]) * 0.6 + max(0.0, units["brow_out"]) * 0.5
    for k, y in enumerate((-0.50, -0.60, -0.69)):
        arch = 0.03 * (units["brow_out"] - units["brow_in"])
        line = smooth(points((-0.36 + 0.04 * k, y - arch), (0.0, y - 0.02), (0.36 - 0.04 * k, y - arch)))
        fold(line, 0.022, 0.6 * raised * age + 0.15 * face.age**2)
    if units["pout"] > 0.1:
        fold(smooth(points((-0.12, 0.83), (0.0, 0.80), (0.12, 0.83))), 0.04, 0.8 * units["pout"], 4)


def _lips(head: Head) -> dict[str, FloatArray]:
    """The mouth's four contours from left to right: outer and inner edge of the upper and of the lower lip."""
    face, units = head.face, head.face.units
    jaw = max(0.0, units["jaw"])
    half = face.mouth_width * (1 + 0.3 * units["stretch"] + 0.1 * units["corner"] - 0.12 * max(0.0, units["pout"]))
    t = np.linspace(-1.0, 1.0, 25)
    bow = 1 - t**2
    thin = np.clip(1 - 0.75 * max(0.0, units["press"]), 0.15, 1.0)
    seam = MOUTH_Y - 0.125 * units["corner"] * (np.abs(t) ** 1.7 - 0.3) - 0.04 * max(0.0, units["pout"]) * bow
    sneer = np.clip(units["sneer"], 0, 1) * np.exp(-((t - 0.55 * _bias(head)) ** 2) / 0.12)
    raised = (0.045 * max(0.0, units["upper"]) + 0.06 * sneer + 0.03 * jaw) * bow**0.7
    lower_in = seam + 0.27 * jaw * bow**0.62 + 0.012 * max(0.0, units["teeth"]) * bow**0.5
    upper_in = seam - raised - 0.012 * max(0.0, units["teeth"]) * bow**0.5
    cupid = bow**0.75 * (1 - 0.28 * np.exp(-((t / 0.16) ** 2)))
    upper_out = upper_in - 0.058 * face.lips * thin * cupid
    lower_out = lower_in + 0.078 * face.lips * thin * (1 + 0.3 * max(0.0, units["pout"])) * bow**0.65
    x = half * t
    return {
        name: np.stack([x, y], axis=1)
        for name, y in (
            ("upper_out", upper_out),
            ("upper_in", upper_in),
            ("lower_in", lower_in),
            ("lower_out", lower_out),
        )
    }


def _bias(head: Head) -> float:
    """Which side a sneer is on."""
    return 1.0 if head.face.texture_seed % 2 else -1.0


def _mouth(canvas: Canvas, head: Head, mask: Image.Image) -> None:
    face, units = head.face, head.face.units
    lips = _lips(head)
    red: Colour = blend(tint(face.skin, 0.78, 0.1), (190.0, 58.0, 66.0), face.lip_red * 0.75 + 0.12)
    shade = tint(face.skin, 0.55, 0.08)
    below = lips["lower_out"] + np.array([0.0, 0.05])
    canvas.soft(head.place(ribbon(below[5:-5], np.full(len(below) - 10, 0.05)), 0.62), shade, 0.5, 5, mask)
    depth = 0.64
    whole = head.place(np.concatenate([lips["upper_out"], lips["lower_out"][::-1]]), depth)
    canvas.fill(whole, tint(red, 0.88))
    lower_lip = head.place(np.concatenate([lips["lower_in"], lips["lower_out"][::-1]]), depth)
    canvas.fill(lower_lip, red)
    gloss = (lips["lower_in"] + lips["lower_out"])[8:-8] / 2
    canvas.soft(
        head.place(ribbon(gloss, np.full(len(gloss), 0.025)), depth), tint(red, 1.35), 0.5, 4, canvas.mask(lower_lip)
    )
    opening = head.place(np.concatenate([lips["upper_in"], lips["lower_in"][::-1]]), depth)
    if float((lips["lower_in"] - lips["upper_in"])[:, 1].max()) > 0.022:
        inside = canvas.mask(opening)
        canvas.fill(opening, (74.0, 24.0, 28.0))
        _inside_mouth(canvas, head, lips, inside, depth)
    seam = (lips["upper_in"] + lips["lower_in"]) / 2 if units["jaw"] < 0.05 else lips["upper_in"]
    widths = 0.02 * np.interp(np.linspace(-1, 1, len(seam)), [-1, -0.8, 0, 0.8, 1], [0.8, 1.2, 0.8, 1.2, 0.8])
    canvas.fill(head.place(ribbon(seam, widths), depth), tint(red, 0.42))
    for end in (0, -1):
        x, y = seam[end]
        canvas.soft(head.place(ellipse(x * 1.03, y, 0.028, 0.024, 12), depth), shade, 0.8, 3, mask)


def _inside_mouth(canvas: Canvas, head: Head, lips: dict[str, FloatArray], inside: Image.Image, depth: float) -> None:
    """Tongue, upper teeth and, in a bared mouth, lower teeth."""
    units = head.face.units
    gap = lips["lower_in"] - lips["upper_in"]
    low = float(lips["lower_in"][:, 1].max())
    canvas.soft(head.place(ellipse(0.0, low + 0.02, 0.17, 0.09), depth), (196.0, 92.0, 96.0), 0.85, 4, inside)
    visible = float(np.clip(units["teeth"], 0, 1))
    if visible > 0.08:
        edge = lips["upper_in"] + np.minimum(gap * 0.85, np.array([0.0, 0.035 + 0.075 * visible]))
        teeth = head.place(np.concatenate([lips["upper_in"], edge[::-1]]), depth)
        canvas.fill(teeth, (246.0, 242.0, 232.0), inside)
        clip = ImageChops.multiply(canvas.mask(teeth), inside)
        canvas.soft(
            head.place(ribbon(lips["upper_in"], np.full(len(gap), 0.03)), depth), (120.0, 90.0, 88.0), 0.6, 3, clip
        )
    if visible > 0.45 and units["corner"] < 0.2:
        edge = lips["lower_in"] - np.minimum(gap * 0.35, np.array([0.0, 0.06 * visible]))
        canvas.fill(head.place(np.concatenate([edge, lips["lower_in"][::-1]]), depth), (232.0, 226.0, 214.0), inside)
