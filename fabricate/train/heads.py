"""Heads for sketches: people's, animals', helmets and masks, with hair, ears, horns and hats."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fabricate.kit.frames import Frame, rotation
from fabricate.train.sketch import Lump, Sketch, Vec, colour_of

__all__ = ["Place", "glance", "head", "helmet"]


@dataclass(frozen=True)
class Place:
    """Where a head sits: its middle, half sizes (across, deep, tall), and how it is turned."""

    at: Vec
    half: Vec
    turn: Vec

    def point(self, x: float, y: float, z: float) -> Vec:
        """A point given in half sizes: x to the figure's left, -y to its front, z up."""
        return self.at + self.turn @ (np.array([x, y, z]) * self.half)

    def away(self, x: float, y: float, z: float) -> Vec:
        """A way given in half sizes."""
        return np.asarray(self.turn @ (np.array([x, y, z]) * self.half))


def glance(dice: np.random.Generator, wide: float = 14.0) -> Vec:
    """A head's turn: mostly to the front."""
    return np.asarray(
        rotation("z", dice.normal() * wide)
        @ rotation("x", dice.normal() * 8)
        @ rotation("y", dice.normal() * 5)
    )


def head(sketch: Sketch, dice: np.random.Generator, place: Place, skin: Vec, beast: bool = False) -> None:
    """A head with what belongs to it, in parts of their own."""
    lump = sketch.part(skin)
    lump.ball(place.at, place.half, place.turn)
    tall = float(place.half[2])
    if dice.random() < 0.5:
        jaw = place.half * dice.uniform([0.6, 0.6, 0.4], [0.92, 0.9, 0.65])
        lump.ball(place.point(0, -0.18, -0.42), jaw, place.turn, 0.3 * tall)
    if beast:
        _muzzle(lump, dice, place)
    else:
        _features(lump, dice, place)
    if dice.random() < 0.55:
        _eyes(sketch, dice, place)
    if dice.random() < (0.85 if beast else 0.5):
        _ears(sketch.part(skin * dice.uniform(0.8, 1.0)), dice, place, beast)
    if beast and dice.random() < 0.35:
        _horns(sketch, dice, place)
    if dice.random() < (0.3 if beast else 0.75):
        _hair(sketch, dice, place)
    if not beast and dice.random() < 0.3:
        _hat(sketch, dice, place)
    if not beast and dice.random() < 0.12:
        beard = sketch.part(colour_of(dice, 0.4))
        beard.ball(
            place.point(0, -0.55, -0.7), place.half * dice.uniform([0.4, 0.3, 0.3], [0.8, 0.6, 0.9]), k=0.05
        )


def _muzzle(lump: Lump, dice: np.random.Generator, place: Place) -> None:
    long, low = dice.uniform(0.2, 1.3), dice.uniform(-0.45, -0.05)
    r = float(place.half[0])
    tip = place.point(0, -0.8 - long, low - dice.uniform(0, 0.15))
    lump.tube(
        place.point(0, -0.4, low), tip, r * dice.uniform(0.4, 0.65), r * dice.uniform(0.2, 0.5), 0.25 * r
    )
    if dice.random() < 0.4:
        lump.tube(place.point(0, -0.3, low - 0.4), tip - place.away(0, 0, 0.3), r * 0.35, r * 0.2, 0.1 * r)


def _features(lump: Lump, dice: np.random.Generator, place: Place) -> None:
    r = float(place.half[2])
    if dice.random() < 0.75:
        nose = place.half * dice.uniform([0.08, 0.1, 0.08], [0.2, 0.3, 0.25])
        lump.ball(place.point(0, -0.97, dice.uniform(-0.25, 0)), nose, place.turn, 0.08 * r)
    if dice.random() < 0.3:
        lump.ball(place.point(0, -0.75, 0.22), place.half * [0.6, 0.28, 0.14], place.turn, 0.12 * r)
    if dice.random() < 0.3:
        lump.ball(place.point(0, -0.7, -0.85), place.half * [0.3, 0.3, 0.25], place.turn, 0.15 * r)


def _eyes(sketch: Sketch, dice: np.random.Generator, place: Place) -> None:
    lump = sketch.part(colour_of(dice) if dice.random() < 0.2 else np.full(3, dice.uniform(0.02, 0.25)))
    across, up = dice.uniform(0.28, 0.46), dice.uniform(-0.05, 0.25)
    size = place.half * dice.uniform([0.08, 0.06, 0.08], [0.26, 0.2, 0.32])
    front = -np.sqrt(max(1 - across**2 - up**2, 0.1)) * dice.uniform(0.92, 1.0)
    for side in (-1, 1):
        lump.ball(place.point(side * across, front, up), size, place.turn)


def _ears(lump: Lump, dice: np.random.Generator, place: Place, beast: bool) -> None:
    across, up = (dice.uniform(0.5, 1.0), dice.uniform(0.4, 1.0)) if beast else (1.0, dice.uniform(-0.2, 0.2))
    size = dice.uniform(0.18, 0.7) if beast else dice.uniform(0.12, 0.35)
    long = dice.uniform(0.9, 2.8) if beast else dice.uniform(1.0, 1.6)
    lean = dice.uniform(0, 60) if beast else dice.uniform(-5, 20)
    pointed = beast and dice.random() < 0.5
    r = float(place.half[0]) * size
    for side in (-1, 1):
        turn = place.turn @ rotation("y", side * lean)
        root = place.point(side * across, 0.1, up)
        if pointed:
            lump.tube(root, root + turn @ np.array([0, 0, r * long]), 0.55 * r, 0.08 * r, oval=0.6)
        else:
            lump.ball(
                root + turn @ np.array([0, 0, r * (long - 1) * 0.6]), r * np.array([0.9, 0.35, long]), turn
            )


def _horns(sketch: Sketch, dice: np.random.Generator, place: Place) -> None:
    lump = sketch.part(colour_of(dice, 0.3))
    r, long = float(place.half[0]), dice.uniform(0.6, 2.2)
    curl, out = dice.uniform(-1.2, 1.2), dice.uniform(0.0, 1.0)
    for side in (-1, 1):
        t = np.linspace(0, 1, 5)[:, None]
        path = np.concatenate(
            [side * (0.45 + out * t), 0.1 + curl * t * t, 0.75 + long * t * (1 - 0.3 * t)], 1
        )
        points = place.at + (path * place.half) @ place.turn.T
        lump.strand(points, r * np.linspace(0.2, 0.03, 5))


def _hair(sketch: Sketch, dice: np.random.Generator, place: Place) -> None:
    lump = sketch.part(colour_of(dice, 0.6))
    kind = dice.integers(6)
    r = float(place.half[0])
    cap = place.half * dice.uniform([1.03, 0.98, 0.95], [1.18, 1.12, 1.12])
    if kind != 4:
        lump.ball(place.point(0, dice.uniform(0.12, 0.28), dice.uniform(0.08, 0.25)), cap, place.turn)
    if kind == 1:  # falling behind
        long = dice.uniform(0.8, 3.2)
        lump.ball(
            place.point(0, 0.55, 0.3 - long / 2),
            place.half * np.array([dice.uniform(0.7, 1.25), dice.uniform(0.3, 0.6), long * 0.62]),
            place.turn,
            0.25 * r,
        )
    elif kind == 2:  # locks
        for _ in range(dice.integers(5, 13)):
            around = dice.uniform(-2.0, 2.0)
            root = place.point(np.sin(around), np.cos(around) * 0.7, dice.uniform(-0.1, 0.7))
            fall = place.away(
                np.sin(around) * dice.uniform(0, 0.5), dice.uniform(-0.2, 0.6), -dice.uniform(0.4, 2.4)
            )
            lump.tube(root, root + fall, r * dice.uniform(0.16, 0.36), r * dice.uniform(0.06, 0.25), 0.12 * r)
    elif kind == 3:  # a bun, tails
        for side in [0] if dice.random() < 0.5 else [-1, 1]:
            knot = place.point(side * dice.uniform(0.6, 1.1), 0.7 * (side == 0) + 0.2, dice.uniform(0.2, 1.0))
            lump.ball(knot, r * dice.uniform(0.25, 0.5), k=0.1 * r)
            if dice.random() < 0.6:
                end = knot + place.away(side * 0.5, 0.4, -dice.uniform(0.5, 2.6))
                lump.tube(knot, end, r * dice.uniform(0.2, 0.35), r * dice.uniform(0.06, 0.2), 0.1 * r)
    elif kind == 4:  # spikes or a crest
        for t in np.linspace(-0.9, 0.9, dice.integers(4, 9)):
            up = dice.uniform(0.25, 0.9)
            root = place.point(dice.normal() * 0.25, t * 0.8, 0.85 * np.sqrt(1 - 0.8 * t * t))
            lump.tube(root, root + place.away(dice.normal() * 0.2, t * 0.3, up), r * 0.28, r * 0.05, 0.08 * r)
    elif kind == 5:  # curls
        for _ in range(dice.integers(8, 18)):
            around, up = dice.uniform(-2.3, 2.3), dice.uniform(-0.3, 1.0)
            flat = np.sqrt(max(1.0 - up * up, 0))
            at = place.point(np.sin(around) * flat, np.cos(around) * flat * 0.95 + 0.1, up)
            lump.ball(at, r * dice.uniform(0.22, 0.42), k=0.05 * r)


def _hat(sketch: Sketch, dice: np.random.Generator, place: Place) -> None:
    lump = sketch.part(colour_of(dice))
    r = float(place.half[0])
    back = dice.normal() * 8 - (dice.uniform(0, 35) if dice.random() < 0.4 else 0)
    frame = Frame.at(place.point(0, 0.05, dice.uniform(0.35, 0.7)), place.turn @ rotation("x", back))
    tall, top = r * dice.uniform(0.3, 2.2), r * dice.uniform(0.1, 1.4)
    lump.cone(frame.point((0, 0, -0.1 * r)), frame.point((0, 0, tall)), r * dice.uniform(0.95, 1.12), top)
    if dice.random() < 0.6:
        brim = r * dice.uniform(1.2, 2.0 if dice.random() < 0.6 else 3.2)
        lump.cone(frame.point((0, 0, -0.15 * r)), frame.point((0, 0, 0.1 * r)), brim, brim * 0.97)
    elif dice.random() < 0.5:  # a peak
        lump.ball(frame.point((0, -1.0 * r, 0)), r * np.array([0.75, 0.75, 0.09]), frame.turn)


def helmet(sketch: Sketch, dice: np.random.Generator, place: Place, colour: NDArray[np.float64]) -> None:
    """A head in a helmet, with a visor or a slit."""
    lump = sketch.part(colour)
    r = float(place.half[0])
    if dice.random() < 0.5:
        lump.ball(place.at, place.half * 1.12, place.turn)
    else:
        lump.box(place.at, place.half * dice.uniform(0.9, 1.15), place.turn, dice.uniform(0.2, 0.9))
    visor = sketch.part(colour_of(dice))
    visor.box(
        place.point(0, -0.95, dice.uniform(-0.1, 0.3)),
        place.half * dice.uniform([0.4, 0.12, 0.08], [0.8, 0.3, 0.4]),
        place.turn,
        0.6,
    )
    if dice.random() < 0.4:
        crest = sketch.part(colour_of(dice))
        crest.ball(place.point(0, 0.1, 1.1), r * np.array([0.1, 0.9, 0.5]), place.turn)
    for side in (-1, 1):
        if dice.random() < 0.3:
            lump.cone(place.point(side * 0.95, 0, 0), place.point(side * 1.25, 0, 0), 0.35 * r, 0.3 * r)
