"""Beasts as they are mostly pictured: straight from the side, or half turned to the viewer."""

from __future__ import annotations

import numpy as np

from fabricate.kit.frames import rotation
from fabricate.train import creatures, people, portraits, resting
from fabricate.train.heads import Place, head
from fabricate.train.sketch import Lump, Model, Sketch, Vec, colour_of, vec

__all__ = ["fish", "profile"]

Dice = np.random.Generator


def profile(dice: Dice) -> Model:
    """A beast, fish or bust that looks to a side, half to a side, or now and then to the viewer.

    Most are narrower than round, as what runs and swims is.
    """
    makers = (creatures.quadruped, resting.resting, creatures.bird, fish, portraits.portrait, people.bust)
    kind = dice.choice(len(makers), p=[0.5, 0.16, 0.07, 0.1, 0.12, 0.05])
    model = makers[kind](dice).model()
    slim = dice.uniform(0.5, 1.05) if kind < 3 else 1.0
    place = dice.random()
    if place < 0.66:
        turn = 90 + dice.normal() * (0.4 if dice.random() < 0.8 else 4)
    else:
        turn = dice.uniform(15, 80) if place < 0.9 else dice.normal() * 8
    spun = rotation("z", float(turn) * (1 if dice.random() < 0.5 else -1))
    return model.moved((model.vertices * [slim, 1, 1]) @ spun.T)


def fish(dice: Dice) -> Sketch:
    """A fish or whale: a long body higher than wide, flat fins; it faces -Y."""
    u = dice.uniform
    sketch, hide = Sketch(), colour_of(dice, 0.6)
    body = sketch.part(hide)
    tall, wide = u(0.13, 0.36), u(0.06, 0.2)
    body.ball((0, -0.12, 0), (wide, 0.42, tall))
    body.ball((0, -0.25, u(-0.05, 0.03)), (wide * u(0.8, 1.1), 0.24, tall * u(0.7, 0.95)), k=0.05)
    root = vec(0, u(0.35, 0.5), u(-0.03, 0.03))
    body.tube((0, 0.1, 0), root, wide * u(0.4, 0.7), wide * u(0.15, 0.35), 0.08)
    fins = sketch.part(hide * u(0.7, 1.0)) if dice.random() < 0.6 else body
    thin = u(0.012, 0.03)
    flat = dice.random() < 0.15  # a whale's lies
    for side in (-1, 1):
        tip = vec(side * u(0.12, 0.3), 0.2, 0) if flat else vec(0, u(0.12, 0.25), side * u(0.1, 0.28))
        _fin(fins, root, root + tip, thin, u(0.03, 0.08))
    if dice.random() < 0.85:
        back = vec(0, u(-0.25, 0.1), tall * 0.8)
        _fin(fins, back, back + vec(0, u(0.05, 0.3), u(0.08, 0.25)), thin, u(0.05, 0.12))
    if dice.random() < 0.6:
        under = vec(0, u(-0.1, 0.2), -tall * 0.75)
        _fin(fins, under, under + vec(0, u(0.05, 0.2), -u(0.05, 0.18)), thin, u(0.03, 0.08))
    for side in (-1, 1):
        if dice.random() < 0.7:
            arm = vec(side * 0.85 * wide, -0.2, -0.25 * tall)
            _fin(fins, arm, arm + vec(side * u(0.02, 0.2), u(0.08, 0.2), -u(0, 0.12)), thin, 0.03)
    if dice.random() < 0.2:
        size = np.array([wide * 0.9, 0.16, tall * 0.7])
        head(sketch, dice, Place(vec(0, -0.42, 0), size, np.eye(3)), hide, beast=True)
    else:
        eyes = sketch.part(np.full(3, u(0.02, 0.3)))
        for side in (-1, 1):
            eyes.ball((side * wide * 0.62, -0.38, tall * 0.2), u(0.015, 0.04))
    return sketch


def _fin(lump: Lump, root: Vec, tip: Vec, thin: float, wide: float) -> None:
    """A flat fin from ``root`` to ``tip``, ``wide`` to either side along the body."""
    for k in (-1, 0, 1):
        along = vec(0, k * wide, 0)
        lump.tube(root + along, tip + 0.6 * along, thin, thin * 0.7, 0.4 * wide)
