"""People for sketches: from two to eight and a half heads tall, slim to heavy, posed, bare or clothed."""

from __future__ import annotations

import numpy as np

from fabricate.kit.frames import Frame, rotation
from fabricate.kit.primitives import Half
from fabricate.train.bodies import Body, arm, arm_angles, body, leg, leg_angles, torso
from fabricate.train.heads import Place, glance, head, helmet
from fabricate.train.sketch import Sketch, Vec, colour_of

__all__ = ["bust", "clothes", "gown", "person", "plinth", "prop", "statue"]

Dice = np.random.Generator


def clothes(sketch: Sketch, dice: Dice, b: Body) -> None:
    """Add some of a skirt or coat, cape, pack, belt, shoulder pieces and wings to the sketch, often none."""
    u = dice.uniform
    if dice.random() < 0.28:  # skirt, robe, coat
        lump = sketch.part(colour_of(dice))
        long = b.leg * u(0.25, 1.0)
        top = b.frame.point((0, 0, b.torso * u(0.0, 0.4)))
        foot = np.array([top[0], top[1], max(top[2] - long - 0.1, 0.0)])
        lump.cone(top, foot, b.hip * u(0.85, 1.0), b.hip * u(1.0, 2.3), u(0.45, 1.0), 0.1)
    if dice.random() < 0.2:  # cape
        lump = sketch.part(colour_of(dice))
        top, long = b.trunk(0, 0.9, 0.95), (b.torso + b.leg * u(0.2, 0.95))
        foot = top + np.array([dice.normal() * 0.03, u(0.0, 0.18), -long])
        lump.cone(top, foot, b.shoulder * 0.8, b.shoulder * u(0.9, 1.9), u(0.15, 0.6), 0.2)
    if dice.random() < 0.14:  # backpack, quiver
        lump = sketch.part(colour_of(dice))
        half = b.shoulder * u(0.4, 0.9), b.deep * u(0.35, 0.9), b.torso * u(0.25, 0.5)
        lump.box(b.trunk(0, 1.2, 0.6), half, b.frame.turn, 0.4)
    if dice.random() < 0.2:
        belt = sketch.part(colour_of(dice))
        belt.cone(
            b.trunk(0, 0, 0.08), b.trunk(0, 0, 0.2), b.shoulder * 0.85, b.shoulder * 0.85, b.deep / b.shoulder
        )
    if dice.random() < 0.16:  # shoulder pieces
        lump = sketch.part(colour_of(dice, 0.4))
        size = b.arm_r * u(1.5, 2.6)
        for side in (-1, 1):
            lump.ball(
                b.trunk(side * 1.0, 0, 0.93), size * np.array([1, u(0.8, 1.2), u(0.5, 1)]), b.frame.turn
            )
    if dice.random() < 0.12:  # wings
        lump = sketch.part(colour_of(dice))
        span, up, back = u(0.2, 0.55), u(-0.1, 0.45), u(0.0, 0.3)
        for side in (-1, 1):
            root = b.trunk(side * 0.3, 0.8, 0.75)
            tip = root + np.array([side * span, back, up])
            for k in range(dice.integers(2, 5)):
                lump.tube(root, tip - np.array([side * span * 0.15 * k, 0, 0.12 * k]), 0.02, 0.03, 0.03)


def gown(sketch: Sketch, dice: Dice, b: Body) -> None:
    """Add a dress or robe that hangs from the waist, straight or wide, to the knees or to the floor."""
    u = dice.uniform
    lump = sketch.part(colour_of(dice))
    hips = b.frame.point((0, 0.004, -0.02))
    low = np.array(
        [hips[0], hips[1] + u(-0.01, 0.03), b.leg * (u(0.0, 0.08) if dice.random() < 0.6 else u(0.1, 0.5))]
    )
    wide, round_ = b.hip * u(0.95, 1.15), u(0.62, 0.8)
    lump.cone(b.frame.point((0, 0, 0.35 * b.torso)), hips, 0.72 * b.hip, wide, round_, 0.2)
    hem = wide * (u(0.9, 1.4) if dice.random() < 0.5 else u(1.4, 2.6))
    lump.cone(hips, low, wide, hem, min(round_ * u(1.0, 1.5), 1.0), 0.08, 0.03)
    for _ in range(dice.integers(0, 6)):  # folds
        way = u(0, 2 * np.pi)
        foot = low + 0.95 * hem * np.array([np.cos(way), round_ * np.sin(way), 0.0])
        lump.tube(hips, foot, 0.02, u(0.015, 0.035), 0.03)


def prop(sketch: Sketch, dice: Dice, at: Vec, turn: Vec, size: float) -> None:
    """Something held: a blade or staff, a board or book, a ball, a shield."""
    lump = sketch.part(colour_of(dice))
    kind = dice.integers(5)
    if kind == 0:
        r = size * dice.uniform(0.025, 0.09)
        lump.tube(
            at - turn @ np.array([0, 0, 0.3 * size]),
            at + turn @ np.array([0, 0, size]),
            r,
            r * dice.uniform(0.3, 1.2),
        )
        if dice.random() < 0.5:
            lump.ball(at + turn @ np.array([0, 0, size]), size * dice.uniform(0.08, 0.2))
    elif kind == 1:
        half = size * np.array([dice.uniform(0.05, 0.25), dice.uniform(0.02, 0.06), 0.5])
        lump.box(at + turn @ np.array([0, 0, 0.4 * size]), half, turn, 0.3)
    elif kind == 2:
        lump.ball(at, size * 0.35 * dice.uniform(0.6, 1.2, 3), turn)
    elif kind == 3:
        way = turn @ rotation("x", 90) @ np.array([0, 0, 0.04 * size])
        lump.cone(at - way, at + way, 0.45 * size, 0.42 * size, dice.uniform(0.7, 1.4))
    else:
        lump.box(at, size * dice.uniform(0.1, 0.4, 3), turn, 0.3)


def person(dice: Dice) -> Sketch:
    """One posed person, feet about z = 0, height about 1."""
    sketch, b = Sketch(), body(dice)
    u = dice.uniform
    skin, top, bottom = colour_of(dice, 0.5), colour_of(dice), colour_of(dice)
    if dice.random() < 0.3:
        top = bottom = skin
    torso(sketch, dice, b, top, bottom)
    _on_neck(sketch, dice, b, skin)
    hands = [
        arm(sketch, dice, b, side, angles, skin, top if dice.random() < 0.7 else skin)
        for side, angles in zip((-1, 1), arm_angles(dice), strict=True)
    ]
    shoe = colour_of(dice)
    for side, angles in zip((-1, 1), leg_angles(dice), strict=True):
        leg(sketch, dice, b, side, angles, bottom, shoe)
    clothes(sketch, dice, b)
    for at, turn in hands:
        if dice.random() < 0.16:
            forward = turn @ rotation("x", 90 + dice.normal() * 40) @ rotation("z", u(0, 180))
            prop(sketch, dice, at, forward, u(0.12, 0.5))
    return sketch


def _on_neck(sketch: Sketch, dice: Dice, b: Body, skin: Vec) -> None:
    u = dice.uniform
    half = b.head / 2 * np.array([u(0.66, 1.12), u(0.78, 1.05), 1.0])
    stoop = float(np.sin(np.radians(b.lean)))
    forward = u(-0.1, 0.5) * half[1] + stoop * u(0, 0.9) * half[2]
    at = b.frame.point((0, 0, b.torso + b.neck)) + np.array(
        [0, -forward, half[2] * (0.85 - stoop * u(0, 0.8))]
    )
    neck = sketch.part(skin)
    r = min(half[0], b.shoulder) * u(0.4, 0.75)
    neck.tube(b.trunk(0, 0.1, 0.88), at - np.array([0, -0.2 * half[1], 0.4 * half[2]]), r * 1.2, r)
    place = Place(at, half, glance(dice) @ rotation("x", u(-0.3, 0.6) * 10))
    if dice.random() < 0.12:
        helmet(sketch, dice, place, colour_of(dice, 0.4))
    else:
        head(sketch, dice, place, skin, beast=dice.random() < 0.12)


def plinth(sketch: Sketch, dice: Dice, wide: float, deep: float, top: float) -> None:
    """Something to stand on, its upper face at ``top``: one or two steps, round or square."""
    colour = colour_of(dice, 0.3)
    for _ in range(dice.integers(1, 4)):
        tall = dice.uniform(0.02, 0.3) * wide
        lump = sketch.part(colour)
        if dice.random() < 0.5:
            lump.box((0, 0, top - tall), (wide, deep, tall), edge=0.2)
        else:
            lump.cone((0, 0, top), (0, 0, top - 2 * tall), wide, wide * dice.uniform(0.85, 1.2), deep / wide)
        top -= 2 * tall
        wide, deep = wide * dice.uniform(0.9, 1.3), deep * dice.uniform(0.9, 1.3)


def statue(dice: Dice) -> Sketch:
    """A person on a plinth."""
    sketch = person(dice)
    wide = dice.uniform(0.15, 0.4)
    plinth(sketch, dice, wide, wide * dice.uniform(0.6, 1.1), dice.uniform(-0.06, 0.02))
    return sketch


def bust(dice: Dice) -> Sketch:
    """Head and shoulders, cut straight, often on a foot."""
    sketch = Sketch()
    u = dice.uniform
    skin, cloth = colour_of(dice, 0.4), colour_of(dice)
    half = np.array([u(0.34, 0.52), u(0.4, 0.52), 0.5])
    shoulders = half[0] * u(1.3, 2.6)
    deep = half[1] * u(0.6, 1.0)
    ahead = u(-0.1, 0.7) * half[1]
    at = np.array([0, -ahead, 1.0])
    low = at[2] - half[2] * u(1.7, 2.9)
    cut = sketch.part(cloth)
    cut.ball((0, u(0, 0.25) * deep, low + 0.05), (shoulders, deep, half[2] * u(0.5, 1.0)))
    for side in (-1, 1):
        cut.ball(
            (side * shoulders * 0.8, 0.1 * deep, low), (shoulders * 0.35, deep * 0.7, half[2] * 0.6), k=0.2
        )
    floor = low - u(-0.2, 0.35)
    cut.clay.cut(Half(Frame.at((0, 0, floor))), 0.0)
    neck = sketch.part(skin)
    r = half[0] * u(0.45, 0.8)
    neck.tube((0, 0.15 * deep, low + 0.1), (0, 0.1 * half[1] - ahead, at[2] - 0.3), r * u(1.0, 1.3), r)
    head(sketch, dice, Place(at, half, glance(dice)), skin, beast=dice.random() < 0.12)
    if dice.random() < 0.6:
        wide = shoulders * u(0.35, 0.9)
        plinth(sketch, dice, wide, min(wide, deep * 1.3), floor + 0.02)
    return sketch
