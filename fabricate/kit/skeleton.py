"""The skeleton: a style's proportions and a pose's joint angles give every joint's place and frame.

Unit: the standing body from the ground to the top of the bare head is 1. Angles are degrees. A limb hangs
straight down at zero; ``abduct`` lifts it sideways, ``flex`` forwards, ``turn`` spins it about its own length,
``bend`` closes the elbow or knee.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fabricate.kit.frames import Frame, rotation

__all__ = ["Limb", "Skeleton", "pose_skeleton"]

Vec = NDArray[np.float64]


@dataclass(frozen=True)
class Limb:
    """An arm or leg: ``a`` shoulder or hip, ``b`` elbow or knee, ``c`` wrist or ankle, and the end's frame.

    ``side`` is +1 for the figure's left. The end frame's -Z points along the limb, -Y to its front.
    """

    side: float
    a: Vec
    b: Vec
    c: Vec
    end: Frame
    shape: str = "mitten"

    def at(self, share: float) -> tuple[Vec, Vec]:
        """The point at 0..1 along the bent limb and the direction there."""
        first = float(np.linalg.norm(self.b - self.a))
        second = float(np.linalg.norm(self.c - self.b))
        run = share * (first + second)
        if run <= first:
            way = (self.b - self.a) / first
            return self.a + way * run, way
        way = (self.c - self.b) / second
        return self.b + way * (run - first), way


@dataclass(frozen=True)
class Skeleton:
    """Joints of a posed figure. ``head``: frame at the head's centre, its unit the head's half height."""

    head: Frame
    chest: Frame
    pelvis: Frame
    neck: Vec
    arms: tuple[Limb, Limb]
    legs: tuple[Limb, Limb]
    size: Mapping[str, float]


def _arm(size: Mapping[str, float], chest: Frame, side: float, angles: Mapping[str, Any]) -> Limb:
    shoulder = chest.point((side * size["shoulder"], 0.0, size["shoulder_z"]))
    up = (
        chest.turn
        @ rotation("y", -side * float(angles.get("abduct", 0)))
        @ rotation("x", -float(angles.get("flex", 0)))
        @ rotation("z", side * float(angles.get("turn", 0)))
    )
    elbow = shoulder + up @ np.array([0, 0, -size["upper_arm"]])
    fore = up @ rotation("x", -float(angles.get("bend", 0)))
    wrist = elbow + fore @ np.array([0, 0, -size["forearm"]])
    hand = (
        fore
        @ rotation("z", side * float(angles.get("twist", 0)))
        @ rotation("x", -float(angles.get("wrist", 0)))
    )
    end = Frame(wrist + hand @ np.array([0, 0, -size["hand"] * 0.62]), hand, 1.0)
    return Limb(side, shoulder, elbow, wrist, end, str(angles.get("hand", "mitten")))


def _leg(size: Mapping[str, float], pelvis: Frame, side: float, angles: Mapping[str, Any]) -> Limb:
    hip = pelvis.point((side * size["hip"], 0.0, 0.0))
    up = rotation("y", -side * float(angles.get("abduct", 4))) @ rotation("x", -float(angles.get("flex", 0)))
    reach = (hip[2] - size["ankle"]) / 2
    knee = hip + up @ np.array([0, 0, -reach])
    low = up @ rotation("x", float(angles.get("bend", 0)))
    ankle = knee + low @ np.array([0, 0, -reach])
    # The sole stays level: toes point where the pose turns them, out a little by default.
    foot = rotation("z", side * float(angles.get("toes", 12))) @ rotation("x", -float(angles.get("pitch", 0)))
    return Limb(side, hip, knee, ankle, Frame(ankle, foot, 1.0), "foot")


def pose_skeleton(size: Mapping[str, float], pose: Mapping[str, Any], holding: bool = False) -> Skeleton:
    """The joints of a style's ``size`` (the ``[size]`` table) in a pose; ``holding`` bends the right arm to show a prop."""
    body = pose.get("body", {})
    lean = rotation("z", float(body.get("turn", 0))) @ rotation("y", float(body.get("tilt", 0)))
    lean = lean @ rotation("x", float(body.get("lean", 0)))
    hips = Frame.at(
        (float(body.get("shift", 0)), 0.0, size["pelvis_z"]), rotation("z", float(body.get("turn", 0)) * 0.4)
    )
    chest = Frame(hips.origin, lean, 1.0)
    neck = chest.point((0, 0, size["neck_z"] - size["pelvis_z"]))
    face = pose.get("head", {})
    look = (
        rotation("z", float(face.get("turn", 0)))
        @ rotation("y", float(face.get("tilt", 0)))
        @ rotation("x", float(face.get("nod", 0)))
    )
    radius = size["head"]
    head = Frame(neck + look @ np.array([0, size.get("head_y", -0.01), size["head_z"]]), look, radius)
    arms = []
    for side, name in ((-1.0, "right_arm"), (1.0, "left_arm")):
        angles = dict(pose.get(name, {}))
        if holding and side < 0:
            angles = dict(pose.get("hold", angles))
        arms.append(_arm(size, chest, side, angles))
    legs = [_leg(size, hips, s, pose.get(n, {})) for s, n in ((-1.0, "right_leg"), (1.0, "left_leg"))]
    low = min(leg.c[2] for leg in legs) - size["ankle"]
    drop = np.array([0, 0, -low])
    return _moved(Skeleton(head, chest, hips, neck, (arms[0], arms[1]), (legs[0], legs[1]), size), drop)


def _moved(s: Skeleton, by: Vec) -> Skeleton:
    def frame(f: Frame) -> Frame:
        return Frame(f.origin + by, f.turn, f.scale)

    def limb(m: Limb) -> Limb:
        return Limb(m.side, m.a + by, m.b + by, m.c + by, frame(m.end), m.shape)

    arms = (limb(s.arms[0]), limb(s.arms[1]))
    legs = (limb(s.legs[0]), limb(s.legs[1]))
    return Skeleton(frame(s.head), frame(s.chest), frame(s.pelvis), s.neck + by, arms, legs, s.size)
