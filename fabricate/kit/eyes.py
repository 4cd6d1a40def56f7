"""Eyes as flat outlines for decals to raise, in head radii: each style's own, of lines that print.

The outlines of one eye by part: ``white``, ``iris``, ``dark`` (the pupil, or all of a plain eye), ``lash``,
``glint``.
"""

from __future__ import annotations

import numpy as np

from fabricate.kit.outlines import Outline, oval, rounded, stroke

__all__ = ["EYES", "eye"]

EYES = ("shine", "dot", "lashes", "calm", "block")
"""A toy's shining eyes, dots, a doll's with lashes, an action figure's level look, a blocky toy's squares."""


def eye(
    x: float, z: float, wide: float, tall: float, side: int, style: str, line: float
) -> dict[str, Outline]:
    """One eye about (``x``, ``z``) of half sizes ``wide`` and ``tall``, on the figure's ``side``, in one of
    the ``EYES``; ``line``: the least width of a line.
    """
    if style == "dot":
        ball = oval(x, z, wide * 0.62, tall * 0.62)
        glint = oval(x - wide * 0.2, z + tall * 0.22, wide * 0.2, tall * 0.18).within(ball, 0.015)
        return {"dark": ball, "glint": glint}
    if style == "block":
        corner = min(wide, tall) * 0.55
        ball = rounded(x, z, wide, tall, corner)
        dot = max(wide * 0.36, line / 2)
        glint = rounded(x - wide * 0.34, z + tall * 0.46, dot, dot, dot * 0.6).within(ball, 0.02)
        return {"dark": ball, "glint": glint}
    if style == "calm":
        return _calm(x, z, wide, tall, side, line)
    return _shining(x, z, wide, tall, side, line, style == "lashes")


def _shining(
    x: float, z: float, wide: float, tall: float, side: int, line: float, lashes: bool
) -> dict[str, Outline]:
    """Large, with two glints, under a lash line that thickens outwards and ends in a short wing or lashes."""
    white = oval(x, z, wide, tall)
    middle = x - side * wide * 0.07
    iris = oval(middle, z - tall * 0.03, wide * 0.80, tall * 0.80).within(white, 0.012)
    pupil = oval(middle, z + tall * 0.02, wide * 0.50, tall * 0.54)
    angle = np.radians(np.linspace(158, 22, 15))
    lid_x, lid_z = x - side * np.cos(np.pi - angle) * wide, z + tall * 0.02 + np.sin(angle) * tall
    lid = np.stack([lid_x, lid_z], 1)
    wing = [x + side * wide * 1.17, z + tall * 0.50]
    widths = (0.018, 0.050, 0.074, 0.082, 0.078, 0.024)
    lash = stroke(np.vstack([lid, wing]), [max(width, line) for width in widths])
    if lashes:
        for turn, far in ((22.0, 1.42), (46.0, 1.36)):
            way = np.array([side * np.cos(np.radians(turn)) * wide, np.sin(np.radians(turn)) * tall])
            at = np.array([x, z + tall * 0.02])
            flick = stroke([at + way * 0.98, at + way * far], [max(0.070, line), max(0.030, line * 0.75)])
            lash = lash.joined(flick, 0.01)
    glint = oval(x - wide * 0.32, z + tall * 0.36, wide * 0.27, tall * 0.24, 12)
    dot = max(wide * 0.15, line / 2)
    spark = oval(x + wide * 0.26, z - tall * 0.42, dot, dot, 12)
    return {"white": white, "iris": iris, "dark": pupil, "lash": lash, "glint": glint.joined(spark)}


def _calm(x: float, z: float, wide: float, tall: float, side: int, line: float) -> dict[str, Outline]:
    """An almond under a firm lid, the iris cut by it."""
    tall, wide = max(tall, line * 0.80), max(wide, line * 1.1)
    lid_z = z + tall * 0.62
    below = Outline(lambda px, pz: pz - np.float32(lid_z), (-9, -9), (9, lid_z))
    white = oval(x, z, wide, tall, side * 5.0).within(below)
    r = max(tall * 0.92, line * 0.55)
    iris = oval(x - side * wide * 0.04, z + tall * 0.06, r, r).within(white, 0.0)
    pupil = oval(x - side * wide * 0.04, z + tall * 0.10, r * 0.52, r * 0.56).within(white, 0.0)
    bow = [(x - side * wide * 1.02, lid_z - tall * 0.42), (x - side * wide * 0.2, lid_z + tall * 0.10)]
    bow.append((x + side * wide * 1.10, lid_z - tall * 0.22))
    u = np.linspace(0, 1, 9)[:, None]
    a, b, c = (np.array(p) for p in bow)
    control = 2 * b - (a + c) / 2
    lid = a * (1 - u) ** 2 + control * 2 * u * (1 - u) + c * u**2
    lash = stroke(lid, [max(width, line * 0.8) for width in (0.04, 0.07, 0.075, 0.05)])
    dot = max(r * 0.24, line * 0.30)
    glint = oval(x - wide * 0.20, z + tall * 0.30, dot, dot)
    return {"white": white, "iris": iris, "dark": pupil, "lash": lash, "glint": glint}
