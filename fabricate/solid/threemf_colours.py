"""The meshes of anybody's 3MF, with their colours: colour groups and base materials, as the standard says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fabricate.errors import MeshError
from fabricate.solid.colour import PLAIN, rgb_of
from fabricate.solid.threemf_read import geometry, items, properties, read_into

if TYPE_CHECKING:
    import trimesh

__all__ = ["coloured_meshes_of"]

MOST_DEEP = 32
"""Components may hold components; a file that nests them deeper, or in a ring, is refused."""
WHITE = (255, 255, 255, 255)
KINDS = (("GetColorGroupByID", "GetColor"), ("GetBaseMaterialGroupByID", "GetDisplayColor"))
"""How lib3mf hands out what has colours, and a colour of it."""


def coloured_meshes_of(data: bytes) -> tuple[list[trimesh.Trimesh], str]:
    """Every mesh that a 3MF's build items place on the plate, at its place, and the file's unit.

    Colours are vertex colours; a mesh of several has points of its own where they meet. Raises ImportError
    or OSError without lib3mf, MeshError when lib3mf cannot read the file.
    """
    import lib3mf

    wrapper = lib3mf.Wrapper()
    try:
        model = wrapper.CreateModel()
        read_into(model.QueryReader("3mf"), data)
        unit = str(model.GetUnit().name).lower()
        found = [
            mesh
            for item in items(model)
            for mesh in _placed(
                lib3mf, model, item.GetObjectResource(), _matrix(item.GetObjectTransform()), 0
            )
        ]
    except lib3mf.ELib3MFException as exc:
        raise MeshError(f"no sound 3MF: {str(exc).splitlines()[0][:120]}", "export it again") from exc
    return found, unit


def _placed(
    lib3mf: Any, model: Any, thing: Any, matrix: npt.NDArray[np.float64], depth: int
) -> Iterator[trimesh.Trimesh]:
    if depth > MOST_DEEP:
        raise MeshError("no sound 3MF: its components hold one another", "export it again")
    if thing.IsMeshObject():
        points, faces = geometry(lib3mf, thing)
        if len(faces):
            yield _painted(lib3mf, model, thing, points @ matrix[:3] + matrix[3], faces.astype(np.int64))
    elif thing.IsComponentsObject():
        for i in range(thing.GetComponentCount()):
            part = thing.GetComponent(i)
            inner = _matrix(part.GetTransform())
            inner = np.concatenate([inner[:3] @ matrix[:3], inner[3:] @ matrix[:3] + matrix[3]])
            yield from _placed(lib3mf, model, part.GetObjectResource(), inner, depth + 1)


def _matrix(transform: Any) -> npt.NDArray[np.float64]:
    """Four rows: where x, y and z go, and the shift."""
    return np.array([[float(v) for v in row] for row in transform.Fields])


def _painted(
    lib3mf: Any, model: Any, thing: Any, points: npt.NDArray[np.float64], faces: npt.NDArray[np.int64]
) -> trimesh.Trimesh:
    import trimesh as tm

    rows = _corner_colours(lib3mf, model, thing, len(faces))
    if rows is None:
        return tm.Trimesh(points, faces, process=False)
    if (rows == rows[0, 0]).all():
        made = tm.Trimesh(points, faces, process=False)
        made.visual = tm.visual.ColorVisuals(vertex_colors=np.tile(rows[0, 0], (len(points), 1)))
        return made
    # corners of one place and one colour are one vertex: joined again where colours do not differ
    flat = faces.reshape(-1)
    packed = rows.reshape(-1, 4).view(np.uint32).reshape(-1)
    key = flat * (np.int64(1) << 32) + packed
    _, first, place = np.unique(key, return_index=True, return_inverse=True)
    made = tm.Trimesh(points[flat[first]], place.reshape(-1, 3), process=False)
    made.visual = tm.visual.ColorVisuals(vertex_colors=rows.reshape(-1, 4)[first])
    return made


def _corner_colours(lib3mf: Any, model: Any, thing: Any, count: int) -> npt.NDArray[np.uint8] | None:
    """The colour of each face's corners (count, 3, 4), or None when the mesh has none."""
    about = properties(lib3mf, thing, count)
    rows = np.full((count, 3, 4), 255, np.uint8)
    plain = True
    for resource in np.unique(about[:, 0]).tolist():
        mine = about[:, 0] == resource
        if not resource:
            rows[mine, :, :3] = rgb_of(PLAIN)
            continue
        table = _table(model, lib3mf, resource)
        numbers, place = np.unique(about[mine, 1:], return_inverse=True)
        shades = [table.get(number, WHITE) for number in numbers.tolist()]
        rows[mine] = np.array(shades, np.uint8)[place.reshape(-1)].reshape(-1, 3, 4)
        plain = plain and table.keys().isdisjoint(numbers.tolist())
    return None if plain else rows


def _table(model: Any, lib3mf: Any, resource: int) -> dict[int, tuple[int, int, int, int]]:
    """Property number -> RGBA of a colour group or of base materials; empty for anything else."""
    for finder, colour in KINDS:
        try:
            group = getattr(model, finder)(resource)
            shades = {int(n): getattr(group, colour)(n) for n in group.GetAllPropertyIDs()}
        except lib3mf.ELib3MFException:
            continue
        return {number: (c.Red, c.Green, c.Blue, 255) for number, c in shades.items()}
    return {}
