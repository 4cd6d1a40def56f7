"""The plinth: its measures for a figure, its outline at any inset, and its solid.

A plinth is an upright foot, a small ledge, then a slope up to the floor. The slope is where the name goes:
it faces the eye, prints without support, and letters bend onto it without stretching. Frame: figure frame in
mm, plinth centred on the origin, front at -Y.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fabricate.solid.base_template import BaseTemplate
from fabricate.solid.scenery import Scenery, scenery_of

if TYPE_CHECKING:
    import manifold3d

__all__ = ["Plinth", "outline", "plinth_body", "plinth_for", "reach_for", "rim", "rim_length", "stack"]

Floats = npt.NDArray[np.float64]
SEGMENTS = 160
"""Sides of a round plinth: 0.01 mm off a circle at 60 mm."""


@dataclass(frozen=True)
class Plinth:
    """The measures of one base, in mm: ``reach_mm`` from its middle to its sides (radius, apothem, or half
    its width), ``ratio`` its depth over its width; ``scene`` what is sculpted on it, or in its place."""

    template: BaseTemplate
    reach_mm: float
    height_mm: float
    foot_mm: float
    ledge_mm: float
    edge_mm: float
    corner_mm: float
    front_mm: float = 0.0
    ratio: float = 1.0
    size: float = 1.0
    scene: Scenery | None = None

    @property
    def slope_run_mm(self) -> float:
        """How far the slope goes inwards."""
        return (self.height_mm - self.foot_mm) / math.tan(math.radians(self.template.slope_deg))

    @property
    def border_mm(self) -> float:
        """From the side to the edge of the floor."""
        return 0.0 if self.sculpted else self.ledge_mm + self.slope_run_mm + self.edge_mm

    @property
    def sculpted(self) -> bool:
        """Whether the whole base is a sculpture, without a plinth of ours."""
        return self.scene is not None and self.scene.whole

    @property
    def unit_mm(self) -> float:
        """The length of one unit of the scenery."""
        return self.reach_mm - self.border_mm

    @property
    def floor_mm(self) -> float:
        """How high the feet stand."""
        return self.height_mm + (0.0 if self.scene is None else self.scene.level * self.unit_mm)

    def with_reach(self, reach_mm: float, ratio: float | None = None) -> Plinth:
        """The same plinth, wider or narrower."""
        return replace(self, reach_mm=reach_mm, ratio=self.ratio if ratio is None else ratio)


def plinth_for(template: BaseTemplate, height_mm: float) -> Plinth:
    """The plinth for a figure of that height, as narrow as the template allows: widen it for the feet."""
    size = min(2.2, max(0.75, height_mm / 90.0))
    scene = scenery_of(template.scenery) if template.scenery else None
    whole = scene is not None and scene.whole
    plinth = Plinth(
        template,
        reach_mm=height_mm * template.least_share / 2,
        height_mm=0.0 if whole else template.height_mm * size,
        foot_mm=0.0 if whole else template.foot_mm * size,
        ledge_mm=template.ledge_mm * size,
        edge_mm=template.edge_mm,
        corner_mm=template.corner_mm * size,
        front_mm=template.front_mm * size,
        ratio=template.depth_share if template.shape in ("oval", "rectangle") else 1.0,
        size=size,
        scene=scene,
    )
    return plinth.with_reach(max(plinth.reach_mm, (plinth.border_mm + 3.0) / min(1.0, plinth.ratio)))


def reach_for(points: Floats, border_mm: float, plinth: Plinth) -> float:
    """The reach of the smallest base about the origin that holds points (n, 2) with a border around each."""
    shape = plinth.template.shape
    if shape == "round":
        return float(np.hypot(points[:, 0], points[:, 1]).max()) + border_mm
    if shape == "polygon":
        return float((points @ _side_normals(plinth.template.sides).T).max()) + border_mm
    if shape == "rectangle":
        wide = np.abs(points) + border_mm
        return float(max(wide[:, 0].max(), wide[:, 1].max() / plinth.ratio))
    turns = np.arange(48) * math.pi / 24
    ring = border_mm * np.stack([np.cos(turns), np.sin(turns)], axis=1)
    around = (points[:, None, :] + ring[None]).reshape(-1, 2)
    return float(np.hypot(around[:, 0], around[:, 1] / plinth.ratio).max())


def outline(plinth: Plinth, inset: float) -> Floats:
    """The outline, ``inset`` mm inside the plinth's sides, (n, 2): always convex, a side to the front."""
    if plinth.sculpted and plinth.scene is not None:
        return plinth.scene.footprint * (plinth.reach_mm - inset)
    reach = plinth.reach_mm - inset
    shape = plinth.template.shape
    if shape == "round":
        angles = 2 * math.pi * np.arange(SEGMENTS) / SEGMENTS
        return reach * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    if shape == "oval":
        return _ellipse(plinth, inset, 2 * math.pi * np.arange(SEGMENTS) / SEGMENTS)
    if shape == "rectangle":
        half = np.array([plinth.reach_mm, plinth.reach_mm * plinth.ratio]) - inset
        corner = min(plinth.corner_mm, 0.4 * float(half.min()))
        turns = np.radians([-45.0, 45.0, 135.0, 225.0])
        centres = (half - corner) * np.sign(np.stack([np.cos(turns), np.sin(turns)], axis=1))
        return _rounded(centres, turns, math.pi / 4, corner)
    sides = plinth.template.sides
    corner = min(plinth.corner_mm, 0.4 * reach)
    turns = -math.pi / 2 + 2 * math.pi * (np.arange(sides) + 0.5) / sides
    centres = (reach - corner) / math.cos(math.pi / sides) * np.stack([np.cos(turns), np.sin(turns)], axis=1)
    return _rounded(centres, turns, math.pi / sides, corner)


def rim(plinth: Plinth, inset: float, along: Floats) -> tuple[Floats, Floats]:
    """Points (n, 2) at ``along`` mm from the middle of the front, to the right, on the outline ``inset`` mm
    inside, and the normals there; a flat front goes straight on."""
    shape = plinth.template.shape
    if shape == "round":
        angle = along / (plinth.reach_mm - inset)
        way = np.stack([np.sin(angle), -np.cos(angle)], axis=1)
        return (plinth.reach_mm - inset) * way, way
    if shape == "oval":
        turns, lengths = _walk(plinth, inset)
        t = np.interp(np.abs(along), lengths, turns) * np.sign(along) - math.pi / 2
        return _ellipse(plinth, inset, t), _ellipse_normals(plinth, t)
    front = plinth.reach_mm * (plinth.ratio if shape == "rectangle" else 1.0) - inset
    return np.stack([along, np.full_like(along, -front)], axis=1), np.tile([0.0, -1.0], (len(along), 1))


def rim_length(plinth: Plinth, inset: float) -> float:
    """How long a line of letters may be on the outline ``inset`` mm inside."""
    template, reach = plinth.template, plinth.reach_mm - inset
    if template.shape == "round":
        return reach * math.radians(template.name_arc_deg)
    if template.shape == "oval":
        turns, lengths = _walk(plinth, inset)
        normals = _ellipse_normals(plinth, turns - math.pi / 2)
        within = normals[:, 0] <= math.sin(math.radians(min(template.name_arc_deg, 178.0) / 2))
        return 2 * float(lengths[within].max())
    if template.shape == "rectangle":
        return 2 * (reach - min(plinth.corner_mm, 0.4 * reach)) * 0.92
    return 2 * reach * math.tan(math.pi / template.sides) * 0.86


def _walk(plinth: Plinth, inset: float) -> tuple[Floats, Floats]:
    """Turns from the front of an oval, 0 to pi, and the lengths walked there."""
    turns = np.linspace(0.0, math.pi, 1441)
    steps = np.diff(_ellipse(plinth, inset, turns - math.pi / 2), axis=0)
    return turns, np.concatenate([[0.0], np.cumsum(np.hypot(*steps.T))])


def _ellipse(plinth: Plinth, inset: float, t: Floats) -> Floats:
    a, b = plinth.reach_mm, plinth.reach_mm * plinth.ratio
    points = np.stack([a * np.cos(t), b * np.sin(t)], axis=1)
    return np.asarray(points - inset * _ellipse_normals(plinth, t))


def _ellipse_normals(plinth: Plinth, t: Floats) -> Floats:
    ways = np.stack([np.cos(t) * plinth.ratio, np.sin(t)], axis=1)
    return np.asarray(ways / np.linalg.norm(ways, axis=1, keepdims=True))


def _rounded(centres: Floats, turns: Floats, half: float, corner: float) -> Floats:
    """Corners about their centres, each an arc of ``half`` to both sides of its turn."""
    around = turns[:, None] + np.linspace(-half, half, 12)[None, :]
    arcs = corner * np.stack([np.cos(around), np.sin(around)], axis=2)
    return np.asarray((centres[:, None, :] + arcs).reshape(-1, 2))


def _side_normals(sides: int) -> Floats:
    angles = -math.pi / 2 + 2 * math.pi * np.arange(sides) / sides
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


def stack(plinth: Plinth, levels: list[tuple[float, float]]) -> manifold3d.Manifold:
    """The convex solid through outlines at (inset, z) levels."""
    import manifold3d as m3

    rings = []
    for inset, z in levels:
        ring = outline(plinth, inset)
        rings.append(np.concatenate([ring, np.full((len(ring), 1), z)], axis=1))
    return m3.Manifold.hull_points(np.concatenate(rings))


def plinth_body(plinth: Plinth) -> manifold3d.Manifold:
    """The plinth as one solid on z = 0, its lower edge chamfered, its upper one round."""
    import manifold3d as m3

    edge, top, foot = plinth.edge_mm, plinth.height_mm, plinth.foot_mm
    small = min(edge, foot / 3)
    lower = [(small, 0.0), (0.0, small), (0.0, foot - small / 2), (small / 2, foot)]
    inner = plinth.ledge_mm + plinth.slope_run_mm
    slope = math.tan(math.radians(plinth.template.slope_deg))
    rim_levels = [
        (inner - edge * (1 - math.sin(a)) / 2 + edge * math.sin(a) / 2, top - edge * (1 - math.sin(a)) * 0.5)
        for a in np.linspace(0.0, math.pi / 2, 5)
    ]
    upper = [(plinth.ledge_mm - foot / 2 / slope, foot / 2), *rim_levels]
    floor = stack(plinth, [level for level in upper if level[0] >= -plinth.reach_mm])
    skirt = floor.trim_by_plane((0.0, 0.0, 1.0), foot / 2)
    keep = stack(plinth, [(plinth.ledge_mm, 0.2), (plinth.ledge_mm, top + 1.0)])
    return m3.Manifold.batch_boolean([stack(plinth, lower), skirt ^ keep], m3.OpType.Add)
