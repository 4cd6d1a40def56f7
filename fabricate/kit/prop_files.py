"""Accessories from a maker's own mesh files: read, made one solid of one colour, brought to a toy's size."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from fabricate.errors import MeshError
from fabricate.solid.colour import colour_of
from fabricate.solid.mend import as_solid
from fabricate.solid.read import FORMATS, read_mesh

if TYPE_CHECKING:
    import manifold3d

__all__ = ["FORMATS", "LONGEST", "PropFile", "read"]

LONGEST = 2.6
"""Hand units: a mesh's longest side is made this long; most of ours measure 2.4 (mug) to 3, the guitar 6."""


@dataclass(frozen=True)
class PropFile:
    """A mesh file as an accessory: ``name`` (the file's stem), ``solid`` in the file's mm, ``colour``
    #rrggbb.

    ``notes``: how it was taken, one sentence each.
    """

    name: str
    solid: manifold3d.Manifold
    colour: str
    notes: tuple[str, ...]

    def sized(self, unit: float) -> manifold3d.Manifold:
        """The solid with its longest side ``LONGEST`` hand units long, at ``unit`` a hand unit."""
        low, high = np.array(self.solid.bounding_box()).reshape(2, 3)
        factor = LONGEST * unit / float((high - low).max())
        return self.solid.scale((factor, factor, factor))


def read(path: Path) -> PropFile:
    """The accessory in a mesh file (STL, OBJ, PLY, GLB, 3MF, OFF); the last few are remembered.

    It has no grip point, so it is never held; it keeps its commonest colour, or is stone grey. Raises
    MeshError for a file that is missing, cannot be read, or holds no closed solid.
    """
    try:
        stat = path.stat()
    except OSError as exc:
        raise MeshError(f"there is no file {path}", "check the path of the accessory") from exc
    return _read(path, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=4)
def _read(path: Path, _mtime_ns: int, _size: int) -> PropFile:
    reading = read_mesh(path)
    solid, mended = as_solid(reading.mesh, str(path))
    how = f"accessory: {path.name} stands by itself, as large as our own (a mesh has no grip to be held by)"
    more = tuple(f"{path.name}: {note}" for note in (*reading.notes, *mended))
    return PropFile(path.stem, solid, colour_of(reading.mesh), (how, *more))
