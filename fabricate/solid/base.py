"""The base a figure stands on: a plinth from a template, with the name raised on its front slope.

A plinth is an upright foot, a small ledge, then a slope up to the floor. The slope is where the name goes:
it faces the eye, prints without support, and is a cone (round) or a plane (square, hex), so that letters can
be bent onto it without stretching. Frame: figure frame in mm, plinth centred on the origin, front at -Y.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt
import pydantic
from pydantic import BaseModel, ConfigDict, Field

from fabricate import resources
from fabricate.errors import TemplateError
from fabricate.solid.lettering import fit_words
from fabricate.solid.limits import Limits, template_refusal

if TYPE_CHECKING:
    import manifold3d

__all__ = ["Base", "BaseTemplate", "Plinth", "build_base", "plinth_for", "template_of"]

SEGMENTS = 160
"""Sides of a round plinth: 0.01 mm off a circle at 60 mm."""
RELIEF_SINK_MM = 0.3
"""How far letters reach into the plinth, so that they weld."""


class BaseTemplate(BaseModel):
    """``templates/bases/NAME.toml``. Lengths in mm for a figure of 90 mm; see round.toml for each key."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    label: str = ""
    shape: Literal["round", "polygon"] = "round"
    sides: int = Field(default=4, ge=3, le=24)
    corner_mm: float = Field(default=2.0, ge=0.0, le=50.0)
    height_mm: float = Field(default=6.0, ge=1.0, le=100.0)
    foot_mm: float = Field(default=1.4, ge=0.4, le=50.0)
    ledge_mm: float = Field(default=0.6, ge=0.0, le=20.0)
    slope_deg: float = Field(default=58.0, ge=15.0, le=90.0)
    edge_mm: float = Field(default=0.4, ge=0.0, le=5.0)
    margin_mm: float = Field(default=2.0, ge=0.0, le=50.0)
    least_share: float = Field(default=0.44, ge=0.0, le=3.0)
    name_arc_deg: float = Field(default=150.0, gt=0.0, le=300.0)
    capitals: bool = True
    colour: str = Field(default="#34373d", pattern=r"^#[0-9a-fA-F]{6}$")
    name_colour: str = Field(default="#f2e6c9", pattern=r"^#[0-9a-fA-F]{6}$")


@dataclass(frozen=True)
class Plinth:
    """The measures of one base, in mm: ``reach_mm`` from its middle to its sides (radius or apothem)."""

    template: BaseTemplate
    reach_mm: float
    height_mm: float
    foot_mm: float
    ledge_mm: float
    edge_mm: float
    corner_mm: float

    @property
    def slope_run_mm(self) -> float:
        """How far the slope goes inwards."""
        return (self.height_mm - self.foot_mm) / math.tan(math.radians(self.template.slope_deg))

    @property
    def border_mm(self) -> float:
        """From the side to the edge of the floor."""
        return self.ledge_mm + self.slope_run_mm + self.edge_mm

    @property
    def support_mm(self) -> float:
        """From the middle to the nearest edge of what touches the plate."""
        return self.reach_mm - self.edge_mm

    def with_reach(self, reach_mm: float) -> Plinth:
        """The same plinth, wider or narrower."""
        return Plinth(**{**vars(self), "reach_mm": reach_mm})


@dataclass(frozen=True)
class Base:
    """A built base: ``body`` and raised ``letters`` (None without a name); ``notes`` for the maker."""

    body: manifold3d.Manifold
    letters: manifold3d.Manifold | None
    shown: str = ""
    notes: tuple[str, ...] = ()


def template_of(name: str) -> BaseTemplate:
    """The base template of that name; TemplateError when there is none, or its file is wrong."""
    data = resources.read("bases", name)
    try:
        template = BaseTemplate.model_validate(data)
    except pydantic.ValidationError as exc:
        raise template_refusal(exc, "bases", name) from exc
    if template.foot_mm > template.height_mm - 0.5:
        path = resources.find("bases", name)
        raise TemplateError("foot_mm leaves no slope", "keep it 0.5 mm under height_mm", path)
    return template


def plinth_for(template: BaseTemplate, height_mm: float) -> Plinth:
    """The plinth for a figure of that height, as narrow as the template allows: widen it for the feet."""
    size = min(2.2, max(0.75, height_mm / 90.0))
    plinth = Plinth(
        template,
        reach_mm=height_mm * template.least_share / 2,
        height_mm=template.height_mm * size,
        foot_mm=template.foot_mm * size,
        ledge_mm=template.ledge_mm * size,
        edge_mm=template.edge_mm,
        corner_mm=template.corner_mm * size,
    )
    return plinth.with_reach(max(plinth.reach_mm, plinth.border_mm + 3.0))


def reach_of(points: npt.NDArray[np.float64], template: BaseTemplate) -> npt.NDArray[np.float64]:
    """For each point (n, 2) the radius or apothem of the smallest base about the origin that holds it."""
    if template.shape == "round":
        return np.asarray(np.hypot(points[:, 0], points[:, 1]))
    return np.asarray((points @ _side_normals(template).T).max(axis=1))


def build_base(plinth: Plinth, name: str, limits: Limits) -> Base:
    """The plinth as a solid, standing on z = 0, with the name on its front; letters are a solid of their own.

    The letters reach into the body: subtract one from the other to make parts that abut. A name that
    cannot be drawn (no font, no room) leaves ``letters`` None and a note.
    """
    body = _body(plinth)
    if not name.strip():
        return Base(body, None)
    slant = math.hypot(plinth.slope_run_mm, plinth.height_mm - plinth.foot_mm)
    line = limits.line_mm * 1.06
    words = fit_words(
        name,
        width_mm=_name_width(plinth),
        height_mm=0.72 * slant,
        room_mm=slant - 0.4,
        line_mm=line,
        capitals=plinth.template.capitals,
    )
    if words.outline is None:
        return Base(body, None, "", words.notes)
    return Base(body, _raised(words.outline, plinth, limits.relief_mm), words.shown, words.notes)


def _side_normals(template: BaseTemplate) -> npt.NDArray[np.float64]:
    angles = -math.pi / 2 + 2 * math.pi * np.arange(template.sides) / template.sides
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


def _outline(plinth: Plinth, inset: float) -> npt.NDArray[np.float64]:
    """The outline, ``inset`` mm inside the plinth's sides, (n, 2): always convex, a side to the front."""
    reach = plinth.reach_mm - inset
    if plinth.template.shape == "round":
        angles = 2 * math.pi * np.arange(SEGMENTS) / SEGMENTS
        return reach * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    sides = plinth.template.sides
    corner = min(plinth.corner_mm, 0.4 * reach)
    turns = -math.pi / 2 + 2 * math.pi * (np.arange(sides) + 0.5) / sides
    centres = (reach - corner) / math.cos(math.pi / sides) * np.stack([np.cos(turns), np.sin(turns)], axis=1)
    steps = np.linspace(-math.pi / sides, math.pi / sides, 12)
    around = turns[:, None] + steps[None, :]
    arcs = corner * np.stack([np.cos(around), np.sin(around)], axis=2)
    return np.asarray((centres[:, None, :] + arcs).reshape(-1, 2))


def _stack(plinth: Plinth, levels: list[tuple[float, float]]) -> manifold3d.Manifold:
    """The convex solid through outlines at (inset, z) levels."""
    import manifold3d as m3

    rings = []
    for inset, z in levels:
        ring = _outline(plinth, inset)
        rings.append(np.concatenate([ring, np.full((len(ring), 1), z)], axis=1))
    return m3.Manifold.hull_points(np.concatenate(rings))


def _body(plinth: Plinth) -> manifold3d.Manifold:
    edge, top, foot = plinth.edge_mm, plinth.height_mm, plinth.foot_mm
    small = min(edge, foot / 3)
    lower = [(small, 0.0), (0.0, small), (0.0, foot - small / 2), (small / 2, foot)]
    inner = plinth.ledge_mm + plinth.slope_run_mm
    slope = math.tan(math.radians(plinth.template.slope_deg))
    rim = [
        (inner - edge * (1 - math.sin(a)) / 2 + edge * math.sin(a) / 2, top - edge * (1 - math.sin(a)) * 0.5)
        for a in np.linspace(0.0, math.pi / 2, 5)
    ]
    upper = [(plinth.ledge_mm - foot / 2 / slope, foot / 2), *rim]
    floor = _stack(plinth, [level for level in upper if level[0] >= -plinth.reach_mm])
    import manifold3d as m3

    skirt = floor.trim_by_plane((0.0, 0.0, 1.0), foot / 2)
    keep = _stack(plinth, [(plinth.ledge_mm, 0.2), (plinth.ledge_mm, top + 1.0)])
    return m3.Manifold.batch_boolean([_stack(plinth, lower), skirt ^ keep], m3.OpType.Add)


def _name_width(plinth: Plinth) -> float:
    """How wide the name may be on the front slope, measured half way up."""
    middle = plinth.reach_mm - plinth.ledge_mm - plinth.slope_run_mm / 2
    if plinth.template.shape == "round":
        return middle * math.radians(plinth.template.name_arc_deg)
    return 2 * middle * math.tan(math.pi / plinth.template.sides) * 0.86


def _raised(outline: manifold3d.CrossSection, plinth: Plinth, relief_mm: float) -> manifold3d.Manifold:
    """Letters bent onto the slope: (along, up the slope, outwards) -> the figure frame."""
    flat = outline.extrude(relief_mm + RELIEF_SINK_MM).translate((0.0, 0.0, -RELIEF_SINK_MM))
    tilt = math.radians(plinth.template.slope_deg)
    middle = plinth.reach_mm - plinth.ledge_mm - plinth.slope_run_mm / 2
    centre = plinth.foot_mm + (plinth.height_mm - plinth.foot_mm) / 2
    bent = plinth.template.shape == "round"

    def place(points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        along, up, out = points.T
        reach = middle - up * math.cos(tilt) + out * math.sin(tilt)
        z = centre + up * math.sin(tilt) + out * math.cos(tilt)
        if not bent:
            return np.stack([along, -reach, z], axis=1)
        angle = along / middle
        return np.stack([reach * np.sin(angle), -reach * np.cos(angle), z], axis=1)

    return (flat.refine_to_length(0.9) if bent else flat).warp_batch(place)
