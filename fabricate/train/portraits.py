"""Heads and shoulders as sculptors set them: a body of measured proportions cut below the chest."""

from __future__ import annotations

import numpy as np

from fabricate.kit.frames import Frame, rotation
from fabricate.kit.primitives import Half
from fabricate.train.anatomy import add_head, add_trunk, measured
from fabricate.train.people import plinth
from fabricate.train.sketch import Sketch, colour_of, vec

__all__ = ["portrait"]


def portrait(dice: np.random.Generator) -> Sketch:
    """A bust, or a head on its neck alone, level or cut aslant; often on a foot."""
    u = dice.uniform
    sketch, b, skin = Sketch(), measured(dice), colour_of(dice, 0.4)
    body = sketch.part(skin if dice.random() < 0.5 else colour_of(dice))
    add_trunk(body, dice, b)
    alone = dice.random() < 0.25
    for side in (-1, 1):
        joint = b.joint(side)
        body.ball(joint, 0.034 * b.muscle * np.array([1, 1, 1.25]), k=0.025)
        body.tube(joint, joint + vec(side * 0.01, 0, -0.15), 0.03 * b.muscle, 0.024, 0.02)
    floor = b.shoulder - (u(0.02, 0.045) if alone else u(0.0, 0.17))
    slant = rotation("x", u(-35, 10) if dice.random() < 0.3 else 0.0)
    body.clay.cut(Half(Frame.at((0, 0, floor), slant)), 0.0)
    if not alone and dice.random() < 0.4:  # the arms cut off upright
        for side in (-1, 1):
            away = Frame.at((side * u(0.09, 0.13) * b.wide, 0, 0), rotation("y", -90 * side))
            body.clay.cut(Half(away), 0.0)
    add_head(sketch, dice, b, skin)
    if dice.random() < 0.5:
        wide = u(0.04, 0.13)
        plinth(sketch, dice, wide, wide * u(0.7, 1.0), floor + 0.01)
    return sketch
