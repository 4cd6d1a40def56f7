"""Sculpted scenery for bases: ``meshes/bases/NAME.toml`` and the mesh beside it.

A sculpture is drawn in units of its own: one unit is the distance from the middle to the edge of a plinth's
floor (or, where it is the whole base, half its width), z = 0 is that floor (or the build plate).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
import numpy.typing as npt
import pydantic
from pydantic import BaseModel, ConfigDict, Field

from fabricate import resources
from fabricate.artifacts import Lifted
from fabricate.errors import TemplateError, nearest
from fabricate.solid.boolean import to_manifold, unite
from fabricate.solid.colour import colour_of
from fabricate.solid.limits import template_refusal
from fabricate.solid.stand import hull_of

if TYPE_CHECKING:
    import manifold3d

__all__ = ["Panel", "Scenery", "SceneryFile", "scenery_of"]

FOLDER = "meshes/bases"
Share = Annotated[float, Field(ge=-4.0, le=4.0)]
Half = Annotated[float, Field(gt=0.0, le=2.0)]


class Panel(BaseModel):
    """Where the name goes on a sculpture: a flat field facing the front, in the sculpture's units."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    at: tuple[Share, Share, Share]
    width: float = Field(gt=0.0, le=4.0)
    height: float = Field(gt=0.0, le=2.0)
    tilt_deg: float = Field(default=90.0, ge=0.0, le=90.0)


class SceneryFile(BaseModel):
    """``meshes/bases/NAME.toml``: the mesh's file, its licence, and where a figure may stand on it."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    label: str = ""
    licence: str = Field(min_length=1)
    file: str
    whole: bool = False
    level: float = Field(default=0.0, ge=0.0, le=3.0)
    least_mm: float = Field(default=4.0, gt=0.0, le=200.0)
    clear: tuple[Half, Half]
    clear_at: tuple[Share, Share] = (0.0, 0.0)
    panel: Panel | None = None
    colours: dict[str, Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]] = {}


@dataclass(frozen=True)
class Scenery:
    """A sculpture: ``parts`` name -> solid and colour, abutting, ``solid`` their union.

    Feet stand ``level`` high in the ellipse about ``clear_at`` of half width and half depth ``clear``;
    ``least_mm`` is the smallest unit that prints, ``footprint`` (n, 2) the convex hull of its foot.
    """

    parts: dict[str, tuple[manifold3d.Manifold, str]]
    solid: manifold3d.Manifold
    whole: bool
    level: float
    least_mm: float
    clear: tuple[float, float]
    clear_at: tuple[float, float]
    panel: Panel | None
    footprint: npt.NDArray[np.float64]


def scenery_of(name: str) -> Scenery:
    """The sculpture of that name, the maker's own before ours.

    TemplateError when there is none, its text is wrong or its mesh is missing; MeshError for a mesh that is
    no solid.
    """
    path = _find(name)
    try:
        about = SceneryFile.model_validate(resources.parse(path))
    except pydantic.ValidationError as exc:
        raise template_refusal(exc, path, whole=True) from exc
    mesh = path.parent / about.file
    if Path(about.file).name != about.file or not mesh.is_file():
        raise TemplateError(
            f"file {about.file!r} is not beside it", "put the mesh into the same folder", path
        )
    stat = mesh.stat()
    solids, whole, foot = _sculpted(mesh, stat.st_mtime_ns, stat.st_size)
    parts = {key: (solid, about.colours.get(key, colour)) for key, (solid, colour) in solids.items()}
    return Scenery(
        parts, whole, about.whole, about.level, about.least_mm, about.clear, about.clear_at, about.panel, foot
    )


def _find(name: str) -> Path:
    known = list(resources.files(FOLDER, "*.toml"))
    for path in known:
        if path.stem == name:
            return path
    hint = nearest(name, {path.stem for path in known})
    raise TemplateError(f"there is no scenery called {name!r} in {FOLDER}", hint)


@lru_cache(maxsize=8)
def _sculpted(
    mesh: Path, _mtime_ns: int, _size: int
) -> tuple[dict[str, tuple[manifold3d.Manifold, str]], manifold3d.Manifold, npt.NDArray[np.float64]]:
    """A sculpture's mesh: its parts (solid and own colour), their union, the hull of its foot (n, 2).

    Shared by all who ask: do not change it.
    """
    lifted = _read(mesh)
    parts = {
        name: (to_manifold(part, f"the part {name!r} of {mesh}"), colour_of(part))
        for name, part in lifted.parts.items()
    }
    if lifted.solid is not None:
        whole = to_manifold(lifted.solid, f"the whole of {mesh}")
    else:
        whole = unite([solid for solid, _ in parts.values()])
    points = np.asarray(whole.to_mesh().vert_properties, np.float64)[:, :3]
    low = points[:, 2].min()
    return parts, whole, hull_of(points[points[:, 2] <= low + 0.004, :2])


def _read(path: Path) -> Lifted:
    """The named parts of a GLB of ours and their union; any other mesh is one part called after its file."""
    from fabricate.errors import MeshError
    from fabricate.solid.glb import read_lifted
    from fabricate.solid.read import read_mesh

    if path.suffix == ".glb":
        try:
            return read_lifted(path)
        except MeshError:
            pass
    return Lifted({path.stem: read_mesh(path).mesh})
