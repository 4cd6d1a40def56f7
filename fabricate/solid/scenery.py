"""Sculpted scenery for bases: ``meshes/bases/NAME.toml`` and the mesh beside it.

A sculpture is drawn in units of its own: one unit is the distance from the middle to the edge of a plinth's
floor (or, where it is the whole base, half its width), z = 0 is that floor (or the build plate).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import numpy.typing as npt
import pydantic
from pydantic import BaseModel, ConfigDict, Field

from fabricate import resources
from fabricate.artifacts import Lifted
from fabricate.errors import TemplateError, nearest
from fabricate.solid.boolean import to_manifold, unite
from fabricate.solid.colour import colour_of

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
        error = exc.errors()[0]
        key = ".".join(str(step) for step in error["loc"])
        raise TemplateError(f"{key} {error['msg']}", f"mend {key} there", path) from exc
    mesh = path.parent / about.file
    if Path(about.file).name != about.file or not mesh.is_file():
        raise TemplateError(
            f"file {about.file!r} is not beside it", "put the mesh into the same folder", path
        )
    stat = mesh.stat()
    return _made(about.model_dump_json(), mesh, stat.st_mtime_ns, stat.st_size)


def _find(name: str) -> Path:
    folders = [root / FOLDER for root in resources.roots()]
    for folder in folders:
        path = folder / f"{name}.toml"
        if Path(name).name == name and path.is_file():
            return path
    known = sorted({path.stem for folder in folders for path in folder.glob("*.toml")})
    raise TemplateError(f"there is no scenery called {name!r} in {FOLDER}", nearest(name, known))


@lru_cache(maxsize=8)
def _made(text: str, mesh: Path, _mtime_ns: int, _size: int) -> Scenery:
    from fabricate.solid.stand import hull_of

    about = SceneryFile.model_validate_json(text)
    parts: dict[str, tuple[Any, str]] = {}
    lifted = _read(mesh)
    for name, part in lifted.parts.items():
        solid = to_manifold(part, f"the part {name!r} of {mesh}")
        parts[name] = (solid, about.colours.get(name, colour_of(part)))
    whole = unite([solid for solid, _ in parts.values()])
    if lifted.solid is not None:
        whole = to_manifold(lifted.solid, f"the whole of {mesh}")
    points = np.asarray(whole.to_mesh().vert_properties, np.float64)[:, :3]
    low = points[:, 2].min()
    foot = hull_of(points[points[:, 2] <= low + 0.004, :2])
    return Scenery(
        parts, whole, about.whole, about.level, about.least_mm, about.clear, about.clear_at, about.panel, foot
    )


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
