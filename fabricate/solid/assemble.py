"""A lifted figure made real: scaled to millimetres, set on its base, welded into one solid.

The figure's feet are sunk a little into the base; where a figure touches the ground with next to nothing, a
peg goes up into it. The parts are cut so that they abut and never overlap.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fabricate.artifacts import Lifted
from fabricate.errors import MeshError
from fabricate.solid.base import BaseTemplate, Plinth, build_base, plinth_for, reach_of, template_of
from fabricate.solid.boolean import from_manifold, to_manifold, unite
from fabricate.solid.colour import paint
from fabricate.solid.limits import Limits, limits_of
from fabricate.solid.mend import as_solid, swollen, tidy
from fabricate.solid.scale import fit_box, moved
from fabricate.solid.stand import centre_of_mass, hull_of

if TYPE_CHECKING:
    import manifold3d
    import trimesh

__all__ = ["Assembly", "assemble"]

SINK_MM = 0.6
TIP_AIM_DEG = 11.0
TIP_LEAST_DEG = 6.0
FOOT_SHARE = 0.05
"""What lies below this share of the height is foot: the base reaches under all of it."""
CONTACT_MM2 = 9.0
"""A figure that meets its base with less gets a peg."""


@dataclass(frozen=True)
class Assembly:
    """A figure in mm, standing on z = 0: its parts (abutting), their union, how tall the figure itself is.

    ``base_mm`` is the base's width (0 without one), ``shown`` the name as it stands there.
    """

    parts: Mapping[str, trimesh.Trimesh]
    solid: trimesh.Trimesh
    figure_mm: float
    accessories: Mapping[str, Mapping[str, trimesh.Trimesh]]
    base_mm: float = 0.0
    shown: str = ""
    notes: tuple[str, ...] = ()


def assemble(
    lifted: Lifted,
    *,
    height_mm: float,
    process: str = "fdm",
    base: str = "round",
    base_mm: float = 0.0,
    name: str = "",
) -> Assembly:
    """The figure ``height_mm`` tall on the base of that template (``none`` for no base), named ``name``.

    ``base_mm`` 0 sizes the base by the feet and so that the figure does not tip; a base too small for
    either is widened, and ``notes`` says so. Raises MeshError for parts that are no solids, TemplateError
    for a base that does not exist.
    """
    limits = limits_of(process)
    template = None if base == "none" else template_of(base)
    if not lifted.parts:
        raise MeshError("the figure has no parts", "lift it again: --remake lift")
    whole, mended = _whole(lifted)
    scaled = fit_box(_box(whole), height_mm)
    notes = [*mended, *([scaled.note] if scaled.note else [])]
    figure = whole.scale((scaled.factor,) * 3).translate(scaled.shift)
    parts = {label: scaled.apply(part) for label, part in lifted.parts.items()}
    accessories = {
        label: {key: moved(part, scaled.factor) for key, part in own.items()}
        for label, own in lifted.accessories.items()
    }
    low, high = _box(figure)
    tall = float(high[2] - low[2])
    if template is None:
        solid, more = tidy(figure)
        return Assembly(parts, solid, tall, accessories, notes=(*notes, *more))
    plinth, middle, said = _sized(figure, tall, template, base_mm)
    shift = (-float(middle[0]), -float(middle[1]), plinth.height_mm - SINK_MM)
    figure = figure.translate(shift)
    built = build_base(plinth, name, limits)
    body, pegged = _pegged(built.body, figure, plinth, limits)
    own = {label: moved(part, 1.0, shift) for label, part in parts.items()}
    own |= _base_parts(body, built.letters, figure, template)
    solids = [figure, body, *([built.letters] if built.letters is not None else [])]
    solid, more = tidy(unite(solids))
    return Assembly(
        parts=own,
        solid=solid,
        figure_mm=tall,
        accessories=accessories,
        base_mm=2 * plinth.reach_mm,
        shown=built.shown,
        notes=(*notes, *said, *built.notes, *pegged, *more),
    )


def _whole(lifted: Lifted) -> tuple[manifold3d.Manifold, tuple[str, ...]]:
    """The figure's one solid: the lifter's own, else the union of its parts."""
    if lifted.solid is not None:
        return as_solid(lifted.solid, "the figure")
    if len(lifted.parts) == 1:
        return as_solid(next(iter(lifted.parts.values())), "the figure")
    hair = 2e-5 * max(float(part.extents.max()) for part in lifted.parts.values())
    pieces = [to_manifold(swollen(part, hair), f"the part {label!r}") for label, part in lifted.parts.items()]
    return unite(pieces), ()


def _box(solid: manifold3d.Manifold) -> npt.NDArray[np.float64]:
    corners: npt.NDArray[np.float64] = np.array(solid.bounding_box(), np.float64)
    return corners.reshape(2, 3)


def _sized(
    figure: manifold3d.Manifold, height_mm: float, template: BaseTemplate, base_mm: float
) -> tuple[Plinth, npt.NDArray[np.float64], tuple[str, ...]]:
    """The plinth for a figure, where its middle goes under the figure, and what was said about its size."""
    raw = figure.to_mesh()
    points = np.asarray(raw.vert_properties, np.float64)[:, :3]
    volume, centre = centre_of_mass(points, np.asarray(raw.tri_verts, np.int64))
    foot = hull_of(points[points[:, 2] <= max(2 * SINK_MM, FOOT_SHARE * height_mm), :2])
    plinth = plinth_for(template, height_mm)
    border = plinth.border_mm + template.margin_mm
    # balance as discs to be covered: the feet with a border, the centre of mass with what keeps it up
    lean = math.tan(math.radians(TIP_AIM_DEG)) * (centre[2] + plinth.height_mm) * 0.9 + plinth.edge_mm
    spots = np.concatenate([foot, centre[None, :2]])
    middle = _middle(spots, np.append(np.full(len(foot), border), lean))
    need_feet = float(reach_of(foot - middle, template).max()) + border
    need_balance = _balanced(plinth, volume, centre, middle, TIP_AIM_DEG)
    if base_mm == 0:
        reach = max(plinth.reach_mm, need_feet, need_balance)
        said = (
            ()
            if need_balance <= max(plinth.reach_mm, need_feet) + 0.5
            else (f"the base was grown to {2 * reach:.0f} mm so that the figure does not tip over",)
        )
        return plinth.with_reach(math.ceil(2 * reach) / 2), middle, said
    bare = need_feet - template.margin_mm
    least = max(bare, _balanced(plinth, volume, centre, middle, TIP_LEAST_DEG))
    if base_mm / 2 >= least:
        return plinth.with_reach(base_mm / 2), middle, ()
    reach = math.ceil(2 * least) / 2
    why = "the feet need more room" if bare >= least else "the figure would tip over"
    return (
        plinth.with_reach(reach),
        middle,
        (f"the base was grown from {base_mm:g} to {2 * reach:g} mm: {why}",),
    )


def _middle(spots: npt.NDArray[np.float64], radii: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The middle of a nearly smallest circle that covers discs (Badoiu and Clarkson's walk, 2003)."""
    middle = spots.mean(axis=0)
    for step in range(1, 400):
        away = spots - middle
        far = int((np.hypot(*away.T) + radii).argmax())
        length = float(np.hypot(*away[far]))
        if length < 1e-9:
            break
        reach = length + float(radii[far])
        middle = middle + away[far] / length * reach / (step + 1)
    return np.asarray(middle, np.float64)


def _balanced(
    plinth: Plinth,
    volume: float,
    centre: npt.NDArray[np.float64],
    middle: npt.NDArray[np.float64],
    tip_deg: float,
) -> float:
    """The reach at which figure and base together tip at ``tip_deg``."""
    offset = float(np.hypot(*(centre[:2] - middle)))
    reach = plinth.reach_mm
    for _ in range(12):
        weight = 3.4 * reach**2 * plinth.height_mm * 0.85
        total = weight + volume
        up = (weight * plinth.height_mm * 0.45 + volume * (centre[2] + plinth.height_mm - SINK_MM)) / total
        aside = volume * offset / total
        reach = aside + up * math.tan(math.radians(tip_deg)) + plinth.edge_mm
    return reach


def _pegged(
    body: manifold3d.Manifold, figure: manifold3d.Manifold, plinth: Plinth, limits: Limits
) -> tuple[manifold3d.Manifold, tuple[str, ...]]:
    """The base with pegs where the figure would hang on too little."""
    import manifold3d as m3

    contact = figure.slice(plinth.height_mm - SINK_MM / 2)
    if contact.area() >= CONTACT_MM2:
        return body, ()
    spots = sorted(contact.decompose(), key=lambda piece: -piece.area())[:4]
    radius = limits.pin_mm / 2
    low = 0.3 * plinth.height_mm
    pegs = []
    for spot in spots:
        left, front, right, back = spot.bounds()
        tall = 2 * limits.pin_mm + plinth.height_mm - low
        peg = m3.Manifold.cylinder(tall, radius, radius, 48)
        pegs.append(peg.translate(((left + right) / 2, (front + back) / 2, low)))
    if not pegs:
        return body, ()
    note = f"the figure touches its base with only {contact.area():.1f} mm2: "
    note += f"a peg of {limits.pin_mm:g} mm holds it" if len(pegs) == 1 else f"{len(pegs)} pegs hold it"
    return unite([body, *pegs]), (note,)


def _base_parts(
    body: manifold3d.Manifold,
    letters: manifold3d.Manifold | None,
    figure: manifold3d.Manifold,
    template: BaseTemplate,
) -> dict[str, trimesh.Trimesh]:
    """The base and its letters as parts that abut: what is inside the figure or the base is cut away."""
    top = body.bounding_box()[5] + 0.5
    near = figure.trim_by_plane((0.0, 0.0, -1.0), -max(top, 0.0))
    made = {"base": paint(from_manifold(body - near), template.colour)}
    if letters is not None and not (raised := letters - body - near).is_empty():
        made["name"] = paint(from_manifold(raised), template.name_colour)
    return made
