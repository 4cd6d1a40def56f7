"""Shapes for sketches without limbs to tell them by: resting animals, groups in embrace, loops of clay."""

from __future__ import annotations

import numpy as np

from fabricate.kit.frames import rotation
from fabricate.train.heads import Place, glance, head
from fabricate.train.people import plinth
from fabricate.train.sketch import Lump, Sketch, Vec, colour_of, vec

__all__ = ["embrace", "loops", "resting"]

Dice = np.random.Generator


def resting(dice: Dice) -> Sketch:
    """A rabbit, cat, hen or frog at rest: one round body over its folded legs; it faces -Y."""
    u = dice.uniform
    sketch, hide = Sketch(), colour_of(dice, 0.5)
    wide, long = u(0.26, 0.42), u(0.42, 0.8)
    tall = wide * u(0.9, 1.5)
    rise = u(-5, 50) if dice.random() < 0.7 else u(50, 75)  # a crouching hare, an upright cat
    slope = rotation("x", -rise)
    middle = np.array([0, 0, tall * 0.8 + long * 0.6 * np.sin(np.radians(max(rise, 0)))])
    body = sketch.part(hide)
    body.ball(middle, (wide, long, tall), slope)
    chest = middle + slope @ np.array([0, -0.6 * long, u(-0.2, 0.2) * tall])
    body.ball(chest, wide * u(0.65, 0.95) * np.array([1, u(0.8, 1.2), u(0.9, 1.3)]), k=0.4 * wide)
    hip = middle + slope @ np.array([0, 0.45 * long, 0])
    _folded(body if dice.random() < 0.6 else sketch.part(hide), dice, hip, (wide, long, tall))
    _forelegs(sketch.part(hide) if dice.random() < 0.4 else body, dice, chest, wide)
    size = wide * u(0.5, 1.0)
    half = size * np.array([u(0.75, 1.05), u(0.85, 1.35), u(0.8, 1.05)])
    away = chest + np.array([0, -u(0.2, 1.0) * wide, u(0.3, 1.3) * wide])
    body.tube(chest, away, wide * u(0.5, 0.8), size * u(0.5, 0.8), 0.4 * wide)
    place = Place(away + vec(0, -0.3 * size, 0.3 * size), half, glance(dice, 22) @ rotation("x", u(-15, 15)))
    head(sketch, dice, place, hide, beast=True)
    if dice.random() < 0.5:
        _laid_ears(sketch.part(hide * u(0.85, 1)), dice, place)
    rear = middle + slope @ np.array([0, 0.95 * long, -0.2 * tall])
    if dice.random() < 0.5:
        body.ball(rear, wide * u(0.2, 0.4), k=0.1 * wide)
    elif dice.random() < 0.6:
        around = np.linspace(0, u(0.5, 1.6), 5)[:, None] * (1 if dice.random() < 0.5 else -1)
        curl = np.concatenate([wide * 1.2 * np.sin(around), long * np.cos(around), 0 * around], 1)
        body.strand(curl + vec(0, middle[1], u(0.08, 0.2)), wide * np.linspace(0.25, 0.12, 5))
    if dice.random() < 0.25:
        plinth(sketch, dice, wide * u(1.1, 1.7), long * u(1.1, 1.6), 0.03)
    return sketch


def _folded(lump: Lump, dice: Dice, hip: Vec, size: tuple[float, float, float]) -> None:
    """Thighs against the flanks, long feet before them."""
    u = dice.uniform
    wide, long, tall = size
    thigh = np.array([wide * u(0.3, 0.5), long * u(0.35, 0.55), tall * u(0.5, 0.8)])
    out, turn = u(0.65, 0.95), rotation("x", u(-40, 30))
    for side in (-1, 1):
        at = np.array([side * out * wide, hip[1], min(float(hip[2]), float(thigh[2]))])
        lump.ball(at, thigh, turn, 0.25 * wide)
        foot = np.array([wide * u(0.18, 0.3), long * u(0.25, 0.5), wide * u(0.12, 0.22)])
        lump.ball(np.array([at[0], at[1] - 0.5 * thigh[1] - 0.4 * foot[1], foot[2]]), foot, k=0.1 * wide)


def _forelegs(lump: Lump, dice: Dice, chest: Vec, wide: float) -> None:
    u = dice.uniform
    r, apart, reach = wide * u(0.16, 0.3), wide * u(0.25, 0.6), wide * u(0.1, 0.7)
    for side in (-1, 1):
        end = np.array([side * apart, chest[1] - reach, 0.6 * r])
        lump.tube(chest + vec(side * apart, 0, -0.2 * wide), end, r * 1.3, r, 0.2 * wide)
        lump.ball(end - vec(0, r, 0), (r, 1.8 * r, 0.7 * r), k=0.3 * r)


def _laid_ears(lump: Lump, dice: Dice, place: Place) -> None:
    """Long ears, upright or laid on the back."""
    u = dice.uniform
    r, long, lean, out = place.half[0] * u(0.2, 0.36), u(1.2, 2.6), u(-80, 10), u(0, 30)
    for side in (-1, 1):
        root = place.point(side * u(0.25, 0.5), u(0, 0.5), 0.75)
        turn = place.turn @ rotation("y", side * out) @ rotation("x", lean)
        end = root + turn @ np.array([0, 0, long * place.half[2]])
        lump.tube(root, end, r, r * u(0.3, 0.9), 0.2 * r, oval=u(0.35, 0.8))


def embrace(dice: Dice) -> Sketch:
    """Two to four smooth people hand in hand or in each other's arms, as sculptors make them."""
    u = dice.uniform
    sketch, colour = Sketch(), colour_of(dice, 0.4)
    lump, plain = sketch.part(colour), dice.random() < 0.6
    count = int(dice.choice([2, 2, 3, 4]))
    around = dice.random() < 0.45  # in a ring, facing one another
    apart, turn = u(0.16, 0.4), u(0, 2 * np.pi)
    shoulders: list[tuple[Vec, float]] = []
    for k in range(count):
        if around:
            angle = turn + 2 * np.pi * k / count
            foot = apart * np.array([np.cos(angle), np.sin(angle), 0.0])
            tilt = u(-0.6, 0.2) * foot
        else:
            foot = np.array([(k - (count - 1) / 2) * 1.4 * apart, dice.normal() * 0.12, 0.0])
            tilt = np.array([-u(-0.1, 0.7) * foot[0], dice.normal() * 0.06, 0.0])
        tall = u(0.55, 1.0)
        if not plain:
            lump = sketch.part(colour_of(dice))
        shoulders.append(_smooth_person(lump, dice, foot, tilt, tall))
    for k in range(count if around and count > 2 else count - 1):
        (a, r), (b, s) = shoulders[k], shoulders[(k + 1) % count]
        bow = (a + b) / 2 * [u(1, 1.8), u(1, 1.8), 1] + vec(0, 0, u(-0.35, 0.3))
        lump.strand(np.stack([a, bow, b]), np.array([r, r * u(0.7, 1.2), s]), 0.05)
    if dice.random() < 0.4:
        wide = apart * (1.5 if around else 0.8 * count)
        plinth(sketch, dice, wide * u(0.6, 1.1), wide * u(0.4, 1.0), 0.02)
    return sketch


def _smooth_person(lump: Lump, dice: Dice, foot: Vec, tilt: Vec, tall: float) -> tuple[Vec, float]:
    """A body of few forms; gives where its arms begin and how thick they are."""
    u = dice.uniform
    r = tall * u(0.08, 0.19)
    hip = foot + tilt * 0.4 + vec(0, 0, tall * u(0.35, 0.55))
    neck = foot + tilt + vec(0, 0, tall * 0.8)
    lump.tube(hip, neck, r * u(1.0, 1.6), r * u(0.8, 1.3), 0.5 * r)
    if dice.random() < 0.6:
        spread = r * u(0.5, 1.4)
        for side in (-1, 1):
            lump.tube(hip, foot + vec(side * spread, dice.normal() * r, 0), r * 0.9, r * u(0.5, 0.9), 0.4 * r)
    else:
        lump.cone(hip, foot, r * 1.1, r * u(1.2, 2.6), 1.0, 0.3, 0.5 * r)
    size = max(tall * u(0.09, 0.16), 0.9 * r)
    lump.ball(neck + tilt * u(0, 0.3) + vec(0, 0, r + 0.4 * size), size * u(0.8, 1.15, 3), k=u(0, 0.3) * r)
    return neck - vec(0, 0, 0.5 * r), r * u(0.45, 0.9)


def loops(dice: Dice) -> Sketch:
    """Closed strands of clay through space, alone or linked: knots, handles, sculptures."""
    u = dice.uniform
    sketch, lump = Sketch(), None
    for _ in range(dice.integers(1, 4)):
        if lump is None or dice.random() < 0.4:
            lump = sketch.part(colour_of(dice, 0.5))
        t = np.linspace(0, 2 * np.pi, 15)
        path = np.stack([np.sin(t), 0.35 * np.sin(t + u(0, 6)), np.cos(t)], 1)
        path = path * u([0.25, 0.2, 0.3], [0.7, 0.9, 0.9])
        for k in (2, 3):
            path += u(0, 0.16) * np.sin(k * t[:, None] + u(0, 6, 3)) * u(0, 1, 3)
        points = path @ rotation("z", u(-50, 50)).T + dice.normal(size=3) * [0.25, 0.2, 0.2]
        wave = 1 + u(0, 0.6) * np.sin(dice.integers(1, 4) * t + u(0, 6))
        lump.strand(points, u(0.06, 0.2) * wave, u(0, 0.12))
        for _ in range(dice.integers(0, 3)):
            at = points[dice.integers(len(points))]
            lump.ball(at + dice.normal(size=3) * 0.05, u(0.1, 0.26) * u(0.7, 1.3, 3), k=u(0, 0.15))
    return sketch
