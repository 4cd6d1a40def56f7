"""Which shapes the training sees, and how often: a seed gives the same shape, whatever was asked before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from fabricate.kit.frames import rotation
from fabricate.train import anatomy, creatures, figures, people, portraits, profiles, resting, things
from fabricate.train.sketch import Model, Sketch

__all__ = ["KINDS", "model_of"]

Dice = np.random.Generator


def _figure(dice: Dice) -> Model:
    made = figures.design(dice)
    model = figures.figure(dice, made, tables=figures.loosened(made, dice) if dice.random() < 0.6 else None)
    return figures.warped(model, dice) if dice.random() < 0.6 else model


def _drawn(maker: Callable[[Dice], Sketch]) -> Callable[[Dice], Model]:
    def made(dice: Dice) -> Model:
        model = _soled(maker(dice).model(), dice)
        if dice.random() < 0.3:
            model = figures.warped(model, dice, 0.6)
        return _tilted(model, dice) if dice.random() < 0.15 else model

    return made


def _profile(dice: Dice) -> Model:
    return _soled(profiles.profile(dice), dice)


def _soled(model: Model, dice: Dice) -> Model:
    """Pressed flat below, as whatever stands is: mostly, by up to a fortieth of its height."""
    if dice.random() < 0.25:
        return model
    points = model.vertices.copy()
    z = points[:, 2]
    points[:, 2] = np.maximum(z, z.min() + dice.uniform(0.004, 0.026) * np.ptp(z))
    pressed = model.moved(points)
    # A fold pressed flat has faces up and down, whose normals make none.
    folded = np.linalg.norm(pressed.normals, axis=1) < 0.5
    return replace(
        pressed, normals=np.where(folded[:, None], np.array([0, 0, -1], np.float32), pressed.normals)
    )


def _tilted(model: Model, dice: Dice) -> Model:
    """Laid over by up to a quarter turn or so: things lie and fall as well."""
    turn = rotation("y", dice.normal() * 25) @ rotation("x", dice.normal() * 25)
    return model.moved(model.vertices @ turn.T)


KINDS: dict[str, tuple[float, Callable[[Dice], Model], float]] = {
    "figure": (0.32, _figure, 12.0),
    "person": (0.20, _drawn(people.person), 12.0),
    "human": (0.26, _drawn(anatomy.human), 9.0),
    "statue": (0.03, _drawn(people.statue), 15.0),
    "bust": (0.045, _drawn(people.bust), 15.0),
    "portrait": (0.045, _drawn(portraits.portrait), 15.0),
    "plush": (0.08, _drawn(creatures.plush), 15.0),
    "profile": (0.24, _profile, 0.8),
    "quadruped": (0.04, _drawn(creatures.quadruped), 180.0),
    "resting": (0.04, _drawn(resting.resting), 180.0),
    "bird": (0.02, _drawn(creatures.bird), 60.0),
    "crawler": (0.01, _drawn(creatures.crawler), 180.0),
    "robot": (0.05, _drawn(things.robot), 20.0),
    "turned": (0.02, _drawn(things.turned), 180.0),
    "vessel": (0.01, _drawn(things.vessel), 60.0),
    "blend": (0.02, _drawn(things.blend), 180.0),
    "embrace": (0.02, _drawn(resting.embrace), 50.0),
    "loops": (0.015, _drawn(resting.loops), 90.0),
    "furniture": (0.01, _drawn(things.furniture), 60.0),
    "vehicle": (0.01, _drawn(things.vehicle), 60.0),
    "accessory": (0.01, figures.accessory, 60.0),
}
"""Kind -> its share of the shapes, its maker, and how far about the views go, in degrees of yaw."""


def model_of(seed: int) -> tuple[str, Model, Dice]:
    """The shape of a seed: its kind, its mesh, and the dice as they lie after it (for its views)."""
    dice = np.random.default_rng([seed, 5])
    shares = np.array([share for share, _, _ in KINDS.values()])
    kind = str(dice.choice(list(KINDS), p=shares / shares.sum()))
    return kind, KINDS[kind][1](dice), dice
