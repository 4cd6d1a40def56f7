"""Our own scenery for bases, sculpted by these files: ``python -m fabricate.solid.scenes`` writes it.

Each scene is a function without arguments; what it gives is in the units of
``fabricate.solid.scenery``. The same code gives the same meshes; a maker's own scenery needs none of this.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from fabricate.solid.scenes.books import books
from fabricate.solid.scenes.cloud import cloud
from fabricate.solid.scenes.cobblestones import cobblestones
from fabricate.solid.scenes.meadow import meadow
from fabricate.solid.scenes.moon import moon
from fabricate.solid.scenes.planks import planks

if TYPE_CHECKING:
    from fabricate.solid.scenes.shapes import Sculpture

__all__ = ["SCENES", "write_scenes"]

SCENES: dict[str, Callable[[], Sculpture]] = {
    "books": books,
    "cloud": cloud,
    "cobblestones": cobblestones,
    "meadow": meadow,
    "moon": moon,
    "planks": planks,
}
"""Name -> the function that sculpts it."""


def write_scenes(folder: Path) -> list[Path]:
    """Every scene as a GLB in that folder, its parts and their union; the paths written."""
    from fabricate.artifacts import Lifted
    from fabricate.solid.boolean import from_manifold
    from fabricate.solid.colour import paint
    from fabricate.solid.glb import write_lifted
    from fabricate.solid.mend import tidy
    from fabricate.solid.scale import moved

    paths = []
    for name, sculpt in SCENES.items():
        made = sculpt()
        parts = {key: paint(from_manifold(solid), colour) for key, (solid, colour) in made.parts.items()}
        # as large as on a real base, for dust is judged in mm; a power of two loses no digit
        whole, _ = tidy(made.whole.scale((32.0,) * 3))
        whole = moved(whole, 1 / 32)
        paths.append(folder / f"{name}.glb")
        write_lifted(Lifted(parts, whole, backend="scenes"), paths[-1])
    return paths
