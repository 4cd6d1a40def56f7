"""How a solid lies best on the plate: least support, a clean face, a firm stand, a low height.

Candidates are the faces of the convex hull that it can lie on, and directions spread over the sphere. What
each costs is measured on points spread over the surface, with rays for where a support's foot would land.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fabricate.render.rays import Caster, caster
from fabricate.solid.closeness import areas, normals_of, spread
from fabricate.solid.limits import Limits, fits_bed
from fabricate.solid.measures import time_words
from fabricate.solid.stand import centre_of_mass, hull_of, margin_inside

if TYPE_CHECKING:
    import trimesh

__all__ = ["Orientation", "orientations", "table_of"]

Floats = npt.NDArray[np.float64]
SAMPLES = 12_000
FLATS, SPREAD = 24, 48
TOUCH_MM = 0.15
APART_DEG = 20.0
"""Two of the best that stand closer than this are one and the same."""
LAYER_MM = {"fdm": 0.2, "resin": 0.05}
FLOW_MM3_S = {"fdm": 4.0, "resin": 0.0}
LAYER_S = {"fdm": 7.0, "resin": 8.0}
SPARSE = 0.15
"""The share of its room that a support fills."""


@dataclass(frozen=True)
class Orientation:
    """One way to lay a solid. ``rotation`` (3, 3) turns its points: ``points @ rotation.T``, then down to 0.

    ``support_mm2`` is the surface that needs support, ``support_mm3`` the room below it down to the plate or
    to the solid itself, ``on_part`` the share of it that ends on the solid, ``face_marks`` the share of the
    front that supports touch. ``contact_mm2`` lies on the plate; ``tip_deg`` is how far it may tilt.
    ``score`` is lower for better, in about minutes of printing and finishing.
    """

    rotation: Floats
    words: str
    score: float
    support_mm2: float
    support_mm3: float
    on_part: float
    face_marks: float
    contact_mm2: float
    tip_deg: float
    height_mm: float
    size_mm: tuple[float, float, float]
    fits: bool
    hours: float


def orientations(
    mesh: trimesh.Trimesh,
    limits: Limits,
    bed_mm: Sequence[float],
    *,
    face: float = 1.0,
    count: int = 3,
) -> tuple[Orientation, ...]:
    """The ``count`` best ways to lay a closed solid in mm, best first, each clearly apart from the others.

    The solid stands +Z up and faces -Y as it comes; ``face`` weighs how clean that side must stay, 0 for a
    part without one. A way in which it does not fit the bed comes after all that fit.
    """
    corners = np.asarray(mesh.triangles, np.float64)
    seen = _Seen(
        mesh,
        corners,
        caster(np.asarray(mesh.vertices, np.float32), np.asarray(mesh.faces)),
        limits,
        tuple(float(v) for v in bed_mm),
        face,
    )
    scored = sorted((seen.laid(down) for down in _candidates(seen.hull)), key=lambda o: (not o.fits, o.score))
    best: list[Orientation] = []
    for one in scored:
        ways = [float(one.rotation[2] @ other.rotation[2]) for other in best]
        if all(way < math.cos(math.radians(APART_DEG)) for way in ways):
            best.append(one)
        if len(best) == count:
            break
    return tuple(best)


def table_of(found: Sequence[Orientation]) -> list[dict[str, object]]:
    """The rows of the report's table, JSON-ready."""
    return [
        {
            "way": one.words,
            "height_mm": round(one.height_mm, 1),
            "support_cm2": round(one.support_mm2 / 100, 2),
            "support_cm3": round(one.support_mm3 / 1000, 2),
            "on_part": round(one.on_part, 3),
            "face_marks": round(one.face_marks, 3),
            "contact_cm2": round(one.contact_mm2 / 100, 2),
            "tip_deg": round(one.tip_deg, 1),
            "fits": one.fits,
            "time": time_words(one.hours),
            "score": round(one.score, 2),
            "rotation": [[round(float(v), 6) for v in row] for row in one.rotation],
        }
        for one in found
    ]


def _candidates(points: Floats) -> Floats:
    """Directions that could point down, unit, (n, 3): as it stands, its stable faces, and a spread."""
    from scipy.spatial import ConvexHull, QhullError

    axes = np.concatenate([-np.eye(3), np.eye(3)])[[2, 0, 1, 3, 4, 5]]
    i = np.arange(SPREAD) + 0.5
    z = 1 - 2 * i / SPREAD
    turn = math.pi * (1 + 5**0.5) * i
    side = np.sqrt(1 - z**2)
    round_ = np.stack([side * np.cos(turn), side * np.sin(turn), z], axis=1)
    try:
        hull = ConvexHull(points)
    except QhullError:
        return np.concatenate([axes, round_])
    normals = hull.equations[:, :3]
    flat = areas(hull.points[hull.simplices])
    names, place = np.unique(np.round(normals * 40), axis=0, return_inverse=True)
    weight = np.bincount(place.reshape(-1), flat, minlength=len(names))
    best = []
    for name in np.argsort(-weight)[:FLATS]:
        mine = np.flatnonzero(place.reshape(-1) == name)
        best.append(normals[mine[flat[mine].argmax()]])
    return np.concatenate([axes, np.array(best), round_])


class _Seen:
    """A solid measured once for all the ways it may lie."""

    def __init__(
        self,
        mesh: trimesh.Trimesh,
        corners: Floats,
        rays: Caster,
        limits: Limits,
        bed: tuple[float, ...],
        face: float,
    ) -> None:
        self._points, which = spread(corners, SAMPLES, seed=3)
        self._normals = normals_of(corners)[which]
        self._each = float(areas(corners).sum()) / SAMPLES
        self._places = np.asarray(mesh.vertices, np.float64)[np.unique(mesh.faces)]
        self.hull = _hull_points(self._places)
        self._rays, self._limits, self._bed, self._face = rays, limits, bed, face
        self._volume, self._centre = centre_of_mass(
            np.asarray(mesh.vertices, np.float64), np.asarray(mesh.faces)
        )
        self._front = np.clip(-self._normals[:, 1], 0, None)

    def laid(self, down: Floats) -> Orientation:
        """The solid with ``down`` turned to the plate."""
        rotation = _upright(down)
        turned = self.hull @ rotation.T
        low, size = float(turned[:, 2].min()), np.ptp(turned, axis=0)
        rise = self._points @ rotation[2] - low
        slope = self._normals @ rotation[2]
        lifted = rise > 0.3
        over = np.flatnonzero((slope < -math.sin(math.radians(self._limits.overhang_deg))) & lifted)
        drop, on_part = self._drops(over, rotation, rise[over])
        flat = -slope[over]
        support, room = self._each * len(over), float(self._each * (drop * flat).sum())
        marked = np.zeros(len(rise), bool)
        marked[over] = True
        marks = float(self._front[marked].sum() / max(self._front.sum(), 1e-9))
        touching = self._places[self._places @ rotation[2] < low + TOUCH_MM]
        foot = hull_of(touching @ rotation[:2].T)
        contact = float(((rise < TOUCH_MM) & (slope < -0.9)).sum() * self._each)
        centre = self._centre @ rotation.T
        margin = margin_inside(centre[:2], foot)
        tip = math.degrees(math.atan(max(margin, 0.0) / max(float(centre[2]) - low, 1e-6)))
        hours = self._hours(float(size[2]), room)
        share = float(on_part.mean()) if len(over) else 0.0
        minutes = 60 * hours + 0.03 * support * (1 + 2 * share) + 40 * self._face * marks
        minutes += 25 * max(0.0, 1 - tip / 12) + 10 * max(0.0, 1 - contact / (0.2 * size[0] * size[1] + 1e-9))
        return Orientation(
            rotation=rotation,
            words=_words(down, size[2], support, share, marks, tip),
            score=minutes,
            support_mm2=support,
            support_mm3=room,
            on_part=share,
            face_marks=marks,
            contact_mm2=contact,
            tip_deg=tip,
            height_mm=float(size[2]),
            size_mm=(float(size[0]), float(size[1]), float(size[2])),
            fits=bool(fits_bed(size, self._bed)),
            hours=hours,
        )

    def _drops(
        self, over: npt.NDArray[np.int64], rotation: Floats, height: Floats
    ) -> tuple[Floats, npt.NDArray[np.bool_]]:
        """How far down a support goes from each point, and whether it ends on the solid."""
        if not len(over):
            return np.zeros(0), np.zeros(0, bool)
        down = -rotation[2]
        start = self._points[over] + self._normals[over] * 0.02
        hits = self._rays.closest(
            start.astype(np.float32), np.broadcast_to(down, start.shape).astype(np.float32)
        )
        on_part = (hits.face >= 0) & (hits.distance < height)
        return np.where(on_part, hits.distance, height).astype(np.float64), on_part

    def _hours(self, height: float, room: float) -> float:
        """About how long it prints: layers, and for a nozzle the volume laid down."""
        process = self._limits.process
        layers = height / LAYER_MM[process] * LAYER_S[process]
        flow = FLOW_MM3_S[process]
        laid = (self._volume * max(self._limits.fill, 0.35) + SPARSE * room) / flow if flow else 0.0
        return (layers + laid) / 3600


def _hull_points(points: Floats) -> Floats:
    from scipy.spatial import ConvexHull, QhullError

    try:
        return np.asarray(points[ConvexHull(points).vertices])
    except QhullError:
        return points


def _upright(down: Floats) -> Floats:
    """The rotation that turns ``down`` to -Z, moving as little else as it can."""
    z = -down / np.linalg.norm(down)
    cross = np.array([z[1], -z[0], 0.0])
    sine, cosine = float(np.linalg.norm(cross)), float(z[2])
    if sine < 1e-9:
        return np.eye(3) if cosine > 0 else np.diag([1.0, -1.0, -1.0])
    k = cross / sine
    skew = np.array([[0, -k[2], k[1]], [k[2], 0, -k[0]], [-k[1], k[0], 0]])
    return np.asarray(np.eye(3) + sine * skew + (1 - cosine) * skew @ skew)


def _words(down: Floats, height: float, support: float, share: float, marks: float, tip: float) -> str:
    """The way in plain words."""
    sides = {
        "standing upright": (0, 0, -1),
        "upside down": (0, 0, 1),
        "lying on its back": (0, 1, 0),
        "lying on its face": (0, -1, 0),
        "lying on its left side": (1, 0, 0),
        "lying on its right side": (-1, 0, 0),
    }
    name, way = max(sides.items(), key=lambda item: float(np.dot(item[1], down)))
    lean = math.degrees(math.acos(min(float(np.dot(way, down)), 1.0)))
    first = name if lean < 3 else f"{name}, tilted by {lean:.0f} degrees"
    second = "no support" if support < 1 else f"{support / 100:.1f} cm2 to support"
    if support >= 1 and share > 0.3:
        second += ", much of it standing on the figure"
    third = "the face stays clean" if marks < 0.02 else f"supports touch {marks * 100:.0f} % of the front"
    fourth = "" if tip >= 4 else ", needs a brim or supports to stand"
    return f"{first}: {height:.0f} mm high, {second}, {third}{fourth}"
