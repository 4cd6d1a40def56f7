"""The base a figure stands on, made from its template: body, scenery, name, and what is under it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fabricate.solid.base_template import BaseTemplate, template_of
from fabricate.solid.boolean import unite
from fabricate.solid.limits import Limits
from fabricate.solid.nameplate import nameplate
from fabricate.solid.plinth import Plinth, outline, plinth_body, plinth_for
from fabricate.solid.underside import underside

if TYPE_CHECKING:
    import manifold3d

__all__ = ["Base", "BaseTemplate", "Plinth", "build_base", "plinth_for", "template_of"]

SUNK = 0.05
"""How far scenery may reach into its plinth, in its own units."""


@dataclass(frozen=True)
class Base:
    """A built base: its ``body``, the ``scenes`` on it (name -> solid and colour; ``scene`` is their union),
    and the ``letters``.

    They overlap: the scenery has its room before the body. Raised letters give way to the body; ``inlaid``
    ones lie in it. ``letters`` is None without a name; ``notes`` are for the maker.
    """

    body: manifold3d.Manifold
    letters: manifold3d.Manifold | None
    shown: str = ""
    notes: tuple[str, ...] = ()
    scenes: Mapping[str, tuple[manifold3d.Manifold, str]] = field(default_factory=dict)
    scene: manifold3d.Manifold | None = None
    inlaid: bool = False

    def solids(self) -> list[manifold3d.Manifold]:
        """All of it, to be united."""
        scene = [] if self.scene is None else [self.scene]
        return [self.body, *scene, *([] if self.letters is None or self.inlaid else [self.letters])]

    def pieces(self, template: BaseTemplate) -> dict[str, tuple[manifold3d.Manifold, str]]:
        """The base in parts that abut: name -> solid and colour (``base``, ``base-...``, ``name``)."""
        body, scenes, letters = self.body, dict(self.scenes), self.letters
        if self.scene is not None:
            body = body - self.scene
        if letters is not None and self.inlaid:
            scenes = {name: (solid - letters, colour) for name, (solid, colour) in scenes.items()}
            # inlaid letters are no part of ``solids``, which is what they may fill
            body, letters = body - letters, letters ^ unite(self.solids())
        elif letters is not None:
            letters = letters if self.scene is None else letters - self.scene
            letters = letters - body
        made = {"base": (body, template.colour), **scenes}
        if letters is not None:
            made["name"] = (letters, template.name_colour)
        return {name: piece for name, piece in made.items() if not piece[0].is_empty()}


def build_base(
    plinth: Plinth,
    name: str,
    limits: Limits,
    number: str = "",
    recess: manifold3d.Manifold | None = None,
) -> Base:
    """The base as solids standing on z = 0, the name on its front, ``number`` under it.

    ``recess`` is cut out of it from above. A name that cannot be drawn (no font, no room) leaves ``letters``
    None and a note.
    """
    import manifold3d as m3

    plate = nameplate(plinth, name, limits)
    scene, scenes = _scenes(plinth)
    body = m3.Manifold() if plinth.sculpted else plinth_body(plinth)
    top = recess.bounding_box()[2] if recess is not None else None
    under = underside(plinth, limits, number, top)
    if plate.plate is not None:
        body = body + plate.plate
    cuts = [cut for cut in (plate.cut, under.cut, recess) if cut is not None]
    if cuts:
        cut = unite(cuts)
        body = body - cut
        scene = None if scene is None else scene - cut
        scenes = {key: (solid - cut, colour) for key, (solid, colour) in scenes.items()}
    notes = (*plate.notes, *under.notes)
    return Base(body, plate.letters, plate.shown, notes, scenes, scene, inlaid=plate.cut is not None)


def _scenes(
    plinth: Plinth,
) -> tuple[manifold3d.Manifold | None, dict[str, tuple[manifold3d.Manifold, str]]]:
    """The scenery in mm, whole and in its parts: kept within its plinth's floor, or as the whole base."""
    import manifold3d as m3

    scene = plinth.scene
    if scene is None:
        return None, {}
    unit = plinth.unit_mm
    if scene.whole:
        keep, up = None, 0.0
    else:
        up = plinth.height_mm
        room = m3.CrossSection([outline(plinth, plinth.border_mm - plinth.edge_mm / 2)])
        keep = room.extrude(4 * unit).translate((0.0, 0.0, up - min(SUNK * unit, 0.9)))

    def placed(solid: manifold3d.Manifold) -> manifold3d.Manifold:
        scaled = solid.scale((unit,) * 3).translate((0.0, 0.0, up))
        return scaled if keep is None else scaled ^ keep

    made = {f"base-{key}": (placed(solid), colour) for key, (solid, colour) in scene.parts.items()}
    return placed(scene.solid), {key: piece for key, piece in made.items() if not piece[0].is_empty()}
