"""A mesh that the maker brought, in the place of a lifted view: ``fabricate prepare FILE``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fabricate.errors import MeshError
from fabricate.events import Progress
from fabricate.spec import Spec
from fabricate.stages import Made, Wants

if TYPE_CHECKING:
    from fabricate.artifacts import Lifted

__all__ = ["Brought"]


@dataclass
class Brought:
    """The stage ``lift`` for a mesh file: reads it, sets it upright at unit height, keeps its colours."""

    mesh: Path
    NAME: str = "lift"
    VERSION: str = "2"

    def wants(self, spec: Spec) -> Wants:
        """The mesh's bytes, and its kind, which says how they are read."""
        given = {"up": spec.prepare.up, "units": spec.prepare.units}
        return Wants({"kind": self.mesh.suffix.lower(), **given}, (self.mesh,))

    def run(self, spec: Spec, before: dict[str, Path], out: Path, progress: Progress) -> Made:
        """Write ``lifted.glb``. Raises MeshError when the file is no mesh."""
        from fabricate.solid.glb import write_lifted

        progress.step("reading the mesh", 0.0)
        lifted = self._lifted() or self._read(spec, progress)
        write_lifted(lifted, out / "lifted.glb")
        faces = sum(len(part.faces) for part in lifted.parts.values())
        return Made({}, {"backend": lifted.backend, "parts": sorted(lifted.parts), "faces": faces})

    def _lifted(self) -> Lifted | None:
        """The parts and accessories of a GLB that ``fabricate lift`` wrote; None for any other mesh."""
        from fabricate.solid.glb import read_lifted

        if self.mesh.suffix.lower() != ".glb":
            return None
        try:
            return read_lifted(self.mesh)
        except MeshError:
            return None

    def _read(self, spec: Spec, progress: Progress) -> Lifted:
        from fabricate.artifacts import Lifted
        from fabricate.solid.read import read_mesh
        from fabricate.solid.scale import to_unit

        reading = read_mesh(self.mesh, spec.prepare.up, spec.prepare.units)
        for note in (*reading.taken, *reading.notes):
            progress.note(note)
        return Lifted({"figure": to_unit(reading.mesh)}, backend="file")
