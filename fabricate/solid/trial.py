"""A lifted figure prepared in memory and held to the gate, nothing written: would it print?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fabricate.artifacts import Lifted
from fabricate.events import Progress, silent

if TYPE_CHECKING:
    from fabricate.solid.assemble import Assembly
    from fabricate.solid.check import Inspection
    from fabricate.spec import Spec

__all__ = ["tried"]


def tried(
    lifted: Lifted, spec: Spec, progress: Progress | None = None, *, deep: bool = False
) -> tuple[Assembly, Inspection]:
    """What the stage prepare makes of a figure, thickened where the gate asks for it, and the gate's word.

    ``deep`` looks for islands and trapped volumes too. Raises MeshError for what cannot be made a solid,
    TemplateError for an unknown base or printer.
    """
    from fabricate.solid.check import inspect_closely
    from fabricate.solid.finish import thicker
    from fabricate.solid.limits import limits_of
    from fabricate.solid.prepared import prepared

    process, profile = spec.prepare.process, spec.slice.profile

    def inspected(made: Assembly) -> Inspection:
        return inspect_closely(made.solid, process, profile, parts=made.parts, deep=deep)

    made = prepared(lifted, spec, progress or silent()).made
    found = inspected(made)
    if spec.prepare.thicken and found.report.failed("walls"):
        grown, _ = thicker(made, limits_of(process), walls=found.walls)
        if grown is not made:
            made, found = grown, inspected(grown)
    return made, found
