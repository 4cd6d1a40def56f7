"""From a lifted figure to one that stands printable in mm: mended, on its base, laid well, hollow if asked.

The order is fixed: a solid first, then its size and base, then how it lies, then its inside. Thin places are
thickened last and only where the gate finds some (``finish.thicker``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from fabricate.artifacts import Lifted
from fabricate.events import Progress
from fabricate.solid.assemble import Assembly, assemble
from fabricate.solid.finish import emptied, sound
from fabricate.solid.limits import limits_of, profile_of
from fabricate.solid.orient import Orientation, orientations, table_of

if TYPE_CHECKING:
    import trimesh

__all__ = ["Prepared", "Wish", "prepared"]

EXACT = "kit"
"""The lifter whose parts are solids by construction."""


@dataclass(frozen=True)
class Wish:
    """What the maker asked for: the keys of ``[prepare]`` that shape the solid, name and printer."""

    height_mm: float
    process: str = "fdm"
    profile: str = "generic-0.4-pla"
    base: str = "round"
    base_mm: float = 0.0
    name: str = ""
    number: str = ""
    clean: bool = True
    lay: bool = False
    hollow_mm: float = 0.0


@dataclass(frozen=True)
class Prepared:
    """The figure, and what was done to it: ``repairs`` by name, ``lying`` the rows of the report's table."""

    made: Assembly
    repairs: tuple[str, ...] = ()
    lying: tuple[Mapping[str, Any], ...] = field(default=())


def prepared(lifted: Lifted, wish: Wish, progress: Progress) -> Prepared:
    """The figure that a wish describes. Raises MeshError for what cannot be made a solid, TemplateError for
    a base or printer that does not exist, SpecError for an unknown process."""
    repairs: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    if wish.clean and lifted.backend != EXACT:
        progress.step("looking for holes and loose ends", 0.0)
        lifted, repairs, notes = _mended(lifted, wish, progress)
    progress.step("setting the figure on its base", 0.1)
    made = assemble(
        lifted,
        height_mm=wish.height_mm,
        process=wish.process,
        base=wish.base,
        base_mm=wish.base_mm,
        name=wish.name,
        number=wish.number,
    )
    made = replace(made, notes=(*notes, *made.notes))
    if lifted.backend != EXACT:
        made = replace(made, parts={name: sound(part) for name, part in made.parts.items()})
    lying: tuple[Mapping[str, Any], ...] = ()
    if wish.base == "none" and wish.lay:
        progress.step("finding how it prints best", 0.2)
        made, lying = _laid(made, wish)
    if wish.hollow_mm > 0:
        progress.step("hollowing it", 0.3)
        made, _ = emptied(made, wish.hollow_mm, limits_of(wish.process))
    return Prepared(made, repairs, lying)


def _mended(
    lifted: Lifted, wish: Wish, progress: Progress
) -> tuple[Lifted, tuple[str, ...], tuple[str, ...]]:
    """Every part as a sound solid; the union, which no longer fits, is left to be made again."""
    from fabricate.solid.clean import cleaned

    feature = limits_of(wish.process).wall_floor_mm
    parts, repairs, notes = {}, list[str](), list[str]()
    for name, part in lifted.parts.items():
        done = cleaned(part, height_mm=wish.height_mm, feature_mm=feature, progress=progress)
        parts[name] = done.mesh
        label = "" if len(lifted.parts) == 1 else f"{name}: "
        repairs += [label + repair for repair in done.repairs]
        notes += [label + note for note in done.notes]
    if not repairs:
        return lifted, (), tuple(notes)
    return replace(lifted, parts=parts, solid=None), tuple(repairs), tuple(notes)


def _laid(made: Assembly, wish: Wish) -> tuple[Assembly, tuple[Mapping[str, Any], ...]]:
    """The figure turned as it prints best, and the three best ways."""
    bed = profile_of(wish.profile).bed_mm
    found = orientations(made.solid, limits_of(wish.process), bed)
    if not found:
        return made, ()
    best = found[0]
    solid = _turned(made.solid, best, None)
    shift = solid.bounds[0][2]
    parts = {name: _turned(part, best, shift) for name, part in made.parts.items()}
    note = f"laid as it prints best: {best.words} (prepare.orient = upright leaves it standing)"
    turned = replace(made, solid=_down(solid, shift), parts=parts, notes=(*made.notes, note))
    return turned, tuple(table_of(found))


def _turned(mesh: trimesh.Trimesh, way: Orientation, shift: float | None) -> trimesh.Trimesh:
    made = mesh.copy()
    made.vertices = np.asarray(mesh.vertices) @ way.rotation.T
    return made if shift is None else _down(made, shift)


def _down(mesh: trimesh.Trimesh, shift: float) -> trimesh.Trimesh:
    made = mesh.copy()
    made.vertices = np.asarray(mesh.vertices) - [0.0, 0.0, shift]
    return made
