"""What goes to a lift's server and comes back: a picture's file, a mesh's file; a mesh as a lifted figure."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import trimesh

    from fabricate.artifacts import Lifted, View

__all__ = ["lifted_from", "of_unit_height", "png_of"]


def lifted_from(data: bytes, suffix: str, backend: str) -> Lifted:
    """The mesh in a file's bytes at unit height in the figure frame, its colours kept; MeshError."""
    from fabricate.solid.read import read_mesh

    with tempfile.TemporaryDirectory(prefix="fabricate-") as folder:
        path = Path(folder) / f"{backend}{suffix.lower()}"
        path.write_bytes(data)
        mesh = read_mesh(path).mesh
    return of_unit_height(mesh, backend)


def of_unit_height(mesh: trimesh.Trimesh, backend: str) -> Lifted:
    """A mesh, z up and facing -Y, as a figure of one part: unit height, on z = 0, centred in x and y."""
    from fabricate.artifacts import Lifted
    from fabricate.solid.scale import fit_height

    return Lifted({"figure": fit_height(mesh, 1.0).apply(mesh)}, backend=backend)


def png_of(view: View) -> bytes:
    """The view's picture as a PNG file."""
    buffer = io.BytesIO()
    view.image.save(buffer, format="PNG")
    return buffer.getvalue()
