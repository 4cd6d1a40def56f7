"""The skeleton: a style's proportions and a pose's joint angles give every joint's place and frame.

Unit: the standing body from the ground to the top of the bare head is 1. Angles are degrees. A limb hangs
straight down at zero; ``abduct`` lifts it sideways, ``flex`` forwards, ``bend`` closes the elbow or knee.
``turn`` spins an arm about its own length, ``twist`` the hand, ``wrist`` bends it. ``splay`` turns a lifted
leg outwards, ``toes`` the foot, ``pitch`` lifts its toes. A sole is level whatever its leg does, unless the
foot is said to ``follow`` the shin. ``peg = true`` holds the body up on a clear stand, ``lift`` off the
ground.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fabricate.kit.clay import Clay
from fabricate.kit.frames import Frame, rotation
from fabricate.kit.primitives import Cone, Half
from fabricate.kit.reach import bent, carried

__all__ = ["ARM", "BODY", "HANDS", "LEG", "LOOK", "MADE", "USUAL", "Limb", "Skeleton", "peg", "pose_skeleton"]

Vec = NDArray[np.float64]

MADE = {
    "build": ("round", "slim", "muscle", "box"),
    "hands": ("mitten", "fingers", "claw"),
    "joints": ("none", "rings"),
    "arms_in": 0.0,
}
"""What a body may be made of: a style's ``[body]``. The first of each is the drawn body's. ``arms_in``: the
share 0..1 by which arms that hang at the sides are drawn in."""
USUAL = MappingProxyType({k: v[0] if isinstance(v, tuple) else v for k, v in MADE.items()})
PUSH, LIFT = 0.60, 30.0
"""How far forward an elbow turns, in body units, or an arm, in degrees, for a chest twice as deep as the
drawn."""
PALM = 0.62
"""From the wrist to the hand's middle, in hand units."""
REACH = ("", "head", "hips", "chest")
HANDS = ("mitten", "open", "fist", "grip", "point", "thumb")
BODY = {**dict.fromkeys(("turn", "tilt", "lean", "shift"), 0.0), "peg": False, "lift": 0.10}
LOOK = dict.fromkeys(("turn", "tilt", "nod"), 0.0)
_ANGLES = ("abduct", "flex", "bend", "turn", "twist", "wrist")
ARM = {**dict.fromkeys(_ANGLES, 0.0), "hand": HANDS, "reach": REACH}
LEG = {"abduct": 4.0, "flex": 0.0, "bend": 0.0, "splay": 0.0, "toes": 12.0, "pitch": 0.0, "follow": False}
"""A pose's keys and what each is when left out. Degrees, but in body units ``shift``, to the figure's left,
and ``lift``, the clear air under its feet when a peg holds it."""


@dataclass(frozen=True)
class Limb:
    """An arm or leg: ``a`` shoulder or hip, ``b`` elbow or knee, ``c`` wrist or ankle, and the end's frame.

    ``side`` is +1 for the figure's left. The end frame's -Z points along the limb, -Y to its front;
    ``turns`` (3, 3) are such frames of its two halves.
    """

    side: float
    a: Vec
    b: Vec
    c: Vec
    end: Frame
    shape: str = "mitten"
    turns: tuple[Vec, Vec] = field(default_factory=lambda: (np.eye(3), np.eye(3)))

    @property
    def lengths(self) -> tuple[float, float]:
        """Of its upper and its lower half."""
        return float(np.linalg.norm(self.b - self.a)), float(np.linalg.norm(self.c - self.b))

    @property
    def elbow(self) -> float:
        """The share 0..1 of its length at which it bends."""
        first, second = self.lengths
        return first / (first + second)

    def at(self, share: float) -> tuple[Vec, Vec]:
        """The point at 0..1 along the bent limb and the direction there."""
        first, second = self.lengths
        run = share * (first + second)
        if run <= first:
            way = (self.b - self.a) / first
            return self.a + way * run, way
        way = (self.c - self.b) / second
        return self.b + way * (run - first), way


@dataclass(frozen=True)
class Skeleton:
    """Joints of a posed figure. ``head``: frame at the head's centre, its unit the head's half height.

    ``pegged``: it stands on a peg, its feet in the air. ``made``: what the body is made of, a style's
    ``[body]``.
    """

    head: Frame
    chest: Frame
    pelvis: Frame
    neck: Vec
    arms: tuple[Limb, Limb]
    legs: tuple[Limb, Limb]
    size: Mapping[str, float]
    pegged: bool = False
    made: Mapping[str, Any] = field(default_factory=lambda: USUAL)


def _arm(
    size: Mapping[str, float], chest: Frame, side: float, angles: Mapping[str, Any], arms_in: float
) -> Limb:
    a = {**dict.fromkeys(ARM, 0.0), "hand": HANDS[0], "reach": "", **angles}
    # Drawn in, and less so the higher it is lifted: from 26 to 46 degrees.
    near = min(max((46.0 - abs(a["abduct"])) / 20.0, 0.0), 1.0)
    a["abduct"] *= 1.0 - arms_in * near
    shoulder = chest.point((side * size["shoulder"], 0.0, size["shoulder_z"]))
    up = chest.turn @ rotation("y", -side * a["abduct"]) @ rotation("x", -a["flex"])
    up = up @ rotation("z", side * a["turn"])
    elbow = shoulder + up @ np.array([0, 0, -size["upper_arm"]])
    fore = up @ rotation("x", -a["bend"])
    wrist = elbow + fore @ np.array([0, 0, -size["forearm"]])
    hand = fore @ rotation("z", side * a["twist"]) @ rotation("x", -a["wrist"])
    end = Frame(wrist + hand @ np.array([0, 0, -size["hand"] * PALM]), hand, 1.0)
    return Limb(side, shoulder, elbow, wrist, end, a["hand"], (up, fore))


def _touching(
    arm: Limb,
    chest: Frame,
    head: Frame,
    size: Mapping[str, float],
    angles: Mapping[str, Any],
    drawn: Mapping[str, float],
) -> Limb:
    """An arm whose hand is where the drawn body's touches head or hips, in proportion to this body.

    One before the ``chest`` is only moved by a deeper chest, which pushes elbows and hands out.
    """
    if not (reach := angles.get("reach")):
        return arm
    # The drawn body about the same pelvis and gaze.
    model = _arm(drawn, chest, arm.side, angles, 0.0)
    hand, near = model.end.origin, size["hand"] / drawn["hand"]
    deep = size["chest_r"] * size["torso_flat"] / (drawn["chest_r"] * drawn["torso_flat"])
    deep = max(deep, 1.0)
    if reach == "chest":
        return _arm(size, chest, arm.side, {**angles, "flex": angles["flex"] + LIFT * (deep - 1)}, 0.0)
    if reach == "head":
        x, y, z = ((hand - _head(drawn, chest, head.turn).origin) @ head.turn) / drawn["head"]
        to = head.point((x, y * deep, z))
    else:
        x, y, z = (hand - chest.origin) @ chest.turn
        # As far from the hips' side as there, by the hand's own size.
        seat = max(size["hip_r"], size["belly_r"], size["hip"] + size["thigh_r"])
        x = arm.side * seat + (x - arm.side * drawn["hip_r"]) * near
        to = chest.point((x, y * near, z * size["shoulder_z"] / drawn["shoulder_z"]))
    grasp = np.array([0, 0, -size["hand"] * PALM])
    out = model.b - model.a + chest.turn @ np.array([0, -PUSH * (deep - 1.0), 0])
    b, c = bent(arm.a, (size["upper_arm"], size["forearm"]), to - model.end.turn @ grasp, out)
    end = Frame(c + model.end.turn @ grasp, model.end.turn, 1.0)
    turns = carried(arm.turns[0], b - arm.a), carried(arm.turns[1], c - b)
    return replace(arm, b=b, c=c, end=end, turns=turns)


def _head(size: Mapping[str, float], chest: Frame, gaze: Vec) -> Frame:
    """The head's frame on a chest."""
    neck = chest.point((0, 0, size["neck_z"] - size["pelvis_z"]))
    return Frame(neck + gaze @ np.array([0, size.get("head_y", -0.01), size["head_z"]]), gaze, size["head"])


def _leg(size: Mapping[str, float], pelvis: Frame, side: float, angles: Mapping[str, Any]) -> Limb:
    a = {**LEG, **angles}
    hip = pelvis.point((side * size["hip"], 0.0, 0.0))
    up = rotation("z", side * a["splay"]) @ rotation("y", -side * a["abduct"]) @ rotation("x", -a["flex"])
    reach = (hip[2] - size["ankle"]) / 2
    knee = hip + up @ np.array([0, 0, -reach])
    low = up @ rotation("x", a["bend"])
    ankle = knee + low @ np.array([0, 0, -reach])
    # The sole stays level: toes point where the pose turns them, out a little by default.
    foot = rotation("z", side * a["toes"]) @ rotation("x", -a["pitch"])
    if a["follow"]:
        foot = low @ foot
    return Limb(side, hip, knee, ankle, Frame(ankle, foot, 1.0), "foot", (up, low))


def pose_skeleton(
    size: Mapping[str, float],
    pose: Mapping[str, Any],
    holding: bool = False,
    made: Mapping[str, Any] = USUAL,
    drawn: Mapping[str, float] | None = None,
) -> Skeleton:
    """The joints of a style's ``size`` (its ``[size]`` table, in body units) in a pose (tables of degrees).

    ``holding`` takes the right arm's angles from the pose's ``hold``, so that it shows what it carries;
    ``made``: the style's ``[body]``; ``drawn``: the ``[size]`` that poses are drawn for: where its hands
    touch head or hips (``reach``), those of another build do too.
    """
    trunk, look = {**BODY, **pose.get("body", {})}, {**LOOK, **pose.get("head", {})}
    lean = rotation("z", trunk["turn"]) @ rotation("y", trunk["tilt"]) @ rotation("x", trunk["lean"])
    hips = Frame.at((trunk["shift"], 0.0, size["pelvis_z"]), rotation("z", trunk["turn"] * 0.4))
    chest = Frame(hips.origin, lean, 1.0)
    neck = chest.point((0, 0, size["neck_z"] - size["pelvis_z"]))
    gaze = rotation("z", look["turn"]) @ rotation("y", look["tilt"]) @ rotation("x", look["nod"])
    head = _head(size, chest, gaze)
    right, left = pose.get("right_arm", {}), pose.get("left_arm", {})
    if holding:
        right = pose.get("hold", right)
    arms_in = made["arms_in"]
    arms: tuple[Limb, ...] = (_arm(size, chest, -1.0, right, arms_in), _arm(size, chest, 1.0, left, arms_in))
    if drawn is not None:
        pairs = zip(arms, (right, left), strict=True)
        arms = tuple(_touching(arm, chest, head, size, angles, drawn) for arm, angles in pairs)
    legs = tuple(_leg(size, hips, s, pose.get(n, {})) for s, n in ((-1.0, "right_leg"), (1.0, "left_leg")))
    limbs = (arms[0], arms[1]), (legs[0], legs[1])
    found = Skeleton(head, chest, hips, neck, *limbs, size, bool(trunk["peg"]), made)
    return _moved(found, np.array([0, 0, (trunk["lift"] if trunk["peg"] else 0.0) - _lowest(found)]))


def _lowest(s: Skeleton) -> float:
    """The height of what the body rests on: its soles from heel to toe, its seat or its knees."""
    size, low = s.size, s.pelvis.origin[2] - s.size["hip_r"]
    for leg in s.legs:
        sole = leg.end.point([(0, y * size["foot_long"], -size["ankle"]) for y in (0.55, -1.2)])
        low = min(low, sole[:, 2].min(), leg.b[2] - (size["thigh_r"] + size["shin_r"]) / 2)
    return float(low)


def peg(s: Skeleton) -> Clay:
    """The clear stand under a pegged skeleton, from its foot on the ground into the hips; else nothing."""
    clay = Clay()
    if s.pegged:
        x, y, top = s.pelvis.origin
        r = s.size["wrist_r"] * 1.1
        clay.add(Cone(Frame.at((x, y, top / 2)), r, r, top / 2, 0.003))
        clay.add(Cone(Frame.at((x, y, 0.011)), r * 2.1, r * 1.9, 0.011, 0.003), 0.02)
        clay.keep(Half(Frame.at((x, y, 0.0), rotation("x", 180))))
    return clay


def _moved(s: Skeleton, by: Vec) -> Skeleton:
    def frame(f: Frame) -> Frame:
        return Frame(f.origin + by, f.turn, f.scale)

    def limb(m: Limb) -> Limb:
        return replace(m, a=m.a + by, b=m.b + by, c=m.c + by, end=frame(m.end))

    return replace(
        s,
        head=frame(s.head),
        chest=frame(s.chest),
        pelvis=frame(s.pelvis),
        neck=s.neck + by,
        arms=(limb(s.arms[0]), limb(s.arms[1])),
        legs=(limb(s.legs[0]), limb(s.legs[1])),
    )
