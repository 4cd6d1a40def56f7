"""Hands: a cartoon's mitten, real fingers grouped for strength, or the claw of a blocky toy.

Each is sculpted in the frame of a limb's end, its unit half the hand's length: -Z along the limb, -Y to the
thumb; the palm faces the body. Shapes: ``mitten`` (at rest), ``open``, ``fist``, ``grip``, ``point``,
``thumb``.
"""

from __future__ import annotations

import numpy as np

from fabricate.kit.clay import Clay
from fabricate.kit.frames import HERE, Frame, rotation
from fabricate.kit.primitives import Block, Box, Ellipsoid, RoundCone
from fabricate.kit.skeleton import Limb, Skeleton

__all__ = ["hand"]


def hand(s: Skeleton, limb: Limb, thin: float = 0.0) -> Clay:
    """The hand at an arm's end, of the kind that the style has; ``thin``: the least radius of a finger."""
    return {"mitten": _mitten, "fingers": _fingers, "claw": _claw}[s.made["hands"]](s, limb, thin)


def _mitten(s: Skeleton, limb: Limb, thin: float) -> Clay:
    """Round and soft, a thumb, and fingers only where the shape needs them."""
    f, r = limb.end, s.size["hand"]
    inner = -limb.side
    clay = Clay()
    if limb.shape == "thumb":
        # Up is the hand's front: the thumb stands on the fist, away from the folded fingers.
        clay.add(Ellipsoid(f.inside((0, r * 0.06, r * 0.02)), (r * 0.78, r * 0.84, r * 0.86)))
        root, tip = (inner * r * 0.08, -r * 0.40, r * 0.16), (inner * r * 0.02, -r * 1.74, r * 0.30)
        clay.add(RoundCone(f, root, tip, r * 0.40, r * 0.34), r * 0.20)
        for k in range(4):
            y, back = r * (-0.42 + 0.32 * k), -r * (0.50 - 0.05 * abs(k - 1.5))
            finger = (inner * r * 0.62, y, back), (inner * r * 0.70, y, -r * 0.02)
            clay.add(RoundCone(f, *finger, r * 0.20, r * 0.18), r * 0.05)
    elif limb.shape in ("fist", "grip", "point"):
        clay.add(Ellipsoid(f.inside((0, 0, r * 0.06)), (r * 0.80, r * 0.86, r * 0.84)))
        root, tip = (inner * r * 0.30, -r * 0.55, r * 0.25), (inner * r * 0.62, -r * 0.30, -r * 0.20)
        clay.add(RoundCone(f, root, tip, r * 0.30, r * 0.27), r * 0.12)
        if limb.shape == "point":
            root, tip = (0, -r * 0.30, -r * 0.4), (0, -r * 0.34, -r * 1.50)
            clay.add(RoundCone(f, root, tip, r * 0.30, r * 0.24), r * 0.16)
    elif limb.shape == "open":
        # A cartoon hand: a palm, three chunky fingers a little apart, a thumb.
        clay.add(Ellipsoid(f.inside((0, 0, r * 0.10)), (r * 0.52, r * 0.80, r * 0.78)))
        for y, lean, long in ((-0.50, -0.20, 0.98), (0.02, 0.02, 1.12), (0.52, 0.24, 0.92)):
            tip = (0, (y + lean) * r, -long * r)
            clay.add(RoundCone(f, (0, y * 0.8 * r, -0.25 * r), tip, r * 0.31, r * 0.275), r * 0.06)
        root, tip = (0, -r * 0.40, r * 0.35), (inner * r * 0.16, -r * 1.12, -r * 0.02)
        clay.add(RoundCone(f, root, tip, r * 0.30, r * 0.27), r * 0.12)
    else:
        clay.add(Ellipsoid(f.inside((0, 0, -r * 0.06)), (r * 0.60, r * 0.80, r * 1.02)))
        thumb = (inner * r * 0.34, -r * 0.86, -r * 0.42)
        clay.add(RoundCone(f, (inner * r * 0.08, -r * 0.45, r * 0.28), thumb, r * 0.32, r * 0.28), r * 0.18)
    return clay.add(_wrist(s, limb, r * 0.56), r * 0.28)


def _wrist(s: Skeleton, limb: Limb, root: float) -> RoundCone:
    """From inside the forearm into the hand, where its radius is ``root``."""
    way = (limb.c - limb.b) / np.linalg.norm(limb.c - limb.b)
    start = limb.c - way * s.size["hand"] * 0.5
    return RoundCone(HERE, start, limb.end.origin, s.size["wrist_r"], root)


ROWS = (-0.40, -0.09, 0.17, 0.40)
"""Where index, middle, ring and little finger stand across the palm."""
REACH = (1.16, 1.26, 1.18, 0.98)
"""How far each reaches."""


def _fingers(s: Skeleton, limb: Limb, thin: float) -> Clay:
    """A palm, a thumb, the index apart from the other three, which stand together."""
    unit = s.size["hand"]
    # In a frame whose +X is the palm's side for either hand.
    f = Frame(limb.end.origin, limb.end.turn, unit)
    inner = -limb.side
    r = max(0.165, thin / unit)
    clay = Clay()

    def tube(points: list[tuple[float, float, float]], r1: float, r2: float, blend: float = 0.04) -> None:
        ends = np.linspace(r1, r2, len(points))
        flipped = [(inner * x, y, z) for x, y, z in points]
        for k in range(len(points) - 1):
            piece = RoundCone(f, flipped[k], flipped[k + 1], ends[k], ends[k + 1])
            clay.add(piece, blend * unit if k == 0 else 0.0)

    clay.add(Box(f.inside((0, 0.0, 0.10)), (max(0.26, r * 1.15), 0.54, 0.50), 0.22))
    clay.add(Ellipsoid(f.inside((inner * 0.12, -0.34, 0.24)), (0.24, 0.26, 0.40)), 0.12 * unit)
    closed = limb.shape in ("fist", "grip", "thumb", "point")
    for k, (y, long) in enumerate(zip(ROWS, REACH, strict=True)):
        spread = {"open": (-0.24, 0.00, 0.06, 0.12), "mitten": (-0.16, 0.02, 0.0, -0.04)}
        if closed and not (limb.shape == "point" and k == 0):
            tube([(-0.06, y, -0.36), (0.34, y, -0.52), (0.50, y, -0.06)], r * 1.12, r)
        elif limb.shape == "open" or limb.shape == "point":
            lean = spread["open"][k] if limb.shape == "open" else 0.0
            tube([(0.0, y, -0.30), (0.02, y + lean * 0.5, -0.8), (0.08, y + lean, -long)], r * 1.1, r)
        else:
            lean, curl = spread["mitten"][k], 0.06 + 0.07 * k
            tube([(0.0, y, -0.30), (curl, y + lean, -0.76), (curl * 1.7, y + lean, -long * 0.98)], r * 1.1, r)
    thumb = {
        "thumb": [(0.06, -0.40, 0.16), (0.06, -0.86, 0.10), (-0.02, -1.30, 0.14)],
        "open": [(0.06, -0.36, 0.30), (0.14, -0.78, 0.04), (0.16, -1.04, -0.30)],
        "mitten": [(0.10, -0.38, 0.30), (0.26, -0.64, -0.06), (0.34, -0.66, -0.44)],
    }.get(limb.shape, [(0.12, -0.44, 0.24), (0.46, -0.56, -0.10), (0.66, -0.24, -0.30)])
    tube(thumb, r * 1.22, r * 1.05, 0.14)
    return clay.add(_wrist(s, limb, unit * 0.40), unit * 0.30)


def _claw(s: Skeleton, limb: Limb, thin: float) -> Clay:
    """A block with a thumb in front, split from the fingers by a slot; its foot slopes, so that it prints
    without support.
    """
    unit = s.size["hand"]
    f = Frame(limb.end.origin, limb.end.turn, unit)
    inner = -limb.side
    slot = max(0.11, thin / unit * 0.7)
    if limb.shape in ("mitten", "open", "grip"):
        clay = Clay().add(Block(f.inside((0, 0.22, -0.04)), (0.62, 0.62, 0.96), (0.62, 0.56), 0.16, 0.5))
        thumb = f.inside((0, -0.40 - slot * 2, 0.14), rotation("x", -10))
        clay.add(Block(thumb, (0.52, 0.30, 0.60), (0.62, 0.50), 0.14, 0.6))
        return clay.add(Block(f.inside((0, -0.06, 0.46)), (0.62, 0.74, 0.42), (0.0, 0.0), 0.22), 0.08 * unit)
    clay = Clay().add(Block(f.inside((0, 0.04, 0.06)), (0.66, 0.76, 0.82), (0.50, 0.50), 0.20, 0.5))
    if limb.shape == "thumb":
        clay.add(Block(f.inside((0, -1.02, 0.26)), (0.34, 0.62, 0.34), (0.0, 0.0), 0.20), 0.05 * unit)
        return clay
    if limb.shape == "point":
        clay.add(Block(f.inside((0, -0.20, -1.0)), (0.34, 0.34, 0.66), (0.0, 0.0), 0.20), 0.05 * unit)
    thumb = f.inside((inner * 0.60, -0.40, 0.10), rotation("x", 28))
    return clay.add(Block(thumb, (0.24, 0.26, 0.50), (0.0, 0.0), 0.16), 0.04 * unit)
