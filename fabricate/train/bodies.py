"""Bodies for sketches of people: measures from two to eight and a half heads tall, torso, arms and legs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fabricate.kit.frames import Frame, along, rotation
from fabricate.train.sketch import Sketch, Vec

__all__ = ["Body", "arm", "arm_angles", "body", "leg", "leg_angles", "torso"]

Dice = np.random.Generator


@dataclass(frozen=True)
class Body:
    """Measures of one body of height 1 and its torso's frame (origin at the hips).

    ``lean``: degrees by which the torso is bent forward; ``crouch``: degrees in the knees.
    """

    head: float
    leg: float
    torso: float
    neck: float
    shoulder: float
    hip: float
    deep: float
    arm_r: float
    leg_r: float
    heavy: float
    muscle: float
    lean: float
    crouch: float
    frame: Frame

    def trunk(self, x: float, y: float, z: float) -> Vec:
        """A point of the torso: x in shoulder half widths, y in its depths, z in its length."""
        return np.asarray(self.frame.point((x * self.shoulder, y * self.deep, z * self.torso)))


def body(dice: Dice) -> Body:
    """Random proportions: a toy of two to four heads, or a person of up to eight and a half."""
    u = dice.uniform
    toy = dice.random() < 0.4
    heads = u(2.0, 4.2) if toy else u(4.5, 8.5)
    tall = 1 / heads
    leg = (1 - tall) * (u(0.3, 0.5) if toy else u(0.5, 0.6))
    rest = 1 - tall - leg
    neck = rest * (u(0.0, 0.1) if toy else u(0.08, 0.2))
    heavy = float(np.exp(dice.normal() * 0.28))
    muscle = float(dice.random())
    shoulder = u(0.10, 0.145) * heavy**0.4 * (1 + 0.15 * (muscle > 0.7))
    lean, side, twist = _carriage(dice)
    forward = max(lean, 0.0)
    back = rest * float(np.sin(np.radians(forward))) * u(0.2, 0.6)
    turn = rotation("z", twist) @ rotation("x", lean) @ rotation("y", side)
    return Body(
        head=tall,
        leg=leg,
        torso=rest - neck,
        neck=neck,
        shoulder=shoulder,
        hip=shoulder * u(0.6, 0.95) * heavy**0.2,
        deep=shoulder * u(0.42, 0.68) * heavy**0.4,
        arm_r=u(0.02, 0.034) * heavy**0.5 * (1.35 if toy else 1.0) * (1 + 0.3 * (muscle > 0.7)),
        leg_r=u(0.04, 0.06) * heavy**0.5 * (1.15 if toy else 1.0),
        heavy=heavy,
        muscle=muscle,
        lean=forward,
        crouch=forward * u(0.0, 1.2),
        frame=Frame.at((0, back, leg), turn),
    )


def _carriage(dice: Dice) -> tuple[float, float, float]:
    """How a torso is held, in degrees: bent forward, to a side, and turned.

    People lean forward sooner than back, and monsters and the old are bent over.
    """
    kind = dice.random()
    if kind < 0.5:
        lean, side, twist = dice.normal(size=3) * [5, 3, 8] + [2, 0, 0]
    elif kind < 0.75:
        lean, (side, twist) = dice.uniform(8, 45), dice.normal(size=2) * [4, 10]
    else:
        lean, side, twist = dice.normal(size=3) * [18, 12, 25]
    return float(lean), float(side), float(twist)


def torso(sketch: Sketch, dice: Dice, b: Body, top: Vec, bottom: Vec) -> None:
    """Add a trunk from hips to shoulders to the sketch, in the two colours."""
    u = dice.uniform
    low = sketch.part(bottom)
    low.ball(b.frame.origin, (b.hip, b.deep * u(0.85, 1.05), b.torso * 0.28), b.frame.turn)
    blend = b.shoulder * u(0.1, 0.35)
    for side in (-1, 1):
        if dice.random() < 0.6:
            seat = b.frame.point((side * b.hip * 0.45, b.deep * 0.5, -0.02))
            low.ball(seat, (b.hip * 0.5, b.deep * u(0.4, 0.7), b.torso * 0.22), b.frame.turn, blend)
    lump = sketch.part(top)
    waist = b.shoulder * u(0.55, 0.85) * b.heavy**0.4
    lump.ball(b.trunk(0, 0, 0.32), (waist, b.deep * u(0.7, 1.0), b.torso * 0.34), b.frame.turn)
    chest = (b.shoulder * 0.9, b.deep, b.torso * 0.36)
    lump.ball(b.trunk(0, 0, 0.68), chest, b.frame.turn, blend)
    if b.heavy > 1.15:
        belly = (waist * 0.95, b.deep * u(0.6, 1.0), b.torso * 0.33)
        lump.ball(b.trunk(0, -0.5, 0.3), belly, b.frame.turn, blend)
    if dice.random() < 0.3:
        for side in (-1, 1):
            size = (b.shoulder * 0.34, b.deep * u(0.3, 0.65), b.torso * 0.17)
            lump.ball(b.trunk(side * 0.42, -0.65, 0.7), size, b.frame.turn, b.shoulder * u(0.05, 0.2))
    if b.muscle > 0.6:
        for side in (-1, 1):
            lump.ball(
                b.trunk(side * 0.42, -0.6, 0.75),
                (b.shoulder * 0.4, b.deep * 0.4, b.torso * 0.15),
                b.frame.turn,
                0.01,
            )
            lump.ball(
                b.trunk(side * 0.5, 0.45, 0.72),
                (b.shoulder * 0.45, b.deep * 0.5, b.torso * 0.25),
                b.frame.turn,
                0.02,
            )
    for side in (-1, 1):  # the slope from neck to shoulder
        lump.tube(b.trunk(0, 0, 0.95), b.trunk(side * 0.85, 0, 0.88), b.arm_r * 1.2, b.arm_r * 1.1, 0.03)


def arm(
    sketch: Sketch,
    dice: Dice,
    b: Body,
    side: int,
    angles: tuple[float, float, float, float],
    skin: Vec,
    sleeve: Vec,
) -> tuple[Vec, Vec]:
    """One arm; gives the hand's place and turn."""
    u = dice.uniform
    lift, swing, bend, spin = angles
    swing += b.lean * u(0.2, 1.1)  # arms hang down from a bent back
    long = (1 - b.head) * (0.19 if b.head < 0.22 else 0.17) * u(0.9, 1.15)
    start = b.trunk(side * 0.95, 0.0, 0.88)
    upper = b.frame.turn @ rotation("y", -side * lift) @ rotation("x", -swing) @ rotation("z", side * spin)
    elbow = start + upper @ np.array([0, 0, -long])
    lower = upper @ rotation("x", -bend)
    wrist = elbow + lower @ np.array([0, 0, -long * u(0.85, 1.0)])
    r = b.arm_r
    lump = sketch.part(sleeve)
    lump.tube(start, elbow, r * u(1.0, 1.3), r * u(0.85, 1.0))
    if b.muscle > 0.5:
        lump.ball(start, r * 1.5, k=0.5 * r)
        lump.ball((start + elbow) / 2, r * np.array([1.25, 1.25, 2.2]), along(elbow - start), 0.4 * r)
    fore = lump if dice.random() < 0.5 else sketch.part(skin)
    thin = r * u(0.55, 0.85)
    fore.tube(elbow, wrist, r * 0.9, thin * (u(1.0, 2.4) if dice.random() < 0.15 else 1.0), 0.3 * r)
    hand = sketch.part(skin)
    palm = r * u(0.8, 1.25)
    flat = u(0.35, 1.0)
    turn = lower @ rotation("z", u(-90, 90))
    hand.ball(wrist + lower @ np.array([0, 0, -palm]), palm * np.array([0.9, flat, 1.2]), turn)
    if dice.random() < 0.55:
        for k in range(dice.integers(2, 5)):
            root = wrist + turn @ (palm * np.array([(k - 1.5) * 0.45, 0, -1.6]))
            way = turn @ rotation("y", (k - 1.5) * u(0, 14)) @ rotation("x", dice.normal() * 20)
            hand.tube(
                root, root + way @ np.array([0, 0, -palm * u(0.8, 1.5)]), palm * 0.22, palm * 0.17, 0.1 * palm
            )
    return wrist + lower @ np.array([0, 0, -palm]), lower


def arm_angles(dice: Dice) -> tuple[tuple[float, float, float, float], tuple[float, float, float, float]]:
    """Lift, swing, bend and spin of both arms in degrees: T, A, hanging, or anything."""
    u = dice.uniform
    kind = dice.choice(5, p=[0.18, 0.2, 0.22, 0.12, 0.28])
    if kind < 3:
        lift = (u(80, 95), u(30, 65), u(4, 24))[kind]
        loose = (3, 4, 12)[kind]
        both = [
            (lift + dice.normal() * 2, dice.normal() * loose, abs(dice.normal()) * loose, u(-20, 20))
            for _ in range(2)
        ]
        return both[0], both[1]
    if kind == 3:  # hands before the body, akimbo, folded
        lift, swing, bend, spin = u(5, 50), u(-20, 60), u(50, 130), u(-90, 60)
        return (lift, swing, bend, spin), (lift, swing, bend, spin)
    one = (u(0, 165), u(-60, 100), u(0, 125), u(-90, 90))
    other = (
        (u(0, 165), u(-60, 100), u(0, 125), u(-90, 90))
        if dice.random() < 0.6
        else (u(5, 25), u(-15, 15), u(0, 40), 0.0)
    )
    return one, other


def leg(
    sketch: Sketch, dice: Dice, b: Body, side: int, angles: tuple[float, float, float], cloth: Vec, shoe: Vec
) -> None:
    """Add a leg with its foot to the sketch, bent by three angles (degrees) of ``leg_angles``."""
    u = dice.uniform
    out, swing, bend = angles
    swing += np.degrees(np.arctan2(b.frame.origin[1], b.leg)) + 0.6 * b.crouch  # feet stay under the body
    bend += 1.2 * b.crouch
    hip = b.frame.point((side * b.hip * 0.55, 0, -0.02 * b.torso))
    upper = rotation("y", -side * out) @ rotation("x", -swing)
    half = b.leg * 0.48
    knee = hip + upper @ np.array([0, 0, -half])
    lower = upper @ rotation("x", bend)
    ankle = knee + lower @ np.array([0, 0, -half])
    r = b.leg_r
    kr, ar = r * u(0.6, 0.85), r * u(0.4, 0.7)
    lump = sketch.part(cloth)
    lump.tube(hip, knee, r, kr)
    lump.tube(knee, ankle, kr, ar * (u(1.0, 2.0) if dice.random() < 0.2 else 1.0), 0.3 * r)
    if b.muscle > 0.4:
        calf = knee + (ankle - knee) * 0.3 + lower @ np.array([0, 0.4 * kr, 0])
        lump.ball(calf, np.array([kr, kr, 0.3 * half]), along(ankle - knee), 0.3 * kr)
    foot = sketch.part(shoe)
    long = ar * u(1.8, 3.4)
    flat = rotation("z", side * u(-5, 35)) @ (rotation("x", u(-15, 15)) if bend < 30 else lower)
    foot.ball(
        ankle + flat @ np.array([0, -0.45 * long, -0.5 * ar]),
        (ar * u(0.8, 1.2), long, ar * u(0.5, 0.9)),
        flat,
    )
    if dice.random() < 0.35:  # boots
        foot.tube(
            ankle + lower @ np.array([0, 0, half * u(0.1, 0.7)]), ankle, kr * u(0.9, 1.2), ar * 1.25, 0.01
        )


def leg_angles(dice: Dice) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    """Out, swing and bend of both legs in degrees: standing, stepping, anything, sitting."""
    u = dice.uniform
    kind = dice.random()
    if kind < 0.6:
        out = abs(dice.normal()) * 7 + 1
        one = (out, dice.normal() * 4, abs(dice.normal()) * 4)
        return one, (out, dice.normal() * 4, abs(dice.normal()) * 4)
    if kind < 0.75:
        swing = u(8, 35)
        return (u(0, 12), swing, u(0, 25)), (u(0, 12), -swing, u(0, 50))
    if kind < 0.88:
        return (u(0, 40), u(-35, 70), u(0, 90)), (u(0, 40), u(-35, 70), u(0, 90))
    out, swing, bend = u(4, 35), u(60, 95), u(0, 100)
    return (out, swing, bend), (out, swing, bend)
