"""People as they are built: measured proportions and an upright carriage, for figures in T, A and at ease.

Segment lengths are those of Drillis and Contini (1966) in shares of the stature: ankle .039, knee .285, hip
.530 and shoulder .818 above the ground, upper arm .186, forearm .146, foot .152. Standing at rest, ear,
shoulder and hip lie on one plumb line that passes just before the knee and the ankle (Kendall, Muscles:
Testing and Function): the shins lean back, the belly and the thighs stand forward, the neck slopes forward.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fabricate.kit.frames import Frame, along, rotation
from fabricate.train.bodies import Body
from fabricate.train.heads import Place, glance, head, helmet
from fabricate.train.people import clothes, gown, plinth, prop
from fabricate.train.sketch import Lump, Sketch, Vec, colour_of, vec

__all__ = ["Build", "add_head", "add_trunk", "human", "measured"]

Dice = np.random.Generator


@dataclass(frozen=True)
class Build:
    """One body of stature 1. ``fat``, ``muscle``: 1 is usual; ``female``: 0..1; ``hip``, ``shoulder``:
    heights of the joints; ``head``: from chin to crown; ``stoop``: how far the head stands before and below
    its place, as a brute's; ``hold``: the trunk's frame, at the hips."""

    fat: float
    muscle: float
    female: float
    hip: float
    shoulder: float
    head: float
    wide: float
    stoop: float
    hold: Frame

    def at(self, x: float, y: float, z: float) -> Vec:
        """A point of the trunk: x and y in shares of the stature, z 0 at the hips and 1 at the shoulders."""
        return np.asarray(self.hold.point((x, y, z * (self.shoulder - self.hip))))

    def joint(self, side: int) -> Vec:
        """The shoulder's joint, ``side`` 1 to the figure's left."""
        return self.at(side * 0.108 * self.wide * self.muscle**0.3, 0.008, 0.97)


def measured(dice: Dice) -> Build:
    """A body of random build: slim to heavy, some of heroes or bent brutes, four and a half to eight and a
    half heads."""
    u = dice.uniform
    brute = dice.random() < 0.12
    hero = brute or dice.random() < 0.25
    tall = u(0.115, 0.15) if dice.random() < 0.7 else u(0.15, 0.23)
    hip = (1 - tall) * u(0.57, 0.63) - (0.04 if dice.random() < 0.15 else 0.0)
    lean = u(0, 25) if brute else dice.normal() * (1.5 if dice.random() < 0.75 else 7.0)
    turn = rotation("z", dice.normal() * 3) @ rotation("x", lean) @ rotation("y", dice.normal() * 1.5)
    return Build(
        fat=float(np.exp(dice.normal() * 0.2)),
        muscle=u(1.1, 1.6) if hero else u(0.8, 1.15),
        female=dice.random() ** 2,
        hip=hip,
        shoulder=1 - tall * u(1.3, 1.5),
        head=tall,
        wide=u(0.98, 1.12) * (u(1.0, 1.3) if hero else 1.0),
        stoop=u(0.02, 0.09) if brute else 0.0,
        hold=Frame.at((0, dice.normal() * 0.004, hip), turn),
    )


def human(dice: Dice) -> Sketch:
    """A person in reference pose or at ease, bare or clothed, feet about z = 0, height about 1."""
    sketch, b = Sketch(), measured(dice)
    skin = colour_of(dice, 0.5)
    bare = dice.random() < 0.45
    top, bottom = (skin, skin) if bare else (colour_of(dice), colour_of(dice))
    trunk = sketch.part(top)
    add_trunk(trunk, dice, b)
    legs = trunk if bare else sketch.part(bottom)
    _pelvis(legs, dice, b)
    shoe = None if bare and dice.random() < 0.8 else colour_of(dice)
    wide = dice.uniform(0.032, 0.06) if not bare and dice.random() < 0.3 else 0.0  # trousers, boots
    reach = dice.uniform(0.3, 1.0)
    for side, angles in zip((-1, 1), _stance(dice), strict=True):
        knee, ankle, turn = _leg(legs, b, side, angles)
        _foot(legs if shoe is None else sketch.part(shoe), dice, ankle, turn)
        if wide:
            legs.tube(knee + (ankle - knee) * (1 - reach), ankle, wide, wide * 0.9, 0.02)
    for side, pose in zip((-1, 1), _arms(dice), strict=True):
        lump = trunk if bare or dice.random() < 0.7 else sketch.part(skin)
        at, turn = _arm(sketch, lump, skin, dice, b, side, pose)
        if dice.random() < 0.08:
            prop(sketch, dice, at, turn @ rotation("x", 90 + dice.normal() * 30), dice.uniform(0.15, 0.6))
    add_head(sketch, dice, b, skin)
    if not bare:
        (gown if dice.random() < 0.2 else clothes)(sketch, dice, _measures(b))
    if dice.random() < 0.1:
        plinth(sketch, dice, dice.uniform(0.12, 0.3), dice.uniform(0.12, 0.25), dice.uniform(-0.01, 0.02))
    return sketch


def _measures(b: Build) -> Body:
    """The same body in the words of ``bodies``, for its clothes."""
    return Body(
        head=b.head,
        leg=b.hip,
        torso=b.shoulder - b.hip + 0.03,
        neck=0.05,
        shoulder=0.115 * b.wide,
        hip=0.095 * b.fat**0.4,
        deep=0.068 * b.fat**0.4,
        arm_r=0.03 * b.muscle,
        leg_r=0.05,
        heavy=b.fat,
        muscle=0.5,
        lean=0.0,
        crouch=0.0,
        frame=b.hold,
    )


def add_trunk(lump: Lump, dice: Dice, b: Build) -> None:
    """Add belly, chest and shoulders to a lump, without the hips."""
    u, turn = dice.uniform, b.hold.turn
    f, m, w = b.fat**0.5, b.muscle**0.5, b.wide * (1 - 0.1 * b.female)
    long = b.shoulder - b.hip
    deep = u(0.9, 1.1)
    belly = 0.012 + 0.03 * max(b.fat - 1, 0)
    waist = np.array([0.073 * f * (1 - 0.1 * b.female), 0.05 * f * b.fat**0.5 * deep, 0.3 * long])
    lump.ball(b.at(0, -belly, 0.28), waist, turn)
    lump.ball(b.at(0, 0.0, 0.63), (0.085 * w * f, 0.063 * f * m * deep, 0.36 * long), turn, 0.03)
    lump.ball(b.at(0, 0.008, 0.86), (0.1 * w * m, 0.048 * m * deep, 0.18 * long), turn, 0.04)
    for side in (-1, 1):
        blade = (0.045 * w, 0.03 * m + 0.3 * b.stoop, 0.2 * long)
        lump.ball(b.at(side * 0.05 * w, 0.04, 0.75 + 3 * b.stoop), blade, turn, 0.025)
        if b.female > 0.4 or b.muscle > 1.1:
            soft = b.female > 0.4
            size = (0.04 * w, (u(0.025, 0.05) if soft else 0.025) * m, (0.17 if soft else 0.13) * long)
            lump.ball(b.at(side * 0.045 * w, -0.045 * m, 0.68 if soft else 0.76), size, turn, 0.015)
        flank = b.at(side * 0.1 * w, 0.008, 0.97)
        lump.tube(b.at(side * 0.025, 0.014, 1.2), flank, 0.032 * m, 0.026 * m, 0.03)
        if b.muscle > 1.15:
            lump.tube(b.at(side * 0.09 * w, 0.02, 0.8), b.at(side * 0.06, 0.015, 0.35), 0.035, 0.02, 0.03)


def _pelvis(lump: Lump, dice: Dice, b: Build) -> None:
    turn = b.hold.turn
    f = b.fat**0.5 * (1 + 0.1 * b.female)
    long = b.shoulder - b.hip
    lump.ball(b.at(0, 0.0, 0.03), (0.088 * f, 0.058 * f, 0.26 * long), turn, 0.03)
    seat = dice.uniform(0.03, 0.045)
    for side in (-1, 1):
        lump.ball(b.at(side * 0.042, seat, -0.07), np.array([0.046, 0.046, 0.056]) * f, turn, 0.025)


def _stance(dice: Dice) -> list[tuple[float, float, float]]:
    """Out, forward and knee of both legs in degrees: together, apart, at ease, stepping."""
    u = dice.uniform
    kind = dice.random()
    out = u(0, 5) if kind < 0.5 else u(4, 22)
    if kind < 0.75:
        return [(out, -1.0 + dice.normal(), 1.5 + abs(dice.normal())) for _ in range(2)]
    one = (u(0, 14), u(5, 30), u(0, 35))
    other = (u(0, 10), u(-20, 3), u(0, 12))
    return [one, other] if dice.random() < 0.5 else [other, one]


def _leg(lump: Lump, b: Build, side: int, angles: tuple[float, float, float]) -> tuple[Vec, Vec, Vec]:
    """A leg without its foot; gives knee, ankle and the foot's turn."""
    out, swing, bend = angles
    f, m = b.fat**0.5, b.muscle**0.6
    thigh, shin = 0.462 * b.hip, 0.464 * b.hip
    hip = b.at(side * 0.05 * (1 + 0.1 * b.female), 0.0, -0.02)
    upper = rotation("y", -side * (out - 1.5)) @ rotation("x", -swing - 1.0)
    knee = hip + upper @ np.array([0, 0, -thigh])
    lower = rotation("y", -side * (out - 0.5)) @ rotation("x", -swing + bend + 4.0)
    ankle = knee + lower @ np.array([0, 0, -shin])
    lump.tube(hip, knee, 0.05 * f * m**0.5, 0.029 * f**0.5, 0.03)
    front = hip + upper @ np.array([side * 0.004, -0.012, -0.42 * thigh])
    lump.ball(front, np.array([0.043 * f, 0.046 * f * m, 0.4 * thigh]), upper, 0.02)
    lump.tube(knee, ankle, 0.028 * f**0.5, 0.0165, 0.02)
    calf = knee + lower @ np.array([0, 0.013, -0.3 * shin])
    lump.ball(calf, np.array([0.029 * m, 0.031 * m, 0.33 * shin]) * f**0.5, lower, 0.015)
    return knee, ankle, rotation("z", side * 8.0) @ (lower if bend > 40 else np.eye(3))


def _foot(lump: Lump, dice: Dice, ankle: Vec, turn: Vec) -> None:
    u = dice.uniform
    turn, r = rotation("z", dice.normal() * 5) @ turn, u(0.02, 0.03)
    long = u(0.085, 0.125)
    tip, sole = r * u(0.45, 0.85), -0.039
    heel, toe = (ankle + turn @ vec(0, y, sole + 0.75 * radius) for y, radius in ((0.016, r), (-long, tip)))
    lump.tube(ankle, heel, 0.021, r, 0.015)
    lump.tube(heel, toe, r * 0.95, tip, 0.01)
    ball = ankle + turn @ vec(0, -0.7 * long, sole + 0.6 * r)
    lump.ball(ball, np.array([r * u(1.1, 1.6), 0.4 * long, r * 0.75]), turn, 0.01)
    lump.tube(ankle, (heel + 2 * toe) / 3, 0.02, r * 0.8, 0.02)


Pose = tuple[float, float, float, float, float]


def _arms(dice: Dice) -> list[Pose]:
    """Lift, forward, elbow, twist of the upper arm and turn of the hand of both arms, in degrees."""
    u = dice.uniform
    kind = dice.choice(5, p=[0.27, 0.27, 0.22, 0.09, 0.15])
    if kind < 3:  # T, A, hanging
        lift, loose = (u(82, 95), u(28, 65), u(3, 20))[kind], (2.0, 4.0, 7.0)[kind]
        ahead, elbow, hand = dice.normal() * loose - 2, u(0, (6, 16, 25)[kind]), u(-90, 30)
        return [
            (lift + dice.normal() * 1.5, ahead + dice.normal() * loose / 2, elbow, u(-8, 8), hand)
            for _ in range(2)
        ]
    if kind == 3:  # akimbo, hands in front
        both = (u(15, 50), u(-25, 40), u(60, 125), u(-80, 40), u(-90, 90))
        return [both, both]
    return [(u(5, 150), u(-30, 80), u(0, 110), u(-70, 70), u(-90, 90)) for _ in range(2)]


def _arm(
    sketch: Sketch, lump: Lump, skin: Vec, dice: Dice, b: Build, side: int, pose: Pose
) -> tuple[Vec, Vec]:
    """An arm with its hand; gives the hand's place and turn."""
    u = dice.uniform
    lift, ahead, elbow_deg, spin, roll = pose
    m, f = b.muscle**0.8, b.fat**0.3
    upper_long, lower_long = 0.178 * u(0.95, 1.05), 0.146 * u(0.95, 1.1)
    start = b.joint(side)
    upper = b.hold.turn @ rotation("y", -side * lift) @ rotation("x", -ahead) @ rotation("z", side * spin)
    elbow = start + upper @ np.array([0, 0, -upper_long])
    lower = upper @ rotation("x", -elbow_deg)
    wrist = elbow + lower @ np.array([0, 0, -lower_long])
    lump.ball(start, 0.034 * m * f * np.array([1, 1, 1.25]), upper, 0.025)
    lump.tube(start, elbow, 0.028 * m * f, 0.021 * f, 0.02)
    bulk = np.array([0.025, 0.03, 0.33 * upper_long]) * [m * f, m * f, 1]
    lump.ball((start + elbow) / 2, bulk, upper, 0.015)
    fore = lump if dice.random() < 0.7 else sketch.part(skin)
    fore.tube(elbow, wrist, 0.0215 * f * m**0.5, 0.0145 * f, 0.015)
    swell = np.array([0.025, 0.024, 0.3 * lower_long]) * [m * f, m * f, 1]
    fore.ball(elbow + (wrist - elbow) * 0.27, swell, lower, 0.015)
    turn = lower @ rotation("z", side * roll)
    _hand(
        sketch.part(skin), dice, wrist, turn, side, u(0.85, 1.25) * (u(1.0, 1.5) if b.muscle > 1.3 else 1.0)
    )
    return wrist + lower @ np.array([0, 0, -0.04]), turn


def _hand(lump: Lump, dice: Dice, wrist: Vec, turn: Vec, side: int, size: float) -> None:
    """Palm across local x, flat along local y; open, or closed to a fist."""
    u = dice.uniform
    if dice.random() < 0.2:
        lump.ball(wrist + turn @ vec(0, 0, -0.028 * size), size * np.array([0.026, 0.024, 0.03]), turn, 0.01)
        return
    palm = wrist + turn @ vec(0, 0, -0.026 * size)
    lump.ball(palm, size * np.array([0.025, 0.012, 0.032]), turn, 0.012)
    curl, spread, together = u(0, 35), u(0, 9), dice.random() < 0.3
    for k in range(4):
        across = (k - 1.5) * 0.0125
        root = palm + turn @ (size * vec(across, 0, -0.022))
        way = turn @ rotation("y", -(k - 1.5) * (0 if together else spread)) @ rotation("x", -curl)
        tip = root + way @ vec(0, 0, -size * (0.052 if k in (1, 2) else 0.043))
        lump.tube(root, tip, 0.0085 * size, 0.007 * size, 0.004)
    root = palm + turn @ (size * vec(-side * 0.018, -0.004, 0.008))
    thumb = turn @ rotation("y", side * u(20, 55)) @ rotation("x", -u(0, 30))
    lump.tube(root, root + thumb @ vec(0, 0, -0.05 * size), 0.0095 * size, 0.007 * size, 0.008)


def add_head(sketch: Sketch, dice: Dice, b: Build, skin: Vec) -> None:
    """Deeper than wide, its middle a little before the shoulders; the neck slopes up to it."""
    u = dice.uniform
    half = b.head / 2 * np.array([u(0.64, 0.78), u(0.8, 0.98), 1.0])
    root = b.at(0, 0.012, 1.0)
    at = b.at(0, -0.012 - b.stoop + dice.normal() * 0.01, 1.0)
    at = vec(at[0], at[1], 1.0 - half[2] - u(0.3, 1.2) * b.stoop)
    thick = min(0.034 * b.muscle**0.5 * u(0.85, 1.15), 0.9 * half[0])
    neck = sketch.part(skin)
    neck.tube(root, at + vec(0, 0.25 * half[1], -0.25 * half[2]), thick * 1.15, thick)
    place = Place(at, half, glance(dice, 9.0 if dice.random() < 0.7 else 25.0))
    if dice.random() < 0.12:
        helmet(sketch, dice, place, colour_of(dice, 0.4))
        return
    lump = sketch.part(skin)
    lump.ball(place.point(0, 0.18, 0.22), half * [1.0, 0.85, 0.78], place.turn)
    lump.ball(place.point(0, -0.3, -0.35), half * [0.78, 0.62, 0.66], place.turn, 0.12 * half[2])
    chin = place.point(0, -0.62, -0.86)
    lump.tube(place.point(0, 0.1, -0.5), chin, 0.4 * half[0], 0.22 * half[0], 0.1 * half[2])
    head(sketch, dice, Place(at, half * 0.93, place.turn), skin, beast=dice.random() < 0.1)
    if dice.random() < 0.3:
        brow = along(place.away(1, 0, 0))
        lump.ball(place.point(0, -0.82, 0.2), half * np.array([0.12, 0.12, 0.6]), brow, 0.05 * half[2])
