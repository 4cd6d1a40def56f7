"""The body under the clothes: torso, arms with hands, legs, as fields that skin and garments are made of."""

from __future__ import annotations

import numpy as np

from fabricate.kit.clay import Clay
from fabricate.kit.frames import HERE, Frame, along
from fabricate.kit.primitives import Ellipsoid, Half, RoundCone
from fabricate.kit.skeleton import Limb, Skeleton

__all__ = ["arm", "hand", "leg", "neck", "plane", "torso"]


def torso(s: Skeleton, grow: float = 0.0) -> Clay:
    """Belly, chest and shoulders, ``grow`` larger all round."""
    z, flat = s.size, s.size["torso_flat"]
    top = z["shoulder_z"]
    clay = Clay()
    clay.add(
        RoundCone(
            s.chest,
            (0, -0.004, 0.045),
            (0, 0.002, top - 0.050),
            z["belly_r"] + grow,
            z["chest_r"] + grow,
            flat,
        )
    )
    for limb in s.arms:
        inner = s.chest.point((limb.side * z["shoulder"] * 0.35, 0.0, top - 0.012))
        clay.add(RoundCone(HERE, inner, limb.a, z["arm_r"] * 1.12 + grow, z["arm_r"] * 1.02 + grow), 0.05)
    return clay


def neck(s: Skeleton, grow: float = 0.0) -> RoundCone:
    """The neck, from inside the chest into the head."""
    r = s.size["neck_r"] + grow
    return RoundCone(
        HERE, s.chest.point((0, 0, s.size["shoulder_z"] - 0.02)), s.neck + np.array([0, 0, 0.05]), r, r
    )


def plane(point: np.ndarray, way: np.ndarray) -> Half:
    """The half-space behind ``point``, seen along ``way``."""
    return Half(Frame.at(point, along(way)))


def arm(s: Skeleton, limb: Limb, grow: float = 0.0, wrist_grow: float | None = None) -> Clay:
    """A whole arm from shoulder to wrist."""
    r, w = s.size["arm_r"] + grow, s.size["wrist_r"] + (grow if wrist_grow is None else wrist_grow)
    middle = (r + w) / 2
    clay = Clay().add(RoundCone(HERE, limb.a, limb.b, r, middle))
    return clay.add(RoundCone(HERE, limb.b, limb.c, middle, w), 0.02)


def leg(s: Skeleton, limb: Limb, grow: float = 0.0, ankle_grow: float | None = None) -> Clay:
    """A whole leg from hip to ankle."""
    r, w = s.size["thigh_r"] + grow, s.size["shin_r"] + (grow if ankle_grow is None else ankle_grow)
    clay = Clay().add(RoundCone(HERE, limb.a, limb.b, r, (r + w) / 2))
    return clay.add(RoundCone(HERE, limb.b, limb.c, (r + w) / 2, w), 0.02)


def hand(s: Skeleton, limb: Limb) -> Clay:
    """A mitten hand with its thumb: ``mitten``, ``open``, ``fist``, ``grip``, ``point`` or ``thumb``."""
    f, r, side = limb.end, s.size["hand"], limb.side
    # The palm faces the body: thin across x, thumb to the front.
    inner = -side
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
        clay.add(
            RoundCone(
                f,
                (inner * r * 0.30, -r * 0.55, r * 0.25),
                (inner * r * 0.62, -r * 0.30, -r * 0.20),
                r * 0.30,
                r * 0.27,
            ),
            r * 0.12,
        )
        if limb.shape == "point":
            clay.add(
                RoundCone(f, (0, -r * 0.30, -r * 0.4), (0, -r * 0.34, -r * 1.50), r * 0.30, r * 0.24),
                r * 0.16,
            )
    elif limb.shape == "open":
        # A cartoon hand: a palm, three chunky fingers a little apart, a thumb.
        clay.add(Ellipsoid(f.inside((0, 0, r * 0.10)), (r * 0.52, r * 0.80, r * 0.78)))
        for y, lean, long in ((-0.50, -0.20, 0.98), (0.02, 0.02, 1.12), (0.52, 0.24, 0.92)):
            tip = (0, (y + lean) * r, -long * r)
            clay.add(RoundCone(f, (0, y * 0.8 * r, -0.25 * r), tip, r * 0.31, r * 0.275), r * 0.06)
        clay.add(
            RoundCone(
                f, (0, -r * 0.40, r * 0.35), (inner * r * 0.16, -r * 1.12, -r * 0.02), r * 0.30, r * 0.27
            ),
            r * 0.12,
        )
    else:
        clay.add(Ellipsoid(f.inside((0, 0, -r * 0.06)), (r * 0.60, r * 0.80, r * 1.02)))
        thumb = (inner * r * 0.34, -r * 0.86, -r * 0.42)
        clay.add(RoundCone(f, (inner * r * 0.08, -r * 0.45, r * 0.28), thumb, r * 0.32, r * 0.28), r * 0.18)
    way = (limb.c - limb.b) / np.linalg.norm(limb.c - limb.b)
    clay.add(RoundCone(HERE, limb.c - way * r * 0.5, f.origin, s.size["wrist_r"], r * 0.56), r * 0.28)
    return clay
