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
from fabricate.solid.orient import orientations, table_of
from fabricate.spec import Prepare, Spec

if TYPE_CHECKING:
    import trimesh

__all__ = ["Prepared", "prepared"]

EXACT = "kit"
"""The lifter whose parts are solids by construction."""


@dataclass(frozen=True)
class Prepared:
    """The figure, and what was done to it: ``repairs`` by name, ``lying`` the rows of the report's table."""

    made: Assembly
    repairs: tuple[str, ...] = ()
    lying: tuple[Mapping[str, Any], ...] = field(default=())


def prepared(lifted: Lifted, spec: Spec, progress: Progress) -> Prepared:
    """The figure that ``[prepare]`` of a spec asks for, with its name and for its printer.

    Raises MeshError for what cannot be made a solid, TemplateError for a base or printer that does not exist.
    """
    wish = spec.prepare
    repairs: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    if wish.clean == "auto" and lifted.backend != EXACT:
        progress.step("looking for holes and loose ends", 0.0)
        lifted, repairs, notes = _mended(lifted, wish, progress)
    progress.step("setting the figure on its base", 0.1)
    made = assemble(
        lifted,
        height_mm=wish.height_mm,
        process=wish.process,
        base=wish.base,
        base_mm=wish.base_mm,
        name=spec.subject.name,
        number=wish.number,
    )
    made = replace(made, notes=(*notes, *made.notes))
    if lifted.backend != EXACT:
        made = replace(made, parts={name: sound(part) for name, part in made.parts.items()})
    lying: tuple[Mapping[str, Any], ...] = ()
    if wish.base == "none" and wish.orient == "auto":
        progress.step("finding how it prints best", 0.2)
        made, lying = _laid(made, spec)
    if wish.hollow_mm > 0:
        progress.step("hollowing it", 0.3)
        made, _ = emptied(made, wish.hollow_mm, limits_of(wish.process))
    return Prepared(made, repairs, lying)


def _mended(
    lifted: Lifted, wish: Prepare, progress: Progress
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


def _laid(made: Assembly, spec: Spec) -> tuple[Assembly, tuple[Mapping[str, Any], ...]]:
    """The figure turned as it prints best, and the three best ways."""
    bed = profile_of(spec.slice.profile).bed_mm
    found = orientations(made.solid, limits_of(spec.prepare.process), bed)
    if not found:
        return made, ()
    best = found[0]
    low = float(np.min(np.asarray(made.solid.vertices) @ best.rotation[2]))

    def lying(mesh: trimesh.Trimesh) -> trimesh.Trimesh:
        laid = mesh.copy()
        laid.vertices = np.asarray(mesh.vertices) @ best.rotation.T - (0.0, 0.0, low)
        return laid

    parts = {name: lying(part) for name, part in made.parts.items()}
    note = f"laid as it prints best: {best.words} (prepare.orient = upright leaves it standing)"
    turned = replace(made, solid=lying(made.solid), parts=parts, notes=(*made.notes, note))
    return turned, tuple(table_of(found))
