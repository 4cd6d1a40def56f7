"""Animals for sketches: on four legs and on two, plush toys, birds, dragons, fish and snakes."""

from __future__ import annotations

import numpy as np

from fabricate.kit.frames import rotation
from fabricate.train.heads import Place, glance, head
from fabricate.train.people import prop
from fabricate.train.sketch import Lump, Sketch, Vec, colour_of, vec

__all__ = ["bird", "crawler", "plush", "quadruped"]

Dice = np.random.Generator


def tail(lump: Lump, dice: Dice, root: Vec, r: float, long: float) -> None:
    """A tail to the back: thin or thick, hanging or raised."""
    points, radii = [root], [r]
    way = np.array([dice.normal() * 0.3, 1.0, dice.uniform(-0.9, 0.9)])
    for _ in range(dice.integers(2, 5)):
        way = way / np.linalg.norm(way) + dice.normal(size=3) * [0.3, 0.2, 0.5]
        points.append(points[-1] + way / np.linalg.norm(way) * long / 3)
        radii.append(max(radii[-1] * dice.uniform(0.5, 1.2), 0.08 * r))
    lump.strand(points, radii, 0.5 * r)


def quadruped(dice: Dice) -> Sketch:
    """A beast on four legs, standing, walking, sitting or lying; it faces -Y."""
    u = dice.uniform
    sketch, hide = Sketch(), colour_of(dice, 0.5)
    long, r, high = u(0.7, 1.5), u(0.17, 0.42), u(0.4, 1.15)
    chest, rump = np.array([0, -0.45 * long, high]), np.array([0, 0.45 * long, high * u(0.92, 1.08)])
    pose = dice.random()
    if pose < 0.18:  # sitting
        rump = rump + np.array([0, -0.25 * long, -high * u(0.4, 0.6)])
    body = sketch.part(hide)
    body.tube(chest, rump, r * u(0.95, 1.3), r * u(0.75, 1.15))
    if dice.random() < 0.5:
        body.ball(
            (chest + rump) / 2 - vec(0, 0, 0.15 * r),
            (r * u(0.9, 1.2), 0.4 * long, r * u(0.8, 1.2)),
            k=0.3 * r,
        )
    leg_r, spread = r * u(0.2, 0.48), r * u(0.45, 0.85)
    walk = u(0, 22) if dice.random() < 0.35 else 0.0  # at rest two legs look like one from the side
    for where in (chest, rump):
        for side in (-1, 1):
            _leg(
                sketch,
                dice,
                where + vec(side * spread, 0, -0.2 * r),
                leg_r,
                walk * side * (1 if where is chest else -1),
                hide,
            )
    rise, reach = np.radians(u(0, 85)), r * u(0.5, 2.8)
    top = chest + vec(0, -0.3 * r, 0.3 * r) + reach * np.array([0, -np.cos(rise), np.sin(rise)])
    body.tube(chest + vec(0, 0, 0.2 * r), top, r * u(0.6, 0.95), r * u(0.4, 0.75), 0.3 * r)
    size = r * u(0.6, 1.35)
    half = size * np.array([u(0.75, 1.1), u(0.85, 1.3), u(0.7, 1.0)])
    head(
        sketch,
        dice,
        Place(top + vec(0, -0.4 * size, 0.3 * size), half, glance(dice, 20)),
        hide,
        beast=dice.random() < 0.9,
    )
    if dice.random() < 0.8:
        tail(body, dice, rump + vec(0, 0.6 * r, 0.3 * r), r * u(0.1, 0.4), u(0.3, 1.1))
    if dice.random() < 0.15:  # wings
        wing = sketch.part(colour_of(dice))
        for side in (-1, 1):
            tip = chest + vec(side * u(0.3, 1.1), u(0, 0.5), u(0.2, 0.9))
            for k in range(3):
                wing.tube(chest + vec(0, 0, 0.8 * r), tip + vec(0, 0.22 * k, -0.12 * k), 0.05, 0.03, 0.06)
    if dice.random() < 0.15:  # a shell, a saddle, armour
        shell = sketch.part(colour_of(dice))
        shell.ball((chest + rump) / 2 + vec(0, 0, 0.25 * r), (r * 1.15, 0.5 * long, r * u(0.9, 1.3)))
    return sketch


def _leg(sketch: Sketch, dice: Dice, hip: Vec, r: float, swing: float, hide: Vec) -> None:
    """A leg from trunk to ground; a hind leg's knee is to the front, its heel well above the ground."""
    u = dice.uniform
    tall = max(float(hip[2]), 0.12)
    stray = dice.normal() * 6 if swing else 0.0
    turn = rotation("x", -swing + stray)
    crook = (0.1 if hip[1] > 0 else -0.03) * u(0, 1.5) * tall
    knee = hip + turn @ np.array([0, -crook, -0.48 * tall])
    hock = hip + turn @ np.array([0, 0.9 * crook, -0.74 * tall])
    foot = np.array([hock[0], hock[1] - 0.3 * crook, 0.6 * r])
    leg = sketch.part(hide)
    leg.tube(hip, knee, r * u(1.1, 2.2), r)
    leg.tube(knee, hock, r, r * u(0.7, 0.9), 0.3 * r)
    leg.tube(hock, foot, r * u(0.7, 0.8), r * u(0.6, 0.9), 0.3 * r)
    paw = r * u([0.8, 1.0, 0.4], [1.3, 1.8, 0.7])
    leg.ball(foot + vec(0, -0.4 * r, -0.4 * r), paw, k=0.2 * r)


def plush(dice: Dice) -> Sketch:
    """A toy on two short legs: bears, penguins, monsters, mascots; standing or sitting."""
    u = dice.uniform
    sketch, hide = Sketch(), colour_of(dice, 0.6)
    half = np.array([u(0.28, 0.62), 1.0, u(0.35, 0.8)])
    half[1] = half[0] * u(0.6, 1.15)
    middle = np.array([0, 0, half[2]])
    body = sketch.part(hide)
    body.ball(middle, half)
    if dice.random() < 0.5:
        body.ball(middle - vec(0, 0, half[2] * u(0.1, 0.5)), half * u(0.85, 1.2) * [1, 1, 0.6], k=0.15)
    if dice.random() < 0.35:
        sketch.part(colour_of(dice)).ball(middle - vec(0, 0.4 * half[1], 0), half * [0.75, 0.7, 0.75])
    size = u(0.28, 0.68)
    at = middle + vec(0, -half[1] * u(-0.15, 0.35), half[2] * u(0.7, 1.0) + size * u(0.3, 0.85))
    if dice.random() < 0.9:
        place = Place(at, size * np.array([u(0.85, 1.3), u(0.8, 1.1), 1.0]), glance(dice))
        head(sketch, dice, place, hide, beast=dice.random() < 0.6)
    _plush_arms(sketch, dice, middle, half, hide)
    sit, r, long = dice.random() < 0.4, half[0] * u(0.22, 0.45), half[2] * u(0.3, 0.85)
    for side in (-1, 1):
        hip = middle + vec(side * half[0] * u(0.4, 0.7), 0, -half[2] * u(0.6, 0.85))
        turn = (
            rotation("z", side * u(0, 35)) @ rotation("x", -u(68, 95))
            if sit
            else rotation("y", -side * u(0, 12))
        )
        end = hip + turn @ np.array([0, 0, -long])
        leg = sketch.part(hide)
        leg.tube(hip, end, r * u(0.8, 1.1), r * u(0.6, 1.0))
        long_foot = r * u(0.9, 2.2)
        foot = (r, r * 0.7, r * u(1.0, 1.6)) if sit else (r * u(0.8, 1.3), long_foot, r * u(0.4, 0.8))
        leg.ball(end - vec(0, 0 if sit else 0.4 * long_foot, 0), foot, k=0.2 * r)
    if dice.random() < 0.4:
        tail(body, dice, middle + vec(0, 0.8 * half[1], -0.5 * half[2]), half[0] * u(0.1, 0.35), u(0.2, 0.9))
    return sketch


def _plush_arms(sketch: Sketch, dice: Dice, middle: Vec, half: Vec, hide: Vec) -> None:
    u = dice.uniform
    r, long = half[0] * u(0.15, 0.36), half[2] * u(0.5, 1.3)
    even, lift, swing = dice.random() < 0.6, u(10, 110), u(-20, 60)
    for side in (-1, 1):
        if not even:
            lift, swing = u(5, 150), u(-40, 90)
        start = middle + vec(side * half[0] * u(0.7, 0.95), 0, half[2] * u(0.25, 0.6))
        turn = rotation("y", -side * lift) @ rotation("x", -swing)
        end = start + turn @ np.array([0, 0, -long])
        arm = sketch.part(hide)
        arm.tube(start, end, r * u(0.7, 1.2), r * u(0.4, 1.2), oval=u(0.4, 1.0))
        if dice.random() < 0.5:
            arm.ball(end, r * u(0.8, 1.3), k=0.2 * r)
        if dice.random() < 0.12:
            prop(sketch, dice, end, turn @ rotation("x", 90), half[2] * u(0.4, 1.2))


def bird(dice: Dice) -> Sketch:
    """A bird or a small dinosaur on two legs: a leaning body, a tail behind, wings or short arms."""
    u = dice.uniform
    sketch, hide = Sketch(), colour_of(dice, 0.6)
    r, high = u(0.2, 0.42), u(0.35, 0.9)
    lean = rotation("x", -u(-10, 60))
    middle = np.array([0, 0, high])
    body = sketch.part(hide)
    body.ball(middle, (r, r * u(0.85, 1.1), r * u(1.1, 1.9)), lean)
    neck = middle + lean @ np.array([0, 0, r * 1.1])
    top = neck + np.array([0, -u(0, 0.6) * r, u(0.3, 2.6) * r])
    body.tube(neck, top, r * u(0.4, 0.8), r * u(0.3, 0.6), 0.3 * r)
    size = r * u(0.5, 1.1)
    head(
        sketch,
        dice,
        Place(
            top + vec(0, -0.2 * size, 0.3 * size),
            size * u([0.8, 0.9, 0.8], [1.1, 1.3, 1.0]),
            glance(dice, 25),
        ),
        hide,
        beast=True,
    )
    rear = middle - lean @ np.array([0, 0, r * 1.1])
    if dice.random() < 0.6:
        tail(body, dice, rear, r * u(0.2, 0.7), u(0.3, 1.3))
    else:
        body.ball(rear + vec(0, 0.3, 0), (r * 0.6, 0.35, 0.06), rotation("x", -u(-30, 40)), 0.1)
    for side in (-1, 1):
        hip = middle + vec(side * 0.55 * r, 0.1 * r, -0.5 * r)
        knee = hip + vec(side * 0.1 * r, -u(-0.2, 0.6) * r, -0.5 * hip[2])
        foot = np.array([knee[0], hip[1] + u(-0.1, 0.3) * r, 0.0])
        leg = sketch.part(hide * u(0.6, 1.0))
        leg.tube(hip, knee, r * u(0.25, 0.6), r * u(0.1, 0.3))
        leg.tube(knee, foot, r * u(0.1, 0.3), r * u(0.08, 0.22), 0.05)
        leg.ball(foot + vec(0, -0.3 * r, 0.03), (r * u(0.2, 0.5), r * u(0.4, 0.9), 0.06), k=0.02)
        if dice.random() < 0.85:
            wing, start = (
                sketch.part(hide * u(0.7, 1.0)),
                middle + lean @ np.array([side * 0.9 * r, 0, 0.5 * r]),
            )
            out = u(0, 130) if dice.random() < 0.4 else u(0, 25)
            turn = rotation("y", -side * out) @ lean
            sail = (0.08 * u(0.6, 2), r * u(0.3, 0.8), r * u(0.5, 1.3))
            wing.ball(start + turn @ np.array([0, 0, -0.6 * sail[2]]), sail, turn)
    return sketch


def crawler(dice: Dice) -> Sketch:
    """A snake, worm, fish or many-legged thing along a curve."""
    u = dice.uniform
    sketch, hide = Sketch(), colour_of(dice)
    count, r = dice.integers(4, 9), u(0.07, 0.22)
    way, points = np.array([dice.normal(), dice.normal() * 0.5, u(0.0, 0.5)]), [np.array([0.0, 0.0, r])]
    for _ in range(count):
        way = way / np.linalg.norm(way) + dice.normal(size=3) * [0.7, 0.5, 0.35]
        step = points[-1] + way / np.linalg.norm(way) * u(0.15, 0.35)
        points.append(np.array([step[0], step[1], max(step[2], r)]))
    radii = r * np.exp(np.cumsum(dice.normal(size=count + 1) * 0.25) * 0.6)
    body = sketch.part(hide)
    body.strand(points, radii)
    if dice.random() < 0.7:
        size = float(radii[-1]) * u(1.0, 1.7)
        head(
            sketch,
            dice,
            Place(
                points[-1] + vec(0, -0.3 * size, 0.2 * size),
                size * u([0.8, 0.9, 0.7], [1.2, 1.4, 1.0]),
                glance(dice, 30),
            ),
            hide,
            beast=True,
        )
    if dice.random() < 0.6:
        legs = sketch.part(hide * u(0.6, 1.0))
        for at in points[1:]:
            for side in (-1, 1):
                knee = at + vec(side * u(0.1, 0.3), dice.normal() * 0.1, u(0, 0.2))
                legs.tube(at, knee, 0.05, 0.04)
                legs.tube(knee, [knee[0] + side * u(0, 0.15), knee[1], 0.0], 0.04, 0.02, 0.02)
    return sketch
