"""The body under the clothes: torso, arms, legs and neck, as fields that skin and garments are made of.

Of four builds: ``round`` as a vinyl toy, ``slim`` as a doll, ``muscle`` as an action figure, ``box`` as
blocks. All of them take ``grow``: how far cloth stands off.
"""

from __future__ import annotations

import itertools

import numpy as np

from fabricate.kit.clay import Clay
from fabricate.kit.frames import HERE, Frame, along
from fabricate.kit.primitives import Block, Ellipsoid, Half, RoundCone
from fabricate.kit.sdf import Field
from fabricate.kit.skeleton import Limb, Skeleton

__all__ = [
    "arm",
    "arm_from",
    "arm_halves",
    "arm_to",
    "barrel",
    "boxy",
    "laps",
    "leg",
    "leg_halves",
    "leg_to",
    "neck",
    "plane",
    "seat",
    "torso",
]


def boxy(s: Skeleton) -> bool:
    """Whether sections are rounded squares."""
    return bool(s.made["build"] == "box")


def torso(s: Skeleton, grow: float = 0.0) -> Clay:
    """Belly, chest and shoulders, ``grow`` larger all round."""
    return {"round": _round, "slim": _slim, "muscle": _muscle, "box": _box}[s.made["build"]](s, grow)


def _round(s: Skeleton, grow: float) -> Clay:
    z, flat = s.size, s.size["torso_flat"]
    top = z["shoulder_z"]
    low, high = (0, -0.004, 0.045), (0, 0.002, top - 0.050)
    clay = Clay().add(RoundCone(s.chest, low, high, z["belly_r"] + grow, z["chest_r"] + grow, flat))
    for limb in s.arms:
        inner = s.chest.point((limb.side * z["shoulder"] * 0.35, 0.0, top - 0.012))
        clay.add(RoundCone(HERE, inner, limb.a, z["arm_r"] * 1.12 + grow, z["arm_r"] * 1.02 + grow), 0.05)
    return clay


def _trunk(s: Skeleton, grow: float, waist: float, chest: float, blend: float) -> Clay:
    """Hips, waist and chest at shares of the height to the shoulders."""
    z, flat = s.size, s.size["torso_flat"]
    hips, belly, ribs = (z[key] + grow for key in ("hip_r", "belly_r", "chest_r"))
    low, middle = (0, 0.0, z["hip_r"] * 0.10), (0, -0.002, z["shoulder_z"] * waist)
    high = (0, 0.0, z["shoulder_z"] * chest)
    clay = Clay().add(RoundCone(s.chest, low, middle, hips, belly, flat))
    return clay.add(RoundCone(s.chest, middle, high, belly, ribs, flat), blend)


def _yoke(s: Skeleton, grow: float, clay: Clay, blend: float, slope: float) -> None:
    """From the foot of the neck, ``slope`` of its radius over the shoulders, to both of them."""
    z = s.size
    top = z["shoulder_z"]
    for limb in s.arms:
        inner = s.chest.point((limb.side * z["shoulder"] * 0.30, 0.0, top + z["arm_r"] * 0.12))
        clay.add(RoundCone(HERE, inner, limb.a, z["arm_r"] * 0.9 + grow, z["arm_r"] * 0.96 + grow), blend)
        neck = s.chest.point((limb.side * z["neck_r"] * 0.4, 0.004, top + z["neck_r"] * slope))
        shoulder = s.chest.point((limb.side * z["shoulder"] * 0.72, 0.004, top + z["arm_r"] * 0.10))
        clay.add(RoundCone(HERE, neck, shoulder, z["neck_r"] * 0.9 + grow, z["arm_r"] * 0.62 + grow), blend)


def _slim(s: Skeleton, grow: float) -> Clay:
    clay = _trunk(s, grow, 0.36, 0.70, 0.03)
    _yoke(s, grow, clay, 0.025, -0.1)
    return clay


def _muscle(s: Skeleton, grow: float) -> Clay:
    z, flat = s.size, s.size["torso_flat"]
    clay = _trunk(s, grow, 0.34, 0.68, 0.035)
    _yoke(s, grow, clay, 0.03, 0.55)
    r, high = z["chest_r"], z["shoulder_z"] * 0.76
    for side in (-1, 1):
        at = s.chest.inside((side * r * 0.44, -r * flat * 0.62, high))
        clay.add(Ellipsoid(at, np.array([0.46, 0.40, 0.34]) * r + grow), 0.022)
        back = s.chest.inside((side * r * 0.52, r * flat * 0.50, high * 0.96))
        clay.add(Ellipsoid(back, np.array([0.46, 0.40, 0.56]) * r + grow), 0.03)
    return clay


def _box(s: Skeleton, grow: float) -> Clay:
    """One block, narrower at the hips, deep enough to carry the head."""
    z, flat = s.size, s.size["torso_flat"]
    top, foot = z["shoulder_z"] + z["arm_r"] * 1.15 + grow, -z["hip_r"] * 0.34
    half = (z["chest_r"] + grow, z["chest_r"] * flat + grow, (top - foot) / 2)
    narrow = 1 - (z["hip_r"] + grow) / (z["chest_r"] + grow)
    at = s.chest.inside((0, 0, (top + foot) / 2))
    return Clay().add(Block(at, half, (narrow, narrow * 0.6), z["arm_r"] * 0.55 + grow))


def seat(s: Skeleton) -> float:
    """The half width of the hips with the thighs beside them."""
    size = s.size
    return float(
        size["hip_r"] if s.made["build"] == "round" else max(size["hip_r"], size["hip"] + size["thigh_r"])
    )


def barrel(s: Skeleton, top: float, foot: float, r1: float, r2: float) -> Field:
    """A trunk about the chest's axis from ``top`` (half width ``r1``) to ``foot`` (``r2``), heights above the
    pelvis joint: seats of trousers, hems, skirts of coats.
    """
    ends, flat = ((0, -0.002, top), (0, -0.002, foot)), s.size["torso_flat"]
    if s.made["build"] in ("slim", "muscle"):
        # A flat chest is not a flat seat.
        flat = max(flat, 0.82)
    if boxy(s):
        margin = s.size["hip_r"] * 0.32
        at = s.chest.inside((0, 0, (top + foot - margin) / 2))
        half = (r1, r1 * flat, (top - foot + margin) / 2)
        return Block(at, half, (1 - r2 / r1, 1 - r2 / r1), s.size["arm_r"] * 0.5)
    return RoundCone(s.chest, *ends, r1, r2, flat)


def laps(s: Skeleton, grow: float, length: float) -> Clay:
    """Cloth over the thighs that are lifted out of a skirt, over ``length`` (0..1) of the legs, and between
    them where both are; empty for one who stands.
    """
    clay, ends = Clay(), []
    down = -s.chest.turn[:, 2]
    for limb in s.legs:
        thigh = (limb.b - limb.a) / np.linalg.norm(limb.b - limb.a)
        if thigh @ down > 0.90:
            continue
        end, way = limb.at(max(length, 0.02))
        clay.add(leg(s, limb, grow).keep(plane(end, way), 0.006), 0.03)
        ends.append((limb.a, end, way))
    if len(ends) == 2:
        (a, b, way), (c, d, other) = ends
        r, across = s.size["thigh_r"] + grow, (way + other) / np.linalg.norm(way + other)
        web = Clay()
        for share in (0.2, 0.4, 0.6, 0.8):
            start, foot = a + (c - a) * share, b + (d - b) * share
            web.add(RoundCone(HERE, start, foot, r * 0.9, r * 0.8), 0.04 if web else 0.0)
        clay.add(web.keep(plane((b + d) / 2, across), 0.006), 0.05)
    return clay


def neck(s: Skeleton, grow: float = 0.0) -> RoundCone:
    """The neck, from inside the chest into the head."""
    r = s.size["neck_r"] + grow
    low, high = s.chest.point((0, 0, s.size["shoulder_z"] - 0.02)), s.neck + np.array([0, 0, 0.05])
    return RoundCone(HERE, low, high, r, r)


def plane(point: np.ndarray, way: np.ndarray) -> Half:
    """The half-space behind ``point``, seen along ``way``."""
    return Half(Frame.at(point, along(way)))


def arm(s: Skeleton, limb: Limb, grow: float = 0.0, wrist_grow: float | None = None) -> Clay:
    """A whole arm from shoulder to wrist."""
    upper, lower = arm_halves(s, limb, grow, wrist_grow)
    return Clay().add(upper).add(lower, 0.02)


def arm_to(s: Skeleton, limb: Limb, share: float, grow: float, wrist_grow: float) -> Clay:
    """An arm from the shoulder to the share 0..1 of its length, cut across there.

    Only the half that the cut lies on is cut: a bent arm's other half may lie behind the plane too.
    """
    return _to(limb, share, *arm_halves(s, limb, grow, wrist_grow))


def arm_from(s: Skeleton, limb: Limb, share: float) -> Clay:
    """An arm from the share 0..1 of its length to the wrist; only the half that it is cut in is cut."""
    upper, lower = arm_halves(s, limb)
    start, way = limb.at(share)
    cut = plane(start, -way)
    if share < limb.elbow:
        return Clay().add(upper.keep(cut)).add(lower, 0.02)
    return Clay().add(lower.keep(cut))


def leg_to(s: Skeleton, limb: Limb, share: float, grow: float, ankle_grow: float) -> Clay:
    """A leg from the hip to the share 0..1 of its length, cut across there, as ``arm_to``."""
    return _to(limb, share, *leg_halves(s, limb, grow, ankle_grow))


def _to(limb: Limb, share: float, upper: Clay, lower: Clay) -> Clay:
    cut = plane(*limb.at(share))
    if share < limb.elbow:
        return Clay().add(upper.keep(cut, 0.006))
    return Clay().add(upper).add(lower.keep(cut, 0.006), 0.02)


def arm_halves(
    s: Skeleton, limb: Limb, grow: float = 0.0, wrist_grow: float | None = None
) -> tuple[Clay, Clay]:
    """An arm to the elbow, and from there to the wrist."""
    r, w = s.size["arm_r"], s.size["wrist_r"]
    tight = grow if wrist_grow is None else wrist_grow
    middle = (grow + tight) / 2
    if s.made["build"] == "muscle":
        elbow = r * 0.66
        upper = _half(limb, 0, [(0, 0, r), (0.30, 0.0, r * 0.90), (0.56, 0.10, r * 0.86), (1, 0, elbow)])
        lower = _half(limb, 1, [(0, 0, elbow), (0.26, 0.05, r * 0.80), (1, 0, w)])
    elif s.made["build"] == "slim":
        elbow = r * 0.42 + w * 0.58
        upper, lower = _half(limb, 0, [(0, 0, r), (1, 0, elbow)]), _half(limb, 1, [(0, 0, elbow), (1, 0, w)])
    else:
        elbow = (r + w) / 2
        upper, lower = _half(limb, 0, [(0, 0, r), (1, 0, elbow)]), _half(limb, 1, [(0, 0, elbow), (1, 0, w)])
    return _grown(s, upper, grow, middle), _grown(s, lower, middle, tight)


def leg(s: Skeleton, limb: Limb, grow: float = 0.0, ankle_grow: float | None = None) -> Clay:
    """A whole leg from hip to ankle."""
    upper, lower = leg_halves(s, limb, grow, ankle_grow)
    return Clay().add(upper).add(lower, 0.02)


def leg_halves(
    s: Skeleton, limb: Limb, grow: float = 0.0, ankle_grow: float | None = None
) -> tuple[Clay, Clay]:
    """A leg to the knee, and from there to the ankle."""
    r, w = s.size["thigh_r"], s.size["shin_r"]
    tight = grow if ankle_grow is None else ankle_grow
    middle = (grow + tight) / 2
    if s.made["build"] == "muscle":
        knee = r * 0.62
        upper = _half(limb, 0, [(0, 0, r), (0.38, 0.08, r * 0.95), (1, 0, knee)])
        lower = _half(limb, 1, [(0, 0, knee), (0.30, -0.20, r * 0.71), (1, 0, w)])
    elif s.made["build"] == "slim":
        knee = r * 0.60
        upper = _half(limb, 0, [(0, 0, r), (0.30, 0, r * 0.96), (1, 0, knee)])
        lower = _half(limb, 1, [(0, 0, knee), (0.28, -0.12, r * 0.64), (1, 0, w)])
    else:
        knee = (r + w) / 2
        upper, lower = _half(limb, 0, [(0, 0, r), (1, 0, knee)]), _half(limb, 1, [(0, 0, knee), (1, 0, w)])
    # A block's legs are as deep as its seat.
    deep = (1.5, 1.0) if boxy(s) else (1.0, 1.0)
    return _grown(s, upper, grow, middle, deep[0]), _grown(s, lower, middle, tight, deep[1])


Stations = list[tuple[float, np.ndarray, float]]
"""Points along half a limb: their share of its length, where, and the radius."""


def _half(limb: Limb, which: int, stations: list[tuple[float, float, float]]) -> tuple[Frame, Stations]:
    """Half of a limb through stations (share of its length, how far to its front in radii, radius)."""
    start, end = (limb.a, limb.b) if which == 0 else (limb.b, limb.c)
    long = float(np.linalg.norm(end - start))
    points = [(share, np.array([0, -off * r, -share * long]), r) for share, off, r in stations]
    return Frame.at(start, limb.turns[which]), points


def _grown(s: Skeleton, half: tuple[Frame, Stations], first: float, last: float, oval: float = 1.0) -> Clay:
    """Half of a limb, ``first`` larger at its upper and ``last`` at its lower end."""
    frame, points = half
    clay = Clay()
    for (t1, a, r1), (t2, b, r2) in itertools.pairwise(points):
        ends = r1 + first + (last - first) * t1, r2 + first + (last - first) * t2
        clay.add(RoundCone(frame, a, b, *ends, oval, boxy(s)), 0.006 if len(points) > 2 else 0.0)
    return clay
