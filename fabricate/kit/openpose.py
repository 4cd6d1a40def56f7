"""A pose as the stick figure that steers diffusion: OpenPose's 18 points of a body, in COCO order.

The points and their colours are those of Z. Cao et al., "OpenPose: Realtime Multi-Person 2D Pose Estimation
using Part Affinity Fields" (2019), as ControlNet was trained on them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from fabricate.kit.design import Design
from fabricate.kit.figure import skeleton_of
from fabricate.kit.skeleton import Skeleton
from fabricate.kit.views import surfaces
from fabricate.render import Camera, Framing, Scene, framing

__all__ = ["LIMBS", "POINTS", "keypoints", "skeleton_picture"]

POINTS = (
    *("nose", "neck", "right_shoulder", "right_elbow", "right_wrist"),
    *("left_shoulder", "left_elbow", "left_wrist"),
    *("right_hip", "right_knee", "right_ankle", "left_hip", "left_knee", "left_ankle"),
    *("right_eye", "left_eye", "right_ear", "left_ear"),
)
LIMBS = (
    *((1, 2), (1, 5), (2, 3), (3, 4), (5, 6), (6, 7), (1, 8), (8, 9), (9, 10)),
    *((1, 11), (11, 12), (12, 13), (1, 0), (0, 14), (14, 16), (0, 15), (15, 17)),
)
"""Pairs of points that a limb joins, in the order of their colours."""

HUES = (
    *((255, 0, 0), (255, 85, 0), (255, 170, 0), (255, 255, 0), (170, 255, 0), (85, 255, 0)),
    *((0, 255, 0), (0, 255, 85), (0, 255, 170), (0, 255, 255), (0, 170, 255), (0, 85, 255)),
    *((0, 0, 255), (85, 0, 255), (170, 0, 255), (255, 0, 255), (255, 0, 170), (255, 0, 85)),
)
"""sRGB of each point; a limb has its own place's, at six tenths."""

FACE = (
    (0.0, -1.0, -0.38),
    (-0.42, -0.92, -0.20),
    (0.42, -0.92, -0.20),
    (-1.05, 0.0, -0.20),
    (1.05, 0.0, -0.20),
)
"""Nose, eyes and ears in head units."""

SMOOTH = 3
"""Drawn so many times larger, then shrunk: smooth edges."""


def keypoints(skeleton: Skeleton) -> NDArray[np.float64]:
    """The 18 points of a skeleton, (18, 3) float64 in body units in the figure frame, in order of POINTS."""
    nose, *sides = skeleton.head.point(FACE)
    (right, left), (right_leg, left_leg) = skeleton.arms, skeleton.legs
    neck = (right.a + left.a) / 2
    limbs = [p for limb in (right, left, right_leg, left_leg) for p in (limb.a, limb.b, limb.c)]
    return np.array([nose, neck, *limbs, *sides])


def skeleton_picture(of: Design | Skeleton, size: int = 1024) -> Image.Image:
    """The stick figure as the front view shows the figure: RGB on black, ``size`` pixels tall.

    A design's has exactly the framing of ``front_view``; a bare skeleton's is fitted to its head and limbs.
    Raises TemplateError for a fault in a template.
    """
    skeleton = of if isinstance(of, Skeleton) else skeleton_of(of)[0]
    frame = _frame(skeleton if isinstance(of, Skeleton) else Scene(surfaces(of)), size)
    points = frame.project(keypoints(skeleton))[:, :2].astype(float) * SMOOTH
    large = Image.new("RGB", (frame.width * SMOOTH, frame.height * SMOOTH))
    thick = size * SMOOTH / 128
    for (a, b), hue in zip(LIMBS, HUES, strict=False):
        # Limbs are dimmer than the points upon them, as in the pictures that ControlNet learned from.
        dim = tuple(round(level * 0.6) for level in hue)
        large.paste(dim, mask=_spindle(large.size, points[a], points[b], thick))
    draw = ImageDraw.Draw(large)
    for (x, y), hue in zip(points, HUES, strict=True):
        draw.ellipse((x - thick, y - thick, x + thick, y + thick), fill=hue)
    return large.resize((frame.width, frame.height), Image.Resampling.BOX)


def _spindle(
    size: tuple[int, int], a: NDArray[np.float64], b: NDArray[np.float64], thick: float
) -> Image.Image:
    """The mask of an ellipse from one point to another, ``thick`` its half width in pixels."""
    turn = np.linspace(0, 2 * np.pi, 72)[:, None]
    along = (b - a) / 2
    length = float(np.hypot(*along)) or 1.0
    across = np.array([-along[1], along[0]]) / length * thick
    outline = (a + b) / 2 + np.cos(turn) * along + np.sin(turn) * across
    mask = Image.new("L", size)
    ImageDraw.Draw(mask).polygon([(float(x), float(y)) for x, y in outline], fill=255)
    return mask


def _frame(shown: Scene | Skeleton, size: int) -> Framing:
    """The front view's framing of a figure; or of a skeleton's head, hands and feet."""
    bounds = _reach(shown) if isinstance(shown, Skeleton) else shown.bounds
    span = bounds[1] - bounds[0]
    wide = int(np.clip(np.ceil(size * (span[0] / span[2]) * 1.02 / 2) * 2, size // 2, size * 2))
    camera = Camera()
    if isinstance(shown, Skeleton):
        return framing([], width=wide, height=size, camera=camera, margin=0.02, bounds=bounds)
    return framing(shown, width=wide, height=size, camera=camera, margin=0.02)


def _reach(s: Skeleton) -> NDArray[np.float64]:
    """The box (2, 3) about a skeleton: balls round its head, hands and feet."""
    size = s.size
    balls = [(s.head.origin, s.head.scale * 1.06)]
    balls += [(limb.end.origin, size["hand"]) for limb in s.arms]
    balls += [(limb.c, size["ankle"]) for limb in s.legs]
    return np.array([np.min([p - r for p, r in balls], 0), np.max([p + r for p, r in balls], 0)])
