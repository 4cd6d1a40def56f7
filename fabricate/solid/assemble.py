"""A lifted figure made real: scaled to millimetres, set on its base, welded into one solid.

The figure's feet are sunk a little into the base, round ones deeper; where a figure touches the ground with
next to nothing, a peg goes up into it. The parts are cut so that they abut and never overlap. On a slotted
stand the figure keeps apart: it gets a tab under its soles, and the stand is an accessory with a slot.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from fabricate.artifacts import Lifted
from fabricate.errors import MeshError
from fabricate.solid.base import Base, build_base
from fabricate.solid.base_template import BaseTemplate, template_of
from fabricate.solid.boolean import from_manifold, to_manifold, unite
from fabricate.solid.colour import paint
from fabricate.solid.footing import SINK_MM, Footing, footing_for, sink_for
from fabricate.solid.limits import Limits, limits_of
from fabricate.solid.mend import SPECK_MM3, as_solid, sound_mesh, swollen, tidy
from fabricate.solid.plinth import Plinth
from fabricate.solid.scale import bounds_of, fit_box, moved
from fabricate.solid.slot import slot_for, tab_under
from fabricate.solid.topology import census

if TYPE_CHECKING:
    import manifold3d
    import trimesh

__all__ = ["STAND", "Assembly", "assemble", "in_place"]

CONTACT_MM2 = 9.0
"""A figure that meets its base with less gets a peg."""
STAND = "stand"
"""The accessory that a slotted stand is."""


@dataclass(frozen=True)
class Assembly:
    """A figure in mm, standing on z = 0: its parts (abutting), their union, how tall the figure itself is.

    ``base_mm`` is the base's width (0 without one), ``shown`` the name as it stands there. On a slotted stand
    ``accessories["stand"]`` is the stand, and the figure goes ``stand_shift`` (x, y, z) from where it is.
    """

    parts: Mapping[str, trimesh.Trimesh]
    solid: trimesh.Trimesh
    figure_mm: float
    accessories: Mapping[str, Mapping[str, trimesh.Trimesh]]
    base_mm: float = 0.0
    shown: str = ""
    notes: tuple[str, ...] = ()
    stand_shift: tuple[float, float, float] | None = None


@dataclass(frozen=True)
class _Figure:
    """A figure in mm on z = 0 before it has a base."""

    solid: manifold3d.Manifold
    parts: dict[str, trimesh.Trimesh]
    tall: float


def assemble(
    lifted: Lifted,
    *,
    height_mm: float,
    process: str = "fdm",
    base: str = "round",
    base_mm: float = 0.0,
    name: str = "",
    number: str = "",
) -> Assembly:
    """The figure ``height_mm`` tall on the base of that template (``none`` for no base), named ``name``.

    ``base_mm`` 0 sizes the base by the feet and so that the figure does not tip; a base too small for
    either is widened, and ``notes`` says so. ``number``, the job's, is engraved under the base. Raises
    MeshError for parts that are no solids, TemplateError for a base that does not exist or is wrong.
    """
    limits = limits_of(process)
    template = None if base == "none" else template_of(base)
    if not lifted.parts:
        raise MeshError("the figure has no parts", "lift it again: --remake lift")
    whole, mended = _whole(lifted)
    scaled = fit_box(bounds_of(whole), height_mm)
    notes = [*mended, *([scaled.note] if scaled.note else [])]
    solid = whole.scale((scaled.factor,) * 3).translate(scaled.shift)
    accessories = {
        label: {key: moved(part, scaled.factor) for key, part in own.items()}
        for label, own in lifted.accessories.items()
    }
    low, high = bounds_of(solid)
    parts = {label: scaled.apply(part) for label, part in lifted.parts.items()}
    figure = _Figure(solid, parts, float(high[2] - low[2]))
    if template is None:
        alone = _only(lifted, parts, mended)
        mesh, more = (alone, ()) if alone else tidy(solid)
        return Assembly(parts, mesh, figure.tall, accessories, notes=(*notes, *more))
    if template.stand == "slot":
        footing, tab, thick = _on_tab(figure, template, base_mm)
        made = _apart(figure, footing, tab, thick, name, number, limits)
    else:
        sink, sunk = sink_for(solid, figure.tall)
        footing = footing_for(solid, figure.tall, template, base_mm, sink)
        made = _welded(figure, replace(footing, notes=(*footing.notes, *sunk)), sink, name, number, limits)
    return replace(made, accessories=accessories | dict(made.accessories), notes=(*notes, *made.notes))


def in_place(made: Assembly) -> tuple[dict[str, trimesh.Trimesh], trimesh.Trimesh]:
    """The parts as they are looked at, and their union: on a slotted stand the figure stands in it."""
    if made.stand_shift is None:
        return dict(made.parts), made.solid
    import trimesh

    parts = {label: moved(part, 1.0, made.stand_shift) for label, part in made.parts.items()}
    parts |= made.accessories[STAND]
    joined: Any = trimesh.util.concatenate(list(parts.values()))
    return parts, joined


def _whole(lifted: Lifted) -> tuple[manifold3d.Manifold, tuple[str, ...]]:
    """The figure's one solid: the lifter's own, else the union of its parts."""
    if lifted.solid is not None:
        return as_solid(lifted.solid, "the figure")
    if len(lifted.parts) == 1:
        return as_solid(next(iter(lifted.parts.values())), "the figure")
    hair = 2e-5 * max(float(part.extents.max()) for part in lifted.parts.values())
    pieces = [to_manifold(swollen(part, hair), f"the part {label!r}") for label, part in lifted.parts.items()]
    return unite(pieces), ()


def _only(
    lifted: Lifted, parts: Mapping[str, trimesh.Trimesh], mended: Sequence[str]
) -> trimesh.Trimesh | None:
    """The figure's one part, where it is sound as it is: nothing is to be done to it but to be scaled."""
    part, *others = parts.values()
    if others or mended or not (lifted.solid is None or lifted.solid is next(iter(lifted.parts.values()))):
        return None
    found = census(part)
    return part if found.sound and (found.volumes >= SPECK_MM3).all() else None


def _welded(
    figure: _Figure, footing: Footing, sink: float, name: str, number: str, limits: Limits
) -> Assembly:
    """The figure on its base, one solid."""
    plinth, middle = footing.plinth, footing.middle
    shift = (-float(middle[0]), -float(middle[1]), plinth.floor_mm - sink)
    solid = figure.solid.translate(shift)
    built = build_base(plinth, name, limits, number)
    body, pegged = _pegged(built.body, solid, plinth, sink, limits)
    built = replace(built, body=body)
    near = solid.trim_by_plane((0.0, 0.0, -1.0), -bounds_of(unite(built.solids()))[1, 2] - 0.5)
    parts = {label: moved(part, 1.0, shift) for label, part in figure.parts.items()}
    parts |= _base_parts(built, plinth, near)
    mesh, more = tidy(unite([solid, *built.solids()]))
    return Assembly(
        parts=parts,
        solid=mesh,
        figure_mm=figure.tall,
        accessories={},
        base_mm=2 * plinth.reach_mm,
        shown=built.shown,
        notes=(*footing.notes, *built.notes, *pegged, *more),
    )


def _on_tab(
    figure: _Figure, template: BaseTemplate, base_mm: float
) -> tuple[Footing, manifold3d.CrossSection, float]:
    """The footing of a stand for a figure with a tab, the tab's outline and thickness."""
    tab, thick = tab_under(figure.solid, figure.tall / 90.0)
    whole = unite([figure.solid, tab.extrude(1.0)])
    return footing_for(whole, figure.tall, template, base_mm), tab, thick


def _apart(
    figure: _Figure,
    footing: Footing,
    tab: manifold3d.CrossSection,
    thick: float,
    name: str,
    number: str,
    limits: Limits,
) -> Assembly:
    """The figure on its tab, one solid, and its stand as an accessory."""
    plinth, middle = footing.plinth, footing.middle
    aside = (-float(middle[0]), -float(middle[1]))
    slot = slot_for(tab.translate(aside), thick, plinth.floor_mm, limits)
    built = build_base(plinth, name, limits, number, recess=slot)
    up = (0.0, 0.0, thick - SINK_MM)
    solid = figure.solid.translate(up)
    plate = tab.extrude(thick)
    parts = {label: moved(part, 1.0, up) for label, part in figure.parts.items()}
    parts["tab"] = paint(from_manifold(plate - solid), plinth.template.colour)
    mesh, more = tidy(unite([solid, plate]))
    note = f"the figure prints apart from its stand: a tab {thick:.1f} mm thick goes into the stand's slot"
    return Assembly(
        parts=parts,
        solid=mesh,
        figure_mm=figure.tall,
        accessories={STAND: _base_parts(built, plinth, None)},
        base_mm=2 * plinth.reach_mm,
        shown=built.shown,
        notes=(*footing.notes, note, *built.notes, *more),
        stand_shift=(*aside, plinth.floor_mm - thick),
    )


def _pegged(
    body: manifold3d.Manifold, figure: manifold3d.Manifold, plinth: Plinth, sink: float, limits: Limits
) -> tuple[manifold3d.Manifold, tuple[str, ...]]:
    """The base with pegs where the figure would hang on too little."""
    import manifold3d as m3

    contact = figure.slice(plinth.floor_mm - sink / 2)
    if contact.area() >= CONTACT_MM2:
        return body, ()
    spots = sorted(contact.decompose(), key=lambda piece: -piece.area())[:4]
    radius = limits.pin_mm / 2
    low = 0.5 * plinth.floor_mm
    pegs = []
    for spot in spots:
        left, front, right, back = spot.bounds()
        peg = m3.Manifold.cylinder(2 * limits.pin_mm + plinth.floor_mm - low, radius, radius, 48)
        pegs.append(peg.translate(((left + right) / 2, (front + back) / 2, low)))
    if not pegs:
        return body, ()
    note = f"the figure touches its base with only {contact.area():.1f} mm2: "
    note += f"a peg of {limits.pin_mm:g} mm holds it" if len(pegs) == 1 else f"{len(pegs)} pegs hold it"
    return unite([body, *pegs]), (note,)


def _base_parts(built: Base, plinth: Plinth, near: manifold3d.Manifold | None) -> dict[str, trimesh.Trimesh]:
    """The base's parts as coloured meshes; ``near``, what of the figure is close to it, is cut away."""
    made = {}
    for label, (solid, colour) in built.pieces(plinth.template).items():
        left = solid if near is None else solid - near
        if not left.is_empty():
            made[label] = paint(sound_mesh(left), colour)
    return made
