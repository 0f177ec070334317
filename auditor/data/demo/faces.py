"""Draw a `Face`: background, shoulders, head, hair and light; the features that move are in `features.py`.

The pictures are drawn by this code alone: no photograph, no third-party artwork.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from auditor.data.demo.canvas import Canvas, Head, blend, ellipse, points, ribbon, smooth, tint
from auditor.data.demo.features import draw_features
from auditor.data.demo.parameters import Face, FloatArray


def render(face: Face, size: int = 128) -> NDArray[np.uint8]:
    """The face as an RGB picture [size, size, 3]."""
    canvas = Canvas(size)
    head = Head(face, canvas)
    rng = np.random.default_rng(face.texture_seed)
    _background(canvas, face, rng)
    _hair_behind(canvas, head)
    _shoulders(canvas, head)
    _ears(canvas, head)
    outline = head.place(_outline(face), _outline_depth(_outline(face)))
    mask = canvas.mask(outline)
    canvas.paste(_lit_skin(canvas, head), mask)
    _complexion(canvas, head, mask, rng)
    draw_features(canvas, head, mask)
    _beard(canvas, head, mask)
    _hair_in_front(canvas, head, rng)
    if face.glasses:
        _glasses(canvas, head)
    return _photograph(canvas, face, rng)


def _outline(face: Face) -> FloatArray:
    """The head's contour, chin lowered by an open jaw."""
    jaw = face.jaw_width
    drop = 0.13 * max(0.0, face.units["jaw"]) - 0.02 * face.units["pout"]
    right = points(
        (0.42 * face.width / 0.8, -0.93), (0.70 * face.width / 0.8, -0.56), (face.width, -0.08),
        (0.95 * face.width, 0.33), (0.76 * face.width * (0.55 + 0.45 * jaw), 0.66 + drop / 2),
        (0.46 * face.width * jaw, 0.90 * face.chin + drop), (0.17 * jaw, face.chin + drop),
    )  # fmt: skip
    left = right[::-1] * np.array([-1.0, 1.0])
    return smooth(np.concatenate([points((0.0, -1.02)), right, left]), closed=True)


def _outline_depth(outline: FloatArray) -> FloatArray:
    """Return the contour's depth: chin and forehead are slightly in front of the ears, so the contour turns too."""
    depth: FloatArray = 0.26 * np.abs(outline[:, 1]) ** 1.5
    return depth


def _background(canvas: Canvas, face: Face, rng: np.random.Generator) -> None:
    """Two colours running into each other with a few soft patches, as an out-of-focus room has."""
    n = 24
    y, x = np.mgrid[0:n, 0:n] / (n - 1)
    angle = rng.uniform(0, 2 * np.pi)
    share = np.clip(0.5 + 0.6 * ((x - 0.5) * np.cos(angle) + (y - 0.5) * np.sin(angle)), 0, 1)
    for _ in range(3):
        cx, cy, radius = rng.uniform(0, 1), rng.uniform(0, 1), rng.uniform(0.1, 0.35)
        share += rng.normal(0, 0.25) * np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / radius**2)
    first, second = (np.array(colour) for colour in face.backgrounds)
    canvas.paste(first + (second - first) * np.clip(share, -0.2, 1.2)[..., None])


def _shoulders(canvas: Canvas, head: Head) -> None:
    face = head.face
    neck = 0.44 * face.jaw_width / 0.85
    shape = points((-neck, 0.5), (-neck, 1.15), (-neck - 0.1, 1.5), (neck + 0.1, 1.5), (neck, 1.15), (neck, 0.5))
    placed = head.body(shape)
    canvas.fill(placed, tint(face.skin, 0.80, 0.04))
    canvas.soft(head.body(ellipse(0, 0.93, 0.5, 0.3)), tint(face.skin, 0.5, 0.08), 0.7, 14, canvas.mask(placed))
    left = points((-2.2, 2.4), (-1.75, 1.62), (-1.05, 1.36), (-neck - 0.07, 1.2), (-0.22, 1.37))
    cloth = smooth(np.concatenate([left, points((0.0, 1.40)), left[::-1] * np.array([-1.0, 1.0])]))
    canvas.fill(head.body(cloth), face.clothes)
    collar = smooth(np.concatenate([left[3:], points((0.0, 1.40)), left[3:][::-1] * np.array([-1.0, 1.0])]))
    canvas.fill(head.body(ribbon(collar, np.full(len(collar), 0.05))), tint(face.clothes, 0.8))


def _ears(canvas: Canvas, head: Head) -> None:
    face = head.face
    for side in (-1.0, 1.0):
        x = side * face.width
        canvas.fill(head.place(ellipse(x, 0.02, 0.095, 0.185), -0.08), tint(face.skin, 0.88, 0.03))
        canvas.soft(head.place(ellipse(x, 0.03, 0.05, 0.11), -0.08), tint(face.skin, 0.6, 0.08), 0.6, 4)


def _lit_skin(canvas: Canvas, head: Head) -> FloatArray:
    """Skin on an ellipsoid under a lamp and a soft sky (Lambert), as a coarse field [n, n, 3]."""
    face, n = head.face, 64
    y, x = (np.mgrid[0:n, 0:n] + 0.5) * canvas.large / n
    nx = (x - head.centre[0]) / (1.02 * head.unit) - 0.25 * np.sin(face.yaw)
    ny = (y - head.centre[1]) / (1.3 * head.unit)
    nz = np.sqrt(np.clip(1 - nx**2 - ny**2, 0.0, 1.0))
    lx, ly = face.light
    lamp = np.array([lx, ly, 0.9]) / np.linalg.norm([lx, ly, 0.9])
    shade = 1.0 + face.light_strength * 1.5 * (nx * lamp[0] + ny * lamp[1] + nz * lamp[2] - 0.78)
    shade = np.clip(shade, 0.35, 1.25)[..., None]
    lit: FloatArray = np.array(face.skin) * shade ** np.array([0.85, 1.0, 1.1])
    return lit


def _complexion(canvas: Canvas, head: Head, mask: Image.Image, rng: np.random.Generator) -> None:
    """Rosy cheeks, shaded temples and jaw, freckles, the forehead's sheen."""
    face, units = head.face, head.face.units
    rose = blend(face.skin, (214.0, 84.0, 76.0), 0.55)
    lift = 0.05 * units["cheek"]
    for side in (-1.0, 1.0):
        canvas.soft(head.place(ellipse(side * 0.44, 0.26 - lift, 0.2, 0.14)), rose, 0.34, 16, mask)
        canvas.soft(head.place(ellipse(side * 0.42, 0.17 - lift, 0.13, 0.06)), tint(face.skin, 1.15), 0.35, 9, mask)
        canvas.soft(head.place(ellipse(side * 0.86, 0.25, 0.14, 0.6)), tint(face.skin, 0.62, 0.07), 0.5, 18, mask)
    canvas.soft(head.place(ellipse(0, 1.05, 0.5, 0.14)), tint(face.skin, 0.6, 0.07), 0.45, 16, mask)
    shine = -0.25 * face.light[0]
    canvas.soft(head.place(ellipse(-shine, -0.62, 0.25, 0.12)), tint(face.skin, 1.2), 0.4, 16, mask)
    if face.freckles:
        for x, y in zip(rng.normal(0, 0.3, 26), rng.normal(0.16, 0.08, 26), strict=True):
            canvas.soft(head.place(ellipse(x, y, 0.011, 0.011, 8)), tint(face.skin, 0.66, 0.1), 0.7, 1.5, mask)


def _beard(canvas: Canvas, head: Head, mask: Image.Image) -> None:
    face = head.face
    if not face.beard:
        return
    drop = 0.13 * max(0.0, face.units["jaw"])
    colour = blend(face.hair, face.skin, 0.12 if face.beard == 1.0 else 0.45)
    jaw = points((0.80, 0.05), (0.74, 0.36), (0.50, 0.48), (0.42, 0.74 + drop), (0.0, 0.79 + drop))
    low = points((0.0, 1.25), (0.6, 1.1), (0.95, 0.6))
    half = np.concatenate([low, jaw])
    shape = np.concatenate([half, half[::-1] * np.array([-1.0, 1.0])])
    canvas.soft(head.place(shape, 0.3), colour, 0.9 if face.beard == 1.0 else 0.4, 5, mask)
    corner = 0.06 * face.units["corner"]
    lip = smooth(points((-0.3, 0.52 - corner), (-0.12, 0.435), (0.0, 0.45), (0.12, 0.435), (0.3, 0.52 - corner)))
    lip = lip - np.array([0.0, 0.04 * max(0.0, face.units["upper"])])
    widths = np.interp(np.linspace(-1, 1, len(lip)), [-1, 0, 1], [0.03, 0.085, 0.03])
    canvas.soft(head.place(ribbon(lip, widths)), colour, 0.85 if face.beard == 1.0 else 0.3, 3, mask)


def _crown(width: float, rise: float) -> FloatArray:
    """The hair's outer contour from ear to ear over the top."""
    w = width + rise * 0.55
    half = points((w, 0.05), (w + 0.02, -0.3), (w * 0.92, -0.68), (w * 0.58, -1.02 - rise * 0.75))
    return np.concatenate([half, points((0.0, -1.08 - rise)), half[::-1] * np.array([-1.0, 1.0])])


def _hair_behind(canvas: Canvas, head: Head) -> None:
    face = head.face
    dark = tint(face.hair, 0.72)
    w = face.width
    if face.hair_style in {"bob", "long"}:
        low = 0.78 if face.hair_style == "bob" else 1.75
        half = points((w * 0.55, -1.1), (w + 0.17, -0.6), (w + 0.24, 0.0), (w + 0.22, low * 0.7), (w * 0.8, low))
        shape = smooth(np.concatenate([points((0.0, -1.2)), half, half[::-1] * np.array([-1.0, 1.0])]), closed=True)
        canvas.fill(head.place(shape, -0.1), dark)
    elif face.hair_style == "bun":
        canvas.fill(head.place(ellipse(0.0, -1.27, 0.3, 0.26), -0.1), dark)
    elif face.hair_style == "curls":
        for angle in np.linspace(-0.15, np.pi + 0.15, 13):
            x, y = 0.93 * w / 0.8 * np.cos(angle), -0.22 - 0.95 * np.sin(angle)
            canvas.fill(head.place(ellipse(x, y, 0.2, 0.2, 16), -0.05), dark)


# Where each style's hair ends on the forehead, right to left: (x / head width, y).
HAIRLINES = {
    "crop": ((1.0, -0.05), (0.93, -0.42), (0.72, -0.66), (0.0, -0.76), (-0.72, -0.66), (-0.93, -0.42), (-1.0, -0.05)),
    "quiff": ((1.0, -0.05), (0.93, -0.45), (0.6, -0.74), (0.0, -0.72), (-0.7, -0.68), (-0.93, -0.42), (-1.0, -0.05)),
    "side": ((1.0, -0.0), (0.95, -0.4), (0.62, -0.66), (0.30, -0.82), (-0.35, -0.6), (-0.9, -0.42), (-1.0, -0.0)),
    "fringe": ((1.0, 0.0), (0.95, -0.35), (0.6, -0.46), (0.0, -0.50), (-0.6, -0.46), (-0.95, -0.35), (-1.0, 0.0)),
    "bob": ((1.05, 0.35), (0.93, -0.2), (0.66, -0.6), (0.2, -0.8), (-0.5, -0.58), (-0.93, -0.2), (-1.05, 0.35)),
    "long": ((1.06, 0.5), (0.92, -0.1), (0.6, -0.62), (0.0, -0.82), (-0.6, -0.62), (-0.92, -0.1), (-1.06, 0.5)),
    "bun": ((1.0, -0.02), (0.94, -0.42), (0.62, -0.72), (0.0, -0.82), (-0.62, -0.72), (-0.94, -0.42), (-1.0, -0.02)),
    "curls": ((1.0, 0.0), (0.92, -0.4), (0.6, -0.62), (0.0, -0.70), (-0.6, -0.62), (-0.92, -0.4), (-1.0, 0.0)),
}
RISE = {"crop": 0.02, "quiff": 0.16, "side": 0.07, "fringe": 0.08, "bob": 0.1, "long": 0.1, "bun": 0.03, "curls": 0.16}


def _hair_in_front(canvas: Canvas, head: Head, rng: np.random.Generator) -> None:
    face = head.face
    if face.hair_style == "bald":
        return
    crown = smooth(_crown(face.width, RISE[face.hair_style]))
    line = smooth(np.array(HAIRLINES[face.hair_style])[::-1] * np.array([face.width, 1.0]))
    shape = np.concatenate([crown, line])
    depth = np.concatenate([np.full(len(crown), 0.05), 0.3 * np.clip(-line[:, 1], 0, 1)])
    placed = head.place(shape, depth)
    clip = canvas.mask(placed)
    canvas.fill(placed, face.hair)
    sheen = face.light[0] * 0.3
    canvas.soft(head.place(ellipse(sheen, -0.95, 0.42, 0.10), 0.2), tint(face.hair, 1.5, 0.03), 0.5, 10, clip)
    for x in rng.uniform(-0.8, 0.8, 14):
        strand = smooth(points((x * 0.25, -1.2), (x * 0.75, -0.9), (x * 1.05, -0.45), (x * 1.1, -0.1)))
        shade = tint(face.hair, 0.82 if rng.random() < 0.6 else 1.22)
        canvas.fill(head.place(ribbon(strand, np.full(len(strand), 0.014)), 0.1), shade, clip)
    if face.hair_style == "curls":
        for _ in range(22):
            angle, radius = rng.uniform(0, np.pi), rng.uniform(0.82, 1.05)
            x, y = face.width * 1.1 * radius * np.cos(angle), -0.2 - 0.92 * radius * np.sin(angle)
            if y < -0.72 or abs(x) > 0.75 * face.width:
                canvas.soft(
                    head.place(ellipse(x, y, 0.12, 0.12, 14), 0.05), tint(face.hair, rng.uniform(0.8, 1.3)), 0.9, 3
                )


def _glasses(canvas: Canvas, head: Head) -> None:
    face = head.face
    frame = tint(face.hair, 0.45) if face.texture_seed % 2 else (52.0, 48.0, 60.0)
    for side in (-1.0, 1.0):
        ring = ellipse(side * face.eye_gap, -0.04, 0.245, 0.195, 40)
        ring = np.concatenate([ring, ring[:1]])
        canvas.fill(head.place(ribbon(ring, np.full(len(ring), 0.03)), 0.72), frame)
        arm = points((side * (face.eye_gap + 0.24), -0.07), (side * face.width, -0.08))
        canvas.fill(head.place(ribbon(arm, np.full(2, 0.03)), np.array([0.66, 0.1, 0.1, 0.66])), frame)
    bridge = smooth(points((-face.eye_gap + 0.24, -0.07), (0.0, -0.11), (face.eye_gap - 0.24, -0.07)))
    canvas.fill(head.place(ribbon(bridge, np.full(len(bridge), 0.028)), 0.78), frame)


def _photograph(canvas: Canvas, face: Face, rng: np.random.Generator) -> NDArray[np.uint8]:
    """The canvas at its final size, with the lens's blur, the lamp's colour and the sensor's grain."""
    picture = canvas.image.reduce(canvas.large // canvas.size)
    if face.blur:
        picture = picture.filter(ImageFilter.GaussianBlur(face.blur))
    pixels = np.asarray(picture, dtype=np.float64) * face.exposure
    pixels *= np.array([1 + face.warmth, 1.0, 1 - face.warmth])
    y, x = np.mgrid[0 : canvas.size, 0 : canvas.size] / (canvas.size - 1) - 0.5
    pixels *= 1 + 0.22 * face.light_strength * (x * face.light[0] + y * face.light[1])[..., None]
    pixels += rng.normal(0.0, face.grain, (canvas.size, canvas.size, 1))
    return np.clip(pixels + 0.5, 0, 255).astype(np.uint8)
