"""Things for sketches: robots, turned bodies, blends of anything, furniture, vehicles, vessels, tools."""

from __future__ import annotations

import numpy as np

from fabricate.kit.frames import Frame, rotation
from fabricate.train.heads import Place, head
from fabricate.train.people import plinth, prop
from fabricate.train.sketch import Lump, Sketch, Vec, colour_of, vec

__all__ = ["blend", "furniture", "robot", "turned", "vehicle", "vessel"]

Dice = np.random.Generator


def block(lump: Lump, dice: Dice, at: Vec, half: Vec, turn: Vec | None = None, k: float = 0.0) -> None:
    """A box, an ellipsoid or a drum of about these half sizes."""
    kind = dice.integers(4)
    if kind < 2:
        lump.box(at, half, turn, dice.uniform(0.05, 0.6), k)
    elif kind == 2:
        lump.ball(at, half, turn, k)
    else:
        up = (np.eye(3) if turn is None else turn) @ np.array([0, 0, half[2]])
        taper = dice.uniform(0.7, 1.0)
        lump.cone(at - up, at + up, half[0], half[0] * taper, min(half[1] / half[0], 1.5), 0.15, k)


def robot(dice: Dice) -> Sketch:
    """A machine with a body, limbs of boxes and drums, often a head."""
    u = dice.uniform
    sketch = Sketch()
    shades = [colour_of(dice, 0.6) for _ in range(4)]
    half = u([0.18, 0.14, 0.18], [0.42, 0.36, 0.42])
    leg = u(0.25, 0.9)
    middle = np.array([0, 0, leg + half[2]])
    block(sketch.part(shades[0]), dice, middle, half)
    if dice.random() < 0.3:
        block(sketch.part(shades[1]), dice, middle - vec(0, 0, half[2] * 0.8), half * u(0.5, 0.9, 3))
    if dice.random() < 0.8:
        size = u(0.1, 0.26)
        at = middle + vec(0, -half[1] * u(-0.3, 0.4), half[2] + size * 0.8)
        block(sketch.part(shades[1]), dice, at, size * u([0.8, 0.8, 0.7], [1.4, 1.2, 1.2]))
        eyes = sketch.part(shades[3])
        for side in (-1, 1):
            eyes.ball(at + vec(side * size * 0.4, -size * 0.95, size * 0.1), size * 0.22)
    for _ in range(dice.integers(0, 6)):
        spot, size = middle + half * u([-1, -1.2, -1], [1, 1, 1]), u(0.03, 0.16)
        block(sketch.part(shades[2]), dice, spot, size * u([1, 1, 0.5], [1, 1, 2]), rotation("x", u(0, 90)))
    pose = dice.random() < 0.6
    for side in (-1, 1):
        _chain(
            sketch,
            dice,
            middle + vec(side * half[0] * u(0.4, 0.9), 0, -half[2]),
            rotation("y", -side * abs(dice.normal()) * 8),
            leg,
            shades,
            True,
        )
        lift = u(5, 95) if pose or side < 0 else u(0, 160)
        turn = rotation("y", -side * lift) @ rotation("x", -u(-20, 80))
        _chain(
            sketch,
            dice,
            middle + vec(side * (half[0] + 0.04), 0, half[2] * u(0.2, 0.8)),
            turn,
            u(0.35, 0.85),
            shades,
            False,
        )
    return sketch


def _chain(
    sketch: Sketch, dice: Dice, at: Vec, turn: Vec, long: float, shades: list[Vec], foot: bool
) -> None:
    """Links of an arm or leg, one after the other, with a foot or claw at the end."""
    u = dice.uniform
    count, r = dice.integers(1, 4), u(0.04, 0.12)
    sketch.part(shades[1]).ball(at, r * 1.2)
    for k in range(count):
        step = turn @ np.array([0, 0, -long / count])
        lump = sketch.part(shades[(k + 2) % 4])
        if dice.random() < 0.5:
            lump.tube(at, at + step, r, r * u(0.6, 1.3))
        else:
            block(lump, dice, at + step / 2, np.array([r, r * u(0.7, 1.4), long / count / 2]), turn)
        at = at + step
        turn = turn @ rotation("x", -u(-10, 20) if foot else -u(0, 60))
    if foot:
        sketch.part(shades[0]).box(
            at - vec(0, 0.5 * r, 0), u([0.8, 1.4, 0.3], [1.8, 2.6, 0.8]) * r, edge=u(0, 0.8)
        )
        return
    claw = sketch.part(shades[0])
    claw.ball(at, r)
    for _ in range(dice.integers(0, 4)):
        way = turn @ rotation("y", dice.normal() * 40) @ rotation("x", dice.normal() * 40)
        claw.tube(at, at + way @ np.array([0, 0, -r * u(1.5, 3)]), r * 0.35, r * 0.2)
    if dice.random() < 0.2:
        prop(sketch, dice, at, turn @ rotation("x", 90), u(0.2, 0.6))


def turned(dice: Dice) -> Sketch:
    """A body from the lathe: a chess piece, vase, lamp or column."""
    u = dice.uniform
    sketch = Sketch()
    colour, z, r = colour_of(dice), 0.0, u(0.3, 0.6)
    lump, blend_k, oval = sketch.part(colour), u(0, 0.05), u(0.75, 1.2) if dice.random() < 0.3 else 1.0
    for _ in range(dice.integers(3, 10)):
        tall, other = u(0.04, 0.42), float(np.clip(r * np.exp(dice.normal() * 0.38), 0.07, 0.75))
        if dice.random() < 0.3:
            lump.ball((0, 0, z + tall / 2), (other, other * oval, max(tall, 0.1)), k=blend_k)
        if dice.random() < 0.3:
            lump.ring((0, 0, z + 0.3 * tall), r, min(0.5 * tall, 0.4 * r), k=blend_k)
        lump.cone((0, 0, z - 0.02), (0, 0, z + tall), r, other, oval, 0.1, blend_k)
        if dice.random() < 0.15:
            lump = sketch.part(colour_of(dice))
        r, z = other, z + tall
    if dice.random() < 0.35:
        size = u(0.15, 0.4)
        half = size * u([0.6, 0.6, 0.9], [1.1, 1.2, 1.1])
        head(
            sketch,
            dice,
            Place(np.array([0, 0, z + 0.6 * size]), half, rotation("z", u(-70, 70))),
            colour,
            beast=dice.random() < 0.5,
        )
    return sketch


def blend(dice: Dice) -> Sketch:
    """Anything: primitives grown from one another, half of them mirrored."""
    u = dice.uniform
    sketch, even, soft = Sketch(), dice.random() < 0.6, u(0, 0.22)
    first = u(0.2, 0.48) * u(0.6, 1.5, 3)
    lump, points = sketch.part(colour_of(dice)), [np.zeros(3)]
    lump.ball((0, 0, 0), first)
    for _ in range(dice.integers(2, 14)):
        way = dice.normal(size=3) * [1, 0.8, 1.2]
        start = points[dice.integers(len(points))]
        end = start + way / np.linalg.norm(way) * u(0.1, 0.65)
        points.append(end)
        r, turn, kind = (
            float(first.mean()) * u(0.15, 0.8),
            rotation("x", u(0, 180)) @ rotation("z", u(0, 180)),
            dice.integers(5),
        )
        if dice.random() < 0.3:
            lump = sketch.part(colour_of(dice))
        half = r * u(0.5, 1.2, 3)
        for side in (1, -1) if even else (1,):
            flip = np.array([side, 1, 1])
            # A mirrored turn: the reflection from both sides keeps it a rotation.
            mirrored = turn * flip * flip[:, None]
            if kind < 2:
                lump.tube(start * flip, end * flip, r * 0.8, r * 0.5, soft)
            elif kind == 2:
                lump.ball(end * flip, half, mirrored, soft)
            elif kind == 3:
                lump.box(end * flip, half, mirrored, 0.2, 0.3 * soft)
            else:
                up = mirrored @ np.array([0, 0, r])
                lump.cone(end * flip - up, end * flip + up, r, 0.5 * r, 1.0, 0.15, 0.3 * soft)
    return sketch


def furniture(dice: Dice) -> Sketch:
    """Chairs, tables, houses, towers: boxes upon boxes and legs beneath."""
    u = dice.uniform
    sketch = Sketch()
    half = u([0.25, 0.25, 0.02], [0.6, 0.5, 0.4])
    floor = u(0.0, 0.6)
    turn = rotation("z", u(-60, 60))
    frame = Frame.at((0, 0, floor), turn)
    body = sketch.part(colour_of(dice))
    body.box(frame.point((0, 0, half[2])), half, turn, u(0, 0.5))
    if floor > 0.15:
        legs = sketch.part(colour_of(dice))
        r = u(0.03, 0.08)
        for x in (-0.85, 0.85):
            for y in (-0.85, 0.85):
                top = frame.point((x * half[0], y * half[1], 0))
                legs.tube(top, (top[0], top[1], 0), r, r * u(0.6, 1.0))
    top = 2 * half[2]
    for _ in range(dice.integers(0, 4)):
        size = half * u([0.15, 0.1, 0.6], [1.0, 1.0, 2.5]) + vec(0, 0, 0.03)
        at = frame.point((u(-0.8, 0.8) * half[0], u(-0.8, 0.9) * half[1], top + size[2] * 0.9))
        block(sketch.part(colour_of(dice)), dice, at, size, turn)
        if dice.random() < 0.4:
            roof = sketch.part(colour_of(dice))
            roof.cone(
                at + vec(0, 0, size[2] * 0.9), at + vec(0, 0, size[2] * u(1.5, 2.6)), size[0] * 1.2, 0.03
            )
    return sketch


def vehicle(dice: Dice) -> Sketch:
    """A car, boat, plane or rocket of simple forms, turned to any side."""
    u = dice.uniform
    sketch, turn = Sketch(), rotation("z", u(-90, 90))
    frame = Frame.at((0, 0, 0.3), turn)
    half = u([0.2, 0.45, 0.12], [0.4, 0.9, 0.3])
    hull = sketch.part(colour_of(dice))
    if dice.random() < 0.5:
        hull.box(frame.point((0, 0, 0)), half, turn, u(0.1, 0.9))
    else:
        hull.ball(frame.point((0, 0, 0)), half, turn)
    cabin = sketch.part(colour_of(dice))
    block(
        cabin,
        dice,
        frame.point((0, u(-0.2, 0.3), half[2] * 1.3)),
        half * u([0.5, 0.3, 0.5], [0.95, 0.6, 1.2]),
        turn,
    )
    if dice.random() < 0.6:
        wheel, r = sketch.part(np.full(3, u(0.05, 0.3))), u(0.1, 0.22)
        for x in (-1, 1):
            for y in (-0.6, 0.6):
                at = frame.point((x * half[0], y * half[1], -half[2]))
                across = turn @ np.array([0.07, 0, 0])
                wheel.cone(at - across, at + across, r, r)
    if dice.random() < 0.4:
        wing = sketch.part(colour_of(dice))
        wing.box(frame.point((0, 0, 0)), (half[0] * u(2, 4), half[1] * u(0.15, 0.4), 0.03), turn, 0.5)
    if dice.random() < 0.4:
        mast = sketch.part(colour_of(dice))
        mast.tube(
            frame.point((0, 0, half[2])),
            frame.point((0, 0.2, half[2] + u(0.2, 0.8))),
            u(0.03, 0.1),
            u(0.02, 0.06),
        )
    return sketch


def vessel(dice: Dice) -> Sketch:
    """A pot, cup, lamp or tool: a turned body with handles, spout or blade; or a coat of arms on a foot."""
    u = dice.uniform
    sketch = turned(dice)
    top = float(max(lump.clay.high[2] for lump in sketch.lumps))
    wide = float(max(lump.clay.high[0] for lump in sketch.lumps))
    for side in (-1, 1):
        if dice.random() < 0.6:
            lump = sketch.part(colour_of(dice))
            t = np.linspace(-1, 1, 6)
            reach, tall, z = u(0.15, 0.4), u(0.15, 0.35) * top, u(0.3, 0.7) * top
            points = np.stack([side * (0.6 * wide + reach * np.sqrt(1 - t * t)), 0 * t, z + tall * t], 1)
            lump.strand(points, np.full(6, u(0.03, 0.07)))
    if dice.random() < 0.4:
        prop(sketch, dice, np.array([0, 0, top]), rotation("y", u(-60, 60)), u(0.4, 1.2))
    if dice.random() < 0.3:
        plinth(sketch, dice, wide * u(0.8, 1.2), wide * u(0.8, 1.2), 0.01)
    return sketch
