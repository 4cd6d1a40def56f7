"""A mesh file that came from elsewhere, as a lifted figure."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fabricate.artifacts import Lifted

__all__ = ["lifted_from"]


def lifted_from(data: bytes, suffix: str, backend: str) -> Lifted:
    """The mesh in a file's bytes at unit height in the figure frame, its colours kept; MeshError."""
    from fabricate.artifacts import Lifted
    from fabricate.solid.read import read_mesh
    from fabricate.solid.scale import fit_height

    with tempfile.TemporaryDirectory(prefix="fabricate-") as folder:
        path = Path(folder) / f"{backend}{suffix.lower()}"
        path.write_bytes(data)
        mesh = read_mesh(path).mesh
    return Lifted({"figure": fit_height(mesh, 1.0).apply(mesh)}, backend=backend)
