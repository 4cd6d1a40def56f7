"""Lift: the front view becomes a solid of unit height in the figure frame."""

from __future__ import annotations

from pathlib import Path

from fabricate.events import Progress
from fabricate.spec import Spec
from fabricate.stages import Made, read_view
from fabricate.stages._lifting import choose, lift, wants, without_design

__all__ = ["NAME", "VERSION", "choose", "lift", "run", "wants", "without_design"]

NAME = "lift"
VERSION = "1"


def run(spec: Spec, before: dict[str, Path], out: Path, progress: Progress) -> Made:
    """Write ``lifted.glb``: the parts, their union, and the accessories."""
    from fabricate.solid.glb import write_lifted

    lifted = lift(spec, read_view(before["stylize"] / "view.png"), progress)
    write_lifted(lifted, out / "lifted.glb")
    faces = sum(len(part.faces) for part in lifted.parts.values())
    summary = {
        "backend": lifted.backend,
        "parts": sorted(lifted.parts),
        "accessories": sorted(lifted.accessories),
        "faces": faces,
    }
    return Made({}, summary)
